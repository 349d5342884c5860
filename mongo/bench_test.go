//go:build unix

package mongo_test

import (
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

// BenchmarkInsertNull is the client's cost of an insert: four writers against a
// null server in another process, documents of about 1 kB.
func BenchmarkInsertNull(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"batch=1MB", 1 << 20}, {"batch=8MB", 8 << 20}} {
		b.Run(size.name, func(b *testing.B) { benchmarkInsert(b, size.bytes, 4) })
	}
}

func benchmarkInsert(b *testing.B, batchBytes, writers int) {
	server := mongotest.SpawnNull(b)
	d := open(b, server.URI(), mongo.Options{})
	docs, count := benchmarkBatch(b, batchBytes)
	must(b, d.Insert(b.Context(), "db", "c", docs, count))

	b.SetBytes(int64(len(docs)))
	b.ReportAllocs()
	cpu := cpuTime()
	b.ResetTimer()
	var group errgroup.Group
	group.SetLimit(writers)
	for range b.N {
		group.Go(func() error { return d.Insert(b.Context(), "db", "c", docs, count) })
	}
	must(b, group.Wait())
	b.StopTimer()
	gigabytes := float64(b.N) * float64(len(docs)) / 1e9
	b.ReportMetric((cpuTime()-cpu).Seconds()/gigabytes, "cpu-s/GB")
	documents, _, err := server.Counts(b.Context())
	if err != nil || documents < int64(b.N*count) {
		b.Fatalf("the server counts %d documents, %v", documents, err)
	}
}

func benchmarkBatch(b *testing.B, size int) (docs []byte, count int) {
	for len(docs) < size {
		docs = append(docs, pack(b, bson.D{
			{Key: "_id", Value: int64(count)},
			{Key: "text", Value: string(make([]byte, 960))},
		})...)
		count++
	}
	return docs, count
}

// cpuTime is the processor time of this process, user and system.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
