package embedded_test

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"tidemark/embedded"
)

// BenchmarkInsert is a document of about 1 kB inserted by four writers in
// batches of 500, and by one writer alone, in a server of its own process with
// and without an oplog.
func BenchmarkInsert(b *testing.B) {
	for _, oplog := range []bool{false, true} {
		name := "/oplog=" + strconv.FormatBool(oplog)
		b.Run("bulk"+name, func(b *testing.B) { benchmarkInsert(b, oplog, 4, 500) })
		b.Run("single"+name, func(b *testing.B) { benchmarkInsert(b, oplog, 1, 1) })
	}
}

func benchmarkInsert(b *testing.B, oplog bool, concurrency int, batch int64) {
	dir := b.TempDir()
	p, err := embedded.Spawn(b.Context(), embedded.ProcessConfig{Dir: dir, Oplog: oplog})
	if err != nil {
		b.Fatal(err)
	}
	c, err := mongo.Connect(options.Client().ApplyURI(p.URI()))
	if err != nil {
		b.Fatal(err)
	}
	var next atomic.Int64
	b.ResetTimer()
	began := time.Now()
	var writers errgroup.Group
	for range concurrency {
		writers.Go(func() error {
			for {
				from := next.Add(batch) - batch
				if from >= int64(b.N) {
					return nil
				}
				docs := make([]any, 0, batch)
				for i := from; i < min(from+batch, int64(b.N)); i++ {
					docs = append(docs, sample(i))
				}
				if _, err := c.Database("bench").Collection("docs").InsertMany(b.Context(), docs); err != nil {
					return err
				}
			}
		})
	}
	if err := writers.Wait(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/took.Seconds(), "docs/s")
	if err := c.Disconnect(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	if err := p.Stop(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(p.CPU().Microseconds())/float64(b.N), "server-µs/doc")
}

// sample is a document of about 1 kB.
func sample(i int64) bson.D {
	return bson.D{{Key: "_id", Value: i}, {Key: "name", Value: "customer " + strconv.FormatInt(i, 10)}, {Key: "n", Value: i * 7},
		{Key: "when", Value: bson.DateTime(1_700_000_000_000 + i)}, {Key: "price", Value: float64(i) / 3}, {Key: "ok", Value: i%2 == 0},
		{Key: "nest", Value: bson.D{{Key: "x", Value: i}, {Key: "tags", Value: bson.A{"a", "b", "c"}}}},
		{Key: "data", Value: bson.Binary{Data: bytes.Repeat([]byte{byte(i)}, 100)}}, {Key: "text", Value: strings.Repeat("lorem ipsum ", 50)}}
}
