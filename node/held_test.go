package node_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"tidemark"
	"tidemark/jobs"
	"tidemark/node"
)

// holds keeps the work on chosen instances from getting anywhere.
type holds struct {
	jobs.Provisioner
	jobs.Capturer
	jobs.Restorer
	gate chan struct{} // closed to let all work go on
	name map[string]bool

	mu     sync.Mutex
	inside map[string]bool // which are waiting at the gate
}

func (h *holds) wait(ctx context.Context, name string) error {
	if !h.name[name] {
		return nil
	}
	h.mu.Lock()
	h.inside[name] = true
	h.mu.Unlock()
	select {
	case <-h.gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waiting says whether work on the instance is under way, and held.
func (h *holds) waiting(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inside[name]
}

func (h *holds) Provision(ctx context.Context, i *tidemark.Instance) (string, string, error) {
	if err := h.wait(ctx, i.Name); err != nil {
		return "", "", err
	}
	return h.Provisioner.Provision(ctx, i)
}

func (h *holds) Capture(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
	if r.Instance.Name == "broken" {
		return jobs.CaptureResult{}, tidemark.Errorf(tidemark.CodeTargetRefused, "the test wants this to fail")
	}
	if err := h.wait(ctx, r.Instance.Name); err != nil {
		return jobs.CaptureResult{}, err
	}
	return h.Capturer.Capture(ctx, r)
}

func (h *holds) Restore(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
	if err := h.wait(ctx, r.Target.Name); err != nil {
		return nil, err
	}
	return h.Restorer.Restore(ctx, r)
}

// hold makes a service hold the work on instances of those names. The store is
// that of the service, once it has started.
func hold(cfg *node.Config, names ...string) (h *holds, store func() tidemark.Store) {
	h = &holds{gate: make(chan struct{}), name: map[string]bool{}, inside: map[string]bool{}}
	for _, n := range names {
		h.name[n] = true
	}
	var db tidemark.Store
	tune := cfg.TuneJobs
	cfg.TuneJobs = func(c *jobs.Config) {
		tune(c)
		db = c.Store
		h.Provisioner, h.Capturer, h.Restorer = c.Provisioner, c.Capturer, c.Restorer
		c.Provisioner, c.Capturer, c.Restorer = h, h, h
	}
	return h, func() tidemark.Store { return db }
}

// everything is all that the store has about projects, their instances,
// snapshots and restore jobs, and keys.
func everything(t testing.TB, store tidemark.Store) map[string]any {
	t.Helper()
	all := tidemark.Page{Number: 1, Size: 500}
	out := map[string]any{}
	must(t, store.View(t.Context(), func(tx tidemark.Tx) error {
		orgs, _, err := tx.Organizations(t.Context(), nil, all)
		for _, o := range orgs {
			keys, _, kerr := tx.Keys(t.Context(), o.ID, "", all)
			projects, _, perr := tx.Projects(t.Context(), []tidemark.ID{o.ID}, nil, all)
			out["keys"], out["projects"], err = keys, projects, errors.Join(err, kerr, perr)
			for _, p := range projects {
				instances, _, ierr := tx.Instances(t.Context(), p.ID, "", all)
				out["instances of "+p.Name], err = instances, errors.Join(err, ierr)
				for _, i := range instances {
					snapshots, _, serr := tx.Snapshots(t.Context(), i.ID, all)
					restores, _, rerr := tx.RestoreJobs(t.Context(), i.ID, all)
					out["snapshots of "+i.Name], out["restore jobs of "+i.Name], err = snapshots, restores, errors.Join(err, serr, rerr)
				}
			}
		}
		return err
	}))
	return out
}
