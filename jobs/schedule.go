package jobs

import (
	"context"
	"time"

	"tidemark"
)

// startBySchedule starts the snapshot of a dedicated instance that is due. It
// serves all items of the schedule that were due since: so one that comes late,
// because the service was down or another snapshot was under way, is kept as
// long as the ones in whose place it stands.
func (j *Jobs) startBySchedule(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, schedule *tidemark.Schedule, now time.Time) error {
	unfinished, err := tx.UnfinishedSnapshots(ctx, i.ID)
	if err != nil || len(unfinished) > 0 {
		return err // it stays due
	}
	s := scheduledSnapshot(i, now)
	label(schedule, s, i.NextSnapshotAt, now)
	i.NextSnapshotAt = schedule.Next(now)
	if err := tx.UpdateInstance(ctx, i); err != nil {
		return err
	}
	if err := tx.CreateSnapshot(ctx, s); err != nil {
		return err
	}
	return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskSnapshot, ID: s.ID})
}

// label says of a snapshot which items it serves and how long it is kept. One
// that is due by none, because a restore window has to be opened, counts as one
// of the most frequent item; without any, it is kept as long as the window.
func label(schedule *tidemark.Schedule, s *tidemark.Snapshot, due, now time.Time) {
	items := schedule.Due(due, now)
	if finest := schedule.Finest(); len(items) == 0 && finest != nil {
		items = []tidemark.PolicyItem{*finest}
	}
	s.Frequency = tidemark.FrequencyHourly
	schedule.Label(s, items)
	if len(items) == 0 {
		s.ExpiresAt = now.Add(schedule.RestoreWindow())
	}
}

// windowOf is how far back the oplog of an instance is kept.
func (j *Jobs) windowOf(ctx context.Context, tx tidemark.Tx, id tidemark.ID) (time.Duration, error) {
	i, err := tx.Instance(ctx, id)
	if err != nil {
		return 0, err
	}
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err != nil || schedule == nil {
		return j.cfg.Window, err
	}
	return schedule.RestoreWindow(), nil
}

// exportBySchedule starts the export of a completed snapshot if its schedule
// wants one of its frequency. A bucket that is gone ends that silently: nothing
// can be written there.
func (j *Jobs) exportBySchedule(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) error {
	i, err := tx.Instance(ctx, s.InstanceID)
	if err != nil {
		return err
	}
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err != nil || schedule == nil || !schedule.AutoExport || schedule.Export == nil {
		return err
	}
	for _, id := range s.PolicyItems {
		item := schedule.Item(id)
		if item == nil || item.Frequency != schedule.Export.Frequency {
			continue
		}
		bucket, err := tx.ExportBucket(ctx, schedule.Export.BucketID)
		if tidemark.ErrorCode(err) == tidemark.CodeBucketNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tidemark.EnqueueExport(ctx, tx, i, s, bucket, nil, j.now())
		return err
	}
	return nil
}
