package jobs

import (
	"context"
	"time"

	"tidemark"
)

// windowGrace is how much longer slices are kept than the window is shown to
// reach, for restores that were asked for at its very beginning.
const windowGrace = time.Hour

// openWindow notes that an instance whose oplog is captured can be restored to
// any time since a snapshot, if that is the first since the capture began or
// went on after a gap. One that is too old for that, because it was under way
// then, has another one taken.
func (j *Jobs) openWindow(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) error {
	c, err := tx.Capture(ctx, s.InstanceID)
	if err != nil || !c.WindowStart.IsZero() || c.Position.IsZero() || s.ClusterTime.IsZero() {
		return err
	}
	whole, err := wholeSince(ctx, tx, c, s.ClusterTime)
	if err != nil {
		return err
	}
	if whole {
		c.WindowStart = s.ClusterTime
		return tx.SaveCapture(ctx, c)
	}
	i, err := tx.Instance(ctx, s.InstanceID)
	if err != nil {
		return err
	}
	i.NextSnapshotAt = j.now()
	return tx.UpdateInstance(ctx, i)
}

// wholeSince says whether all entries since a time are captured.
func wholeSince(ctx context.Context, tx tidemark.Tx, c *tidemark.Capture, at tidemark.Timestamp) (bool, error) {
	if !c.GapAfter.IsZero() && at.Compare(c.GapAfter) <= 0 {
		return false, nil
	}
	if at.Compare(c.Position) >= 0 {
		return true, nil
	}
	next, err := tx.Slices(ctx, c.InstanceID, at, tidemark.Timestamp{}, 1)
	return len(next) > 0 && next[0].After.Compare(at) <= 0, err
}

// tendCaptures sees to it that each oplog that is to be captured has a job,
// and closes windows behind Window.
func (j *Jobs) tendCaptures(ctx context.Context) error {
	var instances []*tidemark.Instance
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		instances, err = tx.CapturedInstances(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range instances {
		var keep tidemark.Timestamp
		err := j.cfg.Store.Update(ctx, func(tx tidemark.Tx) (err error) {
			if err := tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskCapture, ID: i.ID}); err != nil {
				return err
			}
			if err := j.closeWindow(ctx, tx, i.ID); err != nil {
				return err
			}
			keep, err = j.firstKept(ctx, tx, i.ID)
			return err
		})
		if tidemark.ErrorCode(err) == tidemark.CodeInstanceNotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := j.dropSlices(ctx, i.ID, keep); err != nil {
			return err
		}
	}
	return nil
}

// closeWindow moves the beginning of the window to the snapshot that a restore
// to its earliest instant begins with.
func (j *Jobs) closeWindow(ctx context.Context, tx tidemark.Tx, id tidemark.ID) error {
	c, err := tx.Capture(ctx, id)
	if err != nil || c.WindowStart.IsZero() {
		return err
	}
	since := c.WindowStart
	window, err := j.windowOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if old, err := j.firstNeeded(ctx, tx, id, window); err != nil {
		return err
	} else if old.Compare(since) > 0 {
		since = old
	}
	var start tidemark.Timestamp
	switch s, err := tx.OldestSnapshotSince(ctx, id, since); tidemark.ErrorCode(err) {
	case "":
		start = s.ClusterTime
	case tidemark.CodeSnapshotNotFound: // the last one was deleted
	default:
		return err
	}
	if start == c.WindowStart {
		return nil
	}
	c.WindowStart = start
	return tx.SaveCapture(ctx, c)
}

// firstNeeded is the time of the newest snapshot that is as old as age: with
// it and the slices since, all of that age can be restored. Zero if there is none.
func (j *Jobs) firstNeeded(ctx context.Context, tx tidemark.Tx, id tidemark.ID, age time.Duration) (tidemark.Timestamp, error) {
	s, err := j.windowBase(ctx, tx, id, age)
	if err != nil || s == nil {
		return tidemark.Timestamp{}, err
	}
	return s.ClusterTime, nil
}

// firstKept is the time before which no slice is needed: that of the snapshot
// which a window, longer by the grace, begins with. Where nothing is that old,
// slices go that are, and are not in the window.
func (j *Jobs) firstKept(ctx context.Context, tx tidemark.Tx, id tidemark.ID) (tidemark.Timestamp, error) {
	window, err := j.windowOf(ctx, tx, id)
	if err != nil {
		return tidemark.Timestamp{}, err
	}
	first, err := j.firstNeeded(ctx, tx, id, window+windowGrace)
	if err != nil || !first.IsZero() {
		return first, err
	}
	c, err := tx.Capture(ctx, id)
	if err != nil {
		return tidemark.Timestamp{}, err
	}
	first = tidemark.Timestamp{T: uint32(j.now().Add(-window - windowGrace).Unix())}
	if !c.WindowStart.IsZero() && c.WindowStart.Compare(first) < 0 {
		first = c.WindowStart
	}
	return first, nil
}

// windowBase is the newest snapshot that is as old as age; nil if there is none.
func (j *Jobs) windowBase(ctx context.Context, tx tidemark.Tx, id tidemark.ID, age time.Duration) (*tidemark.Snapshot, error) {
	s, err := tx.SnapshotAt(ctx, id, tidemark.Timestamp{T: uint32(j.now().Add(-age).Unix()), I: ^uint32(0)})
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		return nil, nil
	}
	return s, err
}

// beginsWindow says whether restores to the earliest instant of the window
// begin with the snapshot.
func (j *Jobs) beginsWindow(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) (bool, error) {
	i, err := tx.Instance(ctx, s.InstanceID)
	if err != nil || !i.ContinuousBackup {
		return false, err
	}
	window, err := j.windowOf(ctx, tx, s.InstanceID)
	if err != nil {
		return false, err
	}
	base, err := j.windowBase(ctx, tx, s.InstanceID, window)
	return base != nil && base.ID == s.ID, err
}
