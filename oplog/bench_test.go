//go:build unix

package oplog_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

// Run with: go test -run '^$' -bench . -benchmem -cpu 1 ./oplog

// discard is a sink of runs that nobody reads.
type discard struct{}

func (discard) Write(p []byte) (int, error)       { return len(p), nil }
func (discard) Commit() error                     { return nil }
func (discard) Abort()                            {}
func toNowhere(context.Context) (run.Sink, error) { return discard{}, nil }
func stamp(i int) bson.E {
	return e("ts", bson.Timestamp{T: uint32(1000 + i/1000), I: uint32(i%1000 + 1)})
}
func processorTime(b *testing.B) (used time.Duration) {
	var u syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var benchColl = tidemark.Collection{DB: "db", Name: "c", Type: tidemark.TypeCollection, UUID: tidemark.UUID{7}, Options: bson.Raw{5, 0, 0, 0, 0}}

// entry has the fields of a retryable write of MongoDB 5.0 to 8.0.
func entry(b *testing.B, i int, op string, o, o2 bson.D) []byte {
	d := bson.D{
		e("lsid", bson.D{e("id", bson.Binary{Subtype: 4, Data: make([]byte, 16)}), e("uid", bson.Binary{Data: make([]byte, 32)})}),
		e("txnNumber", int64(i)), e("op", op), e("ns", "db.c"), e("ui", bson.Binary{Subtype: 4, Data: benchColl.UUID[:]}), e("o", o),
	}
	if o2 != nil {
		d = append(d, e("o2", o2))
	}
	return marshal(b, append(d, stamp(i), e("t", int64(1)), e("v", int64(2)), e("wall", bson.DateTime(1700000000000)),
		e("stmtId", 0), e("prevOpTime", bson.D{e("ts", bson.Timestamp{}), e("t", int64(-1))})))
}

func objectID(i int) bson.ObjectID { return bson.NewObjectIDFromTimestamp(time.Unix(int64(i), 0)) }

const benchEntries = 100_000

func BenchmarkFold(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		buf := make([]byte, n)
		for i := range buf {
			buf[i] = 'a' + byte(r.IntN(26))
		}
		return string(buf)
	}
	ids := make([]bson.ObjectID, benchEntries)
	for i := range ids {
		ids[i] = objectID(i)
	}
	wide := func(i int) bson.D {
		d := bson.D{e("_id", i)}
		for f := range 100 {
			d = append(d, e(fmt.Sprint("field", f), f+i))
		}
		return d
	}
	wideDiff := func(i int) bson.D {
		u := bson.D{}
		for f := i % 3; f < 100; f += 3 {
			u = append(u, e(fmt.Sprint("field", f), i))
		}
		return bson.D{e("$v", 2), e("diff", bson.D{e("u", u)})}
	}
	diff := func(i int) bson.D {
		return bson.D{e("$v", 2), e("diff", bson.D{e("u", bson.D{e("count", i)}), e("sstats", bson.D{e("u", bson.D{e("seen", bson.DateTime(i))})})})}
	}
	for _, c := range []struct {
		name string
		make func(i int) []byte
	}{
		{"inserts", func(i int) []byte {
			return entry(b, i, "i", bson.D{e("_id", ids[i]), e("name", text(30)), e("note", text(200)), e("n", i)}, nil)
		}},
		{"hot counters", func(i int) []byte { return entry(b, i, "u", diff(i), id(i%10)) }},
		{"hot documents", func(i int) []byte {
			if i < 10 {
				return entry(b, i, "i", bson.D{e("_id", i), e("count", 0), e("note", text(500)), e("stats", bson.D{e("seen", 1)})}, nil)
			}
			return entry(b, i, "u", diff(i), id(i%10))
		}},
		{"updates of different documents", func(i int) []byte { return entry(b, i, "u", diff(i), id(ids[i])) }},
		{"wide updates", func(i int) []byte {
			if i < 1000 {
				return entry(b, i, "i", wide(i), nil)
			}
			return entry(b, i, "u", wideDiff(i), id(i%1000))
		}},
		{"wide patches", func(i int) []byte { return entry(b, i, "u", wideDiff(i), id(i%1000)) }},
		{"modifiers", func(i int) []byte {
			return entry(b, i, "u", bson.D{e("$v", 1), e("$set", bson.D{e("count", i), e("stats.seen", i)})}, id(i%1000))
		}},
		{"a queue", func(i int) []byte {
			if i%2 == 0 {
				return entry(b, i, "i", bson.D{e("_id", ids[i/2]), e("note", text(200))}, nil)
			}
			return entry(b, i, "d", id(ids[i/2]), nil)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			entries := make([][]byte, benchEntries)
			size := int64(0)
			for i := range entries {
				entries[i] = c.make(i)
				size += int64(len(entries[i]))
			}
			b.SetBytes(size)
			b.ReportAllocs()
			before := processorTime(b)
			b.ResetTimer()
			for b.Loop() {
				result, err := oplog.Fold(b.Context(), func(yield func([]byte, error) bool) {
					for _, raw := range entries {
						if !yield(raw, nil) {
							return
						}
					}
				}, oplog.Options{
					Catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{benchColl}}, Create: toNowhere,
				})
				check(b, err)
				check(b, result.State.Close())
			}
			used := (processorTime(b) - before).Seconds()
			b.ReportMetric(benchEntries*float64(b.N)/used, "entries/cpu-s")
		})
	}
}

// BenchmarkMerge merges a base with a delta that patches a part of it.
func BenchmarkMerge(b *testing.B) {
	const documents = 100_000
	for _, percent := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("%d %% patched", percent), func(b *testing.B) {
			s := newStore()
			sorter := run.NewSorter(run.SorterOptions{Collection: benchColl.UUID, Create: s.create})
			size := int64(0)
			for i := range documents {
				doc := marshal(b, bson.D{e("_id", i), e("count", 0), e("stats", bson.D{e("seen", 0)}), e("note", string(bytes.Repeat([]byte("text "), 100)))})
				size += int64(len(doc))
				check(b, sorter.Add(b.Context(), doc))
			}
			sorted, err := sorter.Finish(b.Context())
			check(b, err)
			all := refs(sorted.Runs)
			result, err := oplog.Fold(b.Context(), func(yield func([]byte, error) bool) {
				for i := range documents {
					if i%100 < percent && !yield(entry(b, i, "u", bson.D{e("$v", 2), e("diff", bson.D{e("u", bson.D{e("count", i)})})}, id(i)), nil) {
						return
					}
				}
			}, oplog.Options{Catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{benchColl}}, Create: s.create, Sequence: 99})
			check(b, err)
			check(b, result.State.Close())
			src := oplog.Source{Open: s.open, Runs: append(all, refs(result.Runs)...)}
			b.SetBytes(size)
			b.ReportAllocs()
			before := processorTime(b)
			b.ResetTimer()
			for b.Loop() {
				docs, err := src.Documents(b.Context(), benchColl, run.CollectionBounds(benchColl.UUID))
				check(b, err)
				n := 0
				for docs.Next() {
					n++
				}
				check(b, docs.Err())
				check(b, docs.Close())
				if n != documents {
					b.Fatalf("%d documents", n)
				}
			}
			b.ReportMetric(documents*float64(b.N)/(processorTime(b)-before).Seconds(), "docs/cpu-s")
		})
	}
}
