package capture

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/run"
)

const (
	// maxLevels is how many runs of a snapshot may overlap at most, because a
	// restore holds some 600 kB for each of them in each of its writers.
	maxLevels = 16
	// maxMerged is how many overlapping runs are merged at once, over all
	// goroutines that merge.
	maxMerged = 96
)

// settle puts the parts of a collection together and finds the content of
// their merge. A server that hands out documents in no order of _id makes a run
// of each buffer, all of which overlap: they are merged until few are left.
func (t *taker) settle(ctx context.Context, s *scanned) error {
	for _, part := range s.parts {
		// A later range holds where a document is in two: it was read later.
		s.add(part)
	}
	s.parts = nil
	for {
		levels := run.Levels(s.refs())
		if len(levels) <= 1 {
			return nil
		}
		if len(levels) <= maxLevels {
			var err error
			s.content, err = run.Count(ctx, t.openRun, s.refs(), run.CollectionBounds(s.collection.UUID))
			return err
		}
		if err := t.merge(ctx, s, levels); err != nil {
			return err
		}
	}
}

// merge makes one level of each group of at most maxMerged neighbouring levels,
// from the oldest, which are last, to the newest.
func (t *taker) merge(ctx context.Context, s *scanned, levels [][]run.RunRef) error {
	t.Progress(t.tally.merging(s.collection))
	out := scanned{collection: s.collection}
	for groups := (len(levels) + maxMerged - 1) / maxMerged; groups > 0; groups-- {
		oldest := levels[len(levels)-len(levels)/groups:]
		levels = levels[:len(levels)-len(oldest)]
		refs := slices.Concat(oldest...)
		merged, err := t.mergeRuns(ctx, s.collection, refs, len(oldest))
		if err != nil {
			return err
		}
		for _, part := range merged {
			out.add(part)
		}
		names := make([]string, len(refs))
		for i, ref := range refs {
			names[i] = ref.Object
		}
		if err := Discard(ctx, t.Vault, names); err != nil {
			return err
		}
	}
	s.runs, s.content = out.runs, out.content
	return nil
}

// mergeRuns merges runs that are so many levels deep into runs that do not
// overlap, part by part.
func (t *taker) mergeRuns(ctx context.Context, c tidemark.Collection, refs []run.RunRef, levels int) ([]sorted, error) {
	bounds, err := run.Split(ctx, t.openRun, refs, run.CollectionBounds(c.UUID), t.RangeBytes)
	if err != nil {
		return nil, err
	}
	out := make([]sorted, len(bounds))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(t.Workers, max(maxMerged/levels, 1)))
	for i, b := range bounds {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				out[i], err = t.mergePart(ctx, c, refs, b)
			}
			return err
		})
	}
	return out, g.Wait()
}

// mergePart merges what runs have within bounds.
func (t *taker) mergePart(ctx context.Context, c tidemark.Collection, refs []run.RunRef, b run.Bounds) (sorted, error) {
	it := run.Open(ctx, t.openRun, refs, b)
	defer it.Close()
	sorter := t.newSorter(c)
	defer sorter.Abort()
	for it.Next() {
		if err := sorter.Add(ctx, it.Doc()); err != nil {
			return sorted{}, err
		}
	}
	if err := it.Err(); err != nil {
		return sorted{}, err
	}
	return finish(ctx, sorter)
}
