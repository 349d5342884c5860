package jobs

import (
	"context"
	"time"

	"tidemark"
)

const (
	// keepFor is how much longer an expired snapshot is kept at a time while
	// something needs it.
	keepFor = time.Hour
	// expireSize is how many expired snapshots a transaction takes on: requests
	// wait that long.
	expireSize = 50
	// newestSize is how far newestCompleted reads at a time; mostly the first
	// it sees will do.
	newestSize = 10
)

// Sweep starts the scheduled snapshots that are due, retires the snapshots and
// slices that have expired, and starts captures that are not under way. It runs by itself between Start and Stop.
func (j *Jobs) Sweep(ctx context.Context) error {
	if err := j.startDue(ctx); err != nil {
		return err
	}
	if err := j.expire(ctx); err != nil {
		return err
	}
	return j.tendCaptures(ctx)
}

// startDue takes on the due instances one transaction each, so that requests
// get their turn in between.
func (j *Jobs) startDue(ctx context.Context) error {
	now := j.now()
	var due []*tidemark.Instance
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		due, err = tx.DueInstances(ctx, now)
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range due {
		err := j.cfg.Store.Update(ctx, func(tx tidemark.Tx) error { return j.startScheduled(ctx, tx, i.ID, now) })
		if err != nil {
			return err
		}
	}
	return nil
}

// startScheduled starts the snapshot of one instance that is due. While a
// restore onto it is under way it stays due; one that is being taken takes the
// place of this one.
func (j *Jobs) startScheduled(ctx context.Context, tx tidemark.Tx, id tidemark.ID, now time.Time) error {
	i, err := tx.Instance(ctx, id)
	if tidemark.ErrorCode(err) == tidemark.CodeInstanceNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if i.State != tidemark.StateIdle || i.NextSnapshotAt.IsZero() || i.NextSnapshotAt.After(now) {
		return nil // changed since it was listed
	}
	restores, err := tx.UnfinishedRestoresOnto(ctx, id)
	if err != nil || len(restores) > 0 {
		return err
	}
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err != nil {
		return err
	}
	if schedule != nil {
		return j.startBySchedule(ctx, tx, i, schedule, now)
	}
	i.NextSnapshotAt = nextAfter(i.NextSnapshotAt, i.SnapshotInterval, now)
	if err := tx.UpdateInstance(ctx, i); err != nil {
		return err
	}
	unfinished, err := tx.UnfinishedSnapshots(ctx, id)
	if err != nil || len(unfinished) > 0 {
		return err
	}
	s := scheduledSnapshot(i, now)
	if i.ContinuousBackup {
		if err := j.keepDaily(ctx, tx, s); err != nil {
			return err
		}
	}
	if err := tx.CreateSnapshot(ctx, s); err != nil {
		return err
	}
	return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskSnapshot, ID: s.ID})
}

// nextAfter is the first time after now on the grid that due lies on; zero
// where there is no interval.
func nextAfter(due time.Time, interval time.Duration, now time.Time) time.Time {
	if interval <= 0 {
		return time.Time{}
	}
	return due.Add((now.Sub(due)/interval + 1) * interval)
}

func scheduledSnapshot(i *tidemark.Instance, now time.Time) *tidemark.Snapshot {
	s := &tidemark.Snapshot{
		ID:             tidemark.NewID(),
		ProjectID:      i.ProjectID,
		InstanceID:     i.ID,
		InstanceName:   i.Name,
		Status:         tidemark.SnapshotQueued,
		Type:           tidemark.SnapshotScheduled,
		Frequency:      frequencyOf(i.SnapshotInterval),
		CreatedAt:      now,
		MongoDBVersion: i.MongoDBVersion,
	}
	if i.SnapshotRetention > 0 {
		s.ExpiresAt = now.Add(i.SnapshotRetention)
	}
	return s
}

// keepDaily makes the first scheduled snapshot of a day (UTC) one that is kept
// for DailyRetention, if its schedule says no longer. The others are kept at
// least as long as the oplog is.
func (j *Jobs) keepDaily(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) error {
	if s.ExpiresAt.IsZero() {
		return nil
	}
	keep := j.cfg.Window
	first, err := firstOfDay(ctx, tx, s)
	if err != nil {
		return err
	}
	if first {
		s.Frequency, keep = tidemark.FrequencyDaily, j.cfg.DailyRetention
	}
	if until := s.CreatedAt.Add(keep); until.After(s.ExpiresAt) {
		s.ExpiresAt = until
	}
	return nil
}

// firstOfDay says whether no scheduled one of the day is there or under way.
func firstOfDay(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) (bool, error) {
	day := s.CreatedAt.Truncate(24 * time.Hour)
	for page := (tidemark.Page{Number: 1, Size: newestSize}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, s.InstanceID, page)
		if err != nil {
			return false, err
		}
		for _, old := range list {
			if old.CreatedAt.Before(day) {
				return true, nil
			}
			if old.Type == tidemark.SnapshotScheduled && old.Frequency == tidemark.FrequencyDaily && old.Status != tidemark.SnapshotFailed {
				return false, nil
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return true, nil
		}
	}
}

// frequencyOf names an interval in the API's words.
func frequencyOf(interval time.Duration) tidemark.Frequency {
	const day = 24 * time.Hour
	switch {
	case interval < day:
		return tidemark.FrequencyHourly
	case interval < 7*day:
		return tidemark.FrequencyDaily
	case interval < 28*day:
		return tidemark.FrequencyWeekly
	default:
		return tidemark.FrequencyMonthly
	}
}

// expire retires expired snapshots, some in each transaction. One that is kept
// has its expiry moved, so it does not come up again at once and what the API
// shows stays true.
func (j *Jobs) expire(ctx context.Context) error {
	now := j.now()
	for {
		n := 0
		err := j.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
			list, err := tx.ExpiredSnapshots(ctx, now, expireSize)
			if err != nil {
				return err
			}
			n = len(list)
			for _, s := range list {
				if err := j.expireOne(ctx, tx, s, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < expireSize {
			return err
		}
	}
}

func (j *Jobs) expireOne(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot, now time.Time) error {
	until, err := j.neededUntil(ctx, tx, s, now)
	if err != nil {
		return err
	}
	if until.IsZero() {
		return j.retire(ctx, tx, s, "it expired")
	}
	s.ExpiresAt = until
	return tx.UpdateSnapshot(ctx, s)
}

// neededUntil is until when at least the snapshot is kept; zero if nothing
// needs it.
func (j *Jobs) neededUntil(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot, now time.Time) (time.Time, error) {
	jobs, err := tx.UnfinishedRestoresOf(ctx, s.ID, now)
	if err != nil {
		return time.Time{}, err
	}
	var until time.Time
	for _, job := range jobs {
		need := job.ExpiresAt // of a live link
		if !job.State.Finished() {
			need = now.Add(keepFor)
		}
		if need.After(until) {
			until = need
		}
	}
	exports, err := tx.UnfinishedExportsOf(ctx, s.ID)
	if err != nil {
		return time.Time{}, err
	}
	newest, err := newestCompleted(ctx, tx, s.InstanceID)
	if err != nil {
		return time.Time{}, err
	}
	keep := now.Add(keepFor)
	if len(exports) > 0 && keep.After(until) {
		until = keep
	}
	if newest == s.ID && keep.After(until) {
		i, err := tx.Instance(ctx, s.InstanceID)
		if err != nil {
			return time.Time{}, err
		}
		if i.DeletedAt.IsZero() { // else there is no later one to wait for
			until = keep
		}
	}
	if until.Before(keep) {
		begins, err := j.beginsWindow(ctx, tx, s)
		if err != nil {
			return time.Time{}, err
		}
		if begins {
			until = keep
		}
	}
	return until, nil
}

func newestCompleted(ctx context.Context, tx tidemark.Tx, instanceID tidemark.ID) (tidemark.ID, error) {
	for page := (tidemark.Page{Number: 1, Size: newestSize}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, instanceID, page)
		if err != nil {
			return "", err
		}
		for _, s := range list {
			if s.Status == tidemark.SnapshotCompleted {
				return s.ID, nil
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return "", nil
		}
	}
}
