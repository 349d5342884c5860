package embedded_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"pgregory.net/rapid"

	"tidemark/embedded"
)

// value draws whatever the server stores.
func value(t *rapid.T, depth int) any {
	kinds := 12
	if depth > 0 {
		kinds = 14
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.Int32().Draw(t, "int")
	case 1:
		return rapid.Int64().Draw(t, "long")
	case 2:
		return rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "double")
	case 3:
		return rapid.String().Draw(t, "string")
	case 4:
		return rapid.SampledFrom([]string{"", "<&>", "\u2028\x00\x7f\"\\", "😀\ufffd", "{\"$s\":{}}"}).Draw(t, "odd string")
	case 5:
		return bson.Binary{Subtype: rapid.SampledFrom([]byte{0, 1, 2, 4, 5, 6, 128}).Draw(t, "subtype"), Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data")}
	case 6:
		return bson.ObjectID(rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "id"))
	case 7:
		return rapid.Bool().Draw(t, "bool")
	case 8:
		return bson.DateTime(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "date"))
	case 9:
		return bson.Regex{Pattern: rapid.StringMatching(`[a-z\\"/^<]*`).Draw(t, "pattern"), Options: "im"}
	case 10:
		return bson.Timestamp{T: rapid.Uint32().Draw(t, "t"), I: rapid.Uint32().Draw(t, "i")}
	case 11:
		return nil
	case 12:
		return fields(t, depth-1)
	}
	list := bson.A{}
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		v := value(t, depth-1)
		if _, nested := v.(bson.A); !nested { // the server refuses arrays in arrays
			list = append(list, v)
		}
	}
	return list
}

func fields(t *rapid.T, depth int) bson.D {
	d := bson.D{}
	for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
		name := rapid.SampledFrom([]string{"a", "Ünı", "x y", "0", "<&>", "'"}).Draw(t, "name")
		d = append(d, bson.E{Key: fmt.Sprint(name, i), Value: value(t, depth)})
	}
	return d
}

// Entries have the very bytes of the documents as the server gives them.
func TestOplogHasTheDocumentsBytes(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		coll, id := c.Database("test").Collection("types"), 0
		rapid.Check(t, func(t *rapid.T) {
			id++
			doc := append(bson.D{{Key: "_id", Value: id}}, fields(t, 3)...)
			if _, err := coll.InsertOne(ctx, doc); err != nil {
				t.Fatalf("%v: %v", doc, err)
			}
			stored, err := coll.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
			if err != nil {
				t.Fatal(err)
			}
			last, err := c.Database("local").RunCommand(ctx, bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "sort", Value: bson.D{{Key: "$natural", Value: -1}}}, {Key: "limit", Value: 1}}).Raw()
			if err != nil {
				t.Fatal(err)
			}
			if got := last.Lookup("cursor", "firstBatch", "0", "o").Document(); string(got) != string(stored) {
				t.Fatalf("the entry has %s\nthe server %s", got, stored)
			}
		})
	})
}

// Every kind of _id comes whole in the entries that name a document by it.
func TestOplogOfEveryKindOfID(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
	ids := []any{int32(1), int64(2), 3.5, "four", bson.NewObjectID(), true, bson.DateTime(time.Now().UnixMilli()), bson.Timestamp{T: 1, I: 2},
		bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}, bson.D{{Key: "a", Value: 1}, {Key: "b", Value: bson.D{{Key: "c", Value: "x\"y"}}}}, strings.Repeat("'\"", 3)}
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		coll := c.Database("test").Collection(`it's \odd` + "\u00a0")
		for _, id := range ids {
			key := bson.D{{Key: "_id", Value: id}}
			_, err := coll.InsertOne(ctx, key)
			must(t, err)
			_, err = coll.UpdateOne(ctx, key, bson.D{{Key: "$set", Value: bson.D{{Key: "n", Value: 1}}}})
			must(t, err)
			_, err = coll.DeleteOne(ctx, key)
			must(t, err)
		}
		all := entries(ctx, t, c, bson.D{})[2:] // less the beginning and the create
		if len(all) != 3*len(ids) {
			t.Fatalf("%d entries", len(all))
		}
		for i := 0; i < len(all); i += 3 {
			id := all[i].Lookup("o", "_id")
			if !id.Equal(all[i+1].Lookup("o2", "_id")) || !id.Equal(all[i+2].Lookup("o", "_id")) || all[i+2].Lookup("op").StringValue() != "d" {
				t.Errorf("%s, %s, %s", all[i], all[i+1], all[i+2])
			}
		}
	})
}
