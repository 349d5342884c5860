package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"tidemark/embedded"
)

// state is documents by namespace and _id, as they come from the server.
type state map[string]map[string]string

// fold applies entries, which may be of collections renamed or dropped.
func (s state) fold(t *testing.T, e bson.Raw) {
	t.Helper()
	ns, o := e.Lookup("ns").StringValue(), e.Lookup("o").Document()
	switch op := e.Lookup("op").StringValue(); op {
	case "i", "u":
		if s[ns] == nil {
			t.Fatalf("a document of %s before it was made", ns)
		}
		s[ns][o.Lookup("_id").String()] = string(o)
	case "d":
		delete(s[ns], o.Lookup("_id").String())
	case "c":
		db := ns[:len(ns)-len(".$cmd")]
		first, _ := o.IndexErr(0)
		switch first.Key() {
		case "create":
			s[db+"."+first.Value().StringValue()] = map[string]string{}
		case "drop":
			delete(s, db+"."+first.Value().StringValue())
		case "renameCollection":
			s[o.Lookup("to").StringValue()] = s[first.Value().StringValue()]
			delete(s, first.Value().StringValue())
		}
	}
}

// stateOf reads what is there.
func stateOf(ctx context.Context, t *testing.T, c *mongo.Client) state {
	t.Helper()
	s := state{}
	dbs, err := c.ListDatabaseNames(ctx, bson.D{})
	must(t, err)
	for _, db := range dbs {
		names, err := c.Database(db).ListCollectionNames(ctx, bson.D{})
		must(t, err)
		for _, name := range names {
			docs := map[string]string{}
			cursor, err := c.Database(db).Collection(name).Find(ctx, bson.D{})
			must(t, err)
			for cursor.Next(ctx) {
				docs[cursor.Current.Lookup("_id").String()] = string(cursor.Current)
			}
			must(t, cursor.Err())
			s[db+"."+name] = docs
		}
	}
	return s
}

func (s state) compare(t *testing.T, want state) {
	t.Helper()
	if len(s) != len(want) {
		t.Errorf("%d collections, want %d", len(s), len(want))
	}
	for ns, docs := range want {
		if len(s[ns]) != len(docs) {
			t.Errorf("%s: %d documents, want %d", ns, len(s[ns]), len(docs))
		}
		for id, doc := range docs {
			if s[ns][id] != doc {
				t.Errorf("%s: %s differs", ns, id)
			}
		}
	}
}

// write does one random operation and returns its error.
func write(ctx context.Context, r *rand.Rand, c *mongo.Client) error {
	coll := c.Database("db" + strconv.Itoa(r.IntN(3))).Collection("c" + strconv.Itoa(r.IntN(3)))
	id := bson.D{{Key: "_id", Value: r.IntN(8)}}
	var err error
	switch r.IntN(20) {
	case 0:
		err = coll.Drop(ctx)
	case 1:
		err = coll.Database().Drop(ctx)
	case 2:
		to := coll.Database().Name() + ".c" + strconv.Itoa(r.IntN(3))
		_ = c.Database("admin").RunCommand(ctx, bson.D{{Key: "renameCollection", Value: coll.Database().Name() + "." + coll.Name()}, {Key: "to", Value: to}}).Err()
	case 3, 4, 5:
		_, err = coll.DeleteOne(ctx, id)
	case 6, 7, 8, 9:
		docs := make([]any, 3)
		for i := range docs {
			docs[i] = bson.D{{Key: "_id", Value: r.IntN(8)}, {Key: "v", Value: r.Int64()}}
		}
		_, _ = coll.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)) // many are there
	case 10, 11:
		err = coll.FindOneAndUpdate(ctx, id, bson.D{{Key: "$set", Value: bson.D{{Key: "f", Value: r.Int64()}}}}, options.FindOneAndUpdate().SetUpsert(true)).Err()
		if errors.Is(err, mongo.ErrNoDocuments) || mongo.IsDuplicateKeyError(err) {
			err = nil
		}
	default:
		_, err = coll.UpdateOne(ctx, id, bson.D{{Key: "$set", Value: bson.D{{Key: "u", Value: r.Int64()}}}}, options.UpdateOne().SetUpsert(true))
		if mongo.IsDuplicateKeyError(err) {
			err = nil // two upserts at once
		}
	}
	return err
}

// Writers of all kinds race, and a reader tails them. What it sees is in order,
// is all, and makes the state that is there.
func TestOplogOrderUnderRacingWriters(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		var writing atomic.Bool
		writing.Store(true)
		var seen []bson.Raw
		var tail errgroup.Group
		tail.Go(func() (err error) {
			seen, err = follow(ctx, c, &writing)
			return err
		})
		var writers errgroup.Group
		for w := range 4 {
			writers.Go(func() error {
				r := rand.New(rand.NewPCG(uint64(w), 1))
				for range 80 {
					if err := write(ctx, r, c); err != nil {
						return err
					}
				}
				return nil
			})
		}
		must(t, writers.Wait())
		writing.Store(false)
		must(t, tail.Wait())

		all := entries(ctx, t, c, bson.D{})
		ascending(t, all)
		if fmt.Sprint(brief(all)) != fmt.Sprint(brief(seen)) {
			t.Errorf("the reader saw %d entries, and there are %d", len(seen), len(all))
		}
		folded := state{}
		for _, e := range all {
			folded.fold(t, e)
		}
		folded.compare(t, stateOf(ctx, t, c))
	})
}

// follow tails the oplog until nothing is written any more and all was seen.
func follow(ctx context.Context, c *mongo.Client, writing *atomic.Bool) ([]bson.Raw, error) {
	cursor, err := c.Database("local").Collection("oplog.rs").Find(ctx, bson.D{},
		options.Find().SetCursorType(options.TailableAwait).SetMaxAwaitTime(20*time.Millisecond).SetBatchSize(7))
	if err != nil {
		return nil, err
	}
	var seen []bson.Raw
	for {
		more := writing.Load()
		for cursor.TryNext(ctx) {
			seen = append(seen, append(bson.Raw(nil), cursor.Current...))
		}
		if err := cursor.Err(); err != nil {
			return nil, err
		}
		if !more {
			return seen, cursor.Close(ctx)
		}
	}
}

// Writers race on a capped collection. Its natural order is that of the entries.
func TestOplogOrderOfACappedCollection(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		db := c.Database("test")
		must(t, db.CreateCollection(ctx, "ring", options.CreateCollection().SetCapped(true).SetSizeInBytes(1<<20)))
		var writers errgroup.Group
		for w := range 4 {
			writers.Go(func() error {
				for i := range 50 {
					if _, err := db.Collection("ring").InsertMany(ctx, []any{bson.D{{Key: "w", Value: w}, {Key: "i", Value: i}}, bson.D{{Key: "w", Value: w}}}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		must(t, writers.Wait())
		var docs []bson.Raw
		cursor, err := db.Collection("ring").Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "$natural", Value: 1}}))
		must(t, err)
		must(t, cursor.All(ctx, &docs))
		all := entries(ctx, t, c, bson.D{})[2:] // less the beginning and the create
		if len(all) != 400 || len(docs) != 400 {
			t.Fatalf("%d entries, %d documents", len(all), len(docs))
		}
		for i := range docs {
			if string(all[i].Lookup("o").Document()) != string(docs[i]) {
				t.Fatalf("entry %d is of %s, document %d is %s", i, all[i].Lookup("o"), i, docs[i])
			}
		}
	})
}
