package sdktest

import (
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"

	"tidemark"
)

// clusters makes dedicated instances.
func clusters(t *testing.T, d drive, names ...string) {
	t.Helper()
	owner := tidemark.Caller{Roles: d.service.Owner.Roles}
	for _, name := range names {
		if _, err := d.service.CreateInstance(t.Context(), owner, d.service.ProjectID, tidemark.NewInstance{Name: name, Kind: tidemark.KindDedicated}); err != nil {
			t.Fatal(err)
		}
	}
}

// cloudSnapshot takes one as the Atlas CLI does and returns its id.
func cloudSnapshot(t *testing.T, d drive, name string) string {
	t.Helper()
	s, resp, err := d.CloudBackupsApi.TakeSnapshot(t.Context(), string(d.service.ProjectID), name, &admin.DiskBackupOnDemandSnapshotRequest{
		Description: admin.PtrString("x"), RetentionInDays: admin.PtrInt(3),
	}).Execute()
	return must(t, s, resp, err).GetId()
}

// TestCloudSnapshots walks the requests of Terraform's cloud_backup_snapshot.
func TestCloudSnapshots(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, api := t.Context(), string(d.service.ProjectID), d.CloudBackupsApi
		clusters(t, d, "shop")
		id := cloudSnapshot(t, d, "shop")
		s, resp, err := api.GetReplicaSetBackup(ctx, group, "shop", id).Execute()
		if must(t, s, resp, err).GetStatus() != "completed" || s.GetType() != "replicaSet" || s.GetFrequencyType() != "ondemand" {
			t.Errorf("the snapshot is %+v", s)
		}
		_, resp, err = api.GetShardedClusterBackup(ctx, group, "shop", id).Execute()
		refused(t, resp, err, http.StatusNotFound, "SNAPSHOT_NOT_FOUND")
		sharded, resp, err := api.ListShardedClusterBackups(ctx, group, "shop").Execute()
		if must(t, sharded, resp, err).GetTotalCount() != 0 {
			t.Error("there are snapshots of sharded clusters")
		}
		s, resp, err = api.UpdateSnapshotRetention(ctx, group, "shop", id, &admin.BackupSnapshotRetention{RetentionUnit: "MONTHS", RetentionValue: 2}).Execute()
		if got := must(t, s, resp, err).GetExpiresAt(); !got.Equal(s.GetCreatedAt().AddDate(0, 2, 0)) {
			t.Errorf("it expires %s", got)
		}
		list, resp, err := api.ListReplicaSetBackups(ctx, group, "shop").Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("%d snapshots", list.GetTotalCount())
		}
		_, resp, err = api.DeleteReplicaSetBackup(ctx, group, "shop", id).Execute()
		must(t, true, resp, err)
		_, resp, err = api.DeleteShardedClusterBackup(ctx, group, "shop", id).Execute()
		refused(t, resp, err, http.StatusNotFound, "SNAPSHOT_NOT_FOUND")
	})
}

func TestCloudRestores(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, api := t.Context(), string(d.service.ProjectID), d.CloudBackupsApi
		clusters(t, d, "shop", "target")
		id := cloudSnapshot(t, d, "shop")
		j, resp, err := api.CreateBackupRestoreJob(ctx, group, "shop", &admin.DiskBackupSnapshotRestoreJob{
			DeliveryType: "automated", SnapshotId: &id, TargetClusterName: admin.PtrString("target"), TargetGroupId: &group,
		}).Execute()
		if must(t, j, resp, err).GetTargetClusterName() != "target" || j.GetFailed() || j.DesiredTimestamp == nil {
			t.Errorf("the job is %+v", j)
		}
		_, resp, err = api.CancelBackupRestoreJob(ctx, group, "shop", j.GetId()).Execute()
		must(t, true, resp, err)
		j, resp, err = api.GetBackupRestoreJob(ctx, group, "shop", j.GetId()).Execute()
		if !must(t, j, resp, err).GetCancelled() {
			t.Error("it is not cancelled")
		}
		// Terraform and the CLI send a download without any target.
		j, resp, err = api.CreateBackupRestoreJob(ctx, group, "shop", &admin.DiskBackupSnapshotRestoreJob{DeliveryType: "download", SnapshotId: &id}).Execute()
		if len(must(t, j, resp, err).GetDeliveryUrl()) != 1 {
			t.Errorf("the job is %+v", j)
		}
		list, resp, err := api.ListBackupRestoreJobs(ctx, group, "shop").Execute()
		if must(t, list, resp, err).GetTotalCount() != 2 {
			t.Errorf("%d jobs", list.GetTotalCount())
		}
	})
}

// TestSchedules changes a schedule as Terraform's cloud_backup_schedule does:
// with the ids of the policy and of its items.
func TestSchedules(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, api := t.Context(), string(d.service.ProjectID), d.CloudBackupsApi
		clusters(t, d, "shop")
		s, resp, err := api.GetBackupSchedule(ctx, group, "shop").Execute()
		policy := must(t, s, resp, err).GetPolicies()[0]
		items := policy.GetPolicyItems()[:2]
		items[1].RetentionValue = 30
		items = append(items, *admin.NewDiskBackupApiPolicyItem(5, "weekly", "weeks", 9))
		s, resp, err = api.UpdateBackupSchedule(ctx, group, "shop", &admin.DiskBackupSnapshotSchedule20240805{
			Policies:           &[]admin.AdvancedDiskBackupSnapshotSchedulePolicy{{Id: policy.Id, PolicyItems: &items}},
			ReferenceHourOfDay: admin.PtrInt(4), RestoreWindowDays: admin.PtrInt(3), UpdateSnapshots: admin.PtrBool(true),
			CopySettings: &[]admin.DiskBackupCopySetting20240805{},
		}).Execute()
		got := must(t, s, resp, err).GetPolicies()[0].GetPolicyItems()
		if len(got) != 3 || got[1].GetId() != items[1].GetId() || got[1].GetRetentionValue() != 30 || s.GetReferenceHourOfDay() != 4 || s.GetNextSnapshot().Before(time.Now()) {
			t.Errorf("the schedule is %+v", s)
		}
		s, resp, err = api.DeleteAllBackupSchedules(ctx, group, "shop").Execute()
		if len(must(t, s, resp, err).GetPolicies()[0].GetPolicyItems()) != 0 {
			t.Errorf("the schedule is %+v", s)
		}
	})
}

func TestBackupExports(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, api := t.Context(), string(d.service.ProjectID), d.CloudBackupsApi
		clusters(t, d, "shop")
		id, role := cloudSnapshot(t, d, "shop"), string(tidemark.NewID())
		b, resp, err := api.CreateExportBucket(ctx, group, &admin.DiskBackupSnapshotExportBucketRequest{BucketName: "exports", CloudProvider: "AWS", IamRoleId: &role}).Execute()
		bucket := must(t, b, resp, err).GetId()
		b, resp, err = api.GetExportBucket(ctx, group, bucket).Execute()
		if must(t, b, resp, err).GetIamRoleId() != role {
			t.Errorf("the bucket is %+v", b)
		}
		buckets, resp, err := api.ListExportBuckets(ctx, group).Execute()
		if must(t, buckets, resp, err).GetTotalCount() != 1 {
			t.Errorf("%d buckets", buckets.GetTotalCount())
		}
		j, resp, err := api.CreateBackupExportJob(ctx, group, "shop", &admin.DiskBackupExportJobRequest{
			ExportBucketId: bucket, SnapshotId: id, CustomData: &[]admin.BackupLabel{{Key: admin.PtrString("k"), Value: admin.PtrString("v")}},
		}).Execute()
		if must(t, j, resp, err).GetState() != "Queued" {
			t.Errorf("the job is %+v", j)
		}
		d.service.ChangeExport(tidemark.ID(j.GetId()), func(j *tidemark.ExportJob) {
			j.State, j.FinishedAt, j.FailCode, j.FailReason = tidemark.ExportFailed, time.Now(), tidemark.CodeExportRefused, "no such bucket"
		})
		j, resp, err = api.GetBackupExportJob(ctx, group, "shop", j.GetId()).Execute()
		if must(t, j, resp, err).GetState() != "Failed" || j.GetStateReason().Message == nil {
			t.Errorf("the job is %+v", j)
		}
		list, resp, err := api.ListBackupExportJobs(ctx, group, "shop").Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("%d jobs", list.GetTotalCount())
		}
		_, resp, err = api.DeleteExportBucket(ctx, group, bucket).Execute()
		must(t, true, resp, err)
	})
}

func TestCompliancePolicies(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, api := t.Context(), string(d.service.ProjectID), d.CloudBackupsApi
		p, resp, err := api.GetDataProtectionSettings(ctx, group).Execute()
		if must(t, p, resp, err).GetAuthorizedEmail() != "" {
			t.Errorf("without one it is %+v", p)
		}
		p, resp, err = api.UpdateDataProtectionSettings(ctx, group, &admin.DataProtectionSettings20231001{
			AuthorizedEmail: "ada@example.org", AuthorizedUserFirstName: "Ada", AuthorizedUserLastName: "Lovelace",
			ScheduledPolicyItems: &[]admin.BackupComplianceScheduledPolicyItem{{FrequencyInterval: 1, FrequencyType: "daily", RetentionUnit: "days", RetentionValue: 10}},
		}).OverwriteBackupPolicies(false).Execute()
		if must(t, p, resp, err).GetState() != "ACTIVE" || p.GetProjectId() != group {
			t.Errorf("the policy is %+v", p)
		}
		clusters(t, d, "shop")
		_, resp, err = api.DeleteAllBackupSchedules(ctx, group, "shop").Execute()
		refused(t, resp, err, http.StatusBadRequest, "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS")
		_, resp, err = api.DisableDataProtectionSettings(ctx, group).Execute()
		refused(t, resp, err, http.StatusForbidden, "ACCESS_FORBIDDEN")
		d.service.ChangePolicy(d.service.ProjectID, func(p *tidemark.CompliancePolicy) { p.Deletable = true })
		_, resp, err = api.DisableDataProtectionSettings(ctx, group).Execute()
		must(t, true, resp, err)
	})
}
