package restore

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/run"
)

// part is a key range of a collection that is loaded, and noted, as one.
type part struct {
	collection *Collection
	number     int
	bounds     run.Bounds
}

// load streams all parts that the cursor does not have yet into the target.
func (r *restorer) load(ctx context.Context, collections []Collection) error {
	parts := make(chan part)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		return r.cut(ctx, collections, parts)
	})
	for range r.Writers {
		g.Go(func() error {
			l := loader{restorer: r}
			for p := range parts {
				if err := l.part(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return r.checkStreamed(collections)
}

// barrier waits until a majority has what was loaded, which only the primary
// acknowledged. Databases of a sharded cluster may be on different shards.
func (r *restorer) barrier(ctx context.Context, collections []Collection) error {
	waited := map[string]bool{}
	for i := range collections {
		c := &collections[i]
		if waited[c.DB] || r.saved(c).InPlace {
			continue
		}
		// Of a collection that is not there: one of time-series takes no such
		// command.
		if err := r.Target.AwaitMajority(ctx, c.DB, tidemark.StagePrefix+r.JobID.String()+"_none"); err != nil {
			return err
		}
		waited[c.DB] = true
	}
	return nil
}

// cut sends the parts of the collections that are not loaded yet. The cuts of
// a snapshot are always the same, so a part's number means the same to every
// attempt.
func (r *restorer) cut(ctx context.Context, collections []Collection, parts chan<- part) error {
	for i := range collections {
		c := &collections[i]
		saved := r.saved(c)
		r.tally.loaded(c, saved.Streamed)
		if saved.InPlace {
			continue
		}
		bounds := []run.Bounds{run.CollectionBounds(c.UUID)}
		if !c.Natural {
			var err error
			if bounds, err = run.Split(ctx, r.Open, c.Runs, bounds[0], r.PartBytes); err != nil {
				return err
			}
		}
		for n, b := range bounds {
			if saved.done(n) {
				continue
			}
			select {
			case parts <- part{collection: c, number: n, bounds: b}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// checkStreamed compares what came out of the vault with what the manifest
// says went in. Of an estimate that is the number of documents; their content is
// known from here on.
func (r *restorer) checkStreamed(collections []Collection) error {
	for i := range collections {
		c := &collections[i]
		streamed := r.saved(c).Streamed
		if !same(streamed, c.Expected) {
			return tidemark.Errorf(tidemark.CodeObjectDamaged,
				"the snapshot's runs of %s hold %s, its manifest says %s",
				c.Namespace(), describe(streamed), describe(c.Expected)).
				WithHint("The target is untouched. Restore another snapshot.").WithParams(c.Namespace())
		}
		r.tally.known(c, streamed)
	}
	return nil
}

// same says whether documents are those that a manifest expects, as far as it
// knows.
func same(got, expected tidemark.Content) bool {
	if expected.Estimated {
		return got.Documents == expected.Documents
	}
	return got == expected
}

// expected is what a collection must read back as: what the manifest says, or
// if that is an estimate, what was streamed.
func (r *restorer) expected(c *Collection) tidemark.Content {
	if c.Expected.Estimated {
		return r.saved(c).Streamed
	}
	return c.Expected
}

// describe tells a content to a person.
func describe(c tidemark.Content) string {
	if c.Estimated {
		return fmt.Sprintf("%d documents", c.Documents)
	}
	return fmt.Sprintf("%d documents with content %s", c.Documents, c.Hash())
}
