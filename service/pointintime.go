package service

import (
	"context"
	"fmt"
	"math"

	"tidemark"
)

// pointInTime is the last oplog entry that a restore has to have, and the
// snapshot that it begins with.
func pointInTime(ctx context.Context, tx tidemark.Tx, source *tidemark.Instance, r tidemark.NewRestoreJob) (tidemark.Timestamp, *tidemark.Snapshot, error) {
	if !source.ContinuousBackup {
		return tidemark.Timestamp{}, nil, noPointInTime(source)
	}
	c, err := tx.Capture(ctx, source.ID)
	if err != nil {
		return tidemark.Timestamp{}, nil, err
	}
	at, err := desired(source, c, r)
	if err != nil {
		return tidemark.Timestamp{}, nil, err
	}
	snap, err := tx.SnapshotAt(ctx, source.ID, at)
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound || err == nil && snap.ClusterTime.Compare(c.WindowStart) < 0 {
		// The snapshot that began the window was deleted a moment ago.
		return at, nil, outsideWindow(source, c)
	}
	return at, snap, err
}

func noPointInTime(source *tidemark.Instance) error {
	return tidemark.Errorf(tidemark.CodeNoPointInTime, "instance %s has no continuous backup", source.Name).
		WithHint("restore one of its snapshots, deliveryType automated with a snapshotId, or turn continuous backup on").WithParams(source.Name)
}

// desired is the entry that is asked for, if it can be restored to. A second
// means all of its entries. A time after the last entry that is captured means
// that entry, if the deployment had no newer one by then.
func desired(source *tidemark.Instance, c *tidemark.Capture, r tidemark.NewRestoreJob) (tidemark.Timestamp, error) {
	at := tidemark.Timestamp{T: r.OplogTs, I: r.OplogInc}
	if r.PointInTimeUTCSeconds != 0 {
		at = tidemark.Timestamp{T: r.PointInTimeUTCSeconds, I: math.MaxInt32}
	}
	switch {
	case c.WindowStart.IsZero() || at.Compare(c.WindowStart) < 0:
		if !c.GapAfter.IsZero() && at.Compare(c.GapAfter) > 0 {
			return at, inGap(source, c)
		}
		return at, outsideWindow(source, c)
	case at.Compare(c.Position) <= 0:
		return at, nil
	case r.PointInTimeUTCSeconds != 0 && nothingBetween(c, r.PointInTimeUTCSeconds):
		return c.Position, nil
	default:
		return at, outsideWindow(source, c)
	}
}

// nothingBetween says whether the deployment was seen, after that second, to
// have nothing newer than what is captured.
func nothingBetween(c *tidemark.Capture, second uint32) bool {
	return c.SourceTime.Compare(c.Position) <= 0 && c.SeenAt.Unix() > int64(second)
}

func inGap(source *tidemark.Instance, c *tidemark.Capture) error {
	until := "the next snapshot"
	if !c.WindowStart.IsZero() {
		until = c.WindowStart.String()
	}
	return tidemark.Errorf(tidemark.CodeOplogGap, "oplog entries of instance %s between %s and %s are lost", source.Name, c.GapAfter, until).
		WithHint("restore to a time at or after %s, or a snapshot", until).WithParams(c.GapAfter.String(), until)
}

func outsideWindow(source *tidemark.Instance, c *tidemark.Capture) error {
	if c.WindowStart.IsZero() {
		return tidemark.Errorf(tidemark.CodeOutsideWindow, "instance %s has no snapshot yet that a point in time could be restored from", source.Name).
			WithHint("wait until its first snapshot since continuous backup was turned on is completed").WithParams("", "")
	}
	return tidemark.Errorf(tidemark.CodeOutsideWindow, "instance %s can be restored to times from %s to %s", source.Name, moment(c.WindowStart), moment(c.Position)).
		WithHint("choose a time in between, or wait until it is captured").WithParams(c.WindowStart.String(), c.Position.String())
}

// moment shows a timestamp in both ways to write it.
func moment(t tidemark.Timestamp) string {
	return fmt.Sprintf("%s (%s)", t, t.Time().Format("2006-01-02T15:04:05Z"))
}
