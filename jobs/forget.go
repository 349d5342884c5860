package jobs

import (
	"context"
	"errors"

	"tidemark"
)

var errRetired = errors.New("the snapshot was deleted")

// forgetTask deletes the objects of a snapshot that is retired, but for the
// runs that others share, or of the attempts at one that failed, or what a
// restore job that has ended made for itself. The notes go last: until then it
// may be repeated.
type forgetTask struct{ *Jobs }

func (t *forgetTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	// An attempt may still be writing objects of what was retired under it.
	if t.live.end(id, errRetired) {
		return attempt{}, &waitError{waitForOther}
	}
	remains, err := t.remains(ctx, id)
	if err != nil || remains == nil {
		return attempt{}, err
	}
	own, err := t.made(ctx, id) // of a restore job
	if err != nil {
		return attempt{}, err
	}
	var runs []string
	err = t.cfg.Store.Update(ctx, func(tx tidemark.Tx) (err error) {
		runs, err = tx.ReleaseRuns(ctx, id)
		return err
	})
	if err != nil {
		return attempt{}, err
	}
	// The manifest goes last: it says what there was.
	objects := append(own.all(), append(runs, remains.Objects...)...)
	if remains.Manifest != "" {
		objects = append(objects, remains.Manifest)
	}
	if len(objects) > 0 {
		if err := t.cfg.Capturer.Discard(ctx, objects); err != nil {
			return attempt{}, err
		}
	}
	return attempt{}, t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.ForgetObjects(ctx, id); err != nil {
			return err
		}
		if len(own.all()) > 0 {
			return tx.SetSetting(ctx, madeNote(id), "")
		}
		return tidemark.DropRemains(ctx, tx, id, *remains)
	})
}

// remains is what there is to delete; nil for a snapshot that is kept.
func (t *forgetTask) remains(ctx context.Context, id tidemark.ID) (*tidemark.Remains, error) {
	var remains *tidemark.Remains
	err := t.cfg.Store.View(ctx, func(tx tidemark.Tx) error {
		switch s, err := tx.Snapshot(ctx, id); {
		case tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound:
		case err != nil:
			return err
		case s.Status != tidemark.SnapshotFailed:
			return nil
		}
		r, err := tidemark.SnapshotRemains(ctx, tx, id)
		remains = &r
		return err
	})
	if err != nil {
		return nil, err
	}
	return remains, nil
}
