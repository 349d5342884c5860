package capture_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
)

// changes makes entries that update some documents of one collection.
func changes(t *testing.T, c tidemark.Collection, from tidemark.Timestamp, ids ...int) []bson.Raw {
	t.Helper()
	var out []bson.Raw
	for n, id := range ids {
		raw, err := bson.Marshal(bson.D{
			{Key: "ts", Value: bson.Timestamp{T: from.T, I: from.I + 1 + uint32(n)}}, {Key: "op", Value: "u"}, {Key: "ns", Value: c.Namespace()},
			{Key: "ui", Value: bson.Binary{Subtype: 4, Data: c.UUID[:]}}, {Key: "v", Value: int64(2)},
			{Key: "o", Value: bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "text", Value: "changed"}}}}}}},
			{Key: "o2", Value: bson.D{{Key: "_id", Value: int32(id)}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// large is a deployment of one collection with so many documents.
func large(t *testing.T, n int) (*recorded, tidemark.Collection) {
	t.Helper()
	c := tidemark.Collection{DB: "a", Name: "b", Type: tidemark.TypeCollection, UUID: tidemark.UUID{7}, Options: restoretest.Raw(t, bson.D{})}
	r := &recorded{at: tidemark.Timestamp{T: 1000}, documents: map[tidemark.UUID][]bson.Raw{}}
	r.catalogue.Collections = []tidemark.Collection{c}
	for i := range n {
		r.documents[c.UUID] = append(r.documents[c.UUID], restoretest.Raw(t, bson.D{{Key: "_id", Value: int32(i)}, {Key: "text", Value: strings.Repeat("x", 200)}}))
	}
	return r, c
}

func TestChangesThatOutgrowTheirShareAreCompacted(t *testing.T) {
	t.Parallel()
	v, _ := restoretest.Vault(t)
	base, c := large(t, 1000)
	snapshot, _, err := capture.Take(t.Context(), request(v, base))
	if err != nil {
		t.Fatal(err)
	}
	few := changes(t, c, base.at, 5, 500, 999)
	var many []int
	for i := range 800 {
		many = append(many, i)
	}
	for _, step := range []struct {
		name    string
		entries []bson.Raw
		runs    int
	}{{"few", few, 2}, {"many", changes(t, c, base.at, many...), 2}} {
		share := 0.25
		if step.name == "many" {
			share, step.runs = 0.01, 1
		}
		next, _, added, err := capture.Advance(t.Context(), capture.AdvanceRequest{
			Base: snapshot, Vault: v, Entries: after(step.entries, base.at), To: at(step.entries[len(step.entries)-1]), CompactShare: share,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(next.Runs) != step.runs {
			t.Errorf("%s: %d runs, not %d", step.name, len(next.Runs), step.runs)
		}
		var read tidemark.Content
		changed := 0
		for _, doc := range documents(t, v, next, c) {
			read.Add(doc)
			if bson.Raw(doc).Lookup("text").StringValue() == "changed" {
				changed++
			}
		}
		if changed != len(step.entries) || !fits(next.Collections[0].Content, read) || read.Documents != 1000 {
			t.Errorf("%s: %d of %d changed, read %+v, manifest %+v", step.name, changed, len(step.entries), read, next.Collections[0].Content)
		}
		if step.name == "few" && len(added) != 1 {
			t.Errorf("few: %d objects were added", len(added))
		}
		if compacted := step.name == "many"; next.Collections[0].Content.Estimated == compacted {
			t.Errorf("%s: %+v", step.name, next.Collections[0].Content)
		}
	}
}
