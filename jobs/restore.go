package jobs

import (
	"context"
	"time"

	"tidemark"
)

// restoreTask runs a restore job.
type restoreTask struct {
	*Jobs
	slots chan struct{} // one for each restore at once
}

// restoring is one attempt at a restore job.
type restoring struct {
	job      *tidemark.RestoreJob
	snapshot *tidemark.Snapshot
	target   *tidemark.Instance // nil for a download
}

func (t *restoreTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	ctx, leave, ok := t.live.enter(ctx, id)
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	download, err := t.isDownload(ctx, id)
	if err != nil {
		return attempt{}, err
	}
	if !download {
		select {
		case t.slots <- struct{}{}:
			defer func() { <-t.slots }()
		case <-ctx.Done():
			return attempt{}, ctx.Err()
		}
	}
	r, err := t.begin(ctx, id)
	if err != nil || r == nil {
		return attempt{}, err
	}
	a := attempt{epoch: r.job.Epoch}
	if r.target == nil {
		if err := t.cfg.Restorer.Check(ctx, r.snapshot); err != nil {
			return a, err
		}
		return a, t.complete(ctx, r, tidemark.Progress{}, nil)
	}
	return t.restore(ctx, r, a)
}

// isDownload says whether the job needs no target; a job that is gone needs none.
func (t *restoreTask) isDownload(ctx context.Context, id tidemark.ID) (bool, error) {
	var job *tidemark.RestoreJob
	err := t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		job, err = tx.RestoreJob(ctx, id)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeJobNotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return job.DeliveryType == tidemark.DeliverDownload, nil
}

// begin starts an attempt; nil if there is nothing to do any more.
func (t *restoreTask) begin(ctx context.Context, id tidemark.ID) (*restoring, error) {
	r := &restoring{}
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, id)
		if tidemark.ErrorCode(err) == tidemark.CodeJobNotFound || err == nil && job.State.Finished() {
			r = nil
			return nil
		}
		if err != nil {
			return err
		}
		if r.snapshot, err = tx.Snapshot(ctx, job.SnapshotID); err != nil {
			return err
		}
		if job.DeliveryType != tidemark.DeliverDownload {
			if r.target, err = restoreTarget(ctx, tx, job); err != nil {
				return err
			}
		}
		r.job, err = tx.BeginRestoreJob(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// restoreTarget is the target once no snapshot of it is being taken, which
// would hold half of the restore.
func restoreTarget(ctx context.Context, tx tidemark.Tx, job *tidemark.RestoreJob) (*tidemark.Instance, error) {
	target, err := tx.Instance(ctx, job.TargetInstanceID)
	if err != nil {
		return nil, err
	}
	if target.State == tidemark.StateDeleting {
		return nil, tidemark.Errorf(tidemark.CodeDeletionRequested, "instance %s is being deleted", target.Name)
	}
	unfinished, err := tx.UnfinishedSnapshots(ctx, target.ID)
	if err != nil {
		return nil, err
	}
	if len(unfinished) > 0 {
		return nil, &waitError{waitForOther}
	}
	return target, nil
}

func (t *restoreTask) restore(ctx context.Context, r *restoring, a attempt) (attempt, error) {
	saver := &cursorSaver{
		interval: t.cfg.ProgressInterval,
		cursor:   r.job.Cursor,
		latest:   r.job.Progress,
		save: func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
			return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
				return stale(tx.SaveRestoreProgress(ctx, r.job.ID, r.job.Epoch, p, cursor))
			})
		},
	}
	err := protect(func() error {
		manifest, err := t.manifest(ctx, r, saver)
		if err != nil {
			return err
		}
		a.report, err = t.cfg.Restorer.Restore(ctx, RestoreRequest{
			Job:      r.job,
			Manifest: manifest,
			Snapshot: r.snapshot,
			Target:   r.target,
			Cursor:   r.job.Cursor,
			Save:     saver.write,
		})
		return err
	})
	if err != nil {
		return a, err
	}
	return a, t.complete(ctx, r, saver.last(), a.report)
}

// complete writes the outcome if the attempt is the newest.
func (t *restoreTask) complete(ctx context.Context, r *restoring, p tidemark.Progress, report *tidemark.RestoreReport) error {
	ctx, cancel := forOutcome(ctx)
	defer cancel()
	return t.current(ctx, r, func(tx tidemark.Tx, job *tidemark.RestoreJob) error {
		now := t.now()
		job.State, job.FinishedAt = tidemark.JobCompleted, now
		job.Progress, job.Report, job.Cursor = finished(p, now), report, nil
		if err := tx.UpdateRestoreJob(ctx, job); err != nil {
			return err
		}
		if err := t.recordRestore(ctx, tx, job); err != nil {
			return err
		}
		return forgetAdvanced(ctx, tx, job)
	})
}

// fail writes that the job failed, and what there is of its report, and then
// has the target tidied.
func (t *restoreTask) fail(ctx context.Context, id tidemark.ID, a attempt, why error) error {
	var failed *tidemark.RestoreJob
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, id)
		if err != nil {
			return stale(err)
		}
		if job.State.Finished() || a.epoch != 0 && a.epoch != job.Epoch {
			return nil
		}
		job.State, job.FinishedAt = tidemark.JobFailed, t.now()
		job.FailCode, job.FailReason = tidemark.ErrorCode(why), reason(why)
		job.Report, job.Cursor = a.report, nil
		failed = job
		if err := tx.UpdateRestoreJob(ctx, job); err != nil {
			return stale(err)
		}
		if err := t.recordRestore(ctx, tx, job); err != nil {
			return err
		}
		return forgetAdvanced(ctx, tx, job)
	})
	if err == nil && failed != nil && failed.DeliveryType != tidemark.DeliverDownload {
		t.abandon(ctx, failed)
	}
	return err
}

// abandonTime bounds the tidying of a target, whose death may be why the job
// has failed.
const abandonTime = 15 * time.Second

// abandon tidies the target of a failed job as far as that can be done now: the
// next restore onto the target removes what is left.
func (t *restoreTask) abandon(ctx context.Context, job *tidemark.RestoreJob) {
	ctx, cancel := context.WithTimeout(ctx, abandonTime)
	defer cancel()
	err := protect(func() error {
		var target *tidemark.Instance
		err := t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
			target, err = tx.Instance(ctx, job.TargetInstanceID)
			return err
		})
		if err != nil {
			return err
		}
		return t.cfg.Restorer.Abandon(ctx, job, target)
	})
	if err != nil {
		t.cfg.Logger.WarnContext(ctx, "a failed restore has left something on its target", "id", string(job.ID), "error", err)
	}
}
