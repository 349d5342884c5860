package run_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tidemark"
	"tidemark/run"
)

// appending is a Merger whose patches are bytes to add to the end. A patch of
// nothing is dropped, or an error.
type appending struct{ strict bool }

var errNoBase = errors.New("no base")

func (m appending) Apply(_, base []byte, patches [][]byte) ([]byte, bool, error) {
	if base == nil {
		if m.strict {
			return nil, false, errNoBase
		}
		return nil, false, nil
	}
	doc := bytes.Clone(base)
	for _, p := range slices.Backward(patches) {
		doc = append(doc, p...)
	}
	return doc, true, nil
}

func (m appending) Compose(_ []byte, patches [][]byte) ([]byte, error) {
	doc, _, err := m.Apply(nil, []byte{}, patches)
	return doc, err
}

// edit is what a model has for a key.
type edit struct {
	kind  run.Edit
	value string
}

// over is what newer makes of older, "" being nothing known of the key.
func (newer edit) over(older edit) edit {
	if newer.kind != run.EditPatch || older.kind == 0 {
		return newer
	}
	if older.kind == run.EditDelete {
		return older
	}
	return edit{older.kind, older.value + newer.value}
}

func TestPatchesAreTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s, all, model := newStore(), []run.RunRef(nil), map[string]edit{}
		for sequence := range rapid.IntRange(1, 6).Draw(rt, "runs") {
			edits := map[string]edit{}
			for range rapid.IntRange(1, 8).Draw(rt, "edits") {
				key := string(run.AppendNaturalKey(nil, coll, uint64(rapid.IntRange(0, 9).Draw(rt, "key"))))
				e := edit{kind: run.Edit(rapid.IntRange(1, 3).Draw(rt, "kind"))}
				if e.kind != run.EditDelete {
					e.value = rapid.StringMatching("[a-z]{1,3}").Draw(rt, "value")
				}
				edits[key] = e
			}
			for key, e := range edits {
				model[key] = e.over(model[key])
			}
			all = append(all, writeEdits(t, s, sequence, rapid.SampledFrom([]int64{1, 60, 1 << 20}).Draw(rt, "size"), edits)...)
		}
		got := map[string]edit{}
		it := run.OpenEdits(t.Context(), s.source, all, run.Bounds{}, appending{})
		defer it.Close()
		var last []byte
		for it.Next() {
			if bytes.Compare(it.Key(), last) <= 0 {
				rt.Fatal("keys do not ascend")
			}
			last = bytes.Clone(it.Key())
			got[string(it.Key())] = edit{it.Edit(), string(it.Value())}
		}
		check(t, it.Err())
		if !maps.Equal(got, model) {
			rt.Fatalf("edits %v, want %v", got, model)
		}
		var want []string
		for _, key := range slices.Sorted(maps.Keys(model)) {
			if model[key].kind == run.EditPut {
				want = append(want, model[key].value)
			}
		}
		var docs []string
		merged := run.OpenMerged(t.Context(), s.source, all, run.Bounds{}, appending{})
		defer merged.Close()
		for merged.Next() {
			docs = append(docs, string(merged.Doc()))
		}
		check(t, merged.Err())
		if !slices.Equal(docs, want) {
			rt.Fatalf("documents %q, want %q", docs, want)
		}
		finder := run.NewFinder(t.Context(), s.source, all, appending{})
		defer finder.Close()
		for i := range uint64(10) {
			key := run.AppendNaturalKey(nil, coll, i)
			doc, err := finder.Find(key)
			check(t, err)
			if e := model[string(key)]; (doc != nil) != (e.kind == run.EditPut) || doc != nil && string(doc) != e.value {
				rt.Fatalf("found %q, want %v", doc, e)
			}
		}
	})
}

// writeEdits writes a series.
func writeEdits(t *testing.T, s *store, sequence int, runBytes int64, edits map[string]edit) []run.RunRef {
	series := run.NewSeries(run.SeriesOptions{Create: s.create, Sequence: sequence, RunBytes: runBytes})
	defer series.Abort()
	for _, key := range slices.Sorted(maps.Keys(edits)) {
		check(t, series.Add(t.Context(), []byte(key), edits[key].kind, []byte(edits[key].value)))
	}
	runs, err := series.Finish()
	check(t, err)
	return refs(run.Sorted{Runs: runs})
}

func TestPatchWithoutBase(t *testing.T) {
	t.Parallel()
	s := newStore()
	key := string(run.AppendNaturalKey(nil, coll, 1))
	all := writeEdits(t, s, 0, 0, map[string]edit{key: {run.EditPatch, "x"}})
	it := run.OpenMerged(t.Context(), s.source, all, run.Bounds{}, appending{strict: true})
	defer it.Close()
	if it.Next() || !errors.Is(it.Err(), errNoBase) {
		t.Errorf("a patch without a base: %v", it.Err())
	}
	plain := run.Open(t.Context(), s.source, all, run.Bounds{})
	defer plain.Close()
	if plain.Next() || tidemark.ErrorCode(plain.Err()) != tidemark.CodeFormatTooNew {
		t.Errorf("a reader without a merger: %v", plain.Err())
	}
	for merger, want := range map[run.Merger]error{appending{strict: true}: errNoBase, nil: plain.Err()} {
		finder := run.NewFinder(t.Context(), s.source, all, merger)
		if doc, err := finder.Find([]byte(key)); doc != nil || err.Error() != want.Error() {
			t.Errorf("a finder: %v, not %v", err, want)
		}
		check(t, finder.Close())
	}
	if _, err := run.Count(t.Context(), s.source, all, run.Bounds{}, appending{strict: true}); !errors.Is(err, errNoBase) {
		t.Errorf("a count: %v", err)
	}
}

func TestSeriesKeysAscend(t *testing.T) {
	t.Parallel()
	s := newStore()
	series := run.NewSeries(run.SeriesOptions{Create: s.create, RunBytes: 1})
	defer series.Abort()
	for i, want := range []bool{true, true, false} {
		key := run.AppendNaturalKey(nil, coll, []uint64{1, 2, 0}[i])
		if err := series.Add(t.Context(), key, run.EditPut, []byte("x")); (err == nil) != want {
			t.Errorf("key %d: %v", i, err)
		}
	}
}
