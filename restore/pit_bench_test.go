//go:build unix

package restore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/mongo/mongotest"
	"tidemark/oplog"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
)

// pointInTimeEntries is how many oplog entries come after the snapshot.
const pointInTimeEntries = 60_000

// BenchmarkPointInTime restores a snapshot onto a null server, and then a point
// in time 60,000 updates of different documents after it: folding, and a restore
// that merges. It reports the second in parts of the first, in
// time and in processor time.
func BenchmarkPointInTime(b *testing.B) {
	snap := benchSnapshot(b, inOrder)
	server := mongotest.SpawnNull(b)
	target := untilReadBack{restoretest.Connect(b, server.URI())}
	entries := pointInTimeLog(b, snap)
	load := func(m *vault.Manifest) time.Duration {
		start := time.Now()
		_, err := restore.Run(b.Context(), restore.Request{
			JobID: tidemark.NewID(), Manifest: m, Open: snap.open, Target: target,
			Merger: func() run.Merger { return oplog.NewMerger(m.Catalogue()) },
			Save:   func(context.Context, tidemark.Progress, []byte) error { return nil },
		})
		if !errors.Is(err, errReadBack) {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var alone, folding, after, usedAlone, usedAfter time.Duration
	for b.Loop() {
		used := processorTime(b)
		alone += load(snap.manifest)
		usedAlone += processorTime(b) - used
		start, used := time.Now(), processorTime(b)
		m, _, added, err := capture.Advance(b.Context(), capture.AdvanceRequest{
			Base: snap.manifest, Vault: snap.vault, Entries: entries, To: tidemark.Timestamp{T: 1000, I: pointInTimeEntries}, Ephemeral: true,
		})
		if err != nil {
			b.Fatal(err)
		}
		folding += time.Since(start)
		after += load(m)
		usedAfter += processorTime(b) - used
		if err := capture.Discard(b.Context(), snap.vault, added); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(folding+after)/float64(alone), "ratio")
	b.ReportMetric(float64(usedAfter)/float64(usedAlone), "cpu-ratio")
	b.ReportMetric(alone.Seconds()/float64(b.N), "alone-s")
	b.ReportMetric(folding.Seconds()/float64(b.N), "folding-s")
	b.ReportMetric(after.Seconds()/float64(b.N), "after-s")
}

// pointInTimeLog is the oplog after a snapshot.
func pointInTimeLog(b *testing.B, snap *stored) iter.Seq2[[]byte, error] {
	b.Helper()
	source := newSynthetic(benchDocuments, inOrder)
	c := snap.manifest.Collections[0].Collection
	var all [][]byte
	r := rand.New(rand.NewPCG(3, 4))
	for i, n := range r.Perm(source.share(c))[:pointInTimeEntries] {
		all = append(all, restoretest.Raw(b, bson.D{
			{Key: "ts", Value: bson.Timestamp{T: 1000, I: uint32(i + 1)}}, {Key: "op", Value: "u"}, {Key: "ns", Value: c.Namespace()},
			{Key: "ui", Value: bson.Binary{Subtype: 4, Data: c.UUID[:]}}, {Key: "v", Value: int64(2)},
			{Key: "o", Value: bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "token", Value: fmt.Sprint(i)}}}}}}},
			{Key: "o2", Value: bson.D{{Key: "_id", Value: source.id(n)}}},
		}))
	}
	return func(yield func([]byte, error) bool) {
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}
