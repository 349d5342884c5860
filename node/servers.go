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

// resumeServers starts the embedded servers that ran when the service stopped.
func (n *Node) resumeServers(ctx context.Context) error {
	var instances []*tidemark.Instance
	err := n.store.View(ctx, func(tx tidemark.Tx) (err error) {
		instances, err = tx.EmbeddedInstances(ctx)
		return err
	})
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, i := range instances {
		if i.URI == "" {
			continue // its provision task is still to run
		}
		g.Go(func() error {
			if err := n.resumeServer(gctx, i); err != nil {
				n.log.Error("an embedded server does not start", "instance", i.Name, "error", err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (n *Node) resumeServer(ctx context.Context, i *tidemark.Instance) error {
	uri, err := n.ensureServer(ctx, i)
	if err != nil || uri == i.URI {
		return err
	}
	return n.noteURI(ctx, i.ID, uri)
}

// noteURI keeps where an embedded server listens now.
func (n *Node) noteURI(ctx context.Context, id tidemark.ID, uri string) error {
	return n.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := tx.Instance(ctx, id)
		if err != nil || i.URI == "" || i.URI == uri {
			return err
		}
		i.URI = uri
		return tx.UpdateInstance(ctx, i)
	})
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
// starting it if need be, on the port it had where that is free.
func (n *Node) ensureServer(ctx context.Context, i *tidemark.Instance) (string, error) {
	var want string
	if u, err := url.Parse(i.URI); err == nil {
		want = u.Host
	}
	addr, err := n.servers.Ensure(ctx, i.ID.String(), n.serverDir(i.ID), want)
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
	info, err := probe(ctx, uri)
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
	return p.node.servers.Remove(ctx, i.ID.String(), p.node.serverDir(i.ID))
}
