package embedded_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// within is how long anything may take here; nothing comes near it.
const within = 30 * time.Second

// timed is a context that outlives no test.
func timed(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), within)
	t.Cleanup(cancel)
	return ctx
}

// withClient calls fn with a client and disconnects it.
func withClient(t *testing.T, uri string, fn func(ctx context.Context, c *mongo.Client)) {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	ctx := timed(t)
	defer func() {
		if err := c.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	}()
	fn(ctx, c)
}

// insert puts one document with the given _id into test.docs.
func insert(t *testing.T, uri string, id int) {
	t.Helper()
	withClient(t, uri, func(ctx context.Context, c *mongo.Client) {
		if _, err := c.Database("test").Collection("docs").InsertOne(ctx, bson.D{{Key: "_id", Value: id}}); err != nil {
			t.Fatal(err)
		}
	})
}

// wantDocs fails the test unless test.docs has n documents.
func wantDocs(t *testing.T, uri string, n int64) {
	t.Helper()
	withClient(t, uri, func(ctx context.Context, c *mongo.Client) {
		got, err := c.Database("test").Collection("docs").CountDocuments(ctx, bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		if got != n {
			t.Fatalf("%d documents, want %d", got, n)
		}
	})
}

// wait fails the test unless done closes in time.
func wait(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(within):
		t.Fatalf("%s: not within %s", what, within)
	}
}

// send sends a signal to a process.
func send(t *testing.T, pid int, sig os.Signal) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
