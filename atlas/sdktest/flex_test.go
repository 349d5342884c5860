package sdktest

import (
	"net/http"
	"testing"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"

	"tidemark"
)

func flex(name string) *admin.FlexClusterDescriptionCreate20241113 {
	return &admin.FlexClusterDescriptionCreate20241113{
		Name:             name,
		ProviderSettings: admin.FlexProviderSettingsCreate20241113{BackingProviderName: "AWS", RegionName: "EU_WEST_1"},
	}
}

// flexSnapshot makes the clusters shop and target and takes a snapshot of shop.
func flexSnapshot(t *testing.T, d drive) string {
	t.Helper()
	for _, name := range []string{"shop", "target"} {
		c, resp, err := d.FlexClustersApi.CreateFlexCluster(t.Context(), string(d.service.ProjectID), flex(name)).Execute()
		must(t, c, resp, err)
	}
	return string(d.take(t).ID)
}

func TestFlexClusters(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		c, resp, err := d.FlexClustersApi.CreateFlexCluster(ctx, group, flex("shop")).Execute()
		if must(t, c, resp, err).GetProviderSettings().ProviderName == nil || c.GetStateName() != "IDLE" {
			t.Errorf("the cluster is %+v", c)
		}
		protect := true
		c, resp, err = d.FlexClustersApi.UpdateFlexCluster(ctx, group, "shop", &admin.FlexClusterDescriptionUpdate20241113{TerminationProtectionEnabled: &protect}).Execute()
		if !must(t, c, resp, err).GetTerminationProtectionEnabled() {
			t.Error("no termination protection")
		}
		_, resp, err = d.FlexClustersApi.DeleteFlexCluster(ctx, group, "shop").Execute()
		refused(t, resp, err, http.StatusBadRequest, "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED")
		protect = false
		c, resp, err = d.FlexClustersApi.UpdateFlexCluster(ctx, group, "shop", &admin.FlexClusterDescriptionUpdate20241113{TerminationProtectionEnabled: &protect}).Execute()
		must(t, c, resp, err)
		c, resp, err = d.FlexClustersApi.GetFlexCluster(ctx, group, "shop").Execute()
		if must(t, c, resp, err).GetConnectionStrings().StandardSrv == nil {
			t.Errorf("the cluster is %+v", c)
		}
		list, resp, err := d.FlexClustersApi.ListFlexClusters(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("totalCount is %d", list.GetTotalCount())
		}
		gone, resp, err := d.FlexClustersApi.DeleteFlexCluster(ctx, group, "shop").Execute()
		must(t, gone, resp, err)
		i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless("other")).Execute()
		must(t, i, resp, err)
		_, resp, err = d.FlexClustersApi.GetFlexCluster(ctx, group, "other").Execute()
		refused(t, resp, err, http.StatusBadRequest, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API")
	})
}

func TestFlexBackups(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		id := flexSnapshot(t, d)
		list, resp, err := d.FlexSnapshotsApi.ListFlexBackups(ctx, group, "shop").Execute()
		if got := must(t, list, resp, err).GetResults(); len(got) != 1 || got[0].GetId() != id {
			t.Fatalf("the snapshots are %v", got)
		}
		snapshot, resp, err := d.FlexSnapshotsApi.GetFlexBackup(ctx, group, "shop", id).Execute()
		if must(t, snapshot, resp, err).GetStatus() != "COMPLETED" {
			t.Errorf("status is %s", snapshot.GetStatus())
		}
		_, resp, err = d.FlexSnapshotsApi.GetFlexBackup(ctx, group, "shop", string(tidemark.NewID())).Execute()
		refused(t, resp, err, http.StatusNotFound, "SNAPSHOT_NOT_FOUND")
		job, resp, err := d.FlexRestoreJobsApi.CreateFlexBackupRestoreJob(ctx, group, "shop", &admin.FlexBackupRestoreJobCreate20241113{
			SnapshotId: id, TargetDeploymentItemName: "target", TargetProjectId: &group,
		}).Execute()
		if must(t, job, resp, err).GetStatus() != "RUNNING" || job.GetTargetDeploymentItemName() != "target" {
			t.Errorf("the job is %+v", job)
		}
		job, resp, err = d.FlexRestoreJobsApi.GetFlexBackupRestoreJob(ctx, group, "shop", job.GetId()).Execute()
		must(t, job, resp, err)
		jobs, resp, err := d.FlexRestoreJobsApi.ListFlexBackupRestoreJobs(ctx, group, "shop").Execute()
		if must(t, jobs, resp, err).GetTotalCount() != 1 {
			t.Errorf("totalCount is %d", jobs.GetTotalCount())
		}
		_, resp, err = d.FlexRestoreJobsApi.CreateFlexBackupRestoreJob(ctx, group, "shop", &admin.FlexBackupRestoreJobCreate20241113{
			SnapshotId: id, TargetDeploymentItemName: "target",
		}).Execute()
		refused(t, resp, err, http.StatusBadRequest, "MISSING_ATTRIBUTE")

		job, resp, err = d.FlexSnapshotsApi.DownloadFlexBackup(ctx, "shop", group, &admin.FlexBackupSnapshotDownloadCreate20241113{SnapshotId: id}).Execute()
		must(t, job, resp, err)
		fetch(t, job.GetSnapshotUrl())
	})
}
