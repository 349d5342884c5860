package run_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"tidemark"
	"tidemark/run"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	docs := numbered(t, 20000, 1000) // 20 MB
	s := newStore()
	inOrder := refs(sortAll(t, s, run.SorterOptions{RunBytes: 1 << 20}, docs))
	oneRun := refs(sortAll(t, s, run.SorterOptions{}, docs))
	overlapping := refs(sortAll(t, s, run.SorterOptions{BufferBytes: 4 << 20}, shuffled(docs, 4)))
	small := refs(sortAll(t, s, run.SorterOptions{BufferBytes: 1 << 20}, shuffled(docs, 5)))
	for name, all := range map[string][]run.RunRef{"in order": inOrder, "one run": oneRun, "overlapping": overlapping, "small": small} {
		for _, target := range []int64{1 << 20, 5 << 20, 12 << 20, 100 << 20} {
			t.Run(fmt.Sprintf("%s/%d", name, target>>20), func(t *testing.T) {
				t.Parallel()
				whole := run.CollectionBounds(coll)
				parts, err := run.Split(t.Context(), s.source, all, whole, target)
				check(t, err)
				checkParts(t, s, all, parts, whole, docs, target)
				reversed := slices.Clone(all)
				slices.Reverse(reversed)
				again, err := run.Split(t.Context(), s.source, reversed, whole, target)
				check(t, err)
				if fmt.Sprint(parts) != fmt.Sprint(again) {
					t.Error("the parts changed")
				}
			})
		}
	}
}

// checkParts fails unless parts cover whole once and are about of target size.
func checkParts(t *testing.T, s *store, all []run.RunRef, parts []run.Bounds, whole run.Bounds, docs [][]byte, target int64) {
	t.Helper()
	want := int(contentOf(docs).Bytes+target-1) / int(target)
	if len(parts) < want*2/3 || len(parts) > want+1 {
		t.Errorf("%d parts, not about %d", len(parts), want)
	}
	var sum tidemark.Content
	for i, part := range parts {
		if i > 0 && !bytes.Equal(part.Lower, parts[i-1].Upper) {
			t.Fatalf("part %d does not start where the one before ends", i)
		}
		content, err := run.Count(t.Context(), s.source, all, part, nil)
		check(t, err)
		if content.Bytes == 0 || content.Bytes > target*3/2+1<<20 {
			t.Errorf("part %d of %d has %d bytes for a target of %d", i, len(parts), content.Bytes, target)
		}
		sum.Merge(content)
	}
	if !bytes.Equal(parts[0].Lower, whole.Lower) || !bytes.Equal(parts[len(parts)-1].Upper, whole.Upper) {
		t.Error("the parts do not cover the range")
	}
	if sum != contentOf(docs) {
		t.Error("the parts do not add up")
	}
}

func TestSplitOfNothing(t *testing.T) {
	t.Parallel()
	parts, err := run.Split(t.Context(), newStore().source, nil, run.CollectionBounds(coll), 1)
	if err != nil || len(parts) != 1 {
		t.Errorf("%d parts, %v", len(parts), err)
	}
}

// One collection's bounds leave the runs of another alone.
func TestRunsOutsideBoundsStayClosed(t *testing.T) {
	t.Parallel()
	s := newStore()
	ref := writeRun(t, s, 0, numbered(t, 10, 10)...)
	for _, b := range []run.Bounds{run.CollectionBounds(tidemark.UUID{1}), run.CollectionBounds(tidemark.UUID{9})} {
		none := func(context.Context, run.RunRef) (run.Source, error) {
			t.Error("a run was opened")
			return nil, errFault
		}
		if content, err := run.Count(t.Context(), none, []run.RunRef{ref}, b, nil); err != nil || content.Documents != 0 {
			t.Errorf("%d documents, %v", content.Documents, err)
		}
	}
}

// watched counts sources that are open at once and the largest read.
type watched struct {
	s           *store
	most, large atomic.Int64
}

func (w *watched) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	src, err := w.s.source(ctx, ref)
	raise(&w.most, w.s.open.Load())
	return watchedSource{src, w}, err
}

type watchedSource struct {
	run.Source
	w *watched
}

func (s watchedSource) ReadAt(p []byte, off int64) (int, error) {
	raise(&s.w.large, int64(len(p)))
	return s.Source.ReadAt(p, off)
}

func raise(max *atomic.Int64, n int64) {
	for old := max.Load(); n > old && !max.CompareAndSwap(old, n); old = max.Load() {
	}
}

// What a merge holds depends on how many runs overlap, not on how many there are.
func TestMergeHoldsOneRunForEachLevel(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := noisy(t, 12000)
	single := refs(sortAll(t, s, run.SorterOptions{BufferBytes: 1, RunBytes: 50 << 10}, docs))
	double := slices.Concat(single, refs(sortAll(t, s, run.SorterOptions{BufferBytes: 1, RunBytes: 70 << 10, Sequence: len(single)}, docs)))
	for levels, all := range map[int64][]run.RunRef{1: single, 2: double} {
		w := &watched{s: s}
		content, err := run.Count(t.Context(), w.open, all, run.Bounds{}, nil)
		if err != nil || content != contentOf(docs) {
			t.Fatalf("%d levels: %v", levels, err)
		}
		if most := w.most.Load(); most > levels || len(all) < 20 {
			t.Errorf("%d of %d runs in %d levels were open at once", most, len(all), levels)
		}
		if large := w.large.Load(); large > 256<<10 {
			t.Errorf("%d bytes were read at once", large)
		}
	}
}
