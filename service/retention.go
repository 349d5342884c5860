package service

import (
	"context"

	"tidemark"
)

// OnDemandRetentionDefault is how long a snapshot of a dedicated instance is
// kept that was taken on demand without saying how long.
var OnDemandRetentionDefault = tidemark.Retention{Unit: tidemark.RetainDays, Value: 7}

// labelOnDemand says of a snapshot on demand of a dedicated instance how long
// it is kept: as long as was asked for, where the compliance policy allows it.
func labelOnDemand(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, r tidemark.NewSnapshot, snap *tidemark.Snapshot) error {
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err != nil || schedule == nil {
		return err
	}
	policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
	if err != nil {
		return err
	}
	snap.Frequency = tidemark.FrequencyOnDemand
	snap.ExpiresAt = OnDemandRetentionDefault.Until(snap.CreatedAt)
	if r.Retention != 0 {
		snap.ExpiresAt = snap.CreatedAt.Add(r.Retention)
	}
	if policy != nil && policy.OnDemand != nil {
		least := policy.OnDemand.Retention.Until(snap.CreatedAt)
		if snap.ExpiresAt.Before(least) {
			if r.Retention != 0 {
				return tidemark.Errorf(tidemark.CodeCompliance, "the backup compliance policy of the project is not met: snapshots on demand are kept for %d %s at least",
					policy.OnDemand.Retention.Value, policy.OnDemand.Retention.Unit).WithParams(string(i.ProjectID))
			}
			snap.ExpiresAt = least
		}
	}
	snap.ExpiresAt = snap.ExpiresAt.AddDate(0, 0, schedule.Extra(tidemark.FrequencyOnDemand))
	return nil
}

// UpdateSnapshotRetention needs GROUP_BACKUP_MANAGER.
func (s *Service) UpdateSnapshotRetention(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, id tidemark.ID, r tidemark.Retention) (*tidemark.Snapshot, error) {
	var snap *tidemark.Snapshot
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightBackup)
		if err != nil {
			return err
		}
		if snap, err = snapshotOf(ctx, tx, i, id); err != nil {
			return err
		}
		if err := checkAlive(i); err != nil {
			return err
		}
		if snap.Status != tidemark.SnapshotCompleted {
			return tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "snapshot %s is %s", id, snap.Status).WithParams(id)
		}
		if !r.Valid() || !r.Until(snap.CreatedAt).After(s.now()) {
			return tidemark.Errorf(tidemark.CodeInvalidRetention, "a retention of %d %s does not end in the future, or is more than %d years",
				r.Value, r.Unit, tidemark.RetentionMaxYears)
		}
		until := r.Until(snap.CreatedAt)
		protected, err := s.protected(ctx, tx, i, snap)
		if err != nil {
			return err
		}
		if protected && (snap.ExpiresAt.IsZero() || until.Before(snap.ExpiresAt)) {
			return protectedError(snap)
		}
		snap.ExpiresAt = until
		if err := tx.UpdateSnapshot(ctx, snap); err != nil {
			return err
		}
		return s.recordSnapshot(ctx, tx, c, i, snap.ID, tidemark.EventCPSRetentionModified)
	})
	if err != nil {
		return nil, err
	}
	return snap, nil
}

// protected says whether a compliance policy keeps a snapshot until its time.
func (s *Service) protected(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, snap *tidemark.Snapshot) (bool, error) {
	if i.Kind != tidemark.KindDedicated {
		return false, nil
	}
	policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
	if err != nil || policy == nil {
		return false, err
	}
	return snap.Status == tidemark.SnapshotCompleted && !expired(snap, s.now()), nil
}

func protectedError(snap *tidemark.Snapshot) error {
	return tidemark.Errorf(tidemark.CodeSnapshotProtected, "the backup compliance policy of the project keeps snapshot %s until its time", snap.ID).
		WithHint("it goes by itself at the end of its retention").WithParams(snap.ID)
}

// checkNothingProtected refuses to delete an instance whose snapshots would go
// with it before their time.
func (s *Service) checkNothingProtected(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) error {
	if policy, err := tx.CompliancePolicy(ctx, i.ProjectID); err != nil || policy == nil {
		return err
	}
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, i.ID, page)
		if err != nil {
			return err
		}
		for _, snap := range list {
			protected, err := s.protected(ctx, tx, i, snap)
			if err != nil {
				return err
			}
			if protected {
				return protectedError(snap)
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return nil
		}
	}
}
