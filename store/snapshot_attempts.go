package store

import (
	"context"

	"tidemark"
)

// BeginSnapshot starts an attempt: it adds one to Epoch, sets inProgress and
// returns the row. A finished snapshot is CodeConflict.
func (t *tx) BeginSnapshot(ctx context.Context, id tidemark.ID) (*tidemark.Snapshot, error) {
	const doing = "beginning a snapshot"
	res, err := t.bun.NewUpdate().Model((*snapshotRow)(nil)).
		Set("epoch = epoch + 1").Set("status = ?", string(tidemark.SnapshotInProgress)).
		Where("id = ?", clean(string(id))).Where("status " + unfinished).Exec(ctx)
	err = changed(res, err, doing, func() error {
		s, err := t.Snapshot(ctx, id)
		if err != nil {
			return err
		}
		return tidemark.Errorf(tidemark.CodeConflict, "the snapshot %s is %s already", id, s.Status)
	})
	if err != nil {
		return nil, err
	}
	return t.Snapshot(ctx, id)
}

// UpdateSnapshot writes all but ID, ProjectID, InstanceID, CreatedAt and Epoch
// if the stored epoch is s.Epoch, else it is CodeConflict.
func (t *tx) UpdateSnapshot(ctx context.Context, s *tidemark.Snapshot) error {
	row, err := snapshotRowOf(s)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model(row).
		ExcludeColumn("id", "project_id", "instance_id", "created_at", "epoch").
		WherePK().Where("epoch = ?", s.Epoch).Exec(ctx)
	return changed(res, err, "updating a snapshot", func() error { return t.snapshotEpochLost(ctx, s.ID, s.Epoch) })
}

// SaveSnapshotProgress writes only that, under the same condition.
func (t *tx) SaveSnapshotProgress(ctx context.Context, id tidemark.ID, epoch int, p tidemark.Progress) error {
	progress, err := progressJSON(p)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model((*snapshotRow)(nil)).Set("progress = ?", progress).
		Where("id = ?", clean(string(id))).Where("epoch = ?", epoch).Exec(ctx)
	return changed(res, err, "saving a snapshot's progress", func() error { return t.snapshotEpochLost(ctx, id, epoch) })
}

// snapshotEpochLost tells a snapshot of another epoch from one that is gone.
func (t *tx) snapshotEpochLost(ctx context.Context, id tidemark.ID, epoch int) error {
	s, err := t.Snapshot(ctx, id)
	if err != nil {
		return err
	}
	return epochLost("snapshot", id, epoch, s.Epoch)
}

func epochLost(what string, id tidemark.ID, epoch, stored int) error {
	return tidemark.Errorf(tidemark.CodeConflict, "attempt %d of the %s %s is not the current one, %d", epoch, what, id, stored)
}

// NoteSnapshotObject records the name of an object. It is CodeSnapshotNotFound
// for a snapshot that is not there, so that an attempt at one that was deleted
// meanwhile writes nothing. A name may be noted again.
func (t *tx) NoteSnapshotObject(ctx context.Context, id tidemark.ID, object string) error {
	const doing = "noting a snapshot's object"
	res, err := t.bun.NewRaw(`INSERT INTO snapshot_objects (snapshot_id, object)
		SELECT s.id, ? FROM snapshots AS s WHERE s.id = ?
		ON CONFLICT (snapshot_id, object) DO NOTHING`, clean(object), clean(string(id))).Exec(ctx)
	return changed(res, err, doing, func() error {
		_, err := t.Snapshot(ctx, id) // noted already, or gone
		return err
	})
}

// SnapshotObjects lists the noted names in order, also those of a snapshot
// that has been deleted.
func (t *tx) SnapshotObjects(ctx context.Context, id tidemark.ID) ([]string, error) {
	var names []string
	err := t.bun.NewRaw(`SELECT o.object FROM snapshot_objects AS o WHERE o.snapshot_id = ? ORDER BY o.object`,
		clean(string(id))).Scan(ctx, &names)
	if err != nil {
		return nil, failed(err, "listing a snapshot's objects")
	}
	if len(names) == 0 {
		return nil, nil
	}
	return names, nil
}

// ForgetSnapshotObjects drops the notes, if there are any.
func (t *tx) ForgetSnapshotObjects(ctx context.Context, id tidemark.ID) error {
	_, err := t.bun.NewRaw(`DELETE FROM snapshot_objects WHERE snapshot_id = ?`, clean(string(id))).Exec(ctx)
	return failed(err, "forgetting a snapshot's objects")
}
