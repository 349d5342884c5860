package compare

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// batchBytes is how large an insert of the limit is, about.
const batchBytes = 1 << 20

// batch is documents back to back.
type batch struct {
	docs  []byte
	count int
}

// filled is a collection and its documents.
type filled struct {
	tidemark.Collection
	batches []batch
	content tidemark.Content
}

type dataset struct{ collections []*filled }

// seed makes the documents the same in every run.
const seed = 20260101

// makeDataset makes documents of about 1 kB, three in four of them in the
// larger collection. Words repeat, so that they compress as documents do.
func makeDataset(documents int, indexed bool) *dataset {
	r := rand.New(rand.NewPCG(seed, 0))
	orders := &filled{Collection: tidemark.Collection{DB: Database, Name: "orders", Type: tidemark.TypeCollection, Indexes: []bson.Raw{
		indexOn("customer_1_placed_-1", bson.D{{Key: "customer", Value: int32(1)}, {Key: "placed", Value: int32(-1)}}),
		indexOn("number_1", bson.D{{Key: "number", Value: int32(1)}}),
	}}}
	people := &filled{Collection: tidemark.Collection{DB: Database, Name: "people", Type: tidemark.TypeCollection, Indexes: []bson.Raw{
		indexOn("email_1", bson.D{{Key: "email", Value: int32(1)}}),
	}}}
	for i := range documents {
		if i%4 == 3 {
			people.add(person(r, i))
		} else {
			orders.add(order(r, i))
		}
	}
	if !indexed {
		orders.Indexes, people.Indexes = nil, nil
	}
	return &dataset{[]*filled{orders, people}}
}

func indexOn(name string, key bson.D) bson.Raw {
	return encode(bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: key}, {Key: "name", Value: name}})
}

// encode cannot fail for what is made here.
func encode(d bson.D) bson.Raw {
	b, err := bson.Marshal(d)
	if err != nil {
		panic(err)
	}
	return b
}

func (f *filled) add(d bson.D) {
	doc := encode(d)
	f.content.Add(doc)
	if n := len(f.batches); n == 0 || len(f.batches[n-1].docs)+len(doc) > batchBytes {
		f.batches = append(f.batches, batch{docs: make([]byte, 0, batchBytes)})
	}
	b := &f.batches[len(f.batches)-1]
	b.docs, b.count = append(b.docs, doc...), b.count+1
}

func order(r *rand.Rand, i int) bson.D {
	lines := bson.A{}
	for range 2 + r.IntN(6) {
		lines = append(lines, bson.D{
			{Key: "product", Value: fmt.Sprintf("SKU-%06d", r.IntN(20_000))},
			{Key: "title", Value: sentence(r, 4)},
			{Key: "quantity", Value: int32(1 + r.IntN(9))},
			{Key: "price", Value: float64(r.IntN(100_000)) / 100},
		})
	}
	return bson.D{
		{Key: "_id", Value: objectID(i)},
		{Key: "number", Value: fmt.Sprintf("2026-%09d", i)},
		{Key: "customer", Value: int32(r.IntN(50_000))},
		{Key: "placed", Value: time.Unix(1_767_225_600-int64(r.IntN(60_000_000)), 0).UTC()},
		{Key: "lines", Value: lines},
		{Key: "note", Value: sentence(r, 20+r.IntN(40))},
		{Key: "paid", Value: r.IntN(10) > 0},
	}
}

func person(r *rand.Rand, i int) bson.D {
	return bson.D{
		{Key: "_id", Value: int64(i)},
		{Key: "email", Value: fmt.Sprintf("user%09d@example.net", i)},
		{Key: "name", Value: sentence(r, 2)},
		{Key: "address", Value: bson.D{{Key: "street", Value: sentence(r, 3)}, {Key: "city", Value: sentence(r, 1)}, {Key: "number", Value: int32(r.IntN(300))}}},
		{Key: "history", Value: sentence(r, 90)},
	}
}

// objectID is one as a client makes them: seconds, its own number, a counter.
func objectID(i int) (id bson.ObjectID) {
	binary.BigEndian.PutUint32(id[:], uint32(1_700_000_000+i/50))
	copy(id[4:], "\x8a\x31\xc4\x0e\x77")
	id[9], id[10], id[11] = byte(i>>16), byte(i>>8), byte(i)
	return id
}

var words = []string{
	"amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "harbor", "inlet", "juniper", "kelp", "lagoon", "marsh", "north",
	"ocean", "pebble", "quay", "reef", "shore", "tide", "under", "valley", "wharf", "xebec", "yarrow", "zephyr", "anchor", "beacon",
}

func sentence(r *rand.Rand, n int) string {
	var out []byte
	for i := range n {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, words[r.IntN(len(words))]...)
		if r.IntN(3) == 0 {
			out = fmt.Appendf(out, "%d", r.IntN(1000))
		}
	}
	return string(out)
}

func (d *dataset) documents() (n int64) {
	for _, c := range d.collections {
		n += c.content.Documents
	}
	return n
}

func (d *dataset) bytes() (n int64) {
	for _, c := range d.collections {
		n += c.content.Bytes
	}
	return n
}

func (d *dataset) indexes() (n int) {
	for _, c := range d.collections {
		n += len(c.Indexes)
	}
	return n
}

// check reads everything back and compares it. CodeNotEqual if anything differs.
func (d *dataset) check(ctx context.Context, target tidemark.Target) error {
	live, err := target.Catalogue(ctx)
	if err != nil {
		return err
	}
	for _, c := range d.collections {
		there, ok := live.Find(Database, c.Name)
		if !ok {
			return tidemark.Errorf(tidemark.CodeNotEqual, "%s is not there", c.Namespace())
		}
		var got tidemark.Content
		err := target.Scan(ctx, there, tidemark.ScanRange{}, func(doc bson.Raw) error {
			got.Add(doc)
			return nil
		})
		if err != nil {
			return err
		}
		if got != c.content {
			return tidemark.Errorf(tidemark.CodeNotEqual, "%s holds %d documents, not the %d that were put in", c.Namespace(), got.Documents, c.content.Documents)
		}
		if n := len(c.Indexes); len(there.Indexes) < n {
			return tidemark.Errorf(tidemark.CodeNotEqual, "%s has %d indexes, not %d", c.Namespace(), len(there.Indexes), n)
		}
	}
	return nil
}
