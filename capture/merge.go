package capture

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/run"
)

// What a merge holds for each run that overlaps others: buffers of openBytes,
// and a block or two, which are as large as the largest document where that is
// larger than a block.
const (
	openBytes = 640 << 10
	// restoreBytes is what each writer of a restore may hold so: it says how
	// many runs of a snapshot may overlap, 16 unless documents are large.
	restoreBytes = 16 * openBytes
	// mergeBytes is the same for all goroutines together that merge here.
	mergeBytes = 64 * openBytes
)

// levelsIn is how many overlapping runs can be open in so much memory.
func levelsIn(bytes, largest int) int { return bytes / (openBytes + 3*largest) }

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
		if len(levels) <= levelsIn(restoreBytes, s.largest) {
			var err error
			s.content, err = run.Count(ctx, t.openRun, s.refs(), run.CollectionBounds(s.collection.UUID), nil)
			return err
		}
		if err := t.merge(ctx, s, levels); err != nil {
			return err
		}
	}
}

// merge makes one level of each group of neighbouring levels, from the oldest,
// which are last, to the newest. A group has as many as can be open, but two at
// least.
func (t *taker) merge(ctx context.Context, s *scanned, levels [][]run.RunRef) error {
	t.Progress(t.tally.merging(s.collection))
	out := scanned{collection: s.collection}
	atOnce := max(levelsIn(mergeBytes, s.largest), 2)
	for groups := (len(levels) + atOnce - 1) / atOnce; groups > 0; groups-- {
		oldest := levels[len(levels)-len(levels)/groups:]
		levels = levels[:len(levels)-len(oldest)]
		refs := slices.Concat(oldest...)
		merged, err := t.mergeRuns(ctx, s.collection, refs, atOnce/len(oldest))
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
	*s = out
	return nil
}

// mergeRuns merges runs into runs that do not overlap, so many parts at once.
func (t *taker) mergeRuns(ctx context.Context, c tidemark.Collection, refs []run.RunRef, atOnce int) ([]sorted, error) {
	bounds, err := run.Split(ctx, t.openRun, refs, run.CollectionBounds(c.UUID), t.RangeBytes)
	if err != nil {
		return nil, err
	}
	out := make([]sorted, len(bounds))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(t.Workers, max(atOnce, 1)))
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
	largest := 0
	for it.Next() {
		doc := it.Doc()
		largest = max(largest, len(doc))
		if err := sorter.Add(ctx, doc); err != nil {
			return sorted{}, err
		}
	}
	if err := it.Err(); err != nil {
		return sorted{}, err
	}
	return finish(ctx, sorter, largest)
}
