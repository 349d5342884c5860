package demo

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// seed makes the data set the same in every run.
const seed = 20260101

// epoch is the newest moment that the data set knows.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// collection is a part of the data set.
type collection struct {
	db, name  string
	options   bson.D // for the create command
	indexes   []bson.D
	documents int
	make      func(r *rand.Rand, i int) bson.D
}

// dataset lists the collections: what a small shop's databases look like, with
// identifiers of every common type, nested documents, arrays and binary data.
func dataset() []collection {
	return []collection{
		{db: "shop", name: "customers", documents: 9_000, make: customer, indexes: []bson.D{
			index("email_1", bson.D{{Key: "email", Value: 1}}, bson.E{Key: "unique", Value: true}),
			index("city_1_joined_-1", bson.D{{Key: "address.city", Value: 1}, {Key: "joined", Value: -1}}),
		}},
		{db: "shop", name: "products", documents: 2_500, make: product, indexes: []bson.D{
			index("tags_1", bson.D{{Key: "tags", Value: 1}}),
			index("price_-1", bson.D{{Key: "price", Value: -1}}),
		}},
		{db: "shop", name: "orders", documents: 24_000, make: order, indexes: []bson.D{
			index("customer_1_placed_-1", bson.D{{Key: "customer", Value: 1}, {Key: "placed", Value: -1}}),
			index("number_1", bson.D{{Key: "number", Value: 1}}, bson.E{Key: "unique", Value: true}),
			index("lines.product_1", bson.D{{Key: "lines.product", Value: 1}}),
		}},
		{db: "telemetry", name: "readings", documents: 12_000, make: reading, indexes: []bson.D{
			index("at_1", bson.D{{Key: "at", Value: 1}}),
		}},
		{db: "telemetry", name: "journal", documents: 2_000, make: journalEntry,
			options: bson.D{{Key: "capped", Value: true}, {Key: "size", Value: int64(8 << 20)}}},
		{db: "archive", name: "scans", documents: 1_500, make: scan, indexes: []bson.D{
			index("sha_1", bson.D{{Key: "sha", Value: 1}}),
		}},
		{db: "archive", name: "settings", documents: 200, make: setting},
	}
}

// all yields the documents of the collection, always the same ones.
func (c collection) all() iter.Seq[bson.D] {
	return func(yield func(bson.D) bool) {
		r := rand.New(rand.NewPCG(seed, uint64(len(c.name))<<32|uint64(c.documents)))
		for i := range c.documents {
			if !yield(c.make(r, i)) {
				return
			}
		}
	}
}

func index(name string, key bson.D, options ...bson.E) bson.D {
	return append(bson.D{{Key: "key", Value: key}, {Key: "name", Value: name}}, options...)
}

var (
	givenNames = []string{"Ada", "Björn", "Chidi", "Dolores", "Emre", "Fatima", "Grace", "Hiro", "Ines", "José", "Kwame", "Łucja", "Mei", "Noor", "Oksana", "Priya"}
	surnames   = []string{"Almeida", "Brandt", "Castillo", "Dvořák", "Eriksen", "Fischer", "Grünwald", "Haddad", "Ito", "Jensen", "Kowalski", "Lindqvist"}
	cities     = []string{"Aarhus", "Bogotá", "Cape Town", "Dublin", "Essaouira", "Fukuoka", "Göteborg", "Hanoi", "İzmir", "Jaipur"}
	words      = []string{"amber", "basalt", "cedar", "delta", "ember", "fjord", "granite", "harbour", "indigo", "juniper", "kelp", "linen", "maple", "nettle", "ochre", "pebble"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func sentence(r *rand.Rand, n int) string {
	s := pick(r, words)
	for range n - 1 {
		s += " " + pick(r, words)
	}
	return s
}

func before(r *rand.Rand, days int) bson.DateTime {
	return bson.NewDateTimeFromTime(epoch.Add(-time.Duration(r.Int64N(int64(days) * 24 * int64(time.Hour)))))
}

func objectID(r *rand.Rand, i int) bson.ObjectID {
	var id bson.ObjectID
	copy(id[:], fmt.Sprintf("%04x", i))
	for at := 4; at < 8; at++ {
		id[at] = byte(r.Uint32())
	}
	id[8], id[9], id[10], id[11] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i)
	return id
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
