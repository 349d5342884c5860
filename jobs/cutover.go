package jobs

import (
	"context"
	"time"

	"tidemark"
)

// save keeps progress and cursor. With the first cursor by which the target is
// about to be changed it notes CutOverAt, in the same transaction: from then on
// the job cannot be cancelled, and if it was cancelled before, the cursor is
// refused and the target is left as it is.
func (t *restoreTask) save(ctx context.Context, r *restoring, p tidemark.Progress, cursor []byte) error {
	begins := r.job.CutOverAt.IsZero() && t.cfg.Restorer.CuttingOver(cursor)
	now := t.now()
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.SaveRestoreProgress(ctx, r.job.ID, r.job.Epoch, p, cursor); err != nil || !begins {
			return stale(err)
		}
		job, err := tx.RestoreJob(ctx, r.job.ID)
		if err != nil {
			return stale(err)
		}
		job.CutOverAt = now
		return stale(tx.UpdateRestoreJob(ctx, job))
	})
	if err == nil && begins {
		r.job.CutOverAt = now
	}
	return err
}

// phaseKeeping is the phase of a restore that takes a safety snapshot.
const phaseKeeping = "keeping the target"

// safetyTime bounds the taking of a safety snapshot that may be left out.
const safetyTime = 15 * time.Minute

// keepTarget is what an attempt does when all is loaded, before it changes what
// the target has: it takes the safety snapshot, if one is due. By SafetyAuto a restore
// does without one that fails, and says so; by SafetyAlways it fails, too.
func (t *restoreTask) keepTarget(ctx context.Context, r *restoring) error {
	rule := r.job.Options.SafetySnapshot
	if rule == tidemark.SafetyNever {
		return nil
	}
	always := rule == tidemark.SafetyAlways
	if !always {
		cheap, err := t.cheaplyKept(ctx, r.target)
		if err != nil || !cheap {
			return err
		}
	}
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if !always {
		bounded, cancel = context.WithTimeout(ctx, safetyTime)
	}
	defer cancel()
	id, err := t.takeSafety(bounded, r)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case isStale(err):
		return err
	}
	t.cfg.Logger.WarnContext(ctx, "the target of a restore could not be kept in a safety snapshot",
		"id", string(r.job.ID), "snapshot", string(id), "target", r.target.Name, "error", err)
	if failed := t.failSafety(ctx, id, err); failed != nil {
		return failed
	}
	if always {
		return tidemark.Errorf(tidemark.ErrorCode(err), "the safety snapshot of the target could not be taken, so the target is left as it is: %w", err).
			WithHint("Restore without one (safetySnapshot never), or mend what the snapshot fails by.")
	}
	return t.current(ctx, r, func(tx tidemark.Tx, job *tidemark.RestoreJob) error {
		job.SafetySnapshotID, job.SafetyFailure = "", reason(err)
		return tx.UpdateRestoreJob(ctx, job)
	})
}

// cheaplyKept says whether a snapshot of the target can be folded out of one
// that there is.
func (t *restoreTask) cheaplyKept(ctx context.Context, target *tidemark.Instance) (bool, error) {
	i, c, err := t.look(ctx, target.ID)
	if err != nil || i == nil || !i.ContinuousBackup || c.Position.IsZero() {
		return false, err
	}
	base, _, err := t.newestBase(ctx, target.ID, c.Position)
	return base != nil, err
}

// takeSafety takes the safety snapshot as part of this job: one in the queue of
// the snapshots might wait for this very job.
func (t *restoreTask) takeSafety(ctx context.Context, r *restoring) (tidemark.ID, error) {
	id, err := t.safetyRow(ctx, r)
	if err != nil {
		return id, err
	}
	task := &snapshotTask{Jobs: t.Jobs, besideRestore: true}
	a, err := task.run(ctx, id)
	if err != nil {
		return id, err
	}
	var s *tidemark.Snapshot
	err = t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		s, err = tx.Snapshot(ctx, id)
		return err
	})
	if err == nil && s.Status != tidemark.SnapshotCompleted {
		err = tidemark.Errorf(tidemark.CodeConflict, "attempt %d at the safety snapshot %s has ended as %s", a.epoch, id, s.Status)
	}
	return id, err
}

// safetyRow makes the row of the safety snapshot, or finds the unfinished one
// of an attempt before.
func (t *restoreTask) safetyRow(ctx context.Context, r *restoring) (id tidemark.ID, err error) {
	err = t.current(ctx, r, func(tx tidemark.Tx, job *tidemark.RestoreJob) error {
		old, err := unfinishedSnapshot(ctx, tx, job.SafetySnapshotID)
		if err != nil {
			return err
		}
		if old != nil {
			id = old.ID
			return nil
		}
		s := t.safetySnapshot(job, r.target)
		id, job.SafetySnapshotID, job.SafetyFailure = s.ID, s.ID, ""
		if err := tx.CreateSnapshot(ctx, s); err != nil {
			return err
		}
		if err := t.recordSnapshot(ctx, tx, s, started, tidemark.SafetyDescription+string(job.ID)); err != nil {
			return err
		}
		return tx.UpdateRestoreJob(ctx, job)
	})
	return id, err
}

func (t *restoreTask) safetySnapshot(job *tidemark.RestoreJob, target *tidemark.Instance) *tidemark.Snapshot {
	now := t.now()
	return &tidemark.Snapshot{
		ID: tidemark.NewID(), ProjectID: target.ProjectID, InstanceID: target.ID, InstanceName: target.Name,
		Status: tidemark.SnapshotQueued, Type: tidemark.SnapshotOnDemand, Frequency: tidemark.FrequencyDaily,
		Description: tidemark.SafetyDescription + string(job.ID), CreatedAt: now, ExpiresAt: now.Add(t.cfg.SafetyRetention),
		MongoDBVersion: target.MongoDBVersion,
	}
}

// unfinishedSnapshot is the snapshot if it is queued or inProgress, else nil.
func unfinishedSnapshot(ctx context.Context, tx tidemark.Tx, id tidemark.ID) (*tidemark.Snapshot, error) {
	if id == "" {
		return nil, nil
	}
	s, err := tx.Snapshot(ctx, id)
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		return nil, nil
	}
	if err != nil || s.Status == tidemark.SnapshotCompleted || s.Status == tidemark.SnapshotFailed {
		return nil, err
	}
	return s, nil
}

// failSafety ends a safety snapshot that nobody takes any more.
func (j *Jobs) failSafety(ctx context.Context, id tidemark.ID, why error) error {
	var left *tidemark.Snapshot
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		left, err = unfinishedSnapshot(ctx, tx, id)
		return err
	})
	if err != nil || left == nil {
		return err
	}
	err = (&snapshotTask{Jobs: j}).fail(ctx, id, attempt{}, why)
	if isStale(err) {
		return nil
	}
	return err
}
