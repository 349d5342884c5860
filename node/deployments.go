package node

import (
	"context"
	"errors"
	"sync"

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
	return got.Close(ctx)
}

func (d *deployments) close(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, got := range d.open {
		errs = append(errs, got.Close(ctx))
	}
	d.open = map[string]*mongo.Deployment{}
	return errors.Join(errs...)
}

// probe asks a deployment what it is, before it is registered.
func probe(ctx context.Context, uri string) (tidemark.ServerInfo, error) {
	got, err := mongo.Open(ctx, uri, mongo.Options{RetryFor: -1})
	if err != nil {
		return tidemark.ServerInfo{}, err
	}
	info, err := got.Describe(ctx)
	return info, errors.Join(err, got.Close(context.WithoutCancel(ctx)))
}
