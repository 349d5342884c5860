package jobs_test

import (
	"errors"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// scheduled makes an instance with a snapshot every six hours, kept two days.
func (b *bench) scheduled(name string) *tidemark.Instance {
	b.Helper()
	i := b.instance(name)
	i.SnapshotInterval, i.SnapshotRetention = 6*time.Hour, 48*time.Hour
	i.NextSnapshotAt = i.CreatedAt.Add(6 * time.Hour)
	b.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(b.Context(), i) })
	return i
}

func (b *bench) snapshotsOf(i *tidemark.Instance) []*tidemark.Snapshot {
	b.Helper()
	var list []*tidemark.Snapshot
	b.ok(b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
		list, _, err = tx.Snapshots(b.Context(), i.ID, tidemark.Page{Number: 1, Size: 100})
		return err
	}))
	return list
}

func (b *bench) sweep() {
	b.Helper()
	b.ok(b.jobs.Sweep(b.Context()))
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.scheduled("shop")
	b.advance(6*time.Hour - time.Second)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 0 {
		t.Fatalf("%d snapshots before their time", n)
	}
	b.advance(time.Minute)
	b.sweep()
	b.sweep()
	list := b.snapshotsOf(i)
	if len(list) != 1 {
		t.Fatalf("%d snapshots", len(list))
	}
	s := list[0]
	if s.Type != tidemark.SnapshotScheduled || s.Frequency != tidemark.FrequencyHourly || s.Status != tidemark.SnapshotQueued ||
		!s.ExpiresAt.Equal(b.clock().Add(48*time.Hour)) {
		t.Errorf("the snapshot is %+v", s)
	}
	if n := b.count(`SELECT count(*) FROM river_job WHERE kind = 'snapshot'`); n != 1 {
		t.Errorf("%d tasks", n)
	}
	if next := b.stored(i.ID).NextSnapshotAt; !next.Equal(i.CreatedAt.Add(12 * time.Hour)) {
		t.Errorf("the next is due %s", next.Sub(i.CreatedAt))
	}

	// While that is unfinished the next is left out; times missed are not made up.
	b.advance(13 * time.Hour)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 1 {
		t.Errorf("%d snapshots", n)
	}
	if next := b.stored(i.ID).NextSnapshotAt; !next.Equal(i.CreatedAt.Add(24 * time.Hour)) {
		t.Errorf("the next is due %s", next.Sub(i.CreatedAt))
	}
}

// TestScheduleWaitsForRestore: the snapshot stays due until it is over.
func TestScheduleWaitsForRestore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.scheduled("shop")
	s := b.completed(b.instance("source"))
	id := b.restore(s, i)
	b.advance(6 * time.Hour)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 0 {
		t.Fatalf("%d snapshots in the middle of a restore", n)
	}
	b.finish(id)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 1 {
		t.Fatalf("%d snapshots after it", n)
	}
}

// finish completes a restore job without running it.
func (b *bench) finish(id tidemark.ID) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		j, err := tx.BeginRestoreJob(b.Context(), id)
		if err != nil {
			return err
		}
		j.State, j.FinishedAt = tidemark.JobCompleted, b.clock()
		return tx.UpdateRestoreJob(b.Context(), j)
	})
}

// TestExpiry keeps what is needed and retires the rest.
func TestExpiry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop")
	expires := func(d time.Duration) func(*tidemark.Snapshot) {
		return func(s *tidemark.Snapshot) {
			s.CreatedAt = b.clock().Add(d)
			s.ExpiresAt = b.clock().Add(d + time.Hour)
		}
	}
	plain := b.completed(i, expires(0))
	restored := b.completed(i, expires(1*time.Second))
	linked := b.completed(i, expires(2*time.Second))
	newest := b.completed(i, expires(3*time.Second))
	forever := b.completed(b.instance("other"))
	failed := b.completed(i, expires(4*time.Second), func(s *tidemark.Snapshot) {
		s.Status, s.Manifest = tidemark.SnapshotFailed, ""
	})
	job, link := b.restore(restored, b.instance("copy")), b.restore(linked, nil)
	b.finish(link)
	kept := func(what string, want ...*tidemark.Snapshot) {
		t.Helper()
		b.sweep()
		for _, s := range []*tidemark.Snapshot{plain, restored, linked, newest, forever, failed} {
			is := b.snapshot(s.ID) != nil
			should := false
			for _, w := range want {
				should = should || w == s
			}
			if is != should {
				t.Errorf("%s: a snapshot %s after the first is kept: %t", what, s.CreatedAt.Sub(plain.CreatedAt), is)
			}
		}
	}
	kept("before", plain, restored, linked, newest, forever, failed)
	b.advance(time.Hour + time.Minute)
	kept("expired", restored, linked, newest, forever)
	for _, s := range []*tidemark.Snapshot{restored, linked, newest} {
		if at := b.snapshot(s.ID).ExpiresAt; !at.After(b.clock()) {
			t.Errorf("a kept snapshot says it expired %s ago", b.clock().Sub(at))
		}
	}
	b.finish(job)
	b.advance(2 * time.Hour)
	kept("restored", linked, newest, forever)
	b.advance(2 * time.Hour)
	kept("link expired", newest, forever)
	b.completed(i, func(s *tidemark.Snapshot) { s.CreatedAt = b.clock() })
	b.advance(2 * time.Hour)
	kept("a newer one", forever)

	b.start()
	b.idle()
	if left := b.ports.objects(); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}

// TestManyExpire are more than one list of them holds.
func TestManyExpire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop")
	b.update(func(tx tidemark.Tx) error {
		var errs []error
		for range 130 {
			s := b.newSnapshot(i)
			s.Status, s.Manifest, s.ExpiresAt = tidemark.SnapshotCompleted, "m", b.clock().Add(time.Minute)
			errs = append(errs, tx.CreateSnapshot(t.Context(), s))
		}
		return errors.Join(errs...)
	})
	b.advance(time.Hour)
	b.sweep()
	if n := len(b.snapshotsOf(i)); n != 1 {
		t.Errorf("%d are left", n)
	}
}

// TestSweepRunsByItself between Start and Stop.
func TestSweepRunsByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.SweepInterval = 10 * time.Millisecond })
	i := b.scheduled("shop")
	b.start()
	b.advance(7 * time.Hour)
	b.eventually("a scheduled snapshot is completed", func() bool {
		list := b.snapshotsOf(i)
		return len(list) == 1 && list[0].Status == tidemark.SnapshotCompleted
	})
}
