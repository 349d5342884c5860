package restore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tidemark"
	"tidemark/restore/restoretest"
)

var errKilled = errors.New("killed")

// killed runs an attempt that a kill ends at the n-th call of the target, or,
// with after, once the target has done that: from then on nothing is called or
// saved any more. It says whether there was such a call.
func (j *job) killed(t *testing.T, live tidemark.Target, n int, after bool) bool {
	dead := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	save := j.Save
	defer func() { j.Save, j.Target = save, live }()
	j.Save = func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
		select {
		case <-dead:
			return errKilled
		default:
			return save(ctx, p, cursor)
		}
	}
	if after {
		n++ // the call after it is the first that is not made
	}
	j.Target = &restoretest.Faulty{Target: live, Before: func(_ string, call int) error {
		if call == n {
			close(dead)
			cancel()
		}
		if call >= n {
			return errKilled
		}
		return nil
	}}
	_, err := j.attempt(ctx)
	select {
	case <-dead:
		return true
	default:
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
}

// A service that is killed at any call goes on from a cursor that knows nothing
// but what had to be saved, or all that was done before the call, and the result
// is the same. The restore is of a part, under other names.
func TestKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]time.Duration{"nothing saved but what must be": time.Hour, "much saved": 100 * time.Microsecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyPoint(t, every, func(j *job, live tidemark.Target, n int) bool { return j.killed(t, live, n, false) })
		})
	}
}

// Likewise for an attempt that ends at any save, once that is made.
func TestStoppedAtEverySave(t *testing.T) {
	t.Parallel()
	everyPoint(t, 5*time.Millisecond, func(j *job, _ tidemark.Target, n int) bool {
		save, saves := j.Save, 0
		defer func() { j.Save = save }()
		j.Save = func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
			if saves++; saves > n {
				return errKilled
			}
			return save(ctx, p, cursor)
		}
		_, err := j.attempt(t.Context())
		return err != nil
	})
}

// everyPoint has an attempt stopped at the first point, the second and so on
// until there are no more, and each gone on from: before the cut-over nothing
// has changed, and at the end all is as it should be. stop says whether there
// was such a point.
func everyPoint(t *testing.T, saveEvery time.Duration, stop func(j *job, live tidemark.Target, n int) bool) {
	t.Helper()
	b := snapshot(t, 120, 400)
	live := restoretest.Deployment(t)
	for n := 1; ; n += stride {
		overwriteAgain(t, live)
		before := restoretest.Read(t, live)
		j := b.job(live)
		j.SaveEvery = saveEvery
		var want restoretest.State
		j.Options, want = partial(b, before)
		if !stop(j, live, n) {
			t.Logf("%d points", n-1)
			return
		}
		if !j.cuttingOver() {
			restoretest.Same(t, restoretest.Read(t, live), before)
		}
		if report, err := j.attempt(t.Context()); err != nil || !report.Verified {
			t.Fatalf("stopped at point %d: %v", n, err)
		}
		restoretest.Same(t, restoretest.Read(t, live), want)
		if t.Failed() {
			t.Fatalf("stopped at point %d", n)
		}
	}
}
