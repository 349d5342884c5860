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
// slices and the server, and the row last, since it is what says that there is work left.
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
	if i.Embedded {
		if err := t.cfg.Provisioner.Deprovision(ctx, i); err != nil {
			return attempt{}, err
		}
	}
	return attempt{}, t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.DeleteInstance(ctx, id); err != nil {
			return err
		}
		return t.record(ctx, tx, tidemark.Event{Type: tidemark.EventsOf(i.Kind).Deleted, ProjectID: i.ProjectID, InstanceName: i.Name})
	})
}

// retireAll takes all snapshots of the instance away, the unfinished included.
func (t *deprovisionTask) retireAll(ctx context.Context, i *tidemark.Instance) error {
	for {
		n := 0
		err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
			list, _, err := tx.Snapshots(ctx, i.ID, tidemark.Page{Number: 1, Size: listSize})
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
