package node_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"

	"tidemark"
	"tidemark/client"
	"tidemark/node"
	"tidemark/restore/restoretest"
)

// TestCloudBackup takes a snapshot of a dedicated instance with Atlas's own
// client, exports it into a directory, and holds it to a compliance policy that
// only whoever has the data directory can lift.
func TestCloudBackup(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	exports := t.TempDir()
	cfg.ExportStorage = "file://" + exports
	s := start(t, cfg)
	ctx, group, a := t.Context(), s.project, byDigest(t, s.Credentials())
	_, err := s.CreateInstance(ctx, group, client.NewInstance{Name: "shop", Kind: "dedicated"})
	must(t, err)
	until(t, "instance shop", func() bool { return s.instance(t, "shop").StateName == string(tidemark.StateIdle) })
	d := s.deployment(t, "shop")
	restoretest.Fill(t, d, 40, 20)

	taken, resp, err := a.CloudBackupsApi.TakeSnapshot(ctx, group, "shop", &admin.DiskBackupOnDemandSnapshotRequest{RetentionInDays: admin.PtrInt(2)}).Execute()
	id := answer(t, taken, resp, err).GetId()
	until(t, "the snapshot", func() bool {
		got, resp, err := a.CloudBackupsApi.GetReplicaSetBackup(ctx, group, "shop", id).Execute()
		return answer(t, got, resp, err).GetStatus() == "completed"
	})
	role := string(tidemark.NewID())
	b, resp, err := a.CloudBackupsApi.CreateExportBucket(ctx, group, &admin.DiskBackupSnapshotExportBucketRequest{BucketName: "exports", CloudProvider: "AWS", IamRoleId: &role}).Execute()
	bucket := answer(t, b, resp, err).GetId()
	j, resp, err := a.CloudBackupsApi.CreateBackupExportJob(ctx, group, "shop", &admin.DiskBackupExportJobRequest{ExportBucketId: bucket, SnapshotId: id}).Execute()
	job := answer(t, j, resp, err)
	until(t, "the export", func() bool {
		got, resp, err := a.CloudBackupsApi.GetBackupExportJob(ctx, group, "shop", job.GetId()).Execute()
		if answer(t, got, resp, err).GetState() == "Failed" {
			t.Fatalf("the export failed: %+v", got.GetStateReason())
		}
		return got.GetState() == "Successful"
	})
	dir := filepath.Join(exports, "exports", job.GetPrefix())
	file, err := os.ReadFile(filepath.Join(dir, "shop-"+id+".archive.gz"))
	must(t, err)
	sameArchive(t, file, d)
	complete, err := os.ReadFile(filepath.Join(dir, ".complete"))
	must(t, err)
	var done struct{ ArchiveBytes int }
	if must(t, json.Unmarshal(complete, &done)); done.ArchiveBytes != len(file) {
		t.Errorf("the archive has %d bytes, not %d", len(file), done.ArchiveBytes)
	}

	p, resp, err := a.CloudBackupsApi.UpdateDataProtectionSettings(ctx, group, &admin.DataProtectionSettings20231001{
		AuthorizedEmail: "ada@example.org", AuthorizedUserFirstName: "Ada", AuthorizedUserLastName: "Lovelace",
	}).Execute()
	answer(t, p, resp, err)
	disable := func(a *admin.APIClient) error {
		_, resp, err := a.CloudBackupsApi.DisableDataProtectionSettings(ctx, group).Execute()
		if resp != nil {
			must(t, resp.Body.Close())
		}
		return err
	}
	if _, resp, err := a.CloudBackupsApi.DeleteReplicaSetBackup(ctx, group, "shop", id).Execute(); err == nil {
		t.Error("a protected snapshot is deleted")
	} else {
		must(t, resp.Body.Close())
	}
	if disable(a) == nil {
		t.Error("the policy is disabled before it is released")
	}
	project := tidemark.ID(group)
	if err := node.ReleaseCompliance(ctx, cfg.DataDir, project); tidemark.ErrorCode(err) != tidemark.CodeConflict {
		t.Errorf("beside a running service: %v", err)
	}
	s.stop(t)
	must(t, node.ReleaseCompliance(ctx, cfg.DataDir, project))
	s = start(t, cfg)
	must(t, disable(byDigest(t, s.Credentials())))
}
