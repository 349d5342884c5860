package jobs

import (
	"context"
	"errors"
	"slices"

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
	a, err := t.attempt(ctx, id)
	if err != nil && errors.Is(context.Cause(ctx), errCancelled) {
		err = &staleError{errCancelled}
	}
	return a, err
}

// attempt is run, once no other attempt is under way.
func (t *restoreTask) attempt(ctx context.Context, id tidemark.ID) (attempt, error) {
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
// would hold half of the restore; that of this job itself aside.
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
	for _, s := range unfinished {
		if s.ID != job.SafetySnapshotID {
			return nil, &waitError{waitForOther}
		}
	}
	return target, nil
}

func (t *restoreTask) restore(ctx context.Context, r *restoring, a attempt) (attempt, error) {
	saver := &cursorSaver{
		interval: t.cfg.ProgressInterval,
		cursor:   r.job.Cursor,
		latest:   r.job.Progress,
		tell:     newRestoreLog(t.cfg.Logger, r.job).tell,
		save: func(ctx context.Context, p tidemark.Progress, cursor []byte) error {
			return t.save(ctx, r, p, cursor)
		},
	}
	err := t.watched(ctx, r, func(ctx context.Context) error {
		return protect(func() error {
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

				SaveEvery: t.cfg.ProgressInterval,

				BeforeCutOver: func(ctx context.Context) error {
					saver.during(phaseKeeping)
					defer saver.during("")
					return t.keepTarget(ctx, r)
				},
			})
			if err != nil {
				return err
			}
			saver.during(phaseCounting)
			a.report = t.withTorn(ctx, r, a.report)
			return nil
		})
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
		job.Progress, job.Report = finished(p, now), withSafety(report, job)
		return t.end(ctx, tx, job)
	})
}

// fail writes that the job failed, and what there is of its report.
func (t *restoreTask) fail(ctx context.Context, id tidemark.ID, a attempt, why error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, id)
		if err != nil {
			return stale(err)
		}
		if job.State.Finished() || a.epoch != 0 && a.epoch != job.Epoch {
			return nil
		}
		job.State, job.FinishedAt = tidemark.JobFailed, t.now()
		job.FailCode, job.FailReason = tidemark.ErrorCode(why), reason(why)
		job.Report = withSafety(a.report, job)
		return stale(t.end(ctx, tx, job))
	})
}

// end writes the outcome of a job.
func (t *restoreTask) end(ctx context.Context, tx tidemark.Tx, job *tidemark.RestoreJob) error {
	if err := tidemark.EndRestoreJob(ctx, tx, job); err != nil {
		return err
	}
	return t.recordRestore(ctx, tx, job)
}

// withSafety says in the report that there is no safety snapshot where one was due.
func withSafety(report *tidemark.RestoreReport, job *tidemark.RestoreJob) *tidemark.RestoreReport {
	if report == nil || job.SafetyFailure == "" {
		return report
	}
	out := *report
	out.Warnings = append(slices.Clone(report.Warnings),
		"This restore cannot be undone: the safety snapshot of the target could not be taken: "+job.SafetyFailure)
	return &out
}
