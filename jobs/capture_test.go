package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// captured makes an instance whose oplog, up to last, is captured.
func (b *bench) captured(name string, last uint32) *tidemark.Instance {
	b.Helper()
	b.ports.grow(1, last)
	i := b.instance(name)
	i.ContinuousBackup = true
	b.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(b.Context(), i) })
	b.follow(i)
	return i
}

func (b *bench) follow(i *tidemark.Instance) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		return tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskCapture, ID: i.ID})
	})
}

func (b *bench) capture(i *tidemark.Instance) *tidemark.Capture {
	b.Helper()
	return read(b, tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) (*tidemark.Capture, error) { return tx.Capture(b.Context(), i.ID) })
}

// at waits until the capture has come to an entry.
func (b *bench) at(i *tidemark.Instance, t uint32) {
	b.Helper()
	b.eventually("the capture of the entry", func() bool { return b.capture(i).Position.T >= t })
}

// slices lists those of an instance.
func (b *bench) slices(i *tidemark.Instance) (list []*tidemark.Slice) {
	b.Helper()
	b.ok(b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
		list, err = tx.Slices(b.Context(), i.ID, tidemark.Timestamp{}, tidemark.Timestamp{}, 1000)
		return err
	}))
	return list
}

// newest waits for the first snapshots, and returns the newest of so many.
func (b *bench) newest(i *tidemark.Instance, n int) *tidemark.Snapshot {
	b.Helper()
	var list []*tidemark.Snapshot
	b.eventually("the snapshots", func() bool {
		b.ok(b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
			list, _, err = tx.Snapshots(b.Context(), i.ID, tidemark.Page{Number: 1, Size: 100})
			return err
		}))
		return len(list) == n && list[0].Status == tidemark.SnapshotCompleted
	})
	return list[0]
}

// TestCaptureFollows begins with a snapshot, and has one job for the instance
// however often it is asked for.
func TestCaptureFollows(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	for range 3 {
		b.follow(i)
		b.ok(b.jobs.Sweep(t.Context()))
	}
	if n := b.count(`SELECT count(*) FROM river_job WHERE kind = 'capture' AND finalized_at IS NULL`); n != 1 {
		t.Errorf("%d jobs capture one oplog", n)
	}
	first := b.newest(i, 1)
	if first.ClusterTime.T != 10 || b.ports.times("capture") != 1 || b.ports.times("advance") != 1 || first.Type != tidemark.SnapshotScheduled {
		t.Errorf("the first snapshot is %+v", first)
	}
	for _, last := range []uint32{12, 20, 21} {
		b.ports.grow(1, last)
		b.at(i, last)
	}
	list := b.slices(i)
	after := uint32(10)
	for _, s := range list {
		if s.After.T != after {
			t.Errorf("after %d follows the slice after %s", after, s.After)
		}
		after = s.Last.T
		if !slices.Contains(b.ports.objects(), s.Object) {
			t.Errorf("the slice after %s has no object", s.After)
		}
	}
	b.eventually("the time of the source", func() bool { return b.capture(i).SourceTime.T == 21 })
	if c := b.capture(i); c.WindowStart.T != 10 || c.SeenAt.IsZero() || c.FailCode != "" || !c.GapAfter.IsZero() {
		t.Errorf("the capture is %+v", c)
	}

	second := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	if second.ClusterTime.T != 21 || second.StorageBytes != 7 || b.ports.times("capture") != 1 {
		t.Errorf("the second snapshot is %+v", second)
	}

	// Off: all that was captured goes, and the job.
	b.update(func(tx tidemark.Tx) error {
		now, err := tx.Instance(t.Context(), i.ID)
		if err != nil {
			return err
		}
		now.ContinuousBackup = false
		return tx.UpdateInstance(t.Context(), now)
	})
	b.eventually("the end of the capture", func() bool { return b.capture(i).Position.IsZero() && len(b.slices(i)) == 0 })
	b.idle()
	for _, object := range b.ports.objects() {
		if strings.HasPrefix(object, "slice") {
			t.Errorf("left is %s", object)
		}
	}
}

// TestSharedRuns deletes snapshots that share runs, oldest first.
func TestSharedRuns(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	first := b.newest(i, 1)
	shared := "run " + string(first.ID)
	if got := b.ports.objects(); !slices.Contains(got, shared) || slices.Contains(got, "manifest "+string(first.ID)) {
		t.Errorf("after the first snapshot there are %v", got)
	}
	second := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	for _, s := range []*tidemark.Snapshot{first, second} {
		if !slices.Contains(b.ports.objects(), shared) {
			t.Error("a run is gone that a snapshot needs")
		}
		b.update(func(tx tidemark.Tx) error { return tidemark.RetireSnapshot(t.Context(), tx, s) })
		b.eventually("the deletion of the manifest", func() bool { return !slices.Contains(b.ports.objects(), s.Manifest) })
	}
	b.eventually("the deletion of all", func() bool { return len(b.ports.objects()) == 0 })
}

// TestGap loses entries: the window closes, and a new base begins the next.
func TestGap(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.ports.grow(1, 12)
	b.at(i, 12)
	b.ports.grow(50, 60)
	b.at(i, 60)
	second := b.newest(i, 2)
	c := b.capture(i)
	if c.GapAfter.T != 12 || c.WindowStart != second.ClusterTime || second.ClusterTime.T < 60 || b.ports.times("capture") != 2 {
		t.Errorf("the capture is %+v, the snapshot %+v", c, second)
	}
	if s := b.slices(i); s[0].After.T != 10 || s[1].After.T != 50 {
		t.Errorf("the slices follow %s and %s", s[0].After, s[1].After)
	}
	b.eventually("no more fault", func() bool { return b.capture(i).FailCode == "" })
}

// TestGapDuringSnapshot loses entries while a snapshot is folded. It does not
// begin the next window; another one is taken for that.
func TestGapDuringSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.ports.advance = func(jobs.AdvanceRequest) error {
		if b.ports.called("gap") == 1 {
			b.ports.grow(1, 12)
			b.at(i, 12)
			b.ports.grow(50, 60)
			b.at(i, 60)
		}
		return nil
	}
	late := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	if c := b.capture(i); late.ClusterTime.T != 10 || !c.WindowStart.IsZero() {
		t.Errorf("the snapshot is of %s, the window begins at %s", late.ClusterTime, c.WindowStart)
	}
	b.ok(b.jobs.Sweep(t.Context()))
	if s := b.newest(i, 3); s.ClusterTime.T != 60 || b.capture(i).WindowStart.T != 60 {
		t.Errorf("the next snapshot is of %s", s.ClusterTime)
	}
}

// TestUnreachable shows why the capture does not go on, and goes on later.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	var away, asked = true, make(chan struct{}, 1000)
	b.ports.tail = func(context.Context, jobs.TailRequest) error {
		b.ports.mu.Lock()
		defer b.ports.mu.Unlock()
		asked <- struct{}{}
		if away {
			return errUnreachable
		}
		return nil
	}
	b.eventually("the fault", func() bool {
		c := b.capture(i)
		return c.FailCode == tidemark.CodeTargetUnreachable && c.FailReason != ""
	})
	for range len(asked) + 1 {
		<-asked // it is tried again
	}
	b.ports.mu.Lock()
	away = false
	b.ports.mu.Unlock()
	b.ports.grow(1, 15)
	b.at(i, 15)
	b.eventually("no fault", func() bool { return b.capture(i).FailCode == "" })
}

// TestOrphanedSlice fails between the writing of a slice and its row.
func TestOrphanedSlice(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.ports.tail = func(ctx context.Context, r jobs.TailRequest) error {
		if b.ports.called("orphan") > 1 {
			return nil
		}
		if err := r.Note(ctx, "orphan"); err != nil {
			return err
		}
		b.ports.put("orphan")
		return errors.New("the process dies here")
	}
	b.ports.grow(1, 15)
	b.at(i, 15)
	if b.ports.times("orphan") < 2 || slices.Contains(b.ports.objects(), "orphan") {
		t.Error("the object of a slice that was not kept is still there")
	}
	if s := b.slices(i); len(s) != 1 || s[0].Entries != 5 {
		t.Errorf("there are %d slices", len(s))
	}
}

// TestWithoutOplog takes snapshots as if continuous backup were off.
func TestWithoutOplog(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.ports.mu.Lock()
	b.ports.first, b.ports.last = tidemark.Timestamp{}, tidemark.Timestamp{}
	b.ports.mu.Unlock()
	b.eventually("the fault", func() bool { return b.capture(i).FailCode == tidemark.CodeNoOplog })
	s := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	if !s.ClusterTime.IsZero() || b.ports.times("capture") != 2 {
		t.Errorf("the snapshot is %+v", s)
	}
}

// TestDeprovisionCaptured leaves nothing.
func TestDeprovisionCaptured(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.ports.grow(1, 15)
	b.at(i, 15)
	b.deprovision(i)
	b.eventually("gone with all it had", func() bool { return b.stored(i.ID) == nil && len(b.ports.objects()) == 0 })
	b.idle()
}

// TestWindowCloses keeps the slices since the newest snapshot that is as old as
// the window, with an hour of grace.
func TestWindowCloses(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	start := uint32(b.clock().Unix())
	i := b.captured("shop", start)
	b.newest(i, 1)
	for h := uint32(24); h <= 96; h += 24 {
		b.advance(24 * time.Hour)
		b.ports.grow(1, start+h*3600)
		b.at(i, start+h*3600)
		b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	}
	b.advance(30 * time.Minute)
	b.ok(b.jobs.Sweep(t.Context()))
	if c := b.capture(i); c.WindowStart.T != start+24*3600 {
		t.Errorf("96 hours and a half on the window begins %d hours on", (c.WindowStart.T-start)/3600)
	}
	if n := len(b.slices(i)); n != 4 {
		t.Errorf("within the grace there are %d slices", n)
	}
	b.advance(time.Hour)
	b.ok(b.jobs.Sweep(t.Context()))
	if s := b.slices(i); s[0].Last.T < start+24*3600 {
		t.Errorf("the oldest slice ends %d hours on", (s[0].Last.T-start)/3600)
	}
	// All but the newest go: the window begins there.
	b.advance(30 * 24 * time.Hour)
	b.ok(b.jobs.Sweep(t.Context()))
	if c := b.capture(i); c.WindowStart.T != start+96*3600 {
		t.Errorf("the window begins %d hours on", (c.WindowStart.T-start)/3600)
	}
}

// TestDailies keeps one scheduled snapshot a day for longer.
func TestDailies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.now = time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	b.start()
	i := b.captured("shop", 10)
	b.update(func(tx tidemark.Tx) error {
		now, err := tx.Instance(t.Context(), i.ID)
		if err != nil {
			return err
		}
		now.SnapshotInterval, now.SnapshotRetention, now.NextSnapshotAt = 6*time.Hour, 48*time.Hour, b.clock().Add(6*time.Hour)
		return tx.UpdateInstance(t.Context(), now)
	})
	b.newest(i, 1)
	dailies := 0
	for n := 2; n <= 9; n++ {
		b.advance(6 * time.Hour)
		b.ok(b.jobs.Sweep(t.Context()))
		s := b.newest(i, n)
		keep := s.ExpiresAt.Sub(s.CreatedAt)
		if s.Frequency == tidemark.FrequencyDaily {
			dailies++
		}
		if want := map[tidemark.Frequency]time.Duration{tidemark.FrequencyDaily: 35 * 24 * time.Hour, tidemark.FrequencyHourly: 72 * time.Hour}[s.Frequency]; keep != want {
			t.Errorf("a %s snapshot is kept for %s", s.Frequency, keep)
		}
	}
	if dailies < 2 || dailies > 3 {
		t.Errorf("%d of 8 snapshots are dailies", dailies)
	}
}

// TestPointInTimeRestore advances once for all attempts, and leaves nothing.
func TestPointInTimeRestore(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	s := b.newest(i, 1)
	b.ports.grow(1, 30)
	b.at(i, 30)
	b.idleButCaptures()
	before := withoutSlices(b.ports.objects())
	advances := b.ports.times("advance")
	b.ports.advance = func(r jobs.AdvanceRequest) error {
		if r.Base != s.Manifest || r.After != s.ClusterTime || r.To.T != 25 || !r.TornUntil.IsZero() || len(r.Slices) == 0 {
			t.Errorf("it is to advance %+v", r)
		}
		if b.ports.times("advance") == advances+1 {
			return errUnreachable // with an object written
		}
		return nil
	}
	var manifests []string
	b.ports.restore = func(_ context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		manifests = append(manifests, r.Manifest)
		if len(manifests) < 3 {
			return nil, errUnreachable
		}
		return &tidemark.RestoreReport{}, nil
	}
	j := b.newRestore(s, b.instance("copy"))
	j.DeliveryType, j.DesiredTimestamp = tidemark.DeliverPointInTime, tidemark.Timestamp{T: 25, I: 1}
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateRestoreJob(t.Context(), j), tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskRestore, ID: j.ID}))
	})
	b.jobIs(j.ID, tidemark.JobCompleted)
	if want := "manifest " + string(j.ID); len(manifests) != 3 || manifests[0] != want || manifests[2] != want {
		t.Errorf("restored were %v", manifests)
	}
	if n := b.ports.times("advance") - advances; n != 2 {
		t.Errorf("it was advanced %d times", n)
	}
	b.idleButCaptures()
	if left := withoutSlices(b.ports.objects()); !slices.Equal(left, before) {
		t.Errorf("left are %v, before there were %v", left, before)
	}
	if n := b.count(`SELECT count(*) FROM settings WHERE name LIKE 'restore/%'`); n != 0 {
		t.Errorf("%d notes are left", n)
	}
}

// idleButCaptures waits until only captures are under way.
func (b *bench) idleButCaptures() {
	b.Helper()
	b.eventually("idle", func() bool {
		return b.count(`SELECT count(*) FROM river_job WHERE kind <> 'capture' AND finalized_at IS NULL`) == 0
	})
}

func withoutSlices(objects []string) []string {
	return slices.DeleteFunc(objects, func(o string) bool { return strings.HasPrefix(o, "slice") })
}
