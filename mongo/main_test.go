package mongo_test

import (
	"context"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

func TestMain(m *testing.M) {
	mongotest.RunIfNullChild()
	os.Exit(m.Run())
}

// open opens a deployment until the test ends.
func open(t testing.TB, uri string, opts mongo.Options) *mongo.Deployment {
	t.Helper()
	d, err := mongo.Open(t.Context(), uri, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails the test if err has another code.
func wantCode(t testing.TB, err error, code tidemark.Code) {
	t.Helper()
	if got := tidemark.ErrorCode(err); got != code {
		t.Errorf("code %q, want %q: %v", got, code, err)
	}
}

// pack marshals documents back to back.
func pack(t testing.TB, docs ...bson.D) []byte {
	t.Helper()
	var out []byte
	for _, d := range docs {
		raw, err := bson.Marshal(d)
		must(t, err)
		out = append(out, raw...)
	}
	return out
}

// contentOf reads a collection back.
func contentOf(t testing.TB, d *mongo.Deployment, db, name string) tidemark.Content {
	t.Helper()
	var content tidemark.Content
	c := tidemark.Collection{DB: db, Name: name, Type: tidemark.TypeCollection}
	must(t, d.Scan(t.Context(), c, tidemark.ScanRange{}, func(doc bson.Raw) error {
		content.Add(doc)
		return nil
	}))
	return content
}
