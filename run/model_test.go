package run_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/run"
)

// model is what a collection should be: documents by key, and their _ids.
type model struct {
	docs map[string][]byte
	ids  map[string]bson.RawValue
}

// genDocs makes documents in any order with _ids that repeat.
func genDocs() *rapid.Generator[[][]byte] {
	return rapid.Custom(func(t *rapid.T) [][]byte {
		ids := rapid.SliceOfN(genAny(1), 1, 30).Draw(t, "ids")
		var docs [][]byte
		for range rapid.IntRange(1, 80).Draw(t, "documents") {
			doc, err := bson.Marshal(bson.D{
				{Key: "_id", Value: rapid.SampledFrom(ids).Draw(t, "id")},
				{Key: "pad", Value: make([]byte, rapid.SampledFrom([]int{0, 10, 300, 3000}).Draw(t, "size"))},
				{Key: "version", Value: len(docs)},
			})
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
		return docs
	})
}

func TestMergeIsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newStore()
		m := model{docs: map[string][]byte{}, ids: map[string]bson.RawValue{}}
		var all []run.RunRef
		sequence := 0
		for range rapid.IntRange(1, 4).Draw(rt, "generations") {
			docs := genDocs().Draw(rt, "docs")
			sorted := sortAll(t, s, run.SorterOptions{
				Sequence:    sequence,
				BufferBytes: int64(rapid.SampledFrom([]int{1, 1000, 20000}).Draw(rt, "buffer")),
				RunBytes:    int64(rapid.SampledFrom([]int{1, 5000, 50000}).Draw(rt, "run")),
				Writer:      run.WriterOptions{BlockBytes: rapid.SampledFrom([]int{512, 4096}).Draw(rt, "block")},
			}, docs)
			all = append(all, refs(sorted)...)
			sequence += len(sorted.Runs)
			m.put(t, docs)
			if sorted.Disjoint && len(all) == len(sorted.Runs) && sorted.Content != contentOf(m.in(run.Bounds{})) {
				rt.Fatal("runs that are disjoint do not have the content of their merge")
			}
			if gone := m.someKeys(rt); len(gone) > 0 {
				all = append(all, deletions(t, s, sequence, gone))
				sequence++
			}
		}
		b := m.someBounds(rt)
		if got := readAll(t, s, all, b); !slices.EqualFunc(got, m.in(b), bytes.Equal) {
			rt.Fatalf("the merge of %d runs differs from the model in %x", len(all), b)
		}
		content, err := run.Count(t.Context(), s.source, all, b, nil)
		if err != nil || content != contentOf(m.in(b)) {
			rt.Fatalf("the content of the merge is not that of the model: %v", err)
		}
		for _, ref := range all {
			check(t, run.Check(t.Context(), s.source, ref))
		}
	})
}

func (m model) put(t *testing.T, docs [][]byte) {
	for _, doc := range docs {
		key := string(keyOf(t, doc))
		m.docs[key] = doc
		id, err := run.ID(doc)
		check(t, err)
		m.ids[key] = id
	}
}

// someKeys takes keys out of the model and returns them in order.
func (m model) someKeys(t *rapid.T) []string {
	keys := slices.Sorted(maps.Keys(m.docs))
	if len(keys) == 0 {
		return nil
	}
	gone := rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 2, rapid.ID[string]).Draw(t, "deleted")
	slices.Sort(gone)
	for _, key := range gone {
		delete(m.docs, key)
	}
	return gone
}

func (m model) someBounds(t *rapid.T) run.Bounds {
	keys := slices.Sorted(maps.Keys(m.ids))
	limits := rapid.SliceOfN(rapid.SampledFrom(append(keys, "")), 2, 2).Draw(t, "bounds")
	slices.Sort(limits)
	return run.Bounds{Lower: []byte(limits[0]), Upper: []byte(limits[1])}
}

// in is the documents whose keys are in b, in the order of their _ids.
func (m model) in(b run.Bounds) [][]byte {
	var keys []string
	for key := range m.docs {
		if b.Contains([]byte(key)) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(x, y string) int { return compareValues(m.ids[x], m.ids[y]) })
	var docs [][]byte
	for _, key := range keys {
		docs = append(docs, m.docs[key])
	}
	return docs
}

// deletions writes a run that deletes keys.
func deletions(t *testing.T, s *store, sequence int, keys []string) run.RunRef {
	sink, err := s.create(t.Context())
	check(t, err)
	w := run.NewWriter(sink, run.WriterOptions{})
	for _, key := range keys {
		check(t, w.Delete([]byte(key)))
	}
	info, err := w.Finish()
	check(t, err)
	return info.Ref(sink.(*memSink).name, sequence)
}

func TestNaturalOrderIsKept(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := shuffled(numbered(t, 3000, 500), 7)
	sorted := sortAll(t, s, run.SorterOptions{Natural: true, FirstPosition: 5, RunBytes: 1 << 20}, docs)
	if !sorted.Disjoint || len(sorted.Runs) != 2 || sorted.NextPosition != 3005 {
		t.Errorf("%d runs, disjoint: %v, next position %d", len(sorted.Runs), sorted.Disjoint, sorted.NextPosition)
	}
	if got := readAll(t, s, refs(sorted), run.CollectionBounds(coll)); !slices.EqualFunc(got, docs, bytes.Equal) {
		t.Error("the order changed")
	}
	next := sortAll(t, s, run.SorterOptions{Natural: true, FirstPosition: sorted.NextPosition, Sequence: len(sorted.Runs)}, docs[:10])
	both := append(refs(sorted), refs(next)...)
	if got := readAll(t, s, both, run.Bounds{}); !slices.EqualFunc(got, append(docs, docs[:10]...), bytes.Equal) {
		t.Error("what was added later is not at the end")
	}
}

func TestEqualNumbersAreOneDocument(t *testing.T) {
	t.Parallel()
	s := newStore()
	var docs [][]byte
	for _, id := range []any{int32(1), 2.0, decimal("1.0"), int64(2), "a", bson.Symbol("a")} {
		docs = append(docs, marshal(t, bson.D{{Key: "_id", Value: id}, {Key: "n", Value: len(docs)}}))
	}
	sorted := sortAll(t, s, run.SorterOptions{}, docs)
	want := [][]byte{docs[2], docs[3], docs[5]}
	if got := readAll(t, s, refs(sorted), run.Bounds{}); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%d documents are left, not the last of each number", len(got))
	}
	if sorted.Content != contentOf(want) {
		t.Error("the content counts what was dropped")
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	s := newStore()
	var docs [][]byte
	for i := range 3 {
		docs = append(docs, marshal(t, bson.D{{Key: "_id", Value: i}, {Key: "b", Value: make([]byte, 16<<20-64)}}))
	}
	sorted := sortAll(t, s, run.SorterOptions{}, [][]byte{docs[2], docs[0], docs[1]})
	if got := readAll(t, s, refs(sorted), run.Bounds{}); !slices.EqualFunc(got, docs, bytes.Equal) {
		t.Error("large documents do not come back")
	}
}

func TestBadDocumentEndsSorter(t *testing.T) {
	t.Parallel()
	s := newStore()
	for _, natural := range []bool{false, true} {
		sorter := run.NewSorter(run.SorterOptions{Create: s.create, Natural: natural})
		defer sorter.Abort()
		check(t, sorter.Add(t.Context(), numbered(t, 1, 0)[0]))
		for range 2 {
			if err := sorter.Add(t.Context(), []byte("no document")); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
				t.Errorf("natural %v: %v", natural, err)
			}
		}
		if _, err := sorter.Finish(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("natural %v: finishing: %v", natural, err)
		}
	}
	if s.created != 0 {
		t.Errorf("%d sinks were made", s.created)
	}
}
