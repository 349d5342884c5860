package jobs_test

import (
	"slices"
	"strings"
	"testing"

	"tidemark"
)

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
		b.grow(i, last)
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
	b.edit(i.ID, func(i *tidemark.Instance) { i.ContinuousBackup = false })
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

// TestDeprovisionCaptured leaves nothing.
func TestDeprovisionCaptured(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.grow(i, 15)
	b.deprovision(i)
	b.eventually("gone with all it had", func() bool { return b.stored(i.ID) == nil && len(b.ports.objects()) == 0 })
	b.idle()
}
