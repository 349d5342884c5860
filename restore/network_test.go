package restore_test

import (
	"context"
	"testing"
	"time"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
	"tidemark/restore/restoretest"
)

// wire is a deployment behind a pipe, and the same without it.
func wire(t *testing.T, opts mongo.Options) (*mongotest.Pipe, *mongo.Deployment, tidemark.Target) {
	t.Helper()
	uri := embeddedtest.Spawn(t).URI()
	pipe, err := mongotest.StartPipe(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	d, err := mongo.Open(t.Context(), pipe.URI(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(context.WithoutCancel(t.Context())) })
	return pipe, d, restoretest.Connect(t, uri)
}

// eachByte restores again and again, breaking the network at bytes all over the
// restore.
func eachByte(t *testing.T, b *bundle, opts mongo.Options, breaks int, kinds []mongotest.Break,
	retry time.Duration, then func(t *testing.T, j *job, err error, untouched func(), pipe *mongotest.Pipe)) {
	t.Helper()
	pipe, d, direct := wire(t, opts)
	run := func(at int64, kind mongotest.Break) {
		overwriteAgain(t, direct)
		before := restoretest.Read(t, direct)
		j := b.job(d)
		var want restoretest.State
		j.Options, want = partial(b, before)
		j.RetryFor = retry
		pipe.BreakAt(at, kind)
		_, err := j.attempt(t.Context())
		if at > 0 {
			then(t, j, err, func() { restoretest.Same(t, restoretest.Read(t, direct), before) }, pipe)
		} else if err != nil {
			t.Fatal(err)
		}
		restoretest.Same(t, restoretest.Read(t, direct), want)
		if t.Failed() {
			t.Fatalf("break %d at byte %d", kind, at)
		}
	}
	run(0, 0)
	total := pipe.Passed()
	for i := range breaks {
		for _, kind := range kinds {
			run(total*int64(2*i+1)/int64(2*breaks), kind)
		}
	}
}

// A connection that breaks costs nothing but time.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 120, 400)
	eachByte(t, b, mongo.Options{RetryFor: 10 * time.Second, OperationTimeout: 5 * time.Second}, 6,
		[]mongotest.Break{mongotest.CutBoth, mongotest.HalfClose}, 10*time.Second,
		func(t *testing.T, j *job, err error, _ func(), _ *mongotest.Pipe) {
			if err != nil {
				t.Fatal(err)
			}
		})
}

// A target that goes away is as it was, or half of a restore that says so, and
// the next attempt brings that to its end.
func TestTargetThatGoesAway(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 120, 400)
	opts := mongo.Options{RetryFor: -1, ServerSelectionTimeout: 200 * time.Millisecond}
	eachByte(t, b, opts, 6, []mongotest.Break{mongotest.GoDown}, -1,
		func(t *testing.T, j *job, err error, untouched func(), pipe *mongotest.Pipe) {
			if tidemark.ErrorCode(err) != tidemark.CodeTargetUnreachable {
				t.Fatal(err)
			}
			pipe.Up()
			if !j.cuttingOver() {
				untouched()
			}
			j.RetryFor = time.Minute // until the driver has seen that the target is back
			if report, err := j.attempt(t.Context()); err != nil || !report.Verified {
				t.Fatal(err)
			}
		})
}

func TestSlowNetwork(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 120, 400)
	pipe, d, direct := wire(t, mongo.Options{})
	pipe.SetDelay(3 * time.Millisecond)
	if report, err := b.job(d).attempt(t.Context()); err != nil || !report.Verified {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, direct), b.want)
}
