package jobs

import (
	"context"

	"tidemark"
)

// manifest is what the job restores. For a point in time the snapshot is
// advanced to it first; what that makes is noted under the job's ID, taken up
// by the attempts to come, and deleted when the job has ended.
func (t *restoreTask) manifest(ctx context.Context, r *restoring, saver *cursorSaver) (string, error) {
	to := r.job.DesiredTimestamp
	if r.job.DeliveryType != tidemark.DeliverPointInTime || to == r.snapshot.ClusterTime {
		return r.snapshot.Manifest, nil
	}
	made, err := t.advanced(ctx, r)
	if err != nil || made != "" {
		return made, err
	}
	between, err := t.slicesBetween(ctx, r.job.InstanceID, r.snapshot.ClusterTime, to)
	if err != nil {
		return "", err
	}
	if err := saver.write(ctx, tidemark.Progress{Phase: "folding", StartedAt: t.now(), UpdatedAt: t.now(), TotalDocuments: -1, TotalBytes: -1}, r.job.Cursor); err != nil {
		return "", err
	}
	result, err := t.cfg.Capturer.Advance(ctx, AdvanceRequest{
		ID: r.job.ID, Instance: r.job.InstanceID, Base: r.snapshot.Manifest, After: r.snapshot.ClusterTime,
		Slices: between, To: to,
		Note:     func(ctx context.Context, object string) error { return t.noteAdvanced(ctx, r, object) },
		Progress: func(tidemark.Progress) {},
	})
	if err != nil {
		return "", err
	}
	return result.Manifest, t.current(ctx, r, func(tx tidemark.Tx, _ *tidemark.RestoreJob) error {
		if err := tx.NoteSnapshotObject(ctx, r.job.ID, result.Manifest); err != nil {
			return err
		}
		return tidemark.NoteManifest(ctx, tx, r.job.ID, result.Manifest)
	})
}

// advanced is the manifest that an attempt before has made, if it is whole;
// else what there is of it is deleted.
func (t *restoreTask) advanced(ctx context.Context, r *restoring) (string, error) {
	var made tidemark.Remains
	err := t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		made, err = tidemark.SnapshotRemains(ctx, tx, r.job.ID)
		return err
	})
	if err != nil || made.Manifest != "" || len(made.Objects) == 0 {
		return made.Manifest, err
	}
	if err := t.cfg.Capturer.Discard(ctx, made.Objects); err != nil {
		return "", err
	}
	return "", t.current(ctx, r, func(tx tidemark.Tx, _ *tidemark.RestoreJob) error { return tx.ForgetSnapshotObjects(ctx, r.job.ID) })
}

func (t *restoreTask) noteAdvanced(ctx context.Context, r *restoring, object string) error {
	return t.current(ctx, r, func(tx tidemark.Tx, _ *tidemark.RestoreJob) error {
		return tx.NoteSnapshotObject(ctx, r.job.ID, object)
	})
}

// current runs fn in a writing transaction if the attempt is the newest.
func (t *restoreTask) current(ctx context.Context, r *restoring, fn func(tidemark.Tx, *tidemark.RestoreJob) error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, r.job.ID)
		if err != nil {
			return stale(err)
		}
		if job.Epoch != r.job.Epoch || job.State.Finished() {
			return stale(tidemark.Errorf(tidemark.CodeConflict, "attempt %d at restore job %s is not the newest", r.job.Epoch, job.ID))
		}
		return fn(tx, job)
	})
}

// forgetAdvanced has what a job made for itself deleted.
func forgetAdvanced(ctx context.Context, tx tidemark.Tx, job *tidemark.RestoreJob) error {
	if job.DeliveryType != tidemark.DeliverPointInTime {
		return nil
	}
	return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskForget, ID: job.ID})
}
