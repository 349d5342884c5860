package mongo_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo/mongotest"
)

func recordedCatalogue(t *testing.T) *tidemark.Catalogue {
	t.Helper()
	s := replicaSet(t)
	s.On("listDatabases", mongotest.OK(bson.E{Key: "databases", Value: bson.A{
		bson.D{{Key: "name", Value: "local"}}, bson.D{{Key: "name", Value: "cmds"}},
		bson.D{{Key: "name", Value: "admin"}}, bson.D{{Key: "name", Value: "config"}},
	}}))
	s.On("listCollections", recorded(t, "listCollections"))
	s.On("listIndexes", recorded(t, "listIndexes"))
	catalogue, err := open(t, s.URI(), noRetry).Catalogue(t.Context())
	must(t, err)
	return catalogue
}

func TestCatalogueOfARealServer(t *testing.T) {
	t.Parallel()
	catalogue := recordedCatalogue(t)
	want := []struct {
		name    string
		kind    tidemark.CollectionType
		uuid    string
		indexes int
	}{
		{"ring", tidemark.TypeCollection, "99bbeb6291954228a4e9c866a12d82c4", 7},
		{"strict", tidemark.TypeCollection, "dedfc4af033b45dcb4c31a687a6964f5", 7},
		{"system.buckets.ts", tidemark.TypeCollection, "547b9b6aa8d846ebaed62c8cab528041", 7},
		{"t", tidemark.TypeCollection, "8e20303c1ca04be1b128cb41e55b2d58", 7},
		{"ts", tidemark.TypeTimeseries, "00000000000000000000000000000000", 7},
		{"v", tidemark.TypeView, "00000000000000000000000000000000", 0},
	}
	if len(catalogue.Collections) != len(want) {
		t.Fatalf("%d collections: %v", len(catalogue.Collections), catalogue.Collections)
	}
	for i, w := range want {
		c := catalogue.Collections[i]
		if c.DB != "cmds" || c.Name != w.name || c.Type != w.kind || c.UUID.String() != w.uuid || len(c.Indexes) != w.indexes {
			t.Errorf("collection %d is %s %s %s with %d indexes, want %+v", i, c.Name, c.Type, c.UUID, len(c.Indexes), w)
		}
	}
}

// Options and indexes are the server's bytes, not a reading of them.
func TestCatalogueKeepsBytes(t *testing.T) {
	t.Parallel()
	catalogue := recordedCatalogue(t)
	entries, err := recorded(t, "listCollections").Lookup("cursor", "firstBatch").Array().Values()
	must(t, err)
	checked := 0
	for _, entry := range entries {
		name := entry.Document().Lookup("name").StringValue()
		c, ok := catalogue.Find("cmds", name)
		if !ok {
			continue
		}
		checked++
		if want := entry.Document().Lookup("options").Document(); string(c.Options) != string(want) {
			t.Errorf("options of %s are %s, want %s", name, c.Options, want)
		}
	}
	indexes, err := recorded(t, "listIndexes").Lookup("cursor", "firstBatch").Array().Values()
	must(t, err)
	c, _ := catalogue.Find("cmds", "t")
	for i, index := range indexes {
		if string(c.Indexes[i]) != string(index.Document()) {
			t.Errorf("index %d is %s", i, c.Indexes[i])
		}
	}
	if checked != 6 {
		t.Errorf("%d collections checked", checked)
	}
}

// Without a UUID of the server's the same namespace has the same one for ever.
func TestCatalogueDerivesUUIDs(t *testing.T) {
	t.Parallel()
	s := script(t).
		On("listDatabases", mongotest.OK(bson.E{Key: "databases", Value: bson.A{bson.D{{Key: "name", Value: "db"}}}})).
		On("listCollections", cursorOf("db.$cmd", bson.D{{Key: "name", Value: "c"}}, bson.D{{Key: "name", Value: "d"}})).
		On("listIndexes", cursorOf("db.c"))
	catalogue, err := open(t, s.URI(), noRetry).Catalogue(t.Context())
	must(t, err)
	if len(catalogue.Collections) != 2 {
		t.Fatal(catalogue.Collections)
	}
	if got := catalogue.Collections[0].UUID.String(); got != "910f866969058032a605555b50cac733" {
		t.Errorf("the UUID of db.c is %s", got)
	}
	if catalogue.Collections[0].UUID == catalogue.Collections[1].UUID {
		t.Error("two collections with one UUID")
	}
}

func TestCatalogueLeavesOutWhatIsDroppedMeanwhile(t *testing.T) {
	t.Parallel()
	s := script(t).
		On("listDatabases", mongotest.OK(bson.E{Key: "databases", Value: bson.A{bson.D{{Key: "name", Value: "db"}}}})).
		On("listCollections", cursorOf("db.$cmd", bson.D{{Key: "name", Value: "c"}}, bson.D{{Key: "name", Value: "d"}})).
		On("listIndexes", mongotest.CommandError(26, "NamespaceNotFound", "ns does not exist: db.c"), cursorOf("db.c"))
	catalogue, err := open(t, s.URI(), noRetry).Catalogue(t.Context())
	must(t, err)
	if len(catalogue.Collections) != 1 {
		t.Errorf("%v", catalogue.Collections)
	}
}

func TestCatalogueFails(t *testing.T) {
	t.Parallel()
	s := script(t).
		On("listDatabases", mongotest.OK(bson.E{Key: "databases", Value: bson.A{bson.D{{Key: "name", Value: "db"}}}})).
		On("listCollections", mongotest.CommandError(13, "Unauthorized", "not authorized on db"))
	_, err := open(t, s.URI(), noRetry).Catalogue(t.Context())
	wantCode(t, err, tidemark.CodeTargetRefused)
	if tidemark.ErrorHint(err) == "" {
		t.Error("no hint about privileges")
	}
}
