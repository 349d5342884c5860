package restoretest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// Deployment is an empty embedded server in a process of its own. The
// package's TestMain must call embedded.RunIfChild.
func Deployment(t testing.TB) *mongo.Deployment {
	t.Helper()
	return Connect(t, embeddedtest.Spawn(t).URI())
}

// Connect opens a deployment for the time of a test.
func Connect(t testing.TB, uri string) *mongo.Deployment {
	t.Helper()
	d, err := mongo.Open(t.Context(), uri, mongo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(context.WithoutCancel(t.Context())) })
	return d
}

// Vault is an empty vault in memory, and its bucket.
func Vault(t testing.TB) (*vault.Vault, *buckettest.Mem) {
	t.Helper()
	master, err := vault.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	bucket := buckettest.NewMem()
	return vault.Open(bucket, master), bucket
}

// Fill makes a few collections of every kind that the embedded server has,
// with documents of about size bytes.
func Fill(t testing.TB, d tidemark.Target, documents, size int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(documents)))
	text := func() string { return strings.Repeat(fmt.Sprintf("%08x", r.Uint32()), size/8+1) }
	Collection(t, d, "shop", "orders", documents, nil, func(i int) bson.D {
		return bson.D{{Key: "_id", Value: int32(i)}, {Key: "n", Value: int64(i) << 33}, {Key: "text", Value: text()}}
	}, bson.D{{Key: "n", Value: 1}})
	Collection(t, d, "shop", "people", documents/2, nil, func(i int) bson.D {
		// Not in the order of _id.
		return bson.D{{Key: "_id", Value: fmt.Sprintf("%06d", (i*7919)%1_000_003)}, {Key: "text", Value: text()}, {Key: "at", Value: bson.DateTime(i)}}
	}, bson.D{{Key: "at", Value: -1}, {Key: "text", Value: 1}})
	Collection(t, d, "shop", "empty", 0, nil, nil, bson.D{{Key: "x", Value: 1}})
	Collection(t, d, "log", "journal", documents/4, bson.D{{Key: "capped", Value: true}, {Key: "size", Value: int64(1 << 20)}}, func(i int) bson.D {
		return bson.D{{Key: "_id", Value: int32(-i)}, {Key: "text", Value: text()}}
	})
}

// Collection makes a collection with documents and indexes.
func Collection(t testing.TB, d tidemark.Target, db, name string, documents int, options bson.D, doc func(i int) bson.D, keys ...bson.D) {
	t.Helper()
	c := tidemark.Collection{DB: db, Name: name, Type: tidemark.TypeCollection, Options: Raw(t, append(bson.D{}, options...))}
	if err := d.Create(t.Context(), c, db, name); err != nil {
		t.Fatal(err)
	}
	var batch []byte
	count := 0
	flush := func() {
		if count == 0 {
			return
		}
		if err := d.Insert(t.Context(), db, name, batch, count); err != nil {
			t.Fatal(err)
		}
		batch, count = batch[:0], 0
	}
	for i := range documents {
		batch, count = append(batch, Raw(t, doc(i))...), count+1
		if len(batch) > 1<<20 {
			flush()
		}
	}
	flush()
	var indexes []bson.Raw
	for i, key := range keys {
		indexes = append(indexes, Raw(t, bson.D{{Key: "key", Value: key}, {Key: "name", Value: fmt.Sprintf("index_%d", i)}}))
	}
	if err := d.CreateIndexes(t.Context(), db, name, indexes); err != nil {
		t.Fatal(err)
	}
}

// Raw encodes a document.
func Raw(t testing.TB, d bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
