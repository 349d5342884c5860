package embedded_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark/embedded"
)

// logOf inserts n documents, and gives the entries of the whole log.
func logOf(ctx context.Context, t *testing.T, c *mongo.Client, n int) []bson.Raw {
	t.Helper()
	for i := range n {
		_, err := c.Database("test").Collection("docs").InsertOne(ctx, bson.D{{Key: "_id", Value: i}})
		must(t, err)
	}
	return entries(ctx, t, c, bson.D{})
}

func TestOplogIsFoundByTime(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		all := logOf(ctx, t, c, 4)
		ts := all[3].Lookup("ts")
		log := c.Database("local").Collection("oplog.rs")
		for op, want := range map[string]int{"$gt": 2, "$gte": 3, "$lt": 3, "$lte": 4, "$eq": 1} {
			filter := bson.D{{Key: "ts", Value: bson.D{{Key: op, Value: ts}}}}
			if got := entries(ctx, t, c, filter); len(got) != want {
				t.Errorf("%s: %d entries, want %d", op, len(got), want)
			}
			if n, err := c.Database("local").RunCommand(ctx, bson.D{{Key: "count", Value: "oplog.rs"}, {Key: "query", Value: filter}}).Raw(); err != nil || n.Lookup("n").AsInt64() != int64(want) {
				t.Errorf("%s: count %s, %v", op, n, err)
			}
		}
		if got := entries(ctx, t, c, bson.D{{Key: "ts", Value: ts}}); len(got) != 1 || string(got[0]) != string(all[3]) {
			t.Errorf("%v", got)
		}
		cursor, err := log.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "$natural", Value: -1}}).SetBatchSize(2).SetLimit(5))
		must(t, err)
		var reverse []bson.Raw
		must(t, cursor.All(ctx, &reverse))
		if len(reverse) != 5 || string(reverse[0]) != string(all[5]) || string(reverse[4]) != string(all[1]) {
			t.Errorf("backwards: %v", brief(reverse))
		}
		stats, err := c.Database("local").RunCommand(ctx, bson.D{{Key: "collStats", Value: "oplog.rs"}}).Raw()
		must(t, err)
		if stats.Lookup("count").AsInt64() != 6 || !stats.Lookup("capped").Boolean() {
			t.Errorf("%s", stats)
		}
	})
}

func TestOplogRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		for _, test := range []struct {
			cmd  bson.D
			code int
		}{
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "filter", Value: bson.D{{Key: "ns", Value: "a.b"}}}}, 2},
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "filter", Value: bson.D{{Key: "ts", Value: bson.D{{Key: "$ne", Value: bson.Timestamp{}}}}}}}, 2},
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "filter", Value: bson.D{{Key: "ts", Value: 1}}}}, 2},
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "sort", Value: bson.D{{Key: "ns", Value: 1}}}}, 2},
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "projection", Value: bson.D{{Key: "ts", Value: 1}}}}, 2},
			{bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "skip", Value: 1}}, 2},
			{bson.D{{Key: "insert", Value: "oplog.rs"}, {Key: "documents", Value: bson.A{bson.D{}}}}, 20},
			{bson.D{{Key: "drop", Value: "oplog.rs"}}, 20},
			{bson.D{{Key: "create", Value: "oplog.rs"}, {Key: "capped", Value: true}, {Key: "size", Value: 1000}}, 48},
			{bson.D{{Key: "aggregate", Value: "oplog.rs"}, {Key: "pipeline", Value: bson.A{}}, {Key: "cursor", Value: bson.D{}}}, 115},
			{bson.D{{Key: "getMore", Value: int64(12345)}, {Key: "collection", Value: "oplog.rs"}}, 43},
		} {
			err := c.Database("local").RunCommand(ctx, test.cmd).Err()
			var e mongo.CommandError
			if !errors.As(err, &e) || int(e.Code) != test.code {
				t.Errorf("%v: %v", test.cmd, err)
			}
		}
		// Nothing of it was written, and the server is well.
		if all := logOf(ctx, t, c, 1); len(all) != 3 {
			t.Errorf("%v", brief(all))
		}
	})
}

// A cursor that awaits data is held until there is some, and no longer.
func TestOplogCursorAwaitsData(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		cursor, err := c.Database("local").Collection("oplog.rs").Find(ctx, bson.D{}, options.Find().SetCursorType(options.TailableAwait).SetMaxAwaitTime(20*time.Second))
		must(t, err)
		cursor.Next(ctx)
		arrived := make(chan bson.Raw, 1)
		go func() {
			cursor.Next(ctx)
			arrived <- cursor.Current
		}()
		insert(t, s.URI(), 1)
		select {
		case e := <-arrived:
			if !strings.HasPrefix(brief([]bson.Raw{e})[0], "c test.$cmd") {
				t.Errorf("%s", e)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the cursor was held although there was an entry")
		}
		must(t, cursor.Close(ctx))
	})
}

// A server with clients that stay connected stops at once.
func TestOplogServerStopsWithClientsConnected(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		logOf(ctx, t, c, 1)
		began := time.Now()
		must(t, s.Stop(timed(t)))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// A path that is too long for a socket is no hindrance.
func TestOplogInADeepDirectory(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir() + "/" + strings.Repeat("deep/", 25), Oplog: true})
	insert(t, s.URI(), 1)
	wantDocs(t, s.URI(), 1)
}
