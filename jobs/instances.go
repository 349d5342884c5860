package jobs

import (
	"context"
	"time"

	"tidemark"
)

const (
	// waitForOther is the pause before a task asks again whether another,
	// which it has to wait for, has ended.
	waitForOther = 200 * time.Millisecond
	// listSize is how many rows a transaction takes on at once.
	listSize = 200
)

// provisionTask starts the server of an embedded instance.
type provisionTask struct{ *Jobs }

func (t *provisionTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	ctx, leave, ok := t.live.enter(ctx, id)
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	i, err := t.instanceIn(ctx, id, tidemark.StateCreating)
	if err != nil || i == nil {
		return attempt{}, err
	}
	uri, version, err := t.cfg.Provisioner.Provision(ctx, i)
	if err != nil {
		return attempt{}, err
	}
	return attempt{}, t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := tx.Instance(ctx, id)
		if err != nil {
			return err
		}
		if i.State != tidemark.StateCreating {
			return nil // being deleted meanwhile
		}
		i.URI, i.MongoDBVersion, i.State = uri, version, tidemark.StateIdle
		if err := tx.UpdateInstance(ctx, i); err != nil {
			return err
		}
		err = t.record(ctx, tx, tidemark.Event{Type: tidemark.EventsOf(i.Kind).Ready, ProjectID: i.ProjectID, InstanceName: i.Name})
		if err != nil || !i.ContinuousBackup {
			return err
		}
		return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskCapture, ID: id})
	})
}

// instanceIn is the instance if it is there and in that state, else nil.
func (j *Jobs) instanceIn(ctx context.Context, id tidemark.ID, state tidemark.InstanceState) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		i, err = tx.Instance(ctx, id)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeInstanceNotFound {
		return nil, nil
	}
	if err != nil || i.State != state {
		return nil, err
	}
	return i, nil
}

// deprovisionTask removes an instance. Each step may be repeated: the
// snapshots go first, each with a task of its own for its objects, then the
// slices and the server, and the row last, since it is what says that there is
// work left. Where its backups are retained, finished snapshots stay, and with
// them the row, until the last of them goes.
type deprovisionTask struct{ *Jobs }

func (t *deprovisionTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	// One that is being provisioned or captured is told to stop.
	t.live.end(id, context.Canceled)
	if t.live.end(captureKey(id), context.Canceled) {
		return attempt{}, &waitError{waitForOther}
	}
	ctx, leave, ok := t.live.enter(ctx, id)
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	i, err := t.instanceIn(ctx, id, tidemark.StateDeleting)
	if err != nil || i == nil {
		return attempt{}, err
	}
	if err := t.retireAll(ctx, i); err != nil {
		return attempt{}, err
	}
	if err := t.dropCaptured(ctx, id); err != nil {
		return attempt{}, err
	}
	if i.Embedded && i.DeletedAt.IsZero() {
		if err := t.cfg.Provisioner.Deprovision(ctx, i); err != nil {
			return attempt{}, err
		}
	}
	return attempt{}, t.remove(ctx, id)
}

// remove takes away the row, or, while it has snapshots that are retained,
// notes that nothing else is left.
func (t *deprovisionTask) remove(ctx context.Context, id tidemark.ID) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := tx.Instance(ctx, id)
		if err != nil {
			return err
		}
		_, left, err := tx.Snapshots(ctx, id, tidemark.Page{Number: 1, Size: 1})
		if err != nil {
			return err
		}
		first := i.DeletedAt.IsZero()
		if left > 0 { // of one that retains them, or retireAll has to go on
			if !i.RetainBackups {
				return &waitError{waitForOther}
			}
			if first {
				i.DeletedAt, i.URI = t.now(), ""
				err = tx.UpdateInstance(ctx, i)
			}
		} else {
			err = tx.DeleteInstance(ctx, id)
		}
		if err != nil || !first {
			return err
		}
		return t.record(ctx, tx, tidemark.Event{Type: tidemark.EventsOf(i.Kind).Deleted, ProjectID: i.ProjectID, InstanceName: i.Name})
	})
}

// retireAll takes all snapshots of the instance away, the unfinished included;
// only those where its backups are retained.
func (t *deprovisionTask) retireAll(ctx context.Context, i *tidemark.Instance) error {
	for {
		n := 0
		err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
			list, err := t.doomed(ctx, tx, i)
			if err != nil {
				return err
			}
			n = len(list)
			for _, s := range list {
				if err := t.retire(ctx, tx, s, "the instance was deleted"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// doomed are some of the snapshots that go with the instance.
func (t *deprovisionTask) doomed(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) ([]*tidemark.Snapshot, error) {
	if i.RetainBackups {
		return tx.UnfinishedSnapshots(ctx, i.ID)
	}
	list, _, err := tx.Snapshots(ctx, i.ID, tidemark.Page{Number: 1, Size: listSize})
	return list, err
}
