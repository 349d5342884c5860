package mongo_test

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
)

var plain = tidemark.Collection{Type: tidemark.TypeCollection}

// oddNames are names that a server takes and careless code does not.
var oddNames = []string{"with space", "a.b.c", "Ünïcødé", "dash-and_", strings.Repeat("n", 200), "$", "system_like"}

func TestWriteAndReadBack(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), mongo.Options{})
	for _, name := range oddNames {
		if strings.Contains(name, "$") {
			wantCode(t, d.Create(t.Context(), plain, "db", name), tidemark.CodeTargetRefused)
			continue
		}
		must(t, d.Create(t.Context(), plain, "db", name))
		docs := pack(t, bson.D{{Key: "_id", Value: name}, {Key: "x", Value: bson.A{1, "two", nil}}}, bson.D{{Key: "_id", Value: 2.5}})
		must(t, d.Insert(t.Context(), "db", name, docs, 2))
		got := contentOf(t, d, "db", name)
		if got.Documents != 2 || got.Bytes != int64(len(docs)) {
			t.Errorf("%q has %d documents, %d bytes", name, got.Documents, got.Bytes)
		}
	}
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	if len(catalogue.Collections) != len(oddNames)-1 {
		t.Errorf("%d collections", len(catalogue.Collections))
	}
	for i, c := range catalogue.Collections {
		if c.UUID == (tidemark.UUID{}) || len(c.Indexes) != 1 || c.Type != tidemark.TypeCollection {
			t.Errorf("%+v", c)
		}
		if i > 0 && catalogue.Collections[i-1].Namespace() >= c.Namespace() {
			t.Errorf("%s comes after %s", c.Namespace(), catalogue.Collections[i-1].Namespace())
		}
	}
}

func TestCreateConflicts(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	must(t, d.Create(t.Context(), plain, "db", "c"))
	wantCode(t, d.Create(t.Context(), plain, "db", "c"), tidemark.CodeConflict)
	view := tidemark.Collection{Type: tidemark.TypeView, Options: bson.Raw(pack(t, bson.D{{Key: "viewOn", Value: "c"}, {Key: "pipeline", Value: bson.A{}}}))}
	wantCode(t, d.Create(t.Context(), view, "db", "v"), tidemark.CodeUnsupported)
}

func TestCappedKeepsOptionsAndOrder(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	capped := tidemark.Collection{DB: "db", Name: "ring", Type: tidemark.TypeCollection,
		Options: bson.Raw(pack(t, bson.D{{Key: "capped", Value: true}, {Key: "size", Value: 1 << 20}, {Key: "max", Value: 1000}}))}
	must(t, d.Create(t.Context(), capped, "db", "ring"))
	var docs []bson.D
	for i := range 500 {
		docs = append(docs, bson.D{{Key: "_id", Value: (i * 7919) % 500}})
	}
	must(t, d.Insert(t.Context(), "db", "ring", pack(t, docs...), len(docs)))
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	c, ok := catalogue.Find("db", "ring")
	if !ok || !c.Capped() {
		t.Fatalf("%+v", c)
	}
	i := 0
	must(t, d.Scan(t.Context(), c, tidemark.ScanRange{}, func(doc bson.Raw) error {
		if got := doc.Lookup("_id").AsInt64(); got != int64((i*7919)%500) {
			return fmt.Errorf("document %d is %d", i, got)
		}
		i++
		return nil
	}))
	if i != 500 {
		t.Errorf("%d documents", i)
	}
}

func TestRenameOverAnother(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	for i, name := range []string{"from", "to"} {
		must(t, d.Create(t.Context(), plain, "db", name))
		must(t, d.Insert(t.Context(), "db", name, pack(t, bson.D{{Key: "_id", Value: i}}), 1))
	}
	want := contentOf(t, d, "db", "from")
	must(t, d.Rename(t.Context(), "db", "from", "to"))
	if got := contentOf(t, d, "db", "to"); got != want {
		t.Error("the target has other documents")
	}
	wantCode(t, d.Rename(t.Context(), "db", "from", "to"), tidemark.CodeTargetRefused)
	if got := contentOf(t, d, "db", "to"); got != want {
		t.Error("a rename of nothing dropped the target")
	}
}

func TestDropsOfNothing(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	must(t, d.Drop(t.Context(), "db", "c"))
	must(t, d.DropDatabase(t.Context(), "db"))
	must(t, d.Create(t.Context(), plain, "db", "c"))
	must(t, d.Drop(t.Context(), "db", "c"))
	must(t, d.Create(t.Context(), plain, "db", "c"))
	must(t, d.DropDatabase(t.Context(), "db"))
	catalogue, err := d.Catalogue(t.Context())
	if err != nil || len(catalogue.Collections) != 0 {
		t.Errorf("%v, %v", catalogue, err)
	}
	if got := contentOf(t, d, "db", "c"); got.Documents != 0 {
		t.Error("a collection that is not there has documents")
	}
}

// Indexes go from one listing to another server and come back the same.
func TestIndexesSurviveTheWay(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	must(t, d.Create(t.Context(), plain, "db", "a"))
	must(t, d.Create(t.Context(), plain, "db", "b"))
	var specs []bson.Raw
	for _, spec := range []bson.D{
		{{Key: "v", Value: 2}, {Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "name", Value: "_id_"}},
		{{Key: "v", Value: 2}, {Key: "key", Value: bson.D{{Key: "a", Value: 1}, {Key: "b.c", Value: -1}}}, {Key: "name", Value: "ab"}, {Key: "ns", Value: "db.x"}},
		{{Key: "v", Value: 2}, {Key: "unique", Value: true}, {Key: "key", Value: bson.D{{Key: "u", Value: 1}}}, {Key: "name", Value: "u"}, {Key: "background", Value: true}},
	} {
		specs = append(specs, bson.Raw(pack(t, spec)))
	}
	must(t, d.CreateIndexes(t.Context(), "db", "a", specs))
	must(t, d.CreateIndexes(t.Context(), "db", "a", specs))
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	a, _ := catalogue.Find("db", "a")
	must(t, d.CreateIndexes(t.Context(), "db", "b", a.Indexes))
	catalogue, err = d.Catalogue(t.Context())
	must(t, err)
	b, _ := catalogue.Find("db", "b")
	if len(a.Indexes) != 3 || fmt.Sprint(a.Indexes) != fmt.Sprint(b.Indexes) {
		t.Errorf("%v and %v", a.Indexes, b.Indexes)
	}
	wildcard := bson.Raw(pack(t, bson.D{{Key: "key", Value: bson.D{{Key: "$**", Value: 1}}}, {Key: "name", Value: "w"}}))
	wantCode(t, d.CreateIndexes(t.Context(), "db", "b", []bson.Raw{wildcard}), tidemark.CodeUnsupported)
	must(t, d.CreateIndexes(t.Context(), "db", "nothing", nil))
}

func TestFourWritersAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), mongo.Options{})
	must(t, d.Create(t.Context(), plain, "db", "c"))
	var group errgroup.Group
	for w := range 4 {
		var docs []bson.D
		for i := range 300 {
			docs = append(docs, bson.D{{Key: "_id", Value: fmt.Sprintf("%d-%d", w, i)}, {Key: "pad", Value: strings.Repeat("x", i)}})
		}
		packed := pack(t, docs...)
		group.Go(func() error { return d.Insert(t.Context(), "db", "c", packed, len(docs)) })
	}
	must(t, group.Wait())
	if got := contentOf(t, d, "db", "c"); got.Documents != 1200 {
		t.Errorf("%d documents", got.Documents)
	}
}

// A document near the limit beside a small one.
func TestBigDocuments(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), mongo.Options{})
	must(t, d.Create(t.Context(), plain, "db", "big"))
	var want tidemark.Content
	var docs []byte
	for i, size := range []int{15 << 20, 3} {
		doc := pack(t, bson.D{{Key: "_id", Value: i}, {Key: "data", Value: strings.Repeat("d", size)}})
		want.Add(doc)
		docs = append(docs, doc...)
	}
	must(t, d.Insert(t.Context(), "db", "big", docs, 2))
	if got := contentOf(t, d, "db", "big"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
