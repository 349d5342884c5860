package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/mongo"
)

// deployments keeps one connection pool for each connection string in use.
type deployments struct {
	options mongo.Options

	mu   sync.Mutex
	open map[string]*mongo.Deployment
}

func newDeployments(o mongo.Options) *deployments {
	return &deployments{options: o, open: map[string]*mongo.Deployment{}}
}

// get returns the deployment of an instance.
func (d *deployments) get(ctx context.Context, i *tidemark.Instance) (*mongo.Deployment, error) {
	if i.URI == "" {
		return nil, tidemark.Errorf(tidemark.CodeTargetUnreachable, "the server of instance %s has not started yet", i.Name).
			WithHint("Wait until the instance is IDLE.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if got, ok := d.open[i.URI]; ok {
		return got, nil
	}
	got, err := mongo.Open(ctx, i.URI, d.options)
	if err != nil {
		return nil, err
	}
	d.open[i.URI] = got
	return got, nil
}

// drop closes the pool of a connection string that is not used any more.
func (d *deployments) drop(ctx context.Context, uri string) error {
	d.mu.Lock()
	got, ok := d.open[uri]
	delete(d.open, uri)
	d.mu.Unlock()
	if !ok {
		return nil
	}
	return end(ctx, got)
}

func (d *deployments) close(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var g errgroup.Group
	for _, got := range d.open {
		g.Go(func() error { return end(ctx, got) })
	}
	d.open = map[string]*mongo.Deployment{}
	return g.Wait()
}

// parting is how long a deployment has to answer that connections are closed.
const parting = 2 * time.Second

// end closes the connections to a deployment. One that is dead does not answer
// any more, which is no fault.
func end(ctx context.Context, d *mongo.Deployment) error {
	ctx, cancel := context.WithTimeout(ctx, parting)
	defer cancel()
	if err := d.Close(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// probe asks a deployment what it is, before it is registered.
func (d *deployments) probe(ctx context.Context, uri string) (tidemark.ServerInfo, error) {
	options := d.options
	options.RetryFor = -1 // somebody waits for the answer
	got, err := mongo.Open(ctx, uri, options)
	if err != nil {
		return tidemark.ServerInfo{}, err
	}
	info, err := got.Describe(ctx)
	return info, errors.Join(err, end(context.WithoutCancel(ctx), got))
}
