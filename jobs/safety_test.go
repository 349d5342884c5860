package jobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// cutsOver makes restores do what the engine does: call BeforeCutOver, save a
// cursor that says so, and only then change the target.
func (b *bench) cutsOver(between func(r jobs.RestoreRequest)) (changed func() int) {
	b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		if err := r.BeforeCutOver(ctx); err != nil {
			return nil, err
		}
		if between != nil {
			between(r)
		}
		if err := r.Save(ctx, tidemark.Progress{Phase: "cutting over", Percent: 99}, []byte("cutting over")); err != nil {
			return nil, err
		}
		b.ports.called("change")
		return &tidemark.RestoreReport{Verified: true, Warnings: []string{"of the engine"}}, nil
	}
	return func() int { return b.ports.times("change") }
}

// safely enqueues a restore by a rule.
func (b *bench) safely(s *tidemark.Snapshot, target *tidemark.Instance, rule tidemark.SafetyRule) tidemark.ID {
	b.Helper()
	j := b.newRestore(s, target)
	j.Options.SafetySnapshot = rule
	return b.enqueue(j)
}

// kept is an instance whose oplog is captured and that has a snapshot.
func (b *bench) kept(name string) *tidemark.Instance {
	b.Helper()
	b.ports.grow(1, 100)
	i := b.instance(name)
	b.update(func(tx tidemark.Tx) error {
		i.ContinuousBackup = true
		return errors.Join(tx.UpdateInstance(b.Context(), i), tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskCapture, ID: i.ID}))
	})
	b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	return i
}

// TestCancelOrCutOver: of the two one is first, and the other is refused.
func TestCancelOrCutOver(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	var before bool
	changed := b.cutsOver(func(r jobs.RestoreRequest) {
		if before {
			b.cancel(r.Job.ID)
		}
	})
	s, target := b.completed(b.instance("shop")), b.instance("copy")
	done := b.jobIs(b.safely(s, target, ""), tidemark.JobCompleted)
	if done.CutOverAt.IsZero() || changed() != 1 || done.SafetySnapshotID != "" || len(done.Report.Warnings) != 1 {
		t.Errorf("the job is %+v", done)
	}
	before = true
	cancelled := b.jobIs(b.safely(s, target, ""), tidemark.JobCancelled)
	b.idle()
	if !cancelled.CutOverAt.IsZero() || changed() != 1 {
		t.Errorf("cancelled before its cut-over, the job is %+v, and the target was changed %d times", cancelled, changed())
	}
}

// TestSafetySnapshot: where it is cheap, and where it is asked for.
func TestSafetySnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	changed := b.cutsOver(func(r jobs.RestoreRequest) {
		if j := b.job(r.Job.ID); j.SafetySnapshotID != "" && b.snapshot(j.SafetySnapshotID).Status != tidemark.SnapshotCompleted {
			t.Errorf("the cut-over begins with the safety snapshot %+v", b.snapshot(j.SafetySnapshotID))
		}
	})
	s := b.completed(b.instance("shop"))
	plain, captured := b.instance("plain"), b.kept("captured")
	for n, c := range []struct {
		target *tidemark.Instance
		rule   tidemark.SafetyRule
		want   bool
	}{
		{plain, "", false}, {plain, tidemark.SafetyNever, false}, {plain, tidemark.SafetyAlways, true},
		{captured, "", true}, {captured, tidemark.SafetyAuto, true}, {captured, tidemark.SafetyNever, false}, {captured, tidemark.SafetyAlways, true},
	} {
		captures, advances := b.ports.times("capture"), b.ports.times("advance")
		j := b.jobIs(b.safely(s, c.target, c.rule), tidemark.JobCompleted)
		if (j.SafetySnapshotID != "") != c.want || changed() != n+1 {
			t.Fatalf("%s by %q: the job is %+v", c.target.Name, c.rule, j)
		}
		if !c.want {
			continue
		}
		safety := b.snapshot(j.SafetySnapshotID)
		if safety.InstanceID != c.target.ID || safety.Description != "before restore "+string(j.ID) ||
			safety.ExpiresAt.Sub(safety.CreatedAt) != jobs.SafetyRetentionDefault {
			t.Errorf("the safety snapshot is %+v", safety)
		}
		if c.target == captured && (b.ports.times("capture") != captures || b.ports.times("advance") != advances+1) {
			t.Error("a captured target was read in full")
		}
	}
}

// TestSafetySnapshotFails: auto goes on and says so, always leaves the target.
func TestSafetySnapshotFails(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 1 }).start()
	changed := b.cutsOver(nil)
	s, captured := b.completed(b.instance("shop")), b.kept("captured")
	b.ports.advance = func(jobs.AdvanceRequest) error {
		return tidemark.Errorf(tidemark.CodeObjectDamaged, "a run is damaged")
	}
	j := b.jobIs(b.safely(s, captured, ""), tidemark.JobCompleted)
	if j.SafetySnapshotID != "" || j.SafetyFailure != "a run is damaged" || changed() != 1 || len(j.Report.Warnings) != 2 ||
		!strings.Contains(j.Report.Warnings[1], "a run is damaged") {
		t.Errorf("the job is %+v, %+v", j, j.Report)
	}
	j = b.jobIs(b.safely(s, captured, tidemark.SafetyAlways), tidemark.JobFailed)
	if changed() != 1 || j.FailCode != tidemark.CodeObjectDamaged || !strings.Contains(j.FailReason, "left as it is") {
		t.Errorf("the job is %+v", j)
	}
	b.eventually("no snapshot is left unfinished", func() bool {
		return b.count(`SELECT count(*) FROM snapshots WHERE status NOT IN ('completed', 'failed')`) == 0
	})
}

// TestSafetySnapshotOfDeadAttempt is taken up by the next attempt; and one of a
// job that is cancelled meanwhile ends.
func TestSafetySnapshotOfDeadAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	changed := b.cutsOver(nil)
	s, captured := b.completed(b.instance("shop")), b.kept("captured")
	entered, let := make(chan struct{}, 1), make(chan struct{})
	b.ports.advance = func(jobs.AdvanceRequest) error {
		entered <- struct{}{}
		<-let
		return context.Canceled
	}
	id := b.safely(s, captured, "")
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- b.jobs.Stop(b.Context()) }()
	select {
	case <-stopped:
		t.Error("stopped while the snapshot is under way")
	case <-time.After(50 * time.Millisecond):
	}
	close(let)
	b.ok(<-stopped)
	left := b.job(id)
	if left.State != tidemark.JobInProgress || left.SafetySnapshotID == "" || b.snapshot(left.SafetySnapshotID).Status != tidemark.SnapshotInProgress {
		t.Fatalf("the process leaves %+v", left)
	}
	b.ports.advance = nil
	b.restart()
	if j := b.jobIs(id, tidemark.JobCompleted); j.SafetySnapshotID != left.SafetySnapshotID || changed() != 1 {
		t.Errorf("the job is %+v", j)
	}

	began := make(chan struct{})
	b.ports.advance = func(jobs.AdvanceRequest) error {
		close(began)
		b.cancel(b.lastRestore())
		return context.Canceled
	}
	id = b.safely(s, captured, "")
	<-began
	b.eventually("the snapshot of the cancelled job has ended", func() bool {
		j := b.job(id)
		return j.State == tidemark.JobCancelled && j.SafetySnapshotID != "" && b.snapshot(j.SafetySnapshotID).Status == tidemark.SnapshotFailed
	})
	if changed() != 1 {
		t.Error("the target of a cancelled job was changed")
	}
}

// lastRestore is the newest restore job of all.
func (b *bench) lastRestore() (id tidemark.ID) {
	b.Helper()
	b.ok(b.db.Writer().QueryRowContext(b.Context(), `SELECT id FROM restore_jobs WHERE state = 'inProgress'`).Scan(&id))
	return id
}
