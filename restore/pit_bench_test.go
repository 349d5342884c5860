//go:build unix

package restore_test

import (
	"context"
	"errors"
	"fmt"
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
// in time 60,000 updates of different documents after it: reading the slices of
// the log, folding, and a restore that merges. It reports the second in parts of
// the first, in time and in processor time. The null server takes all at once;
// "paced" loads as fast as a MongoDB on two cores takes documents.
func BenchmarkPointInTime(b *testing.B) {
	b.Run("null", func(b *testing.B) { benchmarkPointInTime(b, 0) })
	b.Run("paced", func(b *testing.B) { benchmarkPointInTime(b, livePace) })
}

// livePace is in bytes a second.
const livePace = 90_000_000

func benchmarkPointInTime(b *testing.B, pace int64) {
	snap := benchSnapshot(b, inOrder)
	server := mongotest.SpawnNull(b)
	target := untilReadBack{restoretest.Connect(b, server.URI())}
	log := pointInTimeSlices(b, snap)
	to := tidemark.Timestamp{T: 1000, I: pointInTimeEntries}
	load := func(m *vault.Manifest) time.Duration {
		start := time.Now()
		_, err := restore.Run(b.Context(), restore.Request{
			JobID: tidemark.NewID(), Manifest: m, Open: snap.open, Target: target,
			Options: tidemark.RestoreOptions{MaxBytesPerSecond: pace},
			Merger:  func() run.Merger { return oplog.NewMerger(m.Catalogue()) },
			Save:    func(context.Context, tidemark.Progress, []byte) error { return nil },
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
			Base: snap.manifest, Vault: snap.vault, To: to, Ephemeral: true,
			Entries: capture.Entries(b.Context(), snap.vault, log, snap.manifest.ClusterTime, to),
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

// replayed is an oplog that ends.
type replayed struct {
	tidemark.OplogSource
	entries []bson.Raw
}

func (log replayed) ReadOplog(_ context.Context, _ tidemark.Timestamp, _ time.Duration, fn func(bson.Raw) error) error {
	for _, entry := range log.entries {
		if err := fn(entry); err != nil {
			return err
		}
	}
	return errReadBack
}

// pointInTimeSlices are those of the oplog after a snapshot, in its vault.
func pointInTimeSlices(b *testing.B, snap *stored) []*tidemark.Slice {
	b.Helper()
	var all []*tidemark.Slice
	_, err := capture.Tail(b.Context(), capture.TailRequest{
		Source: pointInTimeLog(b, snap), Vault: snap.vault, After: snap.manifest.ClusterTime, SliceBytes: 1 << 30, SliceEvery: time.Hour, For: time.Hour,
		Keep: func(_ context.Context, s *tidemark.Slice) error { all = append(all, s); return nil },
	})
	if !errors.Is(err, errReadBack) {
		b.Fatal(err)
	}
	return all
}

// pointInTimeLog is that oplog.
func pointInTimeLog(b *testing.B, snap *stored) replayed {
	b.Helper()
	source := newSynthetic(benchDocuments, inOrder)
	c := snap.manifest.Collections[0].Collection
	var all []bson.Raw
	r := rand.New(rand.NewPCG(3, 4))
	for i, n := range r.Perm(source.share(c))[:pointInTimeEntries] {
		all = append(all, restoretest.Raw(b, bson.D{
			{Key: "ts", Value: bson.Timestamp{T: 1000, I: uint32(i + 1)}}, {Key: "op", Value: "u"}, {Key: "ns", Value: c.Namespace()},
			{Key: "ui", Value: bson.Binary{Subtype: 4, Data: c.UUID[:]}}, {Key: "v", Value: int64(2)},
			{Key: "o", Value: bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "token", Value: fmt.Sprint(i)}}}}}}},
			{Key: "o2", Value: bson.D{{Key: "_id", Value: source.id(n)}}},
		}))
	}
	return replayed{entries: all}
}
