package jobs

import (
	"context"
	"errors"
	"time"

	"tidemark"
)

var errCancelled = errors.New("the restore job was cancelled")

// errNotNeeded ends the safety snapshot of a restore that has ended before it.
var errNotNeeded = tidemark.Errorf(tidemark.CodeConflict, "the restore that it was taken for has ended")

const (
	// abandonTime bounds one attempt at tidying a target, whose death may be why
	// the job has failed.
	abandonTime = 15 * time.Second
	// abandonPauseMax is the longest pause between two attempts, and abandonFor
	// how long after the job's end there are any. What is left then goes with
	// the next restore onto the target.
	abandonPauseMax = time.Hour
	abandonFor      = 7 * 24 * time.Hour
)

// abandonTask ends the attempt at a restore job that was cancelled, and removes
// from the target what a job that failed or was cancelled has left there.
type abandonTask struct{ *Jobs }

func (t *abandonTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	if t.live.end(id, errCancelled) {
		return attempt{}, &waitError{waitForOther}
	}
	job, target, err := t.left(ctx, id)
	if err != nil || job == nil {
		return attempt{}, err
	}
	if err := t.failSafety(ctx, job.SafetySnapshotID, errNotNeeded); err != nil {
		return attempt{}, err
	}
	attemptCtx, cancel := context.WithTimeout(ctx, abandonTime)
	defer cancel()
	err = protect(func() error { return t.cfg.Restorer.Abandon(attemptCtx, job, target) })
	if err == nil || ctx.Err() != nil {
		return attempt{}, err
	}
	since := t.now().Sub(job.FinishedAt)
	if _, panics := errors.AsType[*panicError](err); panics || since > abandonFor {
		t.cfg.Logger.WarnContext(ctx, "a restore has left something on its target; the next one onto it removes that",
			"id", string(id), "target", job.TargetName, "error", err)
		return attempt{}, nil
	}
	wait := min(max(since/2, t.cfg.Backoff(1)), abandonPauseMax)
	t.cfg.Logger.InfoContext(ctx, "the target of a restore that has ended cannot be tidied yet",
		"id", string(id), "target", job.TargetName, "again", wait.String(), "error", err)
	return attempt{}, &waitError{wait}
}

// left is the job and the target it may have left something on; nil if there
// is none any more.
func (t *abandonTask) left(ctx context.Context, id tidemark.ID) (job *tidemark.RestoreJob, target *tidemark.Instance, err error) {
	err = t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		if job, err = tx.RestoreJob(ctx, id); err != nil {
			return err
		}
		target, err = tx.Instance(ctx, job.TargetInstanceID)
		return err
	})
	switch tidemark.ErrorCode(err) {
	case tidemark.CodeJobNotFound, tidemark.CodeInstanceNotFound:
		return nil, nil, nil
	case "":
	default:
		return nil, nil, err
	}
	if job.State == tidemark.JobCompleted || !job.State.Finished() || target.State == tidemark.StateDeleting {
		return nil, nil, nil
	}
	return job, target, nil
}
