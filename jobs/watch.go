package jobs

import (
	"context"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// watched runs do, and ends its context soon after the attempt is no longer the
// one that counts: the job was cancelled, or another attempt has begun. That is
// looked up in the store, so it does not matter which process cancelled it.
func (t *restoreTask) watched(ctx context.Context, r *restoring, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching, stop := context.WithCancel(ctx)
	var watcher errgroup.Group
	watcher.Go(func() error {
		for pause(watching, t.cfg.ProgressInterval) {
			if err := t.counts(watching, r); isStale(err) {
				cancel(err)
				return err
			}
		}
		return nil
	})
	err := do(ctx)
	stop()
	if stale := watcher.Wait(); stale != nil && err != nil {
		err = stale // it is what ended the attempt
	}
	return err
}

// counts is a stale error unless the attempt is the newest of an unfinished job.
// Another error says that this could not be told.
func (t *restoreTask) counts(ctx context.Context, r *restoring) error {
	return t.cfg.Store.View(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, r.job.ID)
		if err != nil {
			return stale(err)
		}
		return r.current(job)
	})
}

// current is a stale error unless the attempt is the newest of an unfinished job.
func (r *restoring) current(job *tidemark.RestoreJob) error {
	if job.Epoch == r.job.Epoch && !job.State.Finished() {
		return nil
	}
	return stale(tidemark.Errorf(tidemark.CodeConflict, "attempt %d at restore job %s no longer counts", r.job.Epoch, job.ID))
}
