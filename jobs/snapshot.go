package jobs

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// snapshotTask takes a snapshot.
type snapshotTask struct {
	*Jobs
	// besideRestore says that a restore has staged collections on the instance.
	besideRestore bool
}

// capturing is one attempt at a snapshot.
type capturing struct {
	snapshot  *tidemark.Snapshot
	instance  *tidemark.Instance
	leftovers []string // objects of attempts before
}

func (t *snapshotTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	ctx, leave, ok := t.live.enter(ctx, id)
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	c, err := t.begin(ctx, id)
	if err != nil || c == nil {
		return attempt{}, err
	}
	a := attempt{epoch: c.snapshot.Epoch}
	if err := t.discard(ctx, c); err != nil {
		return a, err
	}
	result, progress, err := t.capture(ctx, c)
	if err != nil {
		return a, err
	}
	if err := t.tidy(ctx, c, result); err != nil {
		return a, err
	}
	return a, t.complete(ctx, c, result, progress)
}

// begin starts an attempt; nil if there is nothing to do any more.
func (t *snapshotTask) begin(ctx context.Context, id tidemark.ID) (*capturing, error) {
	c := &capturing{}
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		s, err := tx.Snapshot(ctx, id)
		if err != nil {
			return err
		}
		if s.Status == tidemark.SnapshotCompleted || s.Status == tidemark.SnapshotFailed {
			c = nil
			return nil
		}
		if c.instance, err = tx.Instance(ctx, s.InstanceID); err != nil {
			return err
		}
		if c.instance.State == tidemark.StateDeleting {
			return tidemark.Errorf(tidemark.CodeDeletionRequested, "instance %s is being deleted", s.InstanceName)
		}
		if c.snapshot, err = tx.BeginSnapshot(ctx, id); err != nil {
			return err
		}
		if c.snapshot.Epoch == 1 {
			if err := t.recordSnapshot(ctx, tx, c.snapshot, started, ""); err != nil {
				return err
			}
		}
		remains, err := tidemark.SnapshotRemains(ctx, tx, id)
		c.leftovers = remains.Objects
		return err
	})
	switch tidemark.ErrorCode(err) {
	case "":
		return c, nil
	case tidemark.CodeSnapshotNotFound:
		return nil, nil // deleted before its turn came
	default:
		return nil, err
	}
}

// discard deletes what a dead attempt wrote, and then its notes.
func (t *snapshotTask) discard(ctx context.Context, c *capturing) error {
	if len(c.leftovers) == 0 {
		return nil
	}
	if err := t.cfg.Capturer.Discard(ctx, c.leftovers); err != nil {
		return err
	}
	return t.current(ctx, c, func(tx tidemark.Tx, _ *tidemark.Snapshot) error {
		return tx.ForgetSnapshotObjects(ctx, c.snapshot.ID)
	})
}

// current runs fn in a writing transaction if the attempt is the newest.
func (t *snapshotTask) current(ctx context.Context, c *capturing, fn func(tidemark.Tx, *tidemark.Snapshot) error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		s, err := tx.Snapshot(ctx, c.snapshot.ID)
		if err != nil {
			return stale(err)
		}
		if s.Epoch != c.snapshot.Epoch || s.Status != tidemark.SnapshotInProgress {
			return stale(tidemark.Errorf(tidemark.CodeConflict, "attempt %d at snapshot %s is not the newest", c.snapshot.Epoch, s.ID))
		}
		return fn(tx, s)
	})
}

// capture runs the port, with its progress written beside it. An attempt whose
// progress cannot be written is ended.
func (t *snapshotTask) capture(ctx context.Context, c *capturing) (CaptureResult, tidemark.Progress, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	progress := newReporter(t.cfg.ProgressInterval, func(ctx context.Context, p tidemark.Progress) error {
		return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
			return stale(tx.SaveSnapshotProgress(ctx, c.snapshot.ID, c.snapshot.Epoch, p))
		})
	})
	writing, stopWriting := context.WithCancel(ctx)
	var writer errgroup.Group
	writer.Go(func() error {
		err := progress.run(writing)
		if err != nil {
			cancel(err)
		}
		return err
	})
	var result CaptureResult
	err := protect(func() (err error) {
		req := CaptureRequest{
			Instance: c.instance,
			Snapshot: c.snapshot,
			Note:     func(ctx context.Context, object string) error { return t.note(ctx, c, object) },
			Progress: progress.report,
		}
		if c.instance.ContinuousBackup {
			result, err = t.captureAt(ctx, req)
		} else {
			result, err = t.cfg.Capturer.Capture(ctx, req)
		}
		return err
	})
	stopWriting()
	if werr := writer.Wait(); werr != nil {
		err = werr // it is what ended the capture
	}
	return result, progress.latest(), err
}

func (t *snapshotTask) note(ctx context.Context, c *capturing, object string) error {
	return t.current(ctx, c, func(tx tidemark.Tx, _ *tidemark.Snapshot) error {
		return tx.NoteSnapshotObject(ctx, c.snapshot.ID, object)
	})
}

// tidy deletes what the attempt wrote on its way and the manifest does not
// list: the manifest of a torn base, and runs that were written anew.
func (t *snapshotTask) tidy(ctx context.Context, c *capturing, r CaptureResult) error {
	var noted tidemark.Remains
	err := t.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		noted, err = tidemark.SnapshotRemains(ctx, tx, c.snapshot.ID)
		return err
	})
	if err != nil {
		return err
	}
	kept := map[string]bool{r.Manifest: true}
	for _, object := range r.Runs {
		kept[object] = true
	}
	rest := slices.DeleteFunc(noted.Objects, func(object string) bool { return kept[object] })
	if len(rest) == 0 {
		return nil
	}
	return t.cfg.Capturer.Discard(ctx, rest)
}

// complete writes the outcome. The notes go with it: the manifest names the
// objects from now on.
func (t *snapshotTask) complete(ctx context.Context, c *capturing, r CaptureResult, p tidemark.Progress) error {
	ctx, cancel := forOutcome(ctx)
	defer cancel()
	return t.current(ctx, c, func(tx tidemark.Tx, s *tidemark.Snapshot) error {
		now := t.now()
		s.Status, s.FinishedAt = tidemark.SnapshotCompleted, now
		s.Manifest, s.StorageBytes = r.Manifest, r.StorageBytes
		s.Content, s.Collections, s.ClusterTime = r.Content, r.Collections, r.ClusterTime
		s.Progress = finished(p, now)
		if r.Version != "" {
			s.MongoDBVersion = r.Version
		}
		if err := tx.UpdateSnapshot(ctx, s); err != nil {
			return err
		}
		if err := t.recordSnapshot(ctx, tx, s, completed, ""); err != nil {
			return err
		}
		if err := tx.ReferRuns(ctx, s.ID, r.Runs); err != nil {
			return err
		}
		if err := tx.ForgetSnapshotObjects(ctx, s.ID); err != nil {
			return err
		}
		if err := t.exportBySchedule(ctx, tx, s); err != nil {
			return err
		}
		if err := learnVersion(ctx, tx, s); err != nil || !c.instance.ContinuousBackup {
			return err
		}
		return t.openWindow(ctx, tx, s)
	})
}

// learnVersion keeps the version of the deployment with its instance.
func learnVersion(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot) error {
	i, err := tx.Instance(ctx, s.InstanceID)
	if err != nil || i.MongoDBVersion == s.MongoDBVersion {
		return err
	}
	i.MongoDBVersion = s.MongoDBVersion
	return tx.UpdateInstance(ctx, i)
}

// fail writes that the snapshot failed, and has the objects of its attempts
// deleted.
func (t *snapshotTask) fail(ctx context.Context, id tidemark.ID, a attempt, why error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		s, err := tx.Snapshot(ctx, id)
		if err != nil {
			return stale(err)
		}
		if s.Status == tidemark.SnapshotCompleted || s.Status == tidemark.SnapshotFailed || a.epoch != 0 && a.epoch != s.Epoch {
			return nil
		}
		s.Status, s.FinishedAt, s.FailReason = tidemark.SnapshotFailed, t.now(), reason(why)
		if err := tx.UpdateSnapshot(ctx, s); err != nil {
			return stale(err)
		}
		if err := t.recordSnapshot(ctx, tx, s, notTaken, string(tidemark.ErrorCode(why))); err != nil {
			return err
		}
		return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskForget, ID: id})
	})
}
