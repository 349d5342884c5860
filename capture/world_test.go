package capture_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
)

// world is a collection that is written to, and the oplog of it.
type world struct {
	collection tidemark.Collection
	at         tidemark.Timestamp
	texts      map[int32]string
}

func newWorld(base *recorded, c tidemark.Collection) *world {
	w := &world{collection: c, at: base.at, texts: map[int32]string{}}
	for _, doc := range base.documents[c.UUID] {
		w.texts[doc.Lookup("_id").Int32()] = doc.Lookup("text").StringValue()
	}
	return w
}

func (w *world) document(id int32) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "text", Value: w.texts[id]}}
}

// write does something and returns its entry.
func (w *world) write(t *testing.T, rt *rapid.T) bson.Raw {
	w.at.I++
	id := int32(rapid.IntRange(0, 25).Draw(rt, "id"))
	_, there := w.texts[id]
	text := strings.Repeat(rapid.StringMatching("[a-z]").Draw(rt, "text"), rapid.IntRange(1, 200).Draw(rt, "length"))
	what := rapid.SampledFrom([]string{"delete", "replace", "patch", "patch", "patch", "nothing"}).Draw(rt, "what")
	switch {
	case what == "nothing":
		// As a replay of an oplog does: deletes what may not be there.
		delete(w.texts, id)
		return restoretest.Raw(t, bson.D{
			{Key: "ts", Value: w.at.BSON()}, {Key: "op", Value: "c"}, {Key: "ns", Value: "admin.$cmd"},
			{Key: "o", Value: bson.D{{Key: "applyOps", Value: bson.A{w.operation("d", bson.D{{Key: "_id", Value: id}}, nil)}}}},
		})
	case !there:
		w.texts[id] = text
		return w.entry(t, "i", w.document(id), nil)
	case what == "delete":
		delete(w.texts, id)
		return w.entry(t, "d", bson.D{{Key: "_id", Value: id}}, nil)
	case what == "replace":
		w.texts[id] = text
		return w.entry(t, "u", w.document(id), bson.D{{Key: "_id", Value: id}})
	default:
		w.texts[id] = text
		diff := bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "text", Value: text}}}}}}
		return w.entry(t, "u", diff, bson.D{{Key: "_id", Value: id}})
	}
}

func (w *world) operation(op string, o, o2 bson.D) bson.D {
	d := bson.D{
		{Key: "op", Value: op}, {Key: "ns", Value: w.collection.Namespace()},
		{Key: "ui", Value: bson.Binary{Subtype: 4, Data: w.collection.UUID[:]}}, {Key: "o", Value: o},
	}
	if o2 != nil {
		d = append(d, bson.E{Key: "o2", Value: o2})
	}
	return d
}

func (w *world) entry(t *testing.T, op string, o, o2 bson.D) bson.Raw {
	return restoretest.Raw(t, append(bson.D{{Key: "ts", Value: w.at.BSON()}, {Key: "v", Value: int64(2)}}, w.operation(op, o, o2)...))
}

// content is that of the model.
func (w *world) content() tidemark.Content {
	var c tidemark.Content
	for _, id := range slices.Sorted(maps.Keys(w.texts)) {
		raw, err := bson.Marshal(w.document(id))
		if err != nil {
			panic(fmt.Sprint(err))
		}
		c.Add(raw)
	}
	return c
}

// levelsOf is how many runs overlap.
func levelsOf(m *vault.Manifest) int {
	var refs []run.RunRef
	for _, r := range m.Runs {
		refs = append(refs, run.RunRef{Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last})
	}
	return len(run.Levels(refs))
}
