package mongo_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

func TestOplogOfTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.StartLogged(t), noRetry)
	info, err := d.Describe(t.Context())
	must(t, err)
	first, last, err := d.OplogWindow(t.Context())
	must(t, err)
	if !info.OplogAvailable || first != last || first.IsZero() {
		t.Fatalf("%+v, %s to %s", info, first, last)
	}
	docs, n := ids(t, 0, 500)
	must(t, d.Create(t.Context(), plain, "cmds", "t"))
	must(t, d.Insert(t.Context(), "cmds", "t", docs, n))
	now, err := d.ClusterTime(t.Context())
	must(t, err)
	var entries []bson.Raw
	must(t, d.ReadOplog(t.Context(), first, 0, func(e bson.Raw) error {
		entries = append(entries, slices.Clone(e))
		return nil
	}))
	if len(entries) != n+1 {
		t.Fatalf("%d entries", len(entries))
	}
	sec, inc := entries[n].Lookup("ts").Timestamp()
	if (tidemark.Timestamp{T: sec, I: inc}) != now {
		t.Errorf("the cluster time is %s, the last entry of %d:%d", now, sec, inc)
	}
	_, err = read(t.Context(), d, tidemark.Timestamp{T: first.T - 1, I: 1}, 0)
	wantCode(t, err, tidemark.CodeOplogGap)
	_, err = read(t.Context(), d, tidemark.Timestamp{T: now.T + 10, I: 1}, 0)
	wantCode(t, err, tidemark.CodeOplogGap)
}

func TestEmbeddedServerWithoutOplog(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	_, _, err := d.OplogWindow(t.Context())
	wantCode(t, err, tidemark.CodeNoOplog)
	_, err = read(t.Context(), d, at(1), 0)
	wantCode(t, err, tidemark.CodeNoOplog)
}

// The wait ends although entries keep coming.
func TestReadOplogComesToAnEnd(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.StartLogged(t), noRetry)
	first, _, err := d.OplogWindow(t.Context())
	must(t, err)
	docs, n := ids(t, 0, 1)
	must(t, d.Insert(t.Context(), "cmds", "t", docs, n)) // something to read, however slow the rest
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := 1; !stop.Load(); i++ {
			docs, n := ids(t, i, i+1)
			if err := d.Insert(t.Context(), "cmds", "t", docs, n); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	began := time.Now()
	got, err := read(t.Context(), d, first, 300*time.Millisecond)
	stop.Store(true)
	<-ended
	if took := time.Since(began); err != nil || len(got) == 0 || took < 300*time.Millisecond || took > 10*time.Second {
		t.Errorf("%d entries in %s: %v", len(got), took, err)
	}
}

func TestReadOplogEndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.StartLogged(t), noRetry)
	first, _, err := d.OplogWindow(t.Context())
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := read(ctx, d, first, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := read(ctx, d, first, time.Hour); err != context.Canceled { //nolint:errorlint // as it is
		t.Error(err)
	}
}

// Connections are cut under the reader, before and after the server's answer.
// Every entry comes once, in order.
func TestReadOplogThroughCuts(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	proxy, err := mongotest.StartProxy(embeddedtest.StartLogged(t), func(_ int, cmd mongotest.Command) mongotest.Action {
		switch {
		case cmd.Name != "getMore":
		case n.Add(1)%3 == 0:
			return mongotest.Cut()
		case n.Load()%3 == 1:
			return mongotest.CutAfter()
		}
		return mongotest.Pass()
	})
	must(t, err)
	t.Cleanup(func() { must(t, proxy.Close()) })
	d := open(t, proxy.URI(), mongo.Options{BatchBytes: 8000})
	first, _, err := d.OplogWindow(t.Context())
	must(t, err)
	docs, count := ids(t, 0, 500)
	must(t, d.Insert(t.Context(), "cmds", "t", docs, count))
	next := 0
	must(t, d.ReadOplog(t.Context(), first, 0, func(e bson.Raw) error {
		if e.Lookup("op").StringValue() != "i" {
			return nil
		}
		if id := e.Lookup("o", "_id").AsInt64(); int(id) != next {
			t.Errorf("entry of %d, want %d", id, next)
		}
		next++
		return nil
	}))
	if next != count || n.Load() < 3 {
		t.Errorf("%d entries through %d replies", next, n.Load())
	}
}

// BenchmarkReadOplog is an entry of about 1 kB read from an embedded server in
// this process.
func BenchmarkReadOplog(b *testing.B) {
	d := open(b, embeddedtest.StartLogged(b), noRetry)
	first, _, err := d.OplogWindow(b.Context())
	must(b, err)
	const entries = 20_000
	for from := 0; from < entries; from += 1000 {
		var docs []bson.D
		for i := from; i < from+1000; i++ {
			docs = append(docs, bson.D{{Key: "_id", Value: i}, {Key: "n", Value: i * 7}, {Key: "nest", Value: bson.D{{Key: "x", Value: "y"}, {Key: "tags", Value: bson.A{1, 2, 3}}}},
				{Key: "text", Value: strings.Repeat("lorem ipsum ", 70)}})
		}
		must(b, d.Insert(b.Context(), "cmds", "t", pack(b, docs...), len(docs)))
	}
	b.ResetTimer()
	read, bytes := 0, int64(0)
	for read < b.N {
		must(b, d.ReadOplog(b.Context(), first, 0, func(e bson.Raw) error {
			read++
			bytes += int64(len(e))
			return nil
		}))
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
}
