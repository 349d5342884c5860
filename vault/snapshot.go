package vault

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// parallelCalls is how many objects are asked for or deleted at once.
const parallelCalls = 8

// DeleteSnapshot deletes the runs that a manifest lists, then the manifest. A
// manifest that is missing was deleted before and is no error, so it can be
// repeated after a failure at any point. It takes the runs to belong to this
// snapshot only.
func (v *Vault) DeleteSnapshot(ctx context.Context, manifestName string) error {
	err := v.eachRun(ctx, manifestName, parallelCalls, func(ctx context.Context, run *ManifestRun) error {
		return v.bucket.Delete(ctx, run.Object)
	})
	if tidemark.ErrorCode(err) == tidemark.CodeObjectMissing {
		return nil
	}
	if err != nil {
		return err
	}
	return v.bucket.Delete(ctx, manifestName)
}

// eachRun calls fn for every run of a manifest, a few at a time, until one
// fails.
func (v *Vault) eachRun(ctx context.Context, manifestName string, parallel int, fn func(context.Context, *ManifestRun) error) error {
	r, err := v.openManifest(ctx, manifestName)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	err = r.eachRun(ctx, func(run *ManifestRun) { g.Go(func() error { return fn(ctx, run) }) })
	// A failure of fn ends the loop too, and says more than the loop does.
	if failed := g.Wait(); failed != nil {
		err = failed
	}
	return errors.Join(err, r.Close())
}

func (r *manifestReader) eachRun(ctx context.Context, fn func(*ManifestRun)) error {
	for {
		if err := ctx.Err(); err != nil {
			return tidemark.Errorf(tidemark.CodeInternal, "manifest %s: %w", r.name, err)
		}
		item, err := r.next()
		if errors.Is(err, errManifestEnd) {
			return nil
		}
		if err != nil {
			return err
		}
		if run, ok := item.(*ManifestRun); ok {
			fn(run)
		}
	}
}
