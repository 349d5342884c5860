package run_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
)

// numbered makes documents with the _ids 0 to n-1 of about size bytes.
func numbered(t testing.TB, n, size int) [][]byte {
	t.Helper()
	pad := strings.Repeat("x", size)
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: int64(i)}, {Key: "pad", Value: pad}})
	}
	return docs
}

func shuffled(docs [][]byte, seed uint64) [][]byte {
	docs = slices.Clone(docs)
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	return docs
}

func contentOf(docs [][]byte) tidemark.Content {
	var c tidemark.Content
	for _, doc := range docs {
		c.Add(doc)
	}
	return c
}

func TestSorterStreamsSortedInput(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := numbered(t, 5000, 1000)
	sorted := sortAll(t, s, run.SorterOptions{BufferBytes: 64 << 10, RunBytes: 2 << 20}, docs)
	if len(sorted.Runs) != 3 || !sorted.Disjoint {
		t.Fatalf("%d runs of 5 MB in order, disjoint: %v", len(sorted.Runs), sorted.Disjoint)
	}
	for i, r := range sorted.Runs {
		if r.Info.RawBytes > 2<<20 || r.Sequence != i {
			t.Errorf("run %d: %d bytes, sequence %d", i, r.Info.RawBytes, r.Sequence)
		}
	}
	if sorted.Content != contentOf(docs) {
		t.Error("the content is not that of the documents")
	}
	got := readAll(t, s, refs(sorted), run.CollectionBounds(coll))
	if !slices.EqualFunc(got, docs, bytes.Equal) {
		t.Error("the merge differs from what was sorted")
	}
}

func TestSorterSortsWhatIsNot(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := numbered(t, 5000, 1000)
	sorted := sortAll(t, s, run.SorterOptions{BufferBytes: 1 << 20}, shuffled(docs, 1))
	if len(sorted.Runs) < 4 || len(sorted.Runs) > 6 || sorted.Disjoint {
		t.Fatalf("%d runs of 5 MB in no order, disjoint: %v", len(sorted.Runs), sorted.Disjoint)
	}
	got := readAll(t, s, refs(sorted), run.Bounds{})
	if !slices.EqualFunc(got, docs, bytes.Equal) {
		t.Error("the merge differs from what was sorted")
	}
	if sorted.Content != contentOf(docs) {
		t.Error("the content is not that of the documents")
	}
}
