package service

import (
	"context"
	"time"

	"tidemark"
)

// ListSnapshots needs any role in the project.
func (s *Service) ListSnapshots(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Snapshot, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Snapshot
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, kind, rightRead)
		if err != nil {
			return err
		}
		list, total, err = tx.Snapshots(ctx, i.ID, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetSnapshot needs any role in the project.
func (s *Service) GetSnapshot(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.Snapshot, error) {
	var snap *tidemark.Snapshot
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, kind, rightRead)
		if err != nil {
			return err
		}
		snap, err = snapshotOf(ctx, tx, i, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return snap, nil
}

// snapshotOf is a snapshot of that instance and no other.
func snapshotOf(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, id tidemark.ID) (*tidemark.Snapshot, error) {
	snap, err := tx.Snapshot(ctx, id)
	if err != nil && tidemark.ErrorCode(err) != tidemark.CodeSnapshotNotFound {
		return nil, err
	}
	if err != nil || snap.InstanceID != i.ID {
		return nil, tidemark.Errorf(tidemark.CodeSnapshotNotFound, "instance %s has no snapshot %s", i.Name, id).
			WithHint("list the snapshots of the instance").WithParams(id, i.Name)
	}
	return snap, nil
}

// TakeSnapshot needs GROUP_BACKUP_MANAGER. It is CodeInstanceBusy while a
// restore onto the instance is under way, since it would hold half of that.
func (s *Service) TakeSnapshot(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.NewSnapshot) (*tidemark.Snapshot, error) {
	var snap *tidemark.Snapshot
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instance(ctx, tx, c, projectID, name, "", rightBackup)
		if err != nil {
			return err
		}
		if err := checkNewSnapshot(ctx, tx, i, r); err != nil {
			return err
		}
		snap = s.newSnapshot(i, r)
		if err := labelOnDemand(ctx, tx, i, r, snap); err != nil {
			return err
		}
		if err := tx.CreateSnapshot(ctx, snap); err != nil {
			return err
		}
		if err := s.recordSnapshot(ctx, tx, c, i, snap.ID, tidemark.EventCPSSnapshotRequested); err != nil {
			return err
		}
		return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskSnapshot, ID: snap.ID})
	})
	if err != nil {
		return nil, err
	}
	return snap, nil
}

func checkNewSnapshot(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, r tidemark.NewSnapshot) error {
	if err := checkDescription("description", r.Description); err != nil {
		return err
	}
	if r.Retention != 0 {
		if err := checkRetention("retentionInDays", r.Retention); err != nil {
			return err
		}
	}
	if err := checkReady(i); err != nil {
		return err
	}
	unfinished, err := tx.UnfinishedSnapshots(ctx, i.ID)
	if err != nil {
		return err
	}
	if len(unfinished) > 0 {
		return tidemark.Errorf(tidemark.CodeSnapshotInProgress, "snapshot %s of instance %s is not finished", unfinished[0].ID, i.Name).
			WithHint("wait for that snapshot to end").WithParams(i.Name)
	}
	return checkNotRestored(ctx, tx, i)
}

func (s *Service) newSnapshot(i *tidemark.Instance, r tidemark.NewSnapshot) *tidemark.Snapshot {
	snap := &tidemark.Snapshot{
		ID:             tidemark.NewID(),
		ProjectID:      i.ProjectID,
		InstanceID:     i.ID,
		InstanceName:   i.Name,
		Status:         tidemark.SnapshotQueued,
		Type:           tidemark.SnapshotOnDemand,
		Frequency:      tidemark.FrequencyDaily,
		Description:    r.Description,
		CreatedAt:      s.now(),
		MongoDBVersion: i.MongoDBVersion,
	}
	retention := r.Retention
	if retention == 0 {
		retention = i.SnapshotRetention
	}
	if retention > 0 {
		snap.ExpiresAt = snap.CreatedAt.Add(retention)
	}
	return snap
}

// DeleteSnapshot needs GROUP_BACKUP_MANAGER. Links to downloads of the
// snapshot end with it.
func (s *Service) DeleteSnapshot(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, id tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, "", rightBackup)
		if err != nil {
			return err
		}
		snap, err := snapshotOf(ctx, tx, i, id)
		if err != nil {
			return err
		}
		if err := checkAlive(i); err != nil {
			return err
		}
		if snap.Status == tidemark.SnapshotQueued || snap.Status == tidemark.SnapshotInProgress {
			return tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "snapshot %s is being taken", id).
				WithHint("wait until it is completed or failed").WithParams(id)
		}
		protected, err := s.protected(ctx, tx, i, snap)
		if err != nil {
			return err
		}
		if protected {
			return protectedError(snap)
		}
		now := s.now()
		if err := checkUnused(ctx, tx, snap, now); err != nil {
			return err
		}
		if err := endDownloads(ctx, tx, snap, now); err != nil {
			return err
		}
		if err := s.recordSnapshot(ctx, tx, c, i, snap.ID, tidemark.EventsOf(i.Kind).SnapshotDeleted); err != nil {
			return err
		}
		return tidemark.RetireSnapshot(ctx, tx, snap)
	})
}

// checkUnused refuses a snapshot that is being restored or exported.
func checkUnused(ctx context.Context, tx tidemark.Tx, snap *tidemark.Snapshot, now time.Time) error {
	jobs, err := tx.UnfinishedRestoresOf(ctx, snap.ID, now)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if !j.State.Finished() {
			return tidemark.Errorf(tidemark.CodeInstanceBusy, "restore job %s of snapshot %s is not finished", j.ID, snap.ID).
				WithHint("wait for that job to end").WithParams(snap.InstanceName)
		}
	}
	exports, err := tx.UnfinishedExportsOf(ctx, snap.ID)
	if err != nil {
		return err
	}
	if len(exports) > 0 {
		return tidemark.Errorf(tidemark.CodeInstanceBusy, "export job %s of snapshot %s is not finished", exports[0].ID, snap.ID).
			WithHint("wait for that job to end").WithParams(snap.InstanceName)
	}
	return nil
}

// endDownloads lets the links to downloads of the snapshot expire.
func endDownloads(ctx context.Context, tx tidemark.Tx, snap *tidemark.Snapshot, now time.Time) error {
	jobs, err := tx.UnfinishedRestoresOf(ctx, snap.ID, now)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		j.ExpiresAt = now
		if err := tx.UpdateRestoreJob(ctx, j); err != nil {
			return err
		}
	}
	return nil
}
