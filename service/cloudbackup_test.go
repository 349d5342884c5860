package service_test

import (
	"testing"
	"time"

	"tidemark"
	"tidemark/service"
)

func days(n int) tidemark.Retention {
	return tidemark.Retention{Unit: tidemark.RetainDays, Value: n}
}

func item(f tidemark.Frequency, interval int, r tidemark.Retention) tidemark.PolicyItem {
	return tidemark.PolicyItem{Frequency: f, Interval: interval, Retention: r}
}

func (b *bench) schedule(name string) *tidemark.Schedule {
	b.Helper()
	s, err := b.svc.GetSchedule(b.Context(), b.owner, b.cred.GroupID, name)
	b.ok(err)
	return s
}

func (b *bench) reschedule(name string, r tidemark.ScheduleUpdate) (*tidemark.Schedule, error) {
	return b.svc.UpdateSchedule(b.Context(), b.owner, b.cred.GroupID, name, r)
}

func TestScheduleOfNewInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.instance("shop", tidemark.KindDedicated)
	b.instance("other", tidemark.KindServerless)
	s := b.schedule("shop")
	if len(s.Items) != 5 || s.RestoreWindowDays != 7 || s.InstanceName != "shop" || !s.NextSnapshotAt.Equal(b.clock().Add(6*time.Hour)) {
		t.Errorf("the schedule is %+v", s)
	}
	_, err := b.svc.GetSchedule(t.Context(), b.owner, b.cred.GroupID, "other")
	b.code(err, tidemark.CodeWrongInstanceKind)
	hour := time.Hour
	_, err = b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{Kind: tidemark.KindDedicated, SnapshotInterval: &hour})
	b.code(err, tidemark.CodeInvalidAttribute)
}

func TestUpdateSchedule(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.instance("shop", tidemark.KindDedicated)
	before := b.schedule("shop")
	hour, minute, window := 3, 30, 2
	items := []tidemark.PolicyItem{item(tidemark.FrequencyHourly, 6, days(2)), item(tidemark.FrequencyDaily, 1, days(9)), item(tidemark.FrequencyWeekly, 1, days(9))}
	items[1].ID = before.Items[1].ID
	s, err := b.reschedule("shop", tidemark.ScheduleUpdate{
		PolicyID: before.PolicyID, Items: &items, ReferenceHour: &hour, ReferenceMinute: &minute, RestoreWindowDays: &window,
	})
	b.ok(err)
	if s.Items[0].ID != before.Items[0].ID || s.Items[1].ID != before.Items[1].ID || s.Items[2].ID == before.Items[2].ID || s.Items[2].ID == "" {
		t.Errorf("the items have the IDs %v, before %v", s.Items, before.Items)
	}
	want := time.Date(2026, 3, 1, 15, 30, 0, 0, time.UTC) // it is 12:00
	if stored := b.schedule("shop"); !stored.NextSnapshotAt.Equal(want) || stored.Items[1].Retention != days(9) || stored.RestoreWindowDays != 2 {
		t.Errorf("stored is %+v", stored)
	}
	wrong, none, day := []tidemark.PolicyItem{items[0], items[0]}, []tidemark.PolicyItem{}, 24
	on, odd := true, tidemark.AutoExport{BucketID: tidemark.NewID(), Frequency: tidemark.FrequencyMonthly}
	for code, r := range map[tidemark.Code]tidemark.ScheduleUpdate{
		tidemark.CodeInvalidPolicy:      {PolicyID: tidemark.NewID()},
		tidemark.CodeInvalidPolicyItems: {Items: &none},
		tidemark.CodeInvalidSchedule:    {ReferenceHour: &day},
		tidemark.CodeMissingAttribute:   {AutoExport: &on},
		tidemark.CodeBucketNotFound:     {Export: &odd},
	} {
		_, err := b.reschedule("shop", r)
		b.code(err, code)
	}
	_, err = b.reschedule("shop", tidemark.ScheduleUpdate{Items: &wrong})
	b.code(err, tidemark.CodeInvalidPolicyItems)
	emptied, err := b.svc.DeleteSchedule(t.Context(), b.owner, b.cred.GroupID, "shop")
	b.ok(err)
	if len(emptied.Items) != 0 || !emptied.NextSnapshotAt.IsZero() || len(b.schedule("shop").Items) != 0 {
		t.Errorf("deleted it is %+v", emptied)
	}
}

// TestUpdateSnapshots lets the snapshots that are there end as the new policy
// says.
func TestUpdateSnapshots(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindDedicated)
	schedule := b.schedule("shop")
	snap := b.snapshot(i, tidemark.SnapshotCompleted)
	onDemand := b.snapshot(i, tidemark.SnapshotCompleted)
	if !onDemand.ExpiresAt.Equal(b.clock().AddDate(0, 0, 7)) || onDemand.Frequency != tidemark.FrequencyOnDemand {
		t.Errorf("on demand it is %s until %s", onDemand.Frequency, onDemand.ExpiresAt)
	}
	b.update(func(tx tidemark.Tx) error {
		schedule.Label(snap, schedule.Items[:2])
		return tx.UpdateSnapshot(t.Context(), snap)
	})
	items := schedule.Items
	items[1].Retention = days(20)
	items[0].Retention = days(10)
	_, err := b.reschedule("shop", tidemark.ScheduleUpdate{Items: &items})
	b.ok(err)
	is := func(s *tidemark.Snapshot, days int) {
		t.Helper()
		got, err := b.svc.GetSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", "", s.ID)
		b.ok(err)
		if !got.ExpiresAt.Equal(s.CreatedAt.AddDate(0, 0, days)) {
			t.Errorf("it ends %s, not after %d days", got.ExpiresAt, days)
		}
	}
	is(snap, 7)
	_, err = b.reschedule("shop", tidemark.ScheduleUpdate{UpdateSnapshots: true})
	b.ok(err)
	is(snap, 20)
	is(onDemand, 7)
}

func TestSnapshotRetention(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindDedicated)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	queued := b.snapshot(i, tidemark.SnapshotQueued)
	retain := func(id tidemark.ID, r tidemark.Retention) (*tidemark.Snapshot, error) {
		return b.svc.UpdateSnapshotRetention(t.Context(), b.owner, b.cred.GroupID, "shop", id, r)
	}
	got, err := retain(s.ID, tidemark.Retention{Unit: tidemark.RetainYears, Value: 5})
	b.ok(err)
	if !got.ExpiresAt.Equal(s.CreatedAt.AddDate(5, 0, 0)) {
		t.Errorf("it ends %s", got.ExpiresAt)
	}
	_, err = retain(queued.ID, days(3))
	b.code(err, tidemark.CodeSnapshotIncomplete)
	_, err = retain(tidemark.NewID(), days(3))
	b.code(err, tidemark.CodeSnapshotNotFound)
	b.advance(4 * 24 * time.Hour)
	for _, r := range []tidemark.Retention{days(3), days(0), {Unit: tidemark.RetainYears, Value: 101}, {Unit: "hours", Value: 1}} {
		_, err = retain(s.ID, r)
		b.code(err, tidemark.CodeInvalidRetention)
	}
}

func (b *bench) comply(p tidemark.CompliancePolicy, overwrite bool) error {
	p.ProjectID, p.AuthorizedEmail = b.cred.GroupID, "ada@example.org"
	_, err := b.svc.SetCompliancePolicy(b.Context(), b.owner, p, overwrite)
	return err
}

// TestCompliance holds everybody to the policy, owners too.
func TestCompliance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindDedicated)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	onDemand := item(tidemark.FrequencyOnDemand, 0, days(5))
	policy := tidemark.CompliancePolicy{
		Scheduled: []tidemark.PolicyItem{item(tidemark.FrequencyHourly, 4, days(10)), item(tidemark.FrequencyDaily, 1, days(30))},
		OnDemand:  &onDemand, PointInTime: true, RestoreWindowDays: 9,
	}
	b.code(b.comply(policy, false), tidemark.CodeCompliance)
	if p, err := b.svc.GetCompliancePolicy(t.Context(), b.owner, b.cred.GroupID); err != nil || p != nil {
		t.Fatalf("a refused policy is there: %+v, %v", p, err)
	}
	b.ok(b.comply(policy, true))
	schedule := b.schedule("shop")
	if schedule.Items[0].Interval != 4 || schedule.Items[1].Retention != days(30) || schedule.RestoreWindowDays != 9 {
		t.Errorf("the schedule is %+v", schedule)
	}
	if got, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""); err != nil || !got.ContinuousBackup || b.tasks(tidemark.TaskCapture, i.ID) != 1 {
		t.Errorf("its oplog is not captured: %+v, %v", got, err)
	}
	b.instance("later", tidemark.KindDedicated)
	if later := b.schedule("later"); later.Items[0].Interval != 4 || later.RestoreWindowDays != 9 {
		t.Errorf("the schedule of a new one is %+v", later)
	}

	off, one := false, 1
	weaker := []tidemark.PolicyItem{item(tidemark.FrequencyHourly, 4, days(10))}
	refused := map[string]error{}
	_, refused["a weaker schedule"] = b.reschedule("shop", tidemark.ScheduleUpdate{Items: &weaker})
	_, refused["a shorter window"] = b.reschedule("shop", tidemark.ScheduleUpdate{RestoreWindowDays: &one})
	_, refused["no schedule"] = b.svc.DeleteSchedule(t.Context(), b.owner, b.cred.GroupID, "shop")
	_, refused["no oplog"] = b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{Kind: tidemark.KindDedicated, ContinuousBackup: &off})
	_, refused["a short life"] = b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.NewSnapshot{Retention: 4 * 24 * time.Hour})
	refused["a weaker policy"] = b.comply(tidemark.CompliancePolicy{Scheduled: policy.Scheduled, OnDemand: &onDemand}, true)
	for name, err := range refused {
		if tidemark.ErrorCode(err) != tidemark.CodeCompliance {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID), tidemark.CodeSnapshotProtected)
	_, err := b.svc.UpdateSnapshotRetention(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID, days(6))
	b.code(err, tidemark.CodeSnapshotProtected)
	_, err = b.svc.UpdateSnapshotRetention(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID, days(8))
	b.ok(err)
	b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""), tidemark.CodeSnapshotProtected)
	b.code(b.svc.DeleteCompliancePolicy(t.Context(), b.owner, b.cred.GroupID), tidemark.CodePolicyNotDeletable)

	b.advance(8*24*time.Hour + time.Second)
	b.ok(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID))
	b.ok(service.ReleaseCompliancePolicy(t.Context(), b.db, b.cred.GroupID))
	b.ok(b.svc.DeleteCompliancePolicy(t.Context(), b.owner, b.cred.GroupID))
	_, err = b.svc.DeleteSchedule(t.Context(), b.owner, b.cred.GroupID, "shop")
	b.ok(err)
}

func TestExports(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindDedicated)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	queued := b.snapshot(i, tidemark.SnapshotQueued)
	make := func(name string) (*tidemark.ExportBucket, error) {
		return b.svc.CreateExportBucket(t.Context(), b.owner, tidemark.ExportBucket{ProjectID: b.cred.GroupID, BucketName: name, CloudProvider: "AWS"})
	}
	for _, name := range []string{"", "ab", "Exports", "-exports", "a..b", "../../etc", "x/y"} {
		_, err := make(name)
		b.code(err, tidemark.CodeInvalidAttribute)
	}
	bucket, err := make("exports")
	b.ok(err)
	_, err = make("exports")
	b.code(err, tidemark.CodeDuplicateBucket)
	export := func(snapshot, bucket tidemark.ID) (*tidemark.ExportJob, error) {
		return b.svc.CreateExportJob(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.NewExportJob{SnapshotID: snapshot, BucketID: bucket})
	}
	_, err = export(s.ID, tidemark.NewID())
	b.code(err, tidemark.CodeBucketNotFound)
	_, err = export(queued.ID, bucket.ID)
	b.code(err, tidemark.CodeSnapshotIncomplete)
	b.advance(7 * time.Second)
	j, err := export(s.ID, bucket.ID)
	b.ok(err)
	want := "exported_snapshots/" + string(b.cred.OrgID) + "/" + string(b.cred.GroupID) + "/shop/2026-03-01T1200/1772366407"
	if j.Prefix != want || j.State != tidemark.ExportQueued || b.tasks(tidemark.TaskExport, j.ID) != 1 {
		t.Errorf("the job is %+v", j)
	}
	_, err = export(s.ID, bucket.ID)
	b.code(err, tidemark.CodeExportRunning)
	b.code(b.svc.DeleteExportBucket(t.Context(), b.owner, b.cred.GroupID, bucket.ID), tidemark.CodeBucketInUse)
	b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID), tidemark.CodeInstanceBusy)
	b.update(func(tx tidemark.Tx) error {
		j, err := tx.BeginExportJob(t.Context(), j.ID)
		if err != nil {
			return err
		}
		j.State = tidemark.ExportSuccessful
		return tx.UpdateExportJob(t.Context(), j)
	})
	on, names := true, true
	_, err = b.reschedule("shop", tidemark.ScheduleUpdate{
		AutoExport: &on, NamesInExports: &names, Export: &tidemark.AutoExport{BucketID: bucket.ID, Frequency: tidemark.FrequencyMonthly},
	})
	b.ok(err)
	b.code(b.svc.DeleteExportBucket(t.Context(), b.owner, b.cred.GroupID, bucket.ID), tidemark.CodeBucketInUse)
	if j, err = export(s.ID, bucket.ID); err != nil || j.Prefix != "exported_snapshots/Tidemark/Project_0/shop/2026-03-01T1200/1772366407" {
		t.Errorf("with names it goes to %s, %v", j.Prefix, err)
	}
}

// TestOneDownloadASnapshot lets a snapshot of a dedicated instance have one
// link, which lives an hour.
func TestOneDownloadASnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindDedicated)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	ask := func() (*tidemark.RestoreJob, error) {
		return b.restore(i, tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: s.ID})
	}
	j, err := ask()
	b.ok(err)
	if !j.ExpiresAt.Equal(j.CreatedAt.Add(time.Hour)) {
		t.Errorf("the link of %s lives until %s", j.CreatedAt, j.ExpiresAt)
	}
	_, err = ask()
	b.code(err, tidemark.CodeDownloadRunning)
	_, err = b.svc.CancelRestoreJob(t.Context(), b.owner, b.cred.GroupID, "shop", "", j.ID)
	b.ok(err)
	j, err = ask()
	b.ok(err)
	b.finish(j, tidemark.JobCompleted)
	b.advance(time.Hour - time.Second)
	_, err = ask()
	b.code(err, tidemark.CodeDownloadRunning)
	b.advance(time.Second)
	_, err = ask()
	b.ok(err)
}

// TestNoScheduleOfADoomedCluster refuses changes once the deletion has begun.
func TestNoScheduleOfADoomedCluster(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.instance("shop", tidemark.KindDedicated)
	b.ok(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""))
	_, err := b.svc.UpdateSchedule(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.ScheduleUpdate{})
	b.code(err, tidemark.CodeDeletionRequested)
	_, err = b.svc.DeleteSchedule(t.Context(), b.owner, b.cred.GroupID, "shop")
	b.code(err, tidemark.CodeDeletionRequested)
}
