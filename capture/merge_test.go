package capture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
)

// list is a deployment of one collection that hands out documents as they
// stand here.
type list struct {
	tidemark.Source // of nothing else
	docs            []bson.Raw
}

func (list) Describe(context.Context) (tidemark.ServerInfo, error) { return tidemark.ServerInfo{}, nil }

func (list) ClusterTime(context.Context) (tidemark.Timestamp, error) {
	return tidemark.Timestamp{}, nil
}

func (list) Catalogue(context.Context) (*tidemark.Catalogue, error) {
	return &tidemark.Catalogue{Collections: []tidemark.Collection{
		{DB: "shop", Name: "orders", Type: tidemark.TypeCollection, UUID: tidemark.UUID{1}, Options: bson.Raw{5, 0, 0, 0, 0}},
	}}, nil
}

func (l list) Partition(context.Context, tidemark.Collection, int64) ([]tidemark.ScanRange, error) {
	return []tidemark.ScanRange{{EstimatedDocuments: int64(len(l.docs))}}, nil
}

func (l list) Scan(_ context.Context, _ tidemark.Collection, _ tidemark.ScanRange, fn func(bson.Raw) error) error {
	for _, doc := range l.docs {
		if err := fn(doc); err != nil {
			return err
		}
	}
	return nil
}

// scattered are documents in no order, a fifth of them handed out again later
// with another value, and the content of the last of each.
func scattered(t *testing.T, n int) (list, tidemark.Content) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, uint64(n)))
	latest := map[int]bson.Raw{}
	var l list
	for at := range n {
		id := r.IntN(n * 5 / 2)
		doc := restoretest.Raw(t, bson.D{{Key: "_id", Value: int32(id)}, {Key: "at", Value: int32(at)}, {Key: "text", Value: "0123456789"}})
		l.docs, latest[id] = append(l.docs, doc), doc
	}
	var want tidemark.Content
	for _, doc := range latest {
		want.Add(doc)
	}
	return l, want
}

func refs(m *vault.Manifest) []run.RunRef {
	var out []run.RunRef
	for _, r := range m.Runs {
		out = append(out, run.RunRef{Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last, Entries: r.Entries})
	}
	return out
}

// TestTakeOfScatteredDocuments makes runs that all overlap: few enough to
// leave, enough to merge at once, and enough to merge in groups.
func TestTakeOfScatteredDocuments(t *testing.T) {
	t.Parallel()
	for documents, most := range map[int]int{100: 16, 600: 1, 3000: 16} {
		t.Run(fmt.Sprint(documents), func(t *testing.T) {
			t.Parallel()
			source, want := scattered(t, documents)
			v, bucket := restoretest.Vault(t)
			req := request(v, source)
			req.BufferBytes, req.RangeBytes = 2<<10, 16<<10
			merged := false
			req.Progress = func(p tidemark.Progress) { merged = merged || p.Phase == "merging" }
			m, _, err := capture.Take(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Collections[0].Content; got != want {
				t.Errorf("content %+v, not %+v", got, want)
			}
			if got := contents(t, v, m)["shop.orders"]; got != want {
				t.Errorf("the runs have %+v, not %+v", got, want)
			}
			if n := len(run.Levels(refs(m))); n > most {
				t.Errorf("%d runs overlap", n)
			}
			if merged != (documents > 100) {
				t.Errorf("merged: %v", merged)
			}
			if got := len(objects(t, bucket)); got != len(m.Runs)+1 {
				t.Errorf("%d objects for %d runs and a manifest", got, len(m.Runs))
			}
		})
	}
}
