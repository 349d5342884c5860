package run_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/run"
)

func TestFinderIsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newStore()
		m := model{docs: map[string][]byte{}, ids: map[string]bson.RawValue{}}
		var all []run.RunRef
		sequence := 0
		for range rapid.IntRange(1, 4).Draw(rt, "generations") {
			docs := genDocs().Draw(rt, "docs")
			sorted := sortAll(t, s, run.SorterOptions{
				Sequence: sequence, RunBytes: int64(rapid.SampledFrom([]int{1, 500, 50000}).Draw(rt, "run")),
				Writer: run.WriterOptions{BlockBytes: 512},
			}, docs)
			all = append(all, refs(sorted)...)
			sequence += len(sorted.Runs)
			m.put(t, docs)
			if gone := m.someKeys(rt); len(gone) > 0 {
				all = append(all, deletions(t, s, sequence, gone))
				sequence++
			}
		}
		// Keys that are there, were there, and never were, in order.
		keys := slices.Sorted(maps.Keys(m.ids))
		for _, doc := range genDocs().Draw(rt, "others") {
			keys = append(keys, string(keyOf(t, doc)))
		}
		keys = rapid.SliceOfDistinct(rapid.SampledFrom(append(keys, string(coll[:])+"\xff")), rapid.ID[string]).Draw(rt, "keys")
		slices.Sort(keys)
		f := run.NewFinder(t.Context(), s.source, all, nil)
		for _, key := range keys {
			got, err := f.Find([]byte(key))
			if want := m.docs[key]; err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				rt.Fatalf("%x: found %x, not %x, %v", key, got, want, err)
			}
		}
		check(t, f.Close())
		if left := s.open.Load(); left != 0 {
			rt.Fatalf("%d runs are left open", left)
		}
	})
}

func TestFinderFails(t *testing.T) {
	t.Parallel()
	s := newStore()
	doc := func(i int) []byte { d, _ := bson.Marshal(bson.D{{Key: "_id", Value: i}}); return d }
	ref := writeRun(t, s, 0, doc(1), doc(2), doc(3))
	f := run.NewFinder(t.Context(), s.source, []run.RunRef{ref}, nil)
	if _, err := f.Find(keyOf(t, doc(2))); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Find(keyOf(t, doc(1))); tidemark.ErrorCode(err) != tidemark.CodeInternal {
		t.Errorf("keys that descend: %v", err)
	}
	check(t, f.Close())

	ctx, cancel := context.WithCancel(t.Context())
	f = run.NewFinder(ctx, s.source, []run.RunRef{ref}, nil)
	cancel()
	if _, err := f.Find(keyOf(t, doc(2))); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	check(t, f.Close())

	delete(s.objects, ref.Object)
	f = run.NewFinder(t.Context(), s.source, []run.RunRef{ref}, nil)
	if _, err := f.Find(keyOf(t, doc(2))); tidemark.ErrorCode(err) != tidemark.CodeObjectMissing {
		t.Errorf("missing: %v", err)
	}
	check(t, f.Close())
}
