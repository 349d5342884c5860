package jobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"tidemark"
	"tidemark/jobs"
)

// TestGap loses entries: the window closes, and a new base begins the next.
func TestGap(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.grow(i, 12)
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
			b.grow(i, 12)
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
	b.grow(i, 15)
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
	b.grow(i, 15)
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
