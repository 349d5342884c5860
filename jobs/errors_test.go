package jobs_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// TestRetries: errors that pass are tried again, each time on a clean vault.
func TestRetries(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		if left := b.ports.objects(); len(left) != 0 {
			t.Errorf("attempt %d finds %v", r.Snapshot.Epoch, left)
		}
		if r.Snapshot.Epoch < 4 {
			if err := b.ports.write(ctx, r, "part"); err != nil {
				return jobs.CaptureResult{}, err
			}
			return jobs.CaptureResult{}, errUnreachable
		}
		return b.ports.wholeCapture(ctx, r)
	}
	if s := b.snapshotIs(b.take(b.instance("shop")), tidemark.SnapshotCompleted); s.Epoch != 4 || s.FailReason != "" {
		t.Errorf("the snapshot is %+v", s)
	}
}

// TestFailures: what does not pass fails at once, what does not end passing
// fails after the last attempt, and the service goes on.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail     func() error
		attempts int
		reason   string
	}{
		"refused":     {func() error { return tidemark.Errorf(tidemark.CodeTargetRefused, "not allowed") }, 1, "not allowed"},
		"unsupported": {func() error { return tidemark.Errorf(tidemark.CodeUnsupported, "no such thing") }, 1, "no such thing"},
		"unreachable": {func() error { return errUnreachable }, 3, "nobody answers (start the server)"},
		"internal":    {func() error { return errors.New("password: hunter2") }, 3, "internal error"},
		"conflict":    {func() error { return tidemark.Errorf(tidemark.CodeConflict, "the collection exists") }, 3, "the collection exists"},
		"panic":       {func() error { panic("out of range") }, 1, "internal fault"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 3 }).start()
			var healthy atomic.Bool
			b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
				if healthy.Load() {
					return b.ports.wholeCapture(ctx, r)
				}
				if err := b.ports.write(ctx, r, "part"); err != nil {
					return jobs.CaptureResult{}, err
				}
				return jobs.CaptureResult{}, c.fail()
			}
			report := &tidemark.RestoreReport{Warnings: []string{"as far as it came"}}
			b.ports.restore = func(context.Context, jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
				return report, c.fail()
			}
			shop := b.instance("shop")
			s := b.snapshotIs(b.take(shop), tidemark.SnapshotFailed)
			if s.Epoch != c.attempts || !strings.Contains(s.FailReason, c.reason) || strings.Contains(s.FailReason, "hunter2") || s.FinishedAt.IsZero() {
				t.Errorf("after %d attempts it failed: %q", s.Epoch, s.FailReason)
			}
			b.eventually("its objects are deleted", func() bool { return len(b.ports.objects()) == 0 })

			j := b.jobIs(b.restore(b.completed(shop), b.instance("copy")), tidemark.JobFailed)
			if j.Epoch != c.attempts || !strings.Contains(j.FailReason, c.reason) || j.FailCode == "" {
				t.Errorf("after %d attempts it failed: %q", j.Epoch, j.FailReason)
			}
			b.eventually("the target is tidied", func() bool { return b.ports.times("abandon") == 1 })
			if name != "panic" && (j.Report == nil || len(j.Report.Warnings) != 1) {
				t.Errorf("the report is %+v", j.Report)
			}
			b.idle()
			healthy.Store(true)
			b.snapshotIs(b.take(shop), tidemark.SnapshotCompleted)
		})
	}
}

// TestAbandon: the target is tidied once the job has failed, until that
// succeeds, and what goes wrong with it changes nothing.
func TestAbandon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome func(n int) error
		times   int
	}{
		"succeeds": {func(int) error { return nil }, 1},
		"fails": {func(n int) error {
			if n < 4 {
				return errUnreachable
			}
			return nil
		}, 4},
		"panics": {func(int) error { panic("out of range") }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).start()
			b.ports.restore = func(context.Context, jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
				return nil, tidemark.Errorf(tidemark.CodeTargetRefused, "not allowed")
			}
			b.ports.abandon = func(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error {
				if _, bounded := ctx.Deadline(); !bounded || b.job(j.ID).State != tidemark.JobFailed || target.ID != j.TargetInstanceID {
					t.Errorf("job %+v abandons %+v", j, target)
				}
				return c.outcome(b.ports.times("abandon"))
			}
			id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
			b.jobIs(id, tidemark.JobFailed)
			b.idle()
			if j := b.job(id); j.FailReason != "not allowed" || b.ports.times("abandon") != c.times {
				t.Errorf("abandoned %d times, the job is %+v", b.ports.times("abandon"), j)
			}
		})
	}
}

// TestTargetDeletedMeanwhile fails the job with that reason.
func TestTargetDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, target := b.completed(b.instance("shop")), b.instance("copy")
	id := b.restore(s, target)
	b.update(func(tx tidemark.Tx) error {
		target.State = tidemark.StateDeleting
		return tx.UpdateInstance(t.Context(), target)
	})
	b.start()
	if j := b.jobIs(id, tidemark.JobFailed); j.FailCode != tidemark.CodeDeletionRequested {
		t.Errorf("it failed with %q: %s", j.FailCode, j.FailReason)
	}
}

// TestStaleAttempts: an attempt that is no longer the newest changes nothing.
func TestStaleAttempts(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 1 }).start()
	newer := make(chan error, 1)
	b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		newer <- b.db.Update(ctx, func(tx tidemark.Tx) error {
			_, err := tx.BeginSnapshot(ctx, r.Snapshot.ID)
			return err
		})
		if err := r.Note(ctx, "x"); tidemark.ErrorCode(err) != tidemark.CodeConflict {
			t.Errorf("a stale attempt notes an object: %v", err)
		}
		r.Progress(tidemark.Progress{Percent: 99})
		<-ctx.Done() // the progress that cannot be written ends it
		return jobs.CaptureResult{Manifest: "stale"}, nil
	}
	id := b.take(b.instance("shop"))
	b.ok(<-newer)
	b.idle()
	if s := b.snapshot(id); s.Status != tidemark.SnapshotInProgress || s.Epoch != 2 || s.Manifest != "" || s.Progress.Percent != 0 {
		t.Errorf("the newer attempt finds %+v", s)
	}

	for name, outcome := range map[string]error{"completes": nil, "fails": errUnreachable} {
		b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
			newer <- b.db.Update(ctx, func(tx tidemark.Tx) error {
				_, err := tx.BeginRestoreJob(ctx, r.Job.ID)
				return err
			})
			err := r.Save(ctx, tidemark.Progress{Percent: 99}, []byte("x"))
			if ended := err != nil && ctx.Err() != nil; !ended && tidemark.ErrorCode(err) != tidemark.CodeConflict {
				t.Errorf("%s: a stale attempt saves its cursor: %v", name, err)
			}
			return &tidemark.RestoreReport{}, outcome
		}
		job := b.restore(b.completed(b.instance("source-"+name)), b.instance("copy-"+name))
		b.ok(<-newer)
		b.idle()
		if j := b.job(job); j.State != tidemark.JobInProgress || j.Epoch != 2 || j.Report != nil || j.Cursor != nil {
			t.Errorf("%s: the newer attempt finds %+v", name, j)
		}
	}
}

// faultyStore fails as many writing transactions as it is told.
type faultyStore struct {
	tidemark.Store
	faults atomic.Int32
}

func (s *faultyStore) Update(ctx context.Context, fn func(tidemark.Tx) error) error {
	if s.faults.Add(-1) >= 0 {
		return tidemark.Errorf(tidemark.CodeInternal, "the disk is full")
	}
	return s.Store.Update(ctx, fn)
}

// TestOutcomeThatCannotBeWritten: the job stays until it can, even with its
// attempts used up.
func TestOutcomeThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	faulty := &faultyStore{}
	b := newBench(t, func(c *jobs.Config) {
		faulty.Store = c.Store
		c.Store, c.MaxAttempts = faulty, 1
	}).start()
	b.ports.restore = func(context.Context, jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		if b.ports.times("restore") <= 2 {
			faulty.faults.Store(1)
		}
		return nil, tidemark.Errorf(tidemark.CodeTargetRefused, "not allowed")
	}
	j := b.jobIs(b.restore(b.completed(b.instance("shop")), b.instance("copy")), tidemark.JobFailed)
	if j.FailReason != "not allowed" || b.ports.times("restore") != 3 {
		t.Errorf("after %d tries it failed: %s", b.ports.times("restore"), j.FailReason)
	}
}

// TestOrphanedTooOften fails what kills the process again and again.
func TestOrphanedTooOften(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.OrphanedMax = 3 })
	s := b.completed(b.instance("shop"))
	doomed, lucky := b.restore(s, b.instance("a")), b.restore(s, b.instance("b"))
	for id, times := range map[tidemark.ID]int{doomed: 3, lucky: 2} { // and once more when it starts
		_, err := b.db.Writer().ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1,
			metadata = jsonb_set(metadata, '$.orphaned', ?) WHERE json_extract(args, '$.id') = ?`, times, string(id))
		b.ok(err)
	}
	b.start()
	b.jobIs(lucky, tidemark.JobCompleted)
	if j := b.jobIs(doomed, tidemark.JobFailed); !strings.Contains(j.FailReason, "died 4 times") {
		t.Errorf("it failed: %s", j.FailReason)
	}
}

// TestJobThatRiverCannotRead ends its row all the same, and keeps no other
// from being taken up.
func TestJobThatRiverCannotRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 1 })
	s := b.completed(b.instance("shop"))
	spoilt, sound := b.restore(s, b.instance("a")), b.restore(s, b.instance("b"))
	_, err := b.db.Writer().ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, metadata = 'no JSON'
		WHERE json_extract(args, '$.id') = ?`, string(spoilt))
	b.ok(err)
	b.start()
	b.jobIs(sound, tidemark.JobCompleted)
	if j := b.jobIs(spoilt, tidemark.JobFailed); j.FailReason == "" || j.FinishedAt.IsZero() {
		t.Errorf("the job is %+v", j)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	want := []time.Duration{2 * time.Second, 8 * time.Second, 32 * time.Second, 2 * time.Minute, 2 * time.Minute}
	for n, d := range want {
		if got := jobs.Backoff(n + 1); got != d {
			t.Errorf("after failure %d: %s, want %s", n+1, got, d)
		}
	}
	if got := jobs.Backoff(1 << 40); got != 2*time.Minute {
		t.Errorf("after very many: %s", got)
	}
}
