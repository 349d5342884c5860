package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark/embedded"
)

// entries reads the whole oplog.
func entries(ctx context.Context, t *testing.T, c *mongo.Client, filter bson.D) []bson.Raw {
	t.Helper()
	cursor, err := c.Database("local").Collection("oplog.rs").Find(ctx, filter)
	if err != nil {
		t.Fatal(err)
	}
	var all []bson.Raw
	if err := cursor.All(ctx, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// brief is op, ns and o of entries, without what is different each time.
func brief(all []bson.Raw) []string {
	var lines []string
	for _, e := range all {
		line := fmt.Sprintf("%s %s %s", e.Lookup("op").StringValue(), e.Lookup("ns").StringValue(), e.Lookup("o").Document())
		if o2, err := e.LookupErr("o2"); err == nil {
			line += " " + o2.Document().String()
		}
		lines = append(lines, line)
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the oplog is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func run(ctx context.Context, t *testing.T, db *mongo.Database, cmd bson.D) {
	t.Helper()
	if err := db.RunCommand(ctx, cmd).Err(); err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOplogOfEverything(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		shop, log := c.Database("shop"), c.Database("log")
		_, err := shop.Collection("a").InsertMany(ctx, []any{bson.D{{Key: "_id", Value: 1}, {Key: "x", Value: "one"}}, bson.D{{Key: "_id", Value: 2}}})
		must(t, err)
		_, err = shop.Collection("a").UpdateMany(ctx, bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
		must(t, err)
		_, err = log.Collection("b").UpdateOne(ctx, bson.D{{Key: "_id", Value: "new"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "y", Value: 1.5}}}}, options.UpdateOne().SetUpsert(true))
		must(t, err)
		must(t, log.Collection("c").FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: "far"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "z", Value: true}}}},
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Err())
		_, err = shop.Collection("a").DeleteOne(ctx, bson.D{{Key: "_id", Value: 1}})
		must(t, err)
		run(ctx, t, shop, bson.D{{Key: "create", Value: "ring"}, {Key: "capped", Value: true}, {Key: "size", Value: 4096}, {Key: "max", Value: 5}})
		_, err = shop.Collection("ring").InsertOne(ctx, bson.D{{Key: "_id", Value: 7}})
		must(t, err)
		_, err = shop.Collection("a").Indexes().CreateMany(ctx, []mongo.IndexModel{
			{Keys: bson.D{{Key: "n", Value: 1}, {Key: "x", Value: -1}}}, {Keys: bson.D{{Key: "u", Value: 1}}, Options: options.Index().SetUnique(true)}})
		must(t, err)
		must(t, shop.Collection("a").Indexes().DropOne(ctx, "u_1"))
		run(ctx, t, c.Database("admin"), bson.D{{Key: "renameCollection", Value: "shop.a"}, {Key: "to", Value: "shop.d"}})
		_, err = shop.Collection("d").InsertOne(ctx, bson.D{{Key: "_id", Value: 3}})
		must(t, err)
		_, err = shop.Collection("a").InsertOne(ctx, bson.D{{Key: "_id", Value: 4}})
		must(t, err)
		must(t, shop.Collection("ring").Drop(ctx))
		must(t, log.Drop(ctx))
		_, err = log.Collection("b").InsertOne(ctx, bson.D{{Key: "_id", Value: 8}})
		must(t, err)

		all := entries(ctx, t, c, bson.D{})
		idIndex := `"idIndex": {"v": {"$numberInt":"2"},"key": {"_id": {"$numberInt":"1"}},"name": "_id_"}`
		wantLines(t, brief(all),
			`n  {"msg": "the oplog begins"}`,
			`c shop.$cmd {"create": "a",`+idIndex+`}`,
			`i shop.a {"_id": {"$numberInt":"1"},"x": "one"}`,
			`i shop.a {"_id": {"$numberInt":"2"}}`,
			`u shop.a {"_id": {"$numberInt":"1"},"x": "one","n": {"$numberInt":"1"}} {"_id": {"$numberInt":"1"}}`,
			`u shop.a {"_id": {"$numberInt":"2"},"n": {"$numberInt":"1"}} {"_id": {"$numberInt":"2"}}`,
			`c log.$cmd {"create": "b",`+idIndex+`}`,
			`i log.b {"_id": "new","y": {"$numberDouble":"1.5"}}`,
			`c log.$cmd {"create": "c",`+idIndex+`}`,
			`i log.c {"_id": "far","z": true}`,
			`d shop.a {"_id": {"$numberInt":"1"}}`,
			`c shop.$cmd {"create": "ring","capped": true,"size": {"$numberLong":"4096"},"max": {"$numberLong":"5"},`+idIndex+`}`,
			`i shop.ring {"_id": {"$numberInt":"7"}}`,
			`c shop.$cmd {"createIndexes": "a","v": {"$numberInt":"2"},"key": {"n": {"$numberInt":"1"},"x": {"$numberInt":"-1"}},"name": "n_1_x_-1"}`,
			`c shop.$cmd {"createIndexes": "a","v": {"$numberInt":"2"},"key": {"u": {"$numberInt":"1"}},"name": "u_1","unique": true}`,
			`c shop.$cmd {"dropIndexes": "a","index": "u_1"} {"v": {"$numberInt":"2"},"key": {"u": {"$numberInt":"1"}},"name": "u_1","unique": true}`,
			`c shop.$cmd {"renameCollection": "shop.a","to": "shop.d","stayTemp": false}`,
			`i shop.d {"_id": {"$numberInt":"3"}}`,
			`c shop.$cmd {"create": "a",`+idIndex+`}`,
			`i shop.a {"_id": {"$numberInt":"4"}}`,
			`c shop.$cmd {"drop": "ring"}`,
			`c log.$cmd {"drop": "b"}`,
			`c log.$cmd {"drop": "c"}`,
			`c log.$cmd {"dropDatabase": {"$numberInt":"1"}}`,
			`c log.$cmd {"create": "b",`+idIndex+`}`,
			`i log.b {"_id": {"$numberInt":"8"}}`,
		)
		ascending(t, all)
		uuids(ctx, t, shop, all)
	})
}

// ascending fails the test unless every entry is later than the one before.
func ascending(t *testing.T, all []bson.Raw) {
	t.Helper()
	var last uint64
	for i, e := range all {
		sec, inc := e.Lookup("ts").Timestamp()
		if ts := uint64(sec)<<32 | uint64(inc); ts <= last {
			t.Fatalf("entry %d has the time %d:%d, not later than the one before", i, sec, inc)
		} else {
			last = ts
		}
	}
}

// uuids compares those of entries to those of the catalogue.
func uuids(ctx context.Context, t *testing.T, db *mongo.Database, all []bson.Raw) {
	t.Helper()
	cursor, err := db.ListCollections(ctx, bson.D{})
	must(t, err)
	var list []bson.Raw
	must(t, cursor.All(ctx, &list))
	if len(list) != 2 {
		t.Fatalf("%d collections", len(list))
	}
	for _, collection := range list {
		ns := db.Name() + "." + collection.Lookup("name").StringValue()
		_, uuid := collection.Lookup("info", "uuid").Binary()
		var last []byte
		for _, e := range all {
			if e.Lookup("ns").StringValue() == ns {
				_, last = e.Lookup("ui").Binary()
			}
		}
		if !bytes.Equal(last, uuid) {
			t.Errorf("%s: the last entry is of %x, the collection is %x", ns, last, uuid)
		}
	}
}
