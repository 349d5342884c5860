package node

import (
	"context"

	"tidemark"
)

// oplogSource is the deployment of an instance whose oplog is to be followed.
// An embedded server that runs without one, because continuous backup was off
// when it started, is started again: its clients have to connect anew. One that
// keeps an oplog in vain goes on until it is started again for another reason.
func (n *Node) oplogSource(ctx context.Context, i *tidemark.Instance) (tidemark.OplogSource, error) {
	source, err := n.deployments.get(ctx, i)
	if err != nil || !i.Embedded {
		return source, err
	}
	_, _, err = source.OplogWindow(ctx)
	if tidemark.ErrorCode(err) != tidemark.CodeNoOplog {
		return source, err
	}
	if i, err = n.restartServer(ctx, i.ID); err != nil {
		return nil, err
	}
	return n.deployments.get(ctx, i)
}

// restartServer starts the embedded server of an instance again, unless the
// instance is being deleted.
func (n *Node) restartServer(ctx context.Context, id tidemark.ID) (*tidemark.Instance, error) {
	n.removing.Lock()
	defer n.removing.Unlock()
	i, err := n.liveInstance(ctx, id)
	if err != nil {
		return nil, err
	}
	n.log.Info("an embedded server is started again with an oplog", "instance", i.Name)
	if err := n.deployments.drop(ctx, i.URI); err != nil {
		return nil, err
	}
	if err := n.resumeServer(ctx, i); err != nil {
		return nil, err
	}
	return n.liveInstance(ctx, id)
}

func (n *Node) liveInstance(ctx context.Context, id tidemark.ID) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := n.store.View(ctx, func(tx tidemark.Tx) (err error) {
		i, err = tx.Instance(ctx, id)
		return err
	})
	if err == nil && i.State == tidemark.StateDeleting {
		err = tidemark.Errorf(tidemark.CodeDeletionRequested, "instance %s is being deleted", i.Name)
	}
	if err != nil {
		return nil, err
	}
	return i, nil
}
