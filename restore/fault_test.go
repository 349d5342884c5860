package restore_test

import (
	"context"
	"errors"
	"testing"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
)

// TestEveryCallFails lets every single call of a restore fail, in turn. The
// live data must be as it was unless the cut-over had begun, and a next
// attempt must bring it to its end.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 120, 400)
	everyCall(t, b, func(cancel context.CancelFunc) error {
		return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the target is gone")
	})
}

// TestStoppedAtEveryCall ends the context at every call, in turn, as a service
// does that stops.
func TestStoppedAtEveryCall(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 120, 400)
	everyCall(t, b, func(cancel context.CancelFunc) error {
		cancel()
		return context.Canceled
	})
}

func everyCall(t *testing.T, b *bundle, fail func(context.CancelFunc) error) {
	live := restoretest.Deployment(t)
	for n := 1; ; n += stride {
		overwriteAgain(t, live)
		before := restoretest.Read(t, live)
		ctx, cancel := context.WithCancel(t.Context())
		cutting, reached := false, false
		faulty := &restoretest.Faulty{Target: live}
		j := b.job(faulty)
		faulty.Before = func(method string, call int) error {
			if call == n {
				reached = true
				return fail(cancel)
			}
			if reached && ctx.Err() != nil {
				return ctx.Err()
			}
			cutting = cutting || j.cuttingOver()
			return nil
		}
		_, err := j.attempt(ctx)
		cancel()
		if !reached {
			if err != nil {
				t.Fatalf("no call failed, and still: %v", err)
			}
			t.Logf("%d calls", n-1)
			return
		}
		if err == nil {
			t.Fatalf("call %d failed, and the restore did not say so", n)
		}
		if !cutting && !j.cuttingOver() {
			restoretest.Same(t, restoretest.Read(t, live), before)
		}
		j.Target = live
		report, err := j.attempt(t.Context())
		if err != nil || !report.Verified {
			t.Fatalf("call %d failed, and then the next attempt: %v", n, err)
		}
		restoretest.Same(t, restoretest.Read(t, live), b.want)
		if t.Failed() {
			t.Fatalf("after call %d failed", n)
		}
	}
}

func TestFinishedPartsAreNotLoadedAgain(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 3000, 2000)
	d, _ := target(t)
	var total, first, second int
	attempt := func(j *job, most int, count *int) error {
		j.Target = &restoretest.Faulty{Target: d, Before: func(method string, _ int) error {
			if method != "Insert" {
				return nil
			}
			if *count == most {
				return errors.New("stop")
			}
			*count++
			return nil
		}}
		j.Writers, j.BatchBytes = 1, 64<<10
		_, err := j.attempt(t.Context())
		return err
	}
	if err := attempt(b.job(d), -1, &total); err != nil {
		t.Fatal(err)
	}
	j := b.job(d)
	if err := attempt(j, total*2/3, &first); err == nil {
		t.Fatal("the restore went on without inserts")
	}
	if err := attempt(j, -1, &second); err != nil {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
	// One part was under way: the smallest part is a MiB, 16 batches.
	if again := first + second - total; again > 17 {
		t.Errorf("%d inserts in all; %d, then %d: %d were made twice", total, first, second, again)
	}
}

func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 500, 200)
	object := b.manifest.Runs[0].Object
	for _, damage := range []struct {
		name string
		do   func(t *testing.T)
		want tidemark.Code
	}{
		{"changed", func(*testing.T) { b.damage(object, 700) }, tidemark.CodeObjectDamaged},
		{"missing", func(t *testing.T) {
			if err := b.vault.Delete(t.Context(), object); err != nil {
				t.Fatal(err)
			}
		}, tidemark.CodeObjectMissing},
	} {
		d, before := target(t)
		damage.do(t)
		_, err := b.job(d).attempt(t.Context())
		if got := tidemark.ErrorCode(err); got != damage.want {
			t.Errorf("%s: %v, code %s", damage.name, err, got)
		}
		restoretest.Same(t, restoretest.Read(t, d), before)
	}
}

func TestAChangedDocumentIsFound(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 500, 200)
	d, before := target(t)
	changed := false
	faulty := &restoretest.Faulty{Target: d, Change: func(docs []byte) {
		if !changed {
			changed = true
			docs[len(docs)-10] ^= 1 // within the last string of the batch
		}
	}}
	j := b.job(faulty)
	j.Writers = 1
	report, err := j.attempt(t.Context())
	if tidemark.ErrorCode(err) != tidemark.CodeNotEqual {
		t.Fatalf("%v", err)
	}
	if report == nil || report.Verified {
		t.Errorf("report %+v", report)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
}

func TestSaveThatFailsEndsTheRestore(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 500, 200)
	d, before := target(t)
	lost := tidemark.Errorf(tidemark.CodeConflict, "another attempt has the job")
	j := b.job(d)
	j.Save = func(context.Context, tidemark.Progress, []byte) error { return lost }
	if _, err := j.attempt(t.Context()); !errors.Is(err, lost) {
		t.Fatalf("%v", err)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
}

func TestBadCursors(t *testing.T) {
	t.Parallel()
	for cursor, want := range map[string]tidemark.Code{
		`{"version":3}`: tidemark.CodeFormatTooNew,
		`{"version":`:   tidemark.CodeInvalidData,
	} {
		_, err := restore.Run(t.Context(), restore.Request{Cursor: []byte(cursor)})
		if tidemark.ErrorCode(err) != want {
			t.Errorf("%s: %v", cursor, err)
		}
	}
}
