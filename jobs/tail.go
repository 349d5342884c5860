package jobs

import (
	"context"
	"time"

	"tidemark"
)

// captureTask follows the oplog of an instance for a while and hands on, by
// being put back, for as long as the instance has continuous backup.
type captureTask struct{ *Jobs }

const (
	// tryAgainFirst and tryAgainLast bound the pause before a deployment that
	// could not be followed is tried again.
	tryAgainFirst = time.Second
	tryAgainLast  = time.Minute
	// sliceList is how many slices are read or deleted at a time.
	sliceList = 500
)

// captureKey is what a capture is known by among the live attempts, where the
// bare ID is that of provisioning and deprovisioning.
func captureKey(instance tidemark.ID) tidemark.ID { return "capture/" + instance }

// sliceNote names the setting that holds the object of a slice that is being
// written; "" while there is none.
func sliceNote(instance tidemark.ID) string { return "slice/" + string(instance) }

func (t *captureTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	ctx, leave, ok := t.live.enter(ctx, captureKey(id))
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	i, c, err := t.look(ctx, id)
	if err != nil || i == nil || i.State == tidemark.StateDeleting {
		return attempt{}, err // the deprovision task removes what was captured
	}
	if !i.ContinuousBackup {
		return attempt{}, t.dropCaptured(ctx, id)
	}
	if i.State != tidemark.StateIdle {
		return attempt{}, &waitError{tryAgainFirst}
	}
	if err := t.follow(ctx, i, c); err != nil {
		if ctx.Err() != nil {
			return attempt{}, err
		}
		return attempt{}, t.stumble(ctx, c, err)
	}
	return attempt{}, &waitError{0}
}

// look reads the instance and how far its capture is; nil if it is gone.
func (j *Jobs) look(ctx context.Context, id tidemark.ID) (i *tidemark.Instance, c *tidemark.Capture, err error) {
	err = j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		if i, err = tx.Instance(ctx, id); err != nil {
			return err
		}
		c, err = tx.Capture(ctx, id)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeInstanceNotFound {
		return nil, nil, nil
	}
	return i, c, err
}

// follow begins the capture if it has not begun, and follows the oplog once.
func (t *captureTask) follow(ctx context.Context, i *tidemark.Instance, c *tidemark.Capture) error {
	if err := t.discardSlice(ctx, i.ID); err != nil {
		return err
	}
	if c.Position.IsZero() {
		var err error
		if c, err = t.beginCapture(ctx, i); err != nil {
			return err
		}
	}
	if _, err := t.cfg.Tailer.Tail(ctx, TailRequest{
		Instance: i, After: c.Position, For: t.cfg.TailFor,
		Note: func(ctx context.Context, object string) error {
			return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error { return tx.SetSetting(ctx, sliceNote(i.ID), object) })
		},
		Keep: t.keepSlice,
	}); err != nil {
		return err
	}
	return t.seen(ctx, i)
}

// beginCapture starts after the newest entry, and has a first snapshot taken.
func (t *captureTask) beginCapture(ctx context.Context, i *tidemark.Instance) (*tidemark.Capture, error) {
	at := t.now()
	_, last, err := t.cfg.Tailer.OplogWindow(ctx, i)
	if err != nil {
		return nil, err
	}
	return t.moved(ctx, i.ID, func(c *tidemark.Capture) { c.Position, c.SourceTime, c.SeenAt = last, last, at })
}

// moved changes the capture to another place in the oplog, where a window
// begins: the snapshot that starts it is enqueued.
func (t *captureTask) moved(ctx context.Context, id tidemark.ID, change func(*tidemark.Capture)) (*tidemark.Capture, error) {
	var c *tidemark.Capture
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if c, err = tx.Capture(ctx, id); err != nil {
			return err
		}
		change(c)
		c.WindowStart = tidemark.Timestamp{}
		if err := tx.SaveCapture(ctx, c); err != nil {
			return err
		}
		i, err := tx.Instance(ctx, id)
		if err != nil {
			return err
		}
		i.NextSnapshotAt = t.now()
		if err := tx.UpdateInstance(ctx, i); err != nil {
			return err
		}
		return t.startScheduled(ctx, tx, id, i.NextSnapshotAt)
	})
	return c, err
}

// keepSlice records a slice, and with it that its object is no orphan.
func (t *captureTask) keepSlice(ctx context.Context, s *tidemark.Slice) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.AddSlice(ctx, s); err != nil {
			return err
		}
		return tx.SetSetting(ctx, sliceNote(s.InstanceID), "")
	})
}

// discardSlice deletes the object of a slice that was written but not kept.
func (j *Jobs) discardSlice(ctx context.Context, id tidemark.ID) error {
	var object string
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		object, err = tx.Setting(ctx, sliceNote(id))
		return err
	})
	if err != nil || object == "" {
		return err
	}
	if err := j.cfg.Capturer.Discard(ctx, []string{object}); err != nil {
		return err
	}
	return j.cfg.Store.Update(ctx, func(tx tidemark.Tx) error { return tx.SetSetting(ctx, sliceNote(id), "") })
}

// seen notes what the source has. The time is that before it was asked: until
// then there was nothing newer.
func (t *captureTask) seen(ctx context.Context, i *tidemark.Instance) error {
	at := t.now()
	_, last, err := t.cfg.Tailer.OplogWindow(ctx, i)
	if err != nil {
		return err
	}
	return t.saveCapture(ctx, i.ID, func(c *tidemark.Capture) {
		c.SourceTime, c.SeenAt, c.FailCode, c.FailReason = last, at, "", ""
	})
}

func (j *Jobs) saveCapture(ctx context.Context, id tidemark.ID, change func(*tidemark.Capture)) error {
	return j.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		c, err := tx.Capture(ctx, id)
		if err != nil {
			return err
		}
		change(c)
		return tx.SaveCapture(ctx, c)
	})
}

// stumble writes why the capture does not go on, and says when it is tried
// again: the longer it has not worked, the later. A gap is stepped over.
func (t *captureTask) stumble(ctx context.Context, c *tidemark.Capture, why error) error {
	t.cfg.Logger.WarnContext(ctx, "an oplog cannot be followed", "instance", string(c.InstanceID), "error", why)
	if tidemark.ErrorCode(why) == tidemark.CodeOplogGap {
		if err := t.stepOver(ctx, c.InstanceID, why); err == nil {
			return &waitError{0}
		} else {
			why = err
		}
	}
	wait := tryAgainLast
	if _, ours := passing[tidemark.ErrorCode(why)]; ours {
		wait = min(max(t.now().Sub(c.SeenAt)/4, tryAgainFirst), tryAgainLast)
	}
	err := t.saveCapture(ctx, c.InstanceID, func(c *tidemark.Capture) {
		c.FailCode, c.FailReason = tidemark.ErrorCode(why), reason(why)
	})
	if err != nil && tidemark.ErrorCode(err) != tidemark.CodeInstanceNotFound {
		return err
	}
	return &waitError{wait}
}

// stepOver goes on at the oldest entry that the source still has. The window
// ends where entries are missing, and a new one begins with a snapshot.
func (t *captureTask) stepOver(ctx context.Context, id tidemark.ID, why error) error {
	i, _, err := t.look(ctx, id)
	if err != nil || i == nil {
		return err
	}
	at := t.now()
	first, last, err := t.cfg.Tailer.OplogWindow(ctx, i)
	if err != nil {
		return err
	}
	_, err = t.moved(ctx, id, func(c *tidemark.Capture) {
		c.GapAfter = c.Position
		// One that was put back to before, such as by a source that was built
		// anew, must not lead behind the slices that are there.
		if c.Position = first; first.Compare(c.GapAfter) < 0 {
			c.Position = last
		}
		c.SourceTime, c.SeenAt = last, at
		c.FailCode, c.FailReason = tidemark.CodeOplogGap, reason(why)
	})
	return err
}

// dropCaptured deletes all that was captured of an instance whose continuous
// backup is off, or that is being deleted.
func (j *Jobs) dropCaptured(ctx context.Context, id tidemark.ID) error {
	if err := j.discardSlice(ctx, id); err != nil {
		return err
	}
	all := tidemark.Timestamp{T: ^uint32(0), I: ^uint32(0)}
	if err := j.dropSlices(ctx, id, all); err != nil {
		return err
	}
	return j.saveCapture(ctx, id, func(c *tidemark.Capture) { *c = tidemark.Capture{InstanceID: id} })
}

// dropSlices deletes the slices that end before the given time.
func (j *Jobs) dropSlices(ctx context.Context, id tidemark.ID, before tidemark.Timestamp) error {
	for {
		var list []*tidemark.Slice
		err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
			list, err = tx.ExpiredSlices(ctx, id, before, sliceList)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		names := make([]string, len(list))
		for n, s := range list {
			names[n] = s.Object
		}
		if err := j.cfg.Capturer.Discard(ctx, names); err != nil {
			return err
		}
		err = j.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
			for _, s := range list {
				if err := tx.DeleteSlice(ctx, s.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
