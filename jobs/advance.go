package jobs

import (
	"context"
	"time"

	"tidemark"
)

const (
	// catchUpEvery is how often a snapshot looks how far the capture is.
	catchUpEvery = 200 * time.Millisecond
	// catchUpTime is how long a capture may take to come to an entry without
	// any progress before the snapshot is tried again later.
	catchUpTime = 2 * time.Minute
)

// captureAt takes a snapshot of an instance whose oplog is captured, at an
// instant: out of the newest one and the oplog since, or, where there is none
// to go on from, by reading everything and mending what was torn. A deployment
// without an oplog is read as if continuous backup were off.
func (t *snapshotTask) captureAt(ctx context.Context, req CaptureRequest) (CaptureResult, error) {
	_, last, err := t.cfg.Tailer.OplogWindow(ctx, req.Instance)
	if tidemark.ErrorCode(err) == tidemark.CodeNoOplog {
		result, err := t.cfg.Capturer.Capture(ctx, req)
		result.ClusterTime = tidemark.Timestamp{} // no instant: nothing may go on from it
		return result, err
	}
	if err != nil {
		return CaptureResult{}, err
	}
	to, err := t.caughtUp(ctx, req.Instance.ID, last)
	if err != nil {
		return CaptureResult{}, err
	}
	base, between, err := t.newestBase(ctx, req.Instance.ID, to)
	if err != nil {
		return CaptureResult{}, err
	}
	if base == nil {
		return t.captureBase(ctx, req, to)
	}
	result, err := t.cfg.Capturer.Advance(ctx, AdvanceRequest{
		ID: req.Snapshot.ID, Instance: req.Instance.ID, Base: base.Manifest, After: base.ClusterTime,
		Slices: between, To: to, Note: req.Note, Progress: req.Progress,
	})
	if !spoiled(err) || t.besideRestore { // a restore does not wait for a whole reading
		return result, err
	}
	t.cfg.Logger.WarnContext(ctx, "the newest snapshot and the oplog since do not make another, so the deployment is read in full",
		"instance", req.Instance.Name, "from", base.ClusterTime.String(), "to", to.String(), "error", err)
	return t.captureBase(ctx, req, to)
}

// spoiled says of an error of Advance that it will come again with every try:
// the base, the slices or what is in them cannot be used.
func spoiled(err error) bool {
	switch tidemark.ErrorCode(err) {
	case tidemark.CodeUnsupported, tidemark.CodeInvalidData, tidemark.CodeObjectDamaged, tidemark.CodeObjectMissing:
		return true
	}
	return false
}

// captureBase reads the whole deployment, for later snapshots to go on from.
func (t *snapshotTask) captureBase(ctx context.Context, req CaptureRequest, pin tidemark.Timestamp) (CaptureResult, error) {
	if !t.besideRestore {
		return t.captureTorn(ctx, req, pin)
	}
	// What is staged is left out of the reading, so nothing may go on from it.
	result, err := t.cfg.Capturer.Capture(ctx, req)
	result.ClusterTime = tidemark.Timestamp{}
	return result, err
}

// captureTorn reads the whole deployment while writers work, and folds what
// they wrote meanwhile into it. pin is an entry before the reading.
func (t *snapshotTask) captureTorn(ctx context.Context, req CaptureRequest, pin tidemark.Timestamp) (CaptureResult, error) {
	torn, err := t.cfg.Capturer.Capture(ctx, req)
	if err != nil {
		return CaptureResult{}, err
	}
	if err := req.Note(ctx, torn.Manifest); err != nil {
		return CaptureResult{}, err
	}
	_, end, err := t.cfg.Tailer.OplogWindow(ctx, req.Instance)
	if err != nil {
		return CaptureResult{}, err
	}
	to, err := t.caughtUp(ctx, req.Instance.ID, end)
	if err != nil {
		return CaptureResult{}, err
	}
	between, err := t.slicesBetween(ctx, req.Instance.ID, pin, to)
	if err != nil {
		return CaptureResult{}, err
	}
	result, err := t.cfg.Capturer.Advance(ctx, AdvanceRequest{
		ID: req.Snapshot.ID, Instance: req.Instance.ID, Base: torn.Manifest, After: pin,
		Slices: between, To: to, TornUntil: end, Note: req.Note, Progress: req.Progress,
	})
	if tidemark.ErrorCode(err) == tidemark.CodeOplogGap {
		// The next attempt begins after the gap.
		err = tidemark.Errorf(tidemark.CodeConflict, "oplog entries were lost while the snapshot was taken: %w", err)
	}
	return result, err
}

// caughtUp waits until an entry is captured, and returns how far the capture is
// then.
func (j *Jobs) caughtUp(ctx context.Context, id tidemark.ID, entry tidemark.Timestamp) (tidemark.Timestamp, error) {
	var was tidemark.Timestamp
	moved := time.Now()
	for {
		i, c, err := j.look(ctx, id)
		switch {
		case err != nil:
			return was, err
		case i == nil || !i.ContinuousBackup:
			return was, tidemark.Errorf(tidemark.CodeConflict, "the capture of the instance has ended")
		case !c.Position.IsZero() && c.Position.Compare(entry) >= 0:
			return c.Position, nil
		case c.Position != was:
			was, moved = c.Position, time.Now()
		case time.Since(moved) > catchUpTime:
			return was, tidemark.Errorf(tidemark.CodeInternal, "the capture of the oplog stands at %s and does not come to %s", was, entry).
				WithHint("%s", c.FailReason)
		}
		if !pause(ctx, catchUpEvery) {
			return was, ctx.Err()
		}
	}
}

// newestBase is the newest snapshot if nothing since is missing, and the slices
// from it up to an entry; nil if there is none to go on from.
func (j *Jobs) newestBase(ctx context.Context, id tidemark.ID, to tidemark.Timestamp) (*tidemark.Snapshot, []*tidemark.Slice, error) {
	var base *tidemark.Snapshot
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		base, err = tx.LatestSnapshot(ctx, id)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		return nil, nil, nil
	}
	if err != nil || base.ClusterTime.IsZero() || base.ClusterTime.Compare(to) > 0 {
		return nil, nil, err
	}
	_, c, err := j.look(ctx, id)
	if err != nil || c == nil || c.WindowStart.IsZero() || base.ClusterTime.Compare(c.WindowStart) < 0 {
		return nil, nil, err // torn, since it was taken without the oplog, or before a gap
	}
	between, err := j.slicesBetween(ctx, id, base.ClusterTime, to)
	if err != nil || !linked(between, base.ClusterTime, to) {
		return nil, nil, err
	}
	return base, between, nil
}

// linked says whether slices cover all after one entry up to another.
func linked(between []*tidemark.Slice, after, to tidemark.Timestamp) bool {
	for _, s := range between {
		if s.After.Compare(after) > 0 {
			return false
		}
		after = s.Last
	}
	return after.Compare(to) >= 0
}

// slicesBetween lists the slices with entries after one up to another.
func (j *Jobs) slicesBetween(ctx context.Context, id tidemark.ID, after, to tidemark.Timestamp) ([]*tidemark.Slice, error) {
	var all []*tidemark.Slice
	for after.Compare(to) < 0 {
		var list []*tidemark.Slice
		err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
			list, err = tx.Slices(ctx, id, after, to, sliceList)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		all = append(all, list...)
		after = list[len(list)-1].Last
	}
	return all, nil
}
