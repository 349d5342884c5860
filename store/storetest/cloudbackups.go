package storetest

import (
	"fmt"

	"tidemark"
)

func sampleItem(f tidemark.Frequency) tidemark.PolicyItem {
	return tidemark.PolicyItem{ID: tidemark.NewID(), Frequency: f, Interval: 1, Retention: tidemark.Retention{Unit: tidemark.RetainWeeks, Value: 3}}
}

func sampleSchedule() *tidemark.Schedule {
	return &tidemark.Schedule{
		PolicyID: tidemark.NewID(), Items: []tidemark.PolicyItem{sampleItem(tidemark.FrequencyDaily), sampleItem(tidemark.FrequencyYearly)},
		ReferenceHour: 3, ReferenceMinute: 17, RestoreWindowDays: 9,
		ExtraRetention: []tidemark.ExtraRetention{{Frequency: tidemark.FrequencyDaily, Days: 4}},
		Export:         &tidemark.AutoExport{BucketID: tidemark.NewID(), Frequency: tidemark.FrequencyYearly},
		AutoExport:     true, NamesInExports: true,
	}
}

func testSchedules(h *harness) {
	i := h.instance("one")
	is := func(want *tidemark.Schedule) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Schedule(h.Context(), i.ID)
			h.equal(got, want)
			return err
		})
	}
	is(nil)
	for _, s := range []*tidemark.Schedule{sampleSchedule(), {PolicyID: tidemark.NewID()}, sampleSchedule()} {
		h.update(func(tx tidemark.Tx) error { return tx.SaveSchedule(h.Context(), i.ID, s) })
		is(s)
	}
	h.filled(sampleSchedule(), "InstanceID", "InstanceName", "NextSnapshotAt")
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		return tx.SaveSchedule(h.Context(), tidemark.NewID(), sampleSchedule())
	})
	h.update(func(tx tidemark.Tx) error { return tx.DeleteInstance(h.Context(), i.ID) })
	is(nil)
}

func testCompliancePolicies(h *harness) {
	p := h.project("one")
	onDemand := sampleItem(tidemark.FrequencyOnDemand)
	policy := &tidemark.CompliancePolicy{
		ProjectID: p.ID, AuthorizedEmail: "ada@example.org", AuthorizedFirstName: "Ada", AuthorizedLastName: "Lovelace",
		CopyProtection: true, EncryptionAtRest: true, PointInTime: true, RestoreWindowDays: 5,
		OnDemand: &onDemand, Scheduled: []tidemark.PolicyItem{sampleItem(tidemark.FrequencyDaily)},
		Deletable: true, UpdatedAt: at(3), UpdatedBy: "key@example.org",
	}
	h.filled(policy)
	is := func(want *tidemark.CompliancePolicy) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.CompliancePolicy(h.Context(), p.ID)
			h.equal(got, want)
			return err
		})
	}
	is(nil)
	for _, want := range []*tidemark.CompliancePolicy{policy, {ProjectID: p.ID, UpdatedAt: at(4)}} {
		h.update(func(tx tidemark.Tx) error { return tx.SaveCompliancePolicy(h.Context(), want) })
		is(want)
	}
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.SaveCompliancePolicy(h.Context(), &tidemark.CompliancePolicy{ProjectID: tidemark.NewID()})
	})
	for range 2 {
		h.update(func(tx tidemark.Tx) error { return tx.DeleteCompliancePolicy(h.Context(), p.ID) })
		is(nil)
	}
}

func sampleBucket(p *tidemark.Project, name string, n int) *tidemark.ExportBucket {
	return &tidemark.ExportBucket{
		ID: tidemark.NewID(), ProjectID: p.ID, BucketName: name, CloudProvider: "AZURE", RoleID: tidemark.NewID(),
		ServiceURL: "https://example.blob.core.windows.net", TenantID: "4297fc77-1592-4de8-a6d5-a8c32401df87", CreatedAt: at(n),
	}
}

func testExportBuckets(h *harness) {
	p := h.project("one")
	var all []tidemark.ID
	for n := range 3 {
		b := sampleBucket(p, fmt.Sprint("bucket", n), n)
		h.filled(b)
		h.update(func(tx tidemark.Tx) error { return tx.CreateExportBucket(h.Context(), b) })
		all = append(all, b.ID)
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ExportBucket(h.Context(), b.ID)
			h.equal(got, b)
			return err
		})
	}
	listed := func(want []tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.ExportBuckets(h.Context(), p.ID, page())
			h.equal(idsOf(got, func(b *tidemark.ExportBucket) tidemark.ID { return b.ID }), want)
			h.equal(total, len(want))
			return err
		})
	}
	listed(all)
	h.refuses(tidemark.CodeDuplicateBucket, func(tx tidemark.Tx) error {
		return tx.CreateExportBucket(h.Context(), sampleBucket(p, "bucket1", 4))
	})
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.CreateExportBucket(h.Context(), sampleBucket(&tidemark.Project{ID: tidemark.NewID()}, "x", 4))
	})
	h.update(func(tx tidemark.Tx) error { return tx.DeleteExportBucket(h.Context(), all[1]) })
	listed([]tidemark.ID{all[0], all[2]})
	h.refuses(tidemark.CodeBucketNotFound, func(tx tidemark.Tx) error { return tx.DeleteExportBucket(h.Context(), all[1]) })
	h.lacks(tidemark.CodeBucketNotFound, func(tx tidemark.Tx) error {
		_, err := tx.ExportBucket(h.Context(), all[1])
		return err
	})
}

func sampleExport(i *tidemark.Instance, n int) *tidemark.ExportJob {
	return &tidemark.ExportJob{
		ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name, SnapshotID: tidemark.NewID(),
		BucketID: tidemark.NewID(), BucketName: "exports", CustomData: []tidemark.Tag{{Key: "k", Value: "v"}}, Prefix: "exported_snapshots/x",
		State: tidemark.ExportQueued, CreatedAt: at(n), FinishedAt: at(n + 1), Collections: 4, Exported: 3, Bytes: 1 << 40,
		FailCode: tidemark.CodeExportRefused, FailReason: "it would not", Epoch: 2,
	}
}

func testExportJobs(h *harness) {
	i := h.instance("one")
	first, second := sampleExport(i, 1), sampleExport(i, 2)
	h.filled(first)
	second.State = tidemark.ExportSuccessful
	for _, j := range []*tidemark.ExportJob{first, second} {
		h.update(func(tx tidemark.Tx) error { return tx.CreateExportJob(h.Context(), j) })
	}
	is := func(want *tidemark.ExportJob) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ExportJob(h.Context(), want.ID)
			h.equal(got, want)
			return err
		})
	}
	is(first)
	exportID := func(j *tidemark.ExportJob) tidemark.ID { return j.ID }
	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.ExportJobs(h.Context(), i.ID, page())
		h.equal(idsOf(got, exportID), []tidemark.ID{second.ID, first.ID})
		h.equal(total, 2)
		return err
	})
	h.view(func(tx tidemark.Tx) error {
		of, err := tx.UnfinishedExportsOf(h.Context(), first.SnapshotID)
		h.equal(idsOf(of, exportID), []tidemark.ID{first.ID})
		if err != nil {
			return err
		}
		into, err := tx.UnfinishedExportsInto(h.Context(), second.BucketID)
		h.equal(len(into), 0)
		return err
	})
	h.update(func(tx tidemark.Tx) error {
		begun, err := tx.BeginExportJob(h.Context(), first.ID)
		first.Epoch, first.State = 3, tidemark.ExportInProgress
		h.equal(begun, first)
		return err
	})
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		_, err := tx.BeginExportJob(h.Context(), second.ID)
		return err
	})
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		late := *first
		late.Epoch = 2
		return tx.UpdateExportJob(h.Context(), &late)
	})
	first.State, first.Bytes, first.FailReason = tidemark.ExportFailed, 7, ""
	h.update(func(tx tidemark.Tx) error { return tx.UpdateExportJob(h.Context(), first) })
	is(first)
	for _, write := range []func(tx tidemark.Tx, j *tidemark.ExportJob) error{
		func(tx tidemark.Tx, j *tidemark.ExportJob) error { return tx.UpdateExportJob(h.Context(), j) },
		func(tx tidemark.Tx, j *tidemark.ExportJob) error {
			_, err := tx.BeginExportJob(h.Context(), j.ID)
			return err
		},
	} {
		h.refuses(tidemark.CodeExportNotFound, func(tx tidemark.Tx) error { return write(tx, sampleExport(i, 9)) })
	}
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		return tx.CreateExportJob(h.Context(), sampleExport(&tidemark.Instance{ID: tidemark.NewID()}, 9))
	})
}
