package mongo_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo/mongotest"
)

// Each collection of a real server's listing becomes a command it takes back.
func TestCreateCommands(t *testing.T) {
	t.Parallel()
	catalogue := recordedCatalogue(t)
	for name, want := range map[string][]string{
		"t":                 {"create"},
		"ring":              {"create", "capped", "size", "max"},
		"strict":            {"create", "validator", "collation"},
		"v":                 {"create", "viewOn", "pipeline"},
		"ts":                {"create", "timeseries"},
		"system.buckets.ts": {"create", "timeseries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := replicaSet(t).On("create", mongotest.OK())
			c, ok := catalogue.Find("cmds", name)
			if !ok {
				t.Fatal("not in the catalogue")
			}
			must(t, open(t, s.URI(), noRetry).Create(t.Context(), c, "other", name))
			cmd := s.Asked("create")[0]
			elements, err := cmd.Body.Elements()
			must(t, err)
			for i, field := range append(want, "writeConcern") {
				if elements[i].Key() != field {
					t.Errorf("field %d is %s in %s", i, elements[i].Key(), cmd.Body)
				}
				if value, err := c.Options.LookupErr(field); err == nil && !value.Equal(elements[i].Value()) {
					t.Errorf("%s is %s", field, elements[i].Value())
				}
			}
			if made := cmd.Body.Lookup("create").StringValue(); cmd.DB != "other" || (name == "system.buckets.ts") != (made == "ts" && name != "ts") {
				t.Errorf("%s.%s", cmd.DB, made)
			}
			if cmd.Body.Lookup("writeConcern", "w").StringValue() != "majority" {
				t.Errorf("%s", cmd.Body)
			}
		})
	}
}

// What old servers list and new ones refuse is left out; the rest is kept.
func TestCreateIndexesCommand(t *testing.T) {
	t.Parallel()
	catalogue := recordedCatalogue(t)
	c, _ := catalogue.Find("cmds", "t")
	old := bson.Raw(pack(t, bson.D{
		{Key: "v", Value: 1}, {Key: "key", Value: bson.D{{Key: "o", Value: "hashed"}}}, {Key: "name", Value: "o"},
		{Key: "ns", Value: "cmds.t"}, {Key: "background", Value: true}, {Key: "safe", Value: true}, {Key: "dropDups", Value: true},
	}))
	ancient := bson.Raw(pack(t, bson.D{{Key: "v", Value: 0}, {Key: "key", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "name", Value: "z"}}))
	s := replicaSet(t).On("createIndexes", mongotest.OK())
	must(t, open(t, s.URI(), noRetry).CreateIndexes(t.Context(), "db", "c", append(c.Indexes, old, ancient)))
	asked := s.Asked("createIndexes")
	if len(asked) != 1 {
		t.Fatalf("%d commands", len(asked))
	}
	specs, err := asked[0].Body.Lookup("indexes").Array().Values()
	must(t, err)
	want := []string{
		`{"key": {"a": {"$numberInt":"1"}},"name": "a_1"}`,
		`{"key": {"b": {"$numberInt":"1"},"c": {"$numberInt":"-1"}},"name": "bc","sparse": true}`,
		`{"key": {"$**": {"$numberInt":"1"}},"name": "wild"}`,
		`{"key": {"_fts": "text","_ftsx": {"$numberInt":"1"}},"name": "txt","weights": {"x": {"$numberInt":"1"}},"default_language": "english","language_override": "language","textIndexVersion": {"$numberInt":"3"}}`,
		`{"key": {"g": "2dsphere"},"name": "geo","2dsphereIndexVersion": {"$numberInt":"3"}}`,
		`{"key": {"w": {"$numberInt":"1"}},"name": "ttl","expireAfterSeconds": {"$numberInt":"3600"}}`,
		`{"v": {"$numberInt":"1"},"key": {"o": "hashed"},"name": "o"}`,
		`{"key": {"a": {"$numberInt":"1"}},"name": "z"}`,
	}
	if len(specs) != len(want) {
		t.Fatalf("%d indexes", len(specs))
	}
	for i, spec := range specs {
		if spec.Document().String() != want[i] {
			t.Errorf("index %d is %s", i, spec)
		}
	}
}

func TestRenameCommand(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("renameCollection", mongotest.OK())
	must(t, open(t, s.URI(), noRetry).Rename(t.Context(), "db", "a.b", "c"))
	cmd := s.Asked("renameCollection")[0]
	if cmd.DB != "admin" || cmd.Body.Lookup("renameCollection").StringValue() != "db.a.b" ||
		cmd.Body.Lookup("to").StringValue() != "db.c" || !cmd.Body.Lookup("dropTarget").Boolean() {
		t.Errorf("%s", cmd.Body)
	}
}

func TestAwaitMajority(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("delete", mongotest.OK(bson.E{Key: "n", Value: int32(0)}))
	must(t, open(t, s.URI(), noRetry).AwaitMajority(t.Context(), "db", "c"))
	cmd := s.Asked("delete")[0]
	if cmd.Body.Lookup("writeConcern", "w").StringValue() != "majority" || cmd.DB != "db" {
		t.Errorf("%s", cmd.Body)
	}
	alone := script(t)
	must(t, open(t, alone.URI(), noRetry).AwaitMajority(t.Context(), "db", "c"))
	if len(alone.Asked("delete")) != 0 {
		t.Error("a standalone was asked")
	}
	// A majority that does not come in time may come later.
	s.On("delete", mongotest.OK(bson.E{Key: "writeConcernError", Value: bson.D{
		{Key: "code", Value: 64}, {Key: "codeName", Value: "WriteConcernFailed"}, {Key: "errmsg", Value: "waiting for replication timed out"}}}))
	wantCode(t, open(t, s.URI(), noRetry).AwaitMajority(t.Context(), "db", "c"), tidemark.CodeTargetUnreachable)
}

func TestExpire(t *testing.T) {
	t.Parallel()
	s := script(t).On("collMod", mongotest.OK())
	must(t, open(t, s.URI(), noRetry).Expire(t.Context(), "db", "system.buckets.weather", 3600))
	asked := s.Asked("collMod")
	if len(asked) != 1 || asked[0].Body.Lookup("collMod").StringValue() != "weather" || asked[0].Body.Lookup("expireAfterSeconds").AsInt64() != 3600 {
		t.Errorf("asked %v", asked)
	}
}
