//go:build unix

package restore_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo/mongotest"
	"tidemark/oplog"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/run"
)

// large is a source of nothing but documents of 15 MB.
type large struct{ *synthetic }

const (
	largeDocuments = 40
	largeBytes     = 15_000_000
)

func (l large) Scan(ctx context.Context, c tidemark.Collection, _ tidemark.ScanRange, fn func(bson.Raw) error) error {
	text := make([]byte, largeBytes)
	for i := range largeDocuments {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		for j := range text {
			text[j] = 'a' + byte(r.Uint32()%20)
		}
		doc, err := bson.Marshal(bson.D{{Key: "_id", Value: int32(i)}, {Key: "text", Value: text}})
		if err != nil {
			return err
		}
		if err := fn(doc); err != nil {
			return err
		}
	}
	return nil
}

func (l large) Partition(context.Context, tidemark.Collection, int64) ([]tidemark.ScanRange, error) {
	return []tidemark.ScanRange{{EstimatedDocuments: largeDocuments}}, nil
}

// BenchmarkLarge restores a snapshot of nothing but documents near the largest
// that a server takes: what it shows is the memory, where nothing else ran in the
// process before.
func BenchmarkLarge(b *testing.B) {
	snap := takeStored(b.Context(), b, large{newSynthetic(largeDocuments, inOrder)})
	server := mongotest.SpawnNull(b)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(176 << 20)) // as a service does
	m := measure(b)
	for b.Loop() {
		_, err := restore.Run(b.Context(), restore.Request{
			JobID: tidemark.NewID(), Manifest: snap.manifest, Open: snap.open,
			Merger: func() run.Merger { return oplog.NewMerger(snap.manifest.Catalogue()) },
			Target: untilReadBack{restoretest.Connect(b, server.URI())},
			Save:   func(context.Context, tidemark.Progress, []byte) error { return nil },
		})
		if !errors.Is(err, errReadBack) {
			b.Fatal(err)
		}
	}
	m.report(snap.content.Bytes)
}
