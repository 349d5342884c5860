package mongo_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

// recorded is the reply of a real server, kept in testdata.
func recorded(t testing.TB, name string) bson.Raw {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	must(t, err)
	// Extended JSON of the relaxed kind does not tell longs, but drivers insist.
	text = bytes.ReplaceAll(text, []byte(`"id": 0`), []byte(`"id": {"$numberLong": "0"}`))
	var file struct{ Reply bson.D }
	must(t, bson.UnmarshalExtJSON(text, false, &file))
	return mongotest.Doc(file.Reply)
}

// without returns a document less a field.
func without(t testing.TB, doc bson.Raw, field string) bson.Raw {
	t.Helper()
	elements, err := doc.Elements()
	must(t, err)
	var kept bson.D
	for _, e := range elements {
		if e.Key() != field {
			kept = append(kept, bson.E{Key: e.Key(), Value: e.Value()})
		}
	}
	return mongotest.Doc(kept)
}

// replicaSet is a server that greets like the recorded one. Its greeting has no
// topologyVersion, with which a driver would wait for changes.
func replicaSet(t testing.TB) *mongotest.Script {
	t.Helper()
	s := script(t)
	s.On("hello", without(t, recorded(t, "hello"), "topologyVersion"))
	s.On("buildInfo", recorded(t, "buildInfo"))
	s.On("getParameter", recorded(t, "getParameter-fcv"))
	s.On("find", recorded(t, "oplog-last"))
	return s
}

// script is a standalone MongoDB 7.0 whose other replies a test gives.
func script(t testing.TB) *mongotest.Script {
	t.Helper()
	s, err := mongotest.StartScript("")
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the script: %v", err)
		}
	})
	return s.On("buildInfo", mongotest.OK(bson.E{Key: "version", Value: "7.0.13"}))
}

// noRetry lets a first failure stand.
var noRetry = mongo.Options{RetryFor: -1}

// cursorOf is a reply with one last batch.
func cursorOf(ns string, docs ...any) bson.Raw {
	return mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)},
		{Key: "ns", Value: ns},
		{Key: "firstBatch", Value: append(bson.A{}, docs...)},
	}})
}
