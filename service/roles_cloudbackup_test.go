package service_test

import (
	"fmt"
	"strings"

	"tidemark"
)

// cloudBackupOperations are those of dedicated instances.
func cloudBackupOperations(f *fixture) []operation {
	fresh := 0
	bucket := func(b *bench) *tidemark.ExportBucket {
		fresh++
		made, err := b.svc.CreateExportBucket(b.Context(), b.owner, tidemark.ExportBucket{
			ProjectID: b.cred.GroupID, BucketName: fmt.Sprintf("bucket-%d", fresh), CloudProvider: "AWS",
		})
		b.ok(err)
		return made
	}
	const name = "dedicated"
	return []operation{
		{"CreateRestoreJob dedicated", backup, "project", func(b *bench, c tidemark.Caller) error {
			fresh++
			target := b.instance(fmt.Sprintf("copy-%d", fresh), tidemark.KindDedicated)
			_, err := b.svc.CreateRestoreJob(b.Context(), c, b.cred.GroupID, name, "", automated(f.snapshots[tidemark.KindDedicated], target))
			return err
		}},
		{"GetSchedule", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetSchedule(b.Context(), c, b.cred.GroupID, name)
			return err
		}},
		{"UpdateSchedule", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateSchedule(b.Context(), c, b.cred.GroupID, name, tidemark.ScheduleUpdate{})
			return err
		}},
		{"DeleteSchedule", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.DeleteSchedule(b.Context(), c, b.cred.GroupID, name)
			return err
		}},
		{"UpdateSnapshotRetention", backup, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateSnapshotRetention(b.Context(), c, b.cred.GroupID, name, f.snapshots[tidemark.KindDedicated].ID,
				tidemark.Retention{Unit: tidemark.RetainWeeks, Value: 2})
			return err
		}},
		{"ListExportBuckets", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListExportBuckets(b.Context(), c, b.cred.GroupID, all)
			return err
		}},
		{"GetExportBucket", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetExportBucket(b.Context(), c, b.cred.GroupID, bucket(b).ID)
			return err
		}},
		{"CreateExportBucket", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.CreateExportBucket(b.Context(), c, tidemark.ExportBucket{
				ProjectID: b.cred.GroupID, BucketName: strings.ToLower("of-" + c.PublicID), CloudProvider: "AWS",
			})
			return err
		}},
		{"DeleteExportBucket", backup, "project", func(b *bench, c tidemark.Caller) error {
			return b.svc.DeleteExportBucket(b.Context(), c, b.cred.GroupID, bucket(b).ID)
		}},
		{"ListExportJobs", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListExportJobs(b.Context(), c, b.cred.GroupID, name, all)
			return err
		}},
		{"GetExportJob", owners, "project", func(b *bench, c tidemark.Caller) error {
			s := b.snapshot(f.dedicated, tidemark.SnapshotCompleted)
			j, err := b.svc.CreateExportJob(b.Context(), b.owner, b.cred.GroupID, name, tidemark.NewExportJob{SnapshotID: s.ID, BucketID: bucket(b).ID})
			b.ok(err)
			_, err = b.svc.GetExportJob(b.Context(), c, b.cred.GroupID, name, j.ID)
			return err
		}},
		{"CreateExportJob", owners, "project", func(b *bench, c tidemark.Caller) error {
			s := b.snapshot(f.dedicated, tidemark.SnapshotCompleted)
			_, err := b.svc.CreateExportJob(b.Context(), c, b.cred.GroupID, name, tidemark.NewExportJob{SnapshotID: s.ID, BucketID: bucket(b).ID})
			return err
		}},
		{"GetCompliancePolicy", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetCompliancePolicy(b.Context(), c, b.cred.GroupID)
			return err
		}},
		{"SetCompliancePolicy", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.SetCompliancePolicy(b.Context(), c, tidemark.CompliancePolicy{ProjectID: b.cred.GroupID}, true)
			return err
		}},
		{"DeleteCompliancePolicy", owners, "project", func(b *bench, c tidemark.Caller) error {
			b.update(func(tx tidemark.Tx) error { return tx.DeleteCompliancePolicy(b.Context(), b.cred.GroupID) })
			return b.svc.DeleteCompliancePolicy(b.Context(), c, b.cred.GroupID)
		}},
	}
}
