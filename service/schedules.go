package service

import (
	"context"
	"time"

	"tidemark"
)

// GetSchedule needs any role in the project.
func (s *Service) GetSchedule(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string) (*tidemark.Schedule, error) {
	var schedule *tidemark.Schedule
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := instance(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightRead)
		if err != nil {
			return err
		}
		schedule, err = tidemark.ScheduleOf(ctx, tx, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	return schedule, nil
}

// UpdateSchedule needs GROUP_OWNER. What it changes counts from the next
// snapshot on, and for those that are there with UpdateSnapshots.
func (s *Service) UpdateSchedule(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.ScheduleUpdate) (*tidemark.Schedule, error) {
	return s.changeSchedule(ctx, c, projectID, name, func(tx tidemark.Tx, i *tidemark.Instance, schedule *tidemark.Schedule) error {
		if err := schedule.Apply(r); err != nil {
			return err
		}
		if err := schedule.Check(); err != nil {
			return err
		}
		if err := checkAutoExport(ctx, tx, i, schedule); err != nil {
			return err
		}
		if r.UpdateSnapshots {
			return updateSnapshots(ctx, tx, i, schedule)
		}
		return nil
	})
}

// DeleteSchedule needs GROUP_OWNER.
func (s *Service) DeleteSchedule(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string) (*tidemark.Schedule, error) {
	return s.changeSchedule(ctx, c, projectID, name, func(_ tidemark.Tx, _ *tidemark.Instance, schedule *tidemark.Schedule) error {
		schedule.Items = nil
		return nil
	})
}

// changeSchedule lets edit change a schedule, and keeps it if the compliance
// policy of the project allows it.
func (s *Service) changeSchedule(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string,
	edit func(tidemark.Tx, *tidemark.Instance, *tidemark.Schedule) error,
) (*tidemark.Schedule, error) {
	var schedule *tidemark.Schedule
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instance(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightOwn)
		if err != nil {
			return err
		}
		if err := checkAlive(i); err != nil {
			return err
		}
		if schedule, err = tidemark.ScheduleOf(ctx, tx, i); err != nil {
			return err
		}
		if err := edit(tx, i, schedule); err != nil {
			return err
		}
		policy, err := tx.CompliancePolicy(ctx, projectID)
		if err != nil {
			return err
		}
		if policy != nil {
			if err := policy.Met(schedule); err != nil {
				return err
			}
		}
		if err := s.keepSchedule(ctx, tx, i, schedule); err != nil {
			return err
		}
		return s.recordInstance(ctx, tx, c, i, tidemark.EventCPSScheduleUpdated, nil)
	})
	if err != nil {
		return nil, err
	}
	return schedule, nil
}

// keepSchedule stores a schedule and when the next snapshot is due by it. One
// that is due already stays so.
func (s *Service) keepSchedule(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, schedule *tidemark.Schedule) error {
	if err := tx.SaveSchedule(ctx, i.ID, schedule); err != nil {
		return err
	}
	now := s.now()
	next := schedule.Next(now)
	if !i.Scheduled() {
		next = time.Time{}
	}
	if due := i.NextSnapshotAt; !next.IsZero() && !due.IsZero() && !due.After(now) {
		next = due
	}
	i.NextSnapshotAt, schedule.NextSnapshotAt = next, next
	return tx.UpdateInstance(ctx, i)
}

// checkAutoExport wants a bucket of the project for exports.
func checkAutoExport(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, s *tidemark.Schedule) error {
	if s.Export == nil || s.Export.BucketID == "" {
		if s.AutoExport {
			return missing("export.exportBucketId")
		}
		return nil
	}
	b, err := tx.ExportBucket(ctx, s.Export.BucketID)
	if err == nil && b.ProjectID != i.ProjectID {
		err = noBucket(s.Export.BucketID)
	}
	return err
}

// updateSnapshots lets the scheduled snapshots of an instance end as the
// schedule says now. Those that a compliance policy protects end no earlier.
func updateSnapshots(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, s *tidemark.Schedule) error {
	policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
	if err != nil {
		return err
	}
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, i.ID, page)
		if err != nil {
			return err
		}
		for _, snap := range list {
			until := *snap
			s.Label(&until, itemsOf(s, snap))
			if len(until.PolicyItems) == 0 || policy != nil && until.ExpiresAt.Before(snap.ExpiresAt) {
				continue
			}
			snap.ExpiresAt = until.ExpiresAt
			if err := tx.UpdateSnapshot(ctx, snap); err != nil {
				return err
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return nil
		}
	}
}

// itemsOf are the items that a snapshot serves, as they are now.
func itemsOf(s *tidemark.Schedule, snap *tidemark.Snapshot) []tidemark.PolicyItem {
	var items []tidemark.PolicyItem
	for _, id := range snap.PolicyItems {
		if item := s.Item(id); item != nil {
			items = append(items, *item)
		}
	}
	return items
}

// schedule makes a dedicated instance that is new follow its schedule, and the
// compliance policy of its project.
func (s *Service) schedule(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) error {
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err != nil || schedule == nil {
		return err
	}
	i.SnapshotInterval, i.SnapshotRetention = 0, 0 // the schedule counts
	i.NextSnapshotAt = schedule.Next(s.now())
	policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
	if err != nil {
		return err
	}
	if policy != nil {
		on := true
		if i.Cluster, err = i.Cluster.With(&tidemark.ClusterSpec{BackupEnabled: &on}); err != nil {
			return err
		}
		i.ContinuousBackup = i.ContinuousBackup || policy.PointInTime
	}
	return s.follow(ctx, tx, i)
}

// checkScheduled refuses an update of a dedicated instance that its schedule or
// the compliance policy of its project does not allow.
func checkScheduled(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, r tidemark.InstanceUpdate) error {
	if i.Kind != tidemark.KindDedicated {
		return nil
	}
	if r.SnapshotInterval != nil || r.SnapshotRetention != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "instance %s is dedicated: its snapshots follow its backup schedule", i.Name).
			WithHint("change it under clusters/%s/backup/schedule", i.Name).WithParams("snapshotInterval")
	}
	off := r.Cluster != nil && r.Cluster.BackupEnabled != nil && !*r.Cluster.BackupEnabled
	if (r.ContinuousBackup == nil || *r.ContinuousBackup) && !off {
		return nil
	}
	policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
	switch {
	case err != nil || policy == nil:
		return err
	case off:
		return tidemark.Errorf(tidemark.CodeCompliance, "the backup compliance policy of the project is not met: instance %s has no backup", i.Name).
			WithParams(string(i.ProjectID))
	case policy.PointInTime:
		return noContinuousBackup(i)
	}
	return nil
}
