package sdktest

import (
	"net/http"
	"testing"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"

	"tidemark"
)

func TestTenantBackups(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		id := flexSnapshot(t, d)
		list, resp, err := d.SharedTierSnapshotsApi.ListSharedClusterBackups(ctx, group, "shop").Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("the snapshots are %v", list)
		}
		s, resp, err := d.SharedTierSnapshotsApi.GetSharedClusterBackup(ctx, group, "shop", id).Execute()
		if must(t, s, resp, err).GetStatus() != "COMPLETED" {
			t.Errorf("the snapshot is %+v", s)
		}
		_, resp, err = d.SharedTierSnapshotsApi.GetSharedClusterBackup(ctx, group, "shop", string(tidemark.NewID())).Execute()
		refused(t, resp, err, http.StatusNotFound, "TENANT_SNAPSHOT_NOT_FOUND")
		_, resp, err = d.SharedTierRestoreJobsApi.GetSharedClusterBackupRestoreJob(ctx, "shop", group, string(tidemark.NewID())).Execute()
		refused(t, resp, err, http.StatusNotFound, "TENANT_RESTORE_NOT_FOUND")
		job, resp, err := d.SharedTierRestoreJobsApi.CreateSharedClusterBackupRestoreJob(ctx, "shop", group, &admin.TenantRestore{SnapshotId: id, TargetDeploymentItemName: "target"}).Execute()
		must(t, job, resp, err)
		job, resp, err = d.SharedTierRestoreJobsApi.GetSharedClusterBackupRestoreJob(ctx, "shop", group, job.GetId()).Execute()
		if must(t, job, resp, err).GetClusterName() != "shop" {
			t.Errorf("the job is %+v", job)
		}
		jobs, resp, err := d.SharedTierRestoreJobsApi.ListSharedClusterBackupRestoreJobs(ctx, "shop", group).Execute()
		if must(t, jobs, resp, err).GetTotalCount() != 1 {
			t.Errorf("the jobs are %v", jobs)
		}
		job, resp, err = d.SharedTierSnapshotsApi.DownloadSharedClusterBackup(ctx, "shop", group, &admin.TenantRestore{SnapshotId: id}).Execute()
		if must(t, job, resp, err).GetSnapshotUrl() == "" {
			t.Errorf("the job is %+v", job)
		}
	})
}

func TestAutoIndexing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless("shop")).Execute()
		must(t, i, resp, err)
		on, resp, err := d.PerformanceAdvisorApi.GetServerlessAutoIndexing(ctx, group, "shop").Execute()
		if !must(t, on, resp, err) {
			t.Error("it is off at first")
		}
		set, resp, err := d.PerformanceAdvisorApi.SetServerlessAutoIndexing(ctx, group, "shop").Enable(false).Execute()
		must(t, set, resp, err)
		on, resp, err = d.PerformanceAdvisorApi.GetServerlessAutoIndexing(ctx, group, "shop").Execute()
		if must(t, on, resp, err) {
			t.Error("it is on after it was set off")
		}
		_, resp, err = d.PerformanceAdvisorApi.GetServerlessAutoIndexing(ctx, group, "missing").Execute()
		refused(t, resp, err, http.StatusNotFound, "CLUSTER_NOT_FOUND")
	})
}
