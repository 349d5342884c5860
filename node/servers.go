package node

import (
	"context"
	"net/url"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/embedded"
)

// serverDir is where the embedded server of an instance keeps its data.
func (n *Node) serverDir(id tidemark.ID) string {
	return filepath.Join(n.cfg.DataDir, "servers", id.String())
}

const (
	// letGo is how long the embedded servers of a dead service may take to let
	// go of their directories; half a second is what they need.
	letGo      = 10 * time.Second
	againFirst = 50 * time.Millisecond
	againLast  = 15 * time.Second
)

// resumeServers starts the embedded servers that ran when the service stopped.
// One that does not start is tried again until it does; the service is there
// without it.
func (n *Node) resumeServers(ctx context.Context) error {
	var instances []*tidemark.Instance
	err := n.store.View(ctx, func(tx tidemark.Tx) (err error) {
		instances, err = tx.EmbeddedInstances(ctx)
		return err
	})
	if err != nil {
		return err
	}
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var trying errgroup.Group
	n.onClose(func(context.Context) error {
		cancel()
		return trying.Wait()
	})
	var g errgroup.Group
	g.SetLimit(8)
	for _, i := range instances {
		if i.URI == "" {
			continue // its provision task is still to run
		}
		g.Go(func() error {
			if err := n.resumeServer(ctx, i); err != nil {
				n.log.Error("an embedded server does not start; trying again", "instance", i.Name, "error", err)
				trying.Go(func() error { n.keepResuming(later, i); return nil })
			}
			return nil
		})
	}
	return g.Wait()
}

// resumeServer starts a server, once that of a dead service, which may live
// for a moment longer, has let go of the directory.
func (n *Node) resumeServer(ctx context.Context, i *tidemark.Instance) error {
	ctx, cancel := context.WithTimeout(ctx, letGo)
	defer cancel()
	for again := againFirst; ; again *= 2 {
		uri, err := n.ensureServer(ctx, i)
		if err == nil {
			return n.noteURI(ctx, i.ID, uri)
		}
		if tidemark.ErrorCode(err) != tidemark.CodeConflict || !pause(ctx, again) {
			return err
		}
	}
}

// keepResuming tries until the server runs, the instance is deleted or ctx ends.
func (n *Node) keepResuming(ctx context.Context, i *tidemark.Instance) {
	for again := againFirst; pause(ctx, again); again = min(2*again, againLast) {
		done, err := n.resumeIfWanted(ctx, i.ID)
		if err != nil && ctx.Err() == nil {
			n.log.Error("an embedded server does not start; trying again", "instance", i.Name, "error", err)
		}
		if done {
			return
		}
	}
}

// resumeIfWanted starts a server unless its instance is being deleted, which
// waits meanwhile. done means that there is nothing more to do.
func (n *Node) resumeIfWanted(ctx context.Context, id tidemark.ID) (done bool, err error) {
	n.removing.Lock()
	defer n.removing.Unlock()
	var i *tidemark.Instance
	err = n.store.View(ctx, func(tx tidemark.Tx) (err error) {
		i, err = tx.Instance(ctx, id)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeInstanceNotFound {
		return true, nil
	}
	if err != nil || i.State == tidemark.StateDeleting {
		return err == nil, err
	}
	err = n.resumeServer(ctx, i)
	return err == nil, err
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// noteURI keeps where an embedded server listens now. Connections to where it
// was before lead nowhere.
func (n *Node) noteURI(ctx context.Context, id tidemark.ID, uri string) error {
	var before string
	err := n.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := tx.Instance(ctx, id)
		if err != nil || i.URI == "" || i.URI == uri {
			return err
		}
		before, i.URI = i.URI, uri
		return tx.UpdateInstance(ctx, i)
	})
	if err != nil || before == "" {
		return err
	}
	return n.deployments.drop(ctx, before)
}

// serverChanged is told by the supervisor what its servers do. One that was
// started again may have lost its port to another program.
func (n *Node) serverChanged(s embedded.Status) {
	if s.State != embedded.StateRunning || s.Restarts == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.noteURI(ctx, tidemark.ID(s.ID), embeddedURI(s.Addr)); err != nil {
		n.log.Error("the address of an embedded server could not be kept", "instance", s.ID, "error", err)
	}
}

func embeddedURI(addr string) string { return "mongodb://" + addr + "/" }

// ensureServer returns the connection string of an instance's embedded server,
// starting it if need be, on the port it had where that is free. One that runs
// without an oplog where it is to keep one, or the other way, is started again.
func (n *Node) ensureServer(ctx context.Context, i *tidemark.Instance) (string, error) {
	var want string
	if u, err := url.Parse(i.URI); err == nil {
		want = u.Host
	}
	addr, err := n.servers.EnsureServer(ctx, embedded.ServerSpec{
		ID: i.ID.String(), Dir: n.serverDir(i.ID), Addr: want, Oplog: i.ContinuousBackup,
	})
	if err != nil {
		return "", err
	}
	return embeddedURI(addr), nil
}

// provisioner implements jobs.Provisioner.
type provisioner struct{ node *Node }

// Provision starts the embedded server of an instance and asks it what it is.
func (p provisioner) Provision(ctx context.Context, i *tidemark.Instance) (uri, version string, err error) {
	uri = i.URI
	if i.Embedded {
		if uri, err = p.node.ensureServer(ctx, i); err != nil {
			return "", "", err
		}
	}
	info, err := p.node.deployments.probe(ctx, uri)
	return uri, info.Version, err
}

// Deprovision stops the embedded server of an instance and deletes its data. A
// registered deployment is left as it is.
func (p provisioner) Deprovision(ctx context.Context, i *tidemark.Instance) error {
	if err := p.node.deployments.drop(ctx, i.URI); err != nil {
		p.node.log.Warn("connections of a deleted instance did not close", "instance", i.Name, "error", err)
	}
	if !i.Embedded {
		return nil
	}
	p.node.removing.Lock()
	defer p.node.removing.Unlock()
	return p.node.servers.Remove(ctx, i.ID.String(), p.node.serverDir(i.ID))
}
