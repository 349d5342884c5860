package service

import (
	"context"
	"slices"
	"strings"

	"tidemark"
)

// UndoRestoreJob needs what seeing the job needs, and GROUP_OWNER on its target,
// which is the source of the restore that it starts, too.
func (s *Service) UndoRestoreJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	var (
		undone *tidemark.RestoreJob
		kept   *tidemark.Snapshot
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if undone, err = restoreJob(ctx, tx, c, projectID, name, kind, id); err != nil {
			return err
		}
		kept, err = safetySnapshot(ctx, tx, undone)
		return err
	})
	if err != nil {
		return nil, err
	}
	options, err := s.undoOptions(ctx, undone, kept)
	if err != nil {
		return nil, err
	}
	var job *tidemark.RestoreJob
	err = s.store.Update(ctx, func(tx tidemark.Tx) error {
		target, err := tx.Instance(ctx, undone.TargetInstanceID)
		if err != nil {
			return err
		}
		a, err := s.askRestore(ctx, tx, c, target.ProjectID, target.Name, "", tidemark.NewRestoreJob{
			DeliveryType: tidemark.DeliverAutomated, SnapshotID: kept.ID,
			TargetProjectID: target.ProjectID, TargetName: target.Name, Options: options,
		})
		if err != nil {
			return err
		}
		job = a.job
		job.UndoOf = undone.ID
		return s.enqueueRestore(ctx, tx, c, a)
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// safetySnapshot is the snapshot from which a job can be undone.
func safetySnapshot(ctx context.Context, tx tidemark.Tx, j *tidemark.RestoreJob) (*tidemark.Snapshot, error) {
	switch {
	case !j.State.Finished():
		return nil, cannotUndo(j, "is not finished", "cancel it, or wait for its end")
	case j.CutOverAt.IsZero():
		return nil, cannotUndo(j, "has changed nothing on a target", "there is nothing to undo")
	case j.SafetySnapshotID == "" && j.SafetyFailure != "":
		return nil, cannotUndo(j, "has no safety snapshot of its target, because taking it failed", otherWays)
	case j.SafetySnapshotID == "":
		return nil, cannotUndo(j, "has no safety snapshot of its target", otherWays)
	}
	s, err := tx.Snapshot(ctx, j.SafetySnapshotID)
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		return nil, tidemark.Errorf(tidemark.CodeSnapshotGone, "the safety snapshot %s of restore job %s has expired or was deleted", j.SafetySnapshotID, j.ID).
			WithHint("%s", otherWays).WithParams(j.SafetySnapshotID)
	}
	if err == nil && s.Status != tidemark.SnapshotCompleted {
		return nil, cannotUndo(j, "has no safety snapshot of its target, because taking it failed", otherWays)
	}
	return s, err
}

const otherWays = "restore another snapshot of the target from before the job, or, with continuous backup, a point in time before it"

func cannotUndo(j *tidemark.RestoreJob, why, hint string) error {
	return tidemark.Errorf(tidemark.CodeCannotUndo, "restore job %s %s", j.ID, why).WithHint("%s", hint).WithParams(j.ID)
}

// undoOptions restores all where all was replaced, else what the job replaced,
// and drops what it brought anew.
func (s *Service) undoOptions(ctx context.Context, j *tidemark.RestoreJob, kept *tidemark.Snapshot) (o tidemark.RestoreOptions, err error) {
	if j.Options.Whole() {
		return o, nil
	}
	if j.Report == nil || s.planner == nil {
		return o, cannotUndo(j, "restored a part, and has no report that says which", "restore what you need of its safety snapshot "+string(kept.ID))
	}
	had, err := s.planner.Namespaces(ctx, kept)
	if err != nil {
		return o, err
	}
	changed := slices.Clone(j.Report.Dropped)
	for _, c := range j.Report.Collections {
		changed = append(changed, c.Namespace)
	}
	slices.Sort(changed)
	for _, ns := range slices.Compact(changed) {
		_, coll, _ := strings.Cut(ns, ".")
		switch {
		case strings.HasPrefix(coll, "system.buckets."): // goes with its time-series collection
		case strings.Contains(ns, "*"):
			return o, cannotUndo(j, "restored "+ns+", whose name cannot be told from a pattern", "restore what you need of its safety snapshot "+string(kept.ID))
		case slices.Contains(had, ns):
			o.Namespaces = append(o.Namespaces, ns)
		default:
			o.Drop = append(o.Drop, ns)
		}
	}
	if len(o.Namespaces) == 0 { // nothing of the snapshot, and not all of it
		o.Exclude = []string{"*"}
	}
	if len(o.Namespaces)+len(o.Drop) == 0 {
		return o, cannotUndo(j, "has restored nothing", "there is nothing to undo")
	}
	if len(o.Namespaces) > tidemark.RestorePatternsMax || len(o.Drop) > tidemark.RestorePatternsMax {
		return o, cannotUndo(j, "restored more collections than can be named", "restore its safety snapshot "+string(kept.ID)+" as a whole, or by patterns")
	}
	return o, nil
}
