//go:build unix

package run_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/run"
)

// Run with: go test -run '^$' -bench . -benchmem -cpu 1 ./run

var words = []string{
	"customer", "order", "shipping", "address", "street", "payment", "invoice", "total", "quantity", "product",
	"status", "pending", "complete", "north", "delivery", "express", "standard", "return", "note", "warehouse",
}

// orders makes documents of about 1 kB that zstd makes a third to a quarter of.
func orders(tb testing.TB, n int) [][]byte {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		var b []byte
		for len(b) < n {
			b = append(append(b, words[r.IntN(len(words))]...), ' ')
		}
		return string(b)
	}
	docs := make([][]byte, n)
	for i := range docs {
		id := bson.NewObjectIDFromTimestamp(time.Unix(1_700_000_000+int64(i), 0))
		docs[i] = marshal(tb, bson.D{
			{Key: "_id", Value: id}, {Key: "name", Value: text(30)}, {Key: "email", Value: fmt.Sprintf("%x@example.com", r.Uint64())},
			{Key: "amount", Value: r.Float64()}, {Key: "created", Value: bson.DateTime(r.Int64N(1 << 40))},
			{Key: "tags", Value: bson.A{text(8), text(8), text(8)}}, {Key: "note", Value: text(600)},
			{Key: "token", Value: fmt.Sprintf("%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64())},
		})
	}
	return docs
}

// report makes b say what a loop over docs costs in time and in processor time,
// which other work on the machine changes less.
func report(b *testing.B, docs [][]byte) {
	b.Helper()
	size := contentOf(docs).Bytes
	b.SetBytes(size)
	b.ReportAllocs()
	start := processorTime(b)
	b.Cleanup(func() {
		used := (processorTime(b) - start).Seconds()
		b.ReportMetric(used/(float64(size)*float64(b.N)/1e9), "cpu-s/GB")
		b.ReportMetric(float64(len(docs))*float64(b.N)/used, "docs/cpu-s")
	})
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkSortInOrder(b *testing.B)  { benchmarkSort(b, orders(b, 60_000)) }
func BenchmarkSortShuffled(b *testing.B) { benchmarkSort(b, shuffled(orders(b, 60_000), 1)) }

func benchmarkSort(b *testing.B, docs [][]byte) {
	report(b, docs)
	for b.Loop() {
		sortAll(b, newStore(), run.SorterOptions{}, docs)
	}
}

func BenchmarkMerge(b *testing.B) {
	docs := orders(b, 60_000)
	for _, levels := range []int{1, 2, 16, 48} {
		b.Run(fmt.Sprintf("levels=%d", levels), func(b *testing.B) {
			s, all := newStore(), []run.RunRef(nil)
			for i := range levels {
				var part [][]byte
				for j := i; j < len(docs); j += levels {
					part = append(part, docs[j])
				}
				all = append(all, refs(sortAll(b, s, run.SorterOptions{Sequence: i}, part))...)
			}
			report(b, docs)
			for b.Loop() {
				it := run.Open(b.Context(), s.source, all, run.CollectionBounds(coll))
				n := 0
				for it.Next() {
					n++
				}
				check(b, it.Err())
				check(b, it.Close())
				if n != len(docs) {
					b.Fatalf("%d documents", n)
				}
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	for name, id := range map[string]any{
		"ObjectID": bson.NewObjectID(), "int64": int64(1234567890123), "string": "a-string-of-30-characters-long",
		"double": 0.1, "decimal": decimal("1234.5678"),
	} {
		doc := marshal(b, slices.Concat(bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "a", Value: "b"}}))
		b.Run(name, func(b *testing.B) {
			var key []byte
			b.ReportAllocs()
			for b.Loop() {
				id, err := run.ID(doc)
				check(b, err)
				key, err = run.AppendKey(key[:0], coll, id)
				check(b, err)
			}
		})
	}
}
