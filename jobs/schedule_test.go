package jobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// dedicated makes an instance that follows the default schedule. It was made at
// 03:17 on a Tuesday.
func (b *bench) dedicated(name string) (*tidemark.Instance, *tidemark.Schedule) {
	b.Helper()
	i := b.instance(name)
	i.Kind = tidemark.KindDedicated
	schedule := tidemark.DefaultSchedule(i)
	i.NextSnapshotAt = schedule.Next(b.clock())
	b.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(b.Context(), i) })
	return i, schedule
}

func (b *bench) tuesday() *bench {
	b.now = time.Date(2026, 3, 3, 3, 17, 0, 0, time.UTC)
	return b
}

// TestBackupSchedule takes snapshots as a policy says, over six weeks of it.
func TestBackupSchedule(t *testing.T) {
	t.Parallel()
	b := newBench(t).tuesday()
	i, _ := b.dedicated("shop")
	taken := map[tidemark.Frequency]int{}
	for range 6 * 7 * 4 {
		b.advance(6 * time.Hour)
		b.sweep()
		s := b.snapshotsOf(i)[0]
		if !s.CreatedAt.Equal(b.clock()) || s.Type != tidemark.SnapshotScheduled {
			t.Fatalf("at %s the newest is of %s", b.clock(), s.CreatedAt)
		}
		taken[s.Frequency]++
		b.update(func(tx tidemark.Tx) error {
			s, err := tx.BeginSnapshot(t.Context(), s.ID)
			if err != nil {
				return err
			}
			s.Status = tidemark.SnapshotCompleted
			return tx.UpdateSnapshot(t.Context(), s)
		})
	}
	// The 31st of March is a Tuesday; every sixth day of a week is a Saturday.
	if want := map[tidemark.Frequency]int{"hourly": 126, "daily": 35, "weekly": 6, "monthly": 1}; !mapsEqual(taken, want) {
		t.Errorf("taken are %v, not %v", taken, want)
	}
	b.sweep()
	kept := map[tidemark.Frequency]int{}
	for _, s := range b.snapshotsOf(i) {
		kept[s.Frequency]++
	}
	if want := map[tidemark.Frequency]int{"hourly": 21, "daily": 6, "weekly": 4, "monthly": 1}; !mapsEqual(kept, want) {
		t.Errorf("kept are %v, not %v", kept, want)
	}
}

func mapsEqual(a, b map[tidemark.Frequency]int) bool {
	for f := range b {
		if a[f] != b[f] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestLateSnapshot stands in for what was missed, and waits for one that is
// under way rather than giving its turn up.
func TestLateSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t).tuesday()
	i, schedule := b.dedicated("shop")
	onDemand := b.take(i)
	b.advance(28 * 24 * time.Hour) // to the 31st
	b.advance(5 * time.Minute)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 1 {
		t.Fatalf("%d snapshots while one is under way", n)
	}
	b.update(func(tx tidemark.Tx) error {
		s, err := tx.BeginSnapshot(t.Context(), onDemand)
		if err != nil {
			return err
		}
		s.Status = tidemark.SnapshotFailed
		return tx.UpdateSnapshot(t.Context(), s)
	})
	b.sweep()
	s := b.snapshotsOf(i)[0]
	var want []tidemark.ID
	for _, item := range schedule.Items[:4] { // all but the yearly
		want = append(want, item.ID)
	}
	if s.Frequency != tidemark.FrequencyMonthly || !slices.Equal(s.PolicyItems, want) || !s.ExpiresAt.Equal(b.clock().AddDate(1, 0, 0)) {
		t.Errorf("the late one is %s until %s of %v", s.Frequency, s.ExpiresAt, s.PolicyItems)
	}
	if next := b.stored(i.ID).NextSnapshotAt; !next.Equal(b.clock().Add(6*time.Hour - 5*time.Minute)) {
		t.Errorf("the next is due %s", next)
	}
}

// TestNoSchedule takes none, but for the one that opens a restore window.
func TestNoSchedule(t *testing.T) {
	t.Parallel()
	b := newBench(t).tuesday()
	i, schedule := b.dedicated("shop")
	schedule.Items, schedule.RestoreWindowDays = nil, 3
	i.NextSnapshotAt = time.Time{}
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.SaveSchedule(t.Context(), i.ID, schedule), tx.UpdateInstance(t.Context(), i))
	})
	b.advance(400 * 24 * time.Hour)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 0 {
		t.Fatalf("%d snapshots", n)
	}
	i.NextSnapshotAt = b.clock()
	b.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(t.Context(), i) })
	b.sweep()
	if s := b.snapshotsOf(i); len(s) != 1 || !s[0].ExpiresAt.Equal(b.clock().AddDate(0, 0, 3)) || !b.stored(i.ID).NextSnapshotAt.IsZero() {
		t.Errorf("the snapshots are %+v", s)
	}
}

// TestRestoreWindow keeps the oplog as long as the schedule says.
func TestRestoreWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	start := uint32(b.clock().Unix())
	i := b.captured("shop", start)
	b.newest(i, 1)
	b.edit(i.ID, func(i *tidemark.Instance) { i.Kind, i.NextSnapshotAt = tidemark.KindDedicated, time.Time{} })
	b.update(func(tx tidemark.Tx) error {
		return tx.SaveSchedule(t.Context(), i.ID, &tidemark.Schedule{RestoreWindowDays: 1})
	})
	b.pass(i, 48, 12)
	b.advance(30 * time.Minute)
	b.sweep()
	if c := b.capture(i); c.WindowStart.T != start+24*3600 {
		t.Errorf("48 hours on a window of a day begins %d hours on", (c.WindowStart.T-start)/3600)
	}
}

// exported enqueues an export of a snapshot.
func (b *bench) exported(i *tidemark.Instance, s *tidemark.Snapshot) tidemark.ID {
	b.Helper()
	var job *tidemark.ExportJob
	bucket := &tidemark.ExportBucket{ID: tidemark.NewID(), ProjectID: i.ProjectID, BucketName: "exports", CloudProvider: "AWS", CreatedAt: b.clock()}
	b.update(func(tx tidemark.Tx) (err error) {
		if err := tx.CreateExportBucket(b.Context(), bucket); err != nil {
			return err
		}
		job, err = tidemark.EnqueueExport(b.Context(), tx, i, s, bucket, nil, b.clock())
		return err
	})
	return job.ID
}

func (b *bench) export(id tidemark.ID) *tidemark.ExportJob {
	b.Helper()
	return read(b, tidemark.CodeExportNotFound, func(tx tidemark.Tx) (*tidemark.ExportJob, error) { return tx.ExportJob(b.Context(), id) })
}

func (b *bench) exportIs(id tidemark.ID, want tidemark.ExportState) *tidemark.ExportJob {
	b.Helper()
	b.eventually("an export that is "+string(want), func() bool { return b.export(id).State == want })
	return b.export(id)
}

func TestExport(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i, _ := b.dedicated("shop")
	s := b.completed(i, func(s *tidemark.Snapshot) { s.Collections = 3 })
	b.ports.export = func(_ context.Context, r jobs.ExportRequest) (int64, error) {
		if r.Snapshot.ID != s.ID || r.Bucket.BucketName != "exports" || r.Job.State != tidemark.ExportInProgress {
			t.Errorf("the request is %+v", r)
		}
		if b.ports.times("export") < 3 {
			return 0, tidemark.Errorf(tidemark.CodeExportUnreachable, "try again")
		}
		return 99, nil
	}
	j := b.exportIs(b.exported(i, s), tidemark.ExportSuccessful)
	if j.Bytes != 99 || j.Exported != 3 || j.FinishedAt.IsZero() || j.Epoch != 3 {
		t.Errorf("the job is %+v", j)
	}

	b.ports.export = func(context.Context, jobs.ExportRequest) (int64, error) {
		return 0, tidemark.Errorf(tidemark.CodeExportRefused, "no such bucket").WithHint("make it")
	}
	other, _ := b.dedicated("other")
	b.update(func(tx tidemark.Tx) error {
		list, _, err := tx.ExportBuckets(t.Context(), i.ProjectID, tidemark.Page{Number: 1, Size: 1})
		if err != nil {
			return err
		}
		return tx.DeleteExportBucket(t.Context(), list[0].ID)
	})
	j = b.exportIs(b.exported(other, b.completed(other)), tidemark.ExportFailed)
	if j.FailCode != tidemark.CodeExportRefused || j.FailReason != "no such bucket (make it)" || j.Epoch != 1 {
		t.Errorf("the job is %+v", j)
	}
}

// TestExportSurvivesStop takes an export up again that was cut off.
func TestExportSurvivesStop(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered := make(chan struct{}, 2)
	b.ports.export = func(ctx context.Context, r jobs.ExportRequest) (int64, error) {
		entered <- struct{}{}
		if r.Job.Epoch > 1 {
			return 7, nil
		}
		<-ctx.Done()
		return 0, ctx.Err()
	}
	i, _ := b.dedicated("shop")
	id := b.exported(i, b.completed(i))
	<-entered
	b.restart()
	if j := b.exportIs(id, tidemark.ExportSuccessful); j.Epoch != 2 || j.Bytes != 7 {
		t.Errorf("the job is %+v", j)
	}
}

// TestAutoExport exports the snapshots of one frequency, and keeps a snapshot
// while it is exported.
func TestAutoExport(t *testing.T) {
	t.Parallel()
	b := newBench(t).tuesday()
	i, schedule := b.dedicated("shop")
	bucket := &tidemark.ExportBucket{ID: tidemark.NewID(), ProjectID: i.ProjectID, BucketName: "exports", CloudProvider: "AWS", CreatedAt: b.clock()}
	schedule.AutoExport, schedule.Export = true, &tidemark.AutoExport{BucketID: bucket.ID, Frequency: tidemark.FrequencyDaily}
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateExportBucket(t.Context(), bucket), tx.SaveSchedule(t.Context(), i.ID, schedule))
	})
	release := make(chan struct{})
	b.ports.export = func(ctx context.Context, _ jobs.ExportRequest) (int64, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return 5, ctx.Err()
	}
	b.start()
	exports := func() (list []*tidemark.ExportJob) {
		b.ok(b.db.View(t.Context(), func(tx tidemark.Tx) (err error) {
			list, _, err = tx.ExportJobs(t.Context(), i.ID, tidemark.Page{Number: 1, Size: 100})
			return err
		}))
		return list
	}
	b.advance(6 * time.Hour)
	b.sweep()
	b.snapshotIs(b.snapshotsOf(i)[0].ID, tidemark.SnapshotCompleted)
	if n := len(exports()); n != 0 {
		t.Fatalf("%d exports of an hourly snapshot", n)
	}
	b.advance(18 * time.Hour)
	b.sweep()
	daily := b.snapshotIs(b.snapshotsOf(i)[0].ID, tidemark.SnapshotCompleted)
	list := exports()
	if len(list) != 1 || list[0].SnapshotID != daily.ID {
		t.Fatalf("the exports are %+v", list)
	}
	b.completed(i) // a newer one, so that it is not kept as the newest
	b.advance(8 * 24 * time.Hour)
	b.sweep()
	if b.snapshot(daily.ID) == nil {
		t.Error("it is gone while it is exported")
	}
	close(release)
	b.exportIs(list[0].ID, tidemark.ExportSuccessful)
}
