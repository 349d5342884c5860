package jobs_test

import (
	"context"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// cancel does what the service does.
func (b *bench) cancel(id tidemark.ID) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		j, err := tx.RestoreJob(b.Context(), id)
		if err != nil {
			return err
		}
		j.State, j.FinishedAt = tidemark.JobCancelled, b.clock()
		return tidemark.EndRestoreJob(b.Context(), tx, j)
	})
}

// held makes restores wait for the end of their context.
func (b *bench) held() (entered <-chan struct{}, left <-chan struct{}) {
	in, out := make(chan struct{}), make(chan struct{})
	b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		close(in)
		<-ctx.Done()
		close(out)
		return nil, ctx.Err()
	}
	return in, out
}

// TestCancelRunning ends the attempt, and then tidies the target.
func TestCancelRunning(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered, left := b.held()
	b.ports.abandon = func(context.Context, *tidemark.RestoreJob, *tidemark.Instance) error {
		select {
		case <-left:
		default:
			t.Error("the target is tidied while the attempt is still on it")
		}
		return nil
	}
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	<-entered
	b.cancel(id)
	b.eventually("the target is tidied", func() bool { return b.ports.times("abandon") == 1 })
	b.idle()
	if j := b.job(id); j.State != tidemark.JobCancelled || j.FailReason != "" || b.ports.times("restore") != 1 {
		t.Errorf("after %d attempts the job is %+v", b.ports.times("restore"), j)
	}
}

// TestCancelFromElsewhere ends an attempt that hears of it from the store alone,
// although it saves nothing.
func TestCancelFromElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered, left := b.held()
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	<-entered
	b.update(func(tx tidemark.Tx) error {
		j, err := tx.RestoreJob(t.Context(), id)
		if err != nil {
			return err
		}
		j.State = tidemark.JobCancelled
		return tx.UpdateRestoreJob(t.Context(), j)
	})
	select {
	case <-left:
	case <-time.After(20 * time.Second):
		t.Fatal("the attempt goes on")
	}
	b.idle()
	if j := b.job(id); j.State != tidemark.JobCancelled || b.ports.times("restore") != 1 {
		t.Errorf("after %d attempts the job is %+v", b.ports.times("restore"), j)
	}
}

// TestCancelQueued never calls the port.
func TestCancelQueued(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	b.cancel(id)
	b.start()
	b.idle()
	if j := b.job(id); j.State != tidemark.JobCancelled || b.ports.times("restore") != 0 {
		t.Errorf("after %d attempts the job is %+v", b.ports.times("restore"), j)
	}
}

// TestAbandonIsDurable: a target that cannot be reached is tidied when it can,
// also after the service was started again; and is given up at last.
func TestAbandonIsDurable(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	b.ports.restore = func(context.Context, jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		return nil, tidemark.Errorf(tidemark.CodeTargetRefused, "not allowed")
	}
	b.ports.abandon = func(context.Context, *tidemark.RestoreJob, *tidemark.Instance) error { return errUnreachable }
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	b.jobIs(id, tidemark.JobFailed)
	b.eventually("it was tried", func() bool { return b.ports.times("abandon") > 1 })
	b.restart()
	before := b.ports.times("abandon")
	b.eventually("it is tried again", func() bool { return b.ports.times("abandon") > before })
	b.advance(8 * 24 * time.Hour)
	b.idle()
}
