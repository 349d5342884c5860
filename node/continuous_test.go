package node_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/client"
	"tidemark/jobs"
	"tidemark/mongo"
	"tidemark/node"
	"tidemark/restore/restoretest"
)

// counted counts how often a deployment was read in full, and how often a
// snapshot was advanced.
type counted struct {
	jobs.Capturer
	scans, folds atomic.Int64
	scanned      func() // called after a reading
	db           *sql.DB
}

// idle waits until no objects are to be deleted any more.
func (c *counted) idle(t *testing.T) {
	t.Helper()
	until(t, "the deletion of objects", func() bool {
		var n int
		must(t, c.db.QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE kind = ? AND finalized_at IS NULL`, tidemark.TaskForget).Scan(&n))
		return n == 0
	})
}

func (c *counted) Capture(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
	c.scans.Add(1)
	result, err := c.Capturer.Capture(ctx, r)
	if c.scanned != nil {
		c.scanned()
	}
	return result, err
}

func (c *counted) Advance(ctx context.Context, r jobs.AdvanceRequest) (jobs.CaptureResult, error) {
	c.folds.Add(1)
	return c.Capturer.Advance(ctx, r)
}

// counting makes a service count.
func counting(cfg *node.Config) *counted {
	c := &counted{}
	cfg.TuneJobs = func(j *jobs.Config) {
		quick(j)
		j.SweepInterval = 200 * time.Millisecond
		c.db, c.Capturer, j.Capturer = j.DB, j.Capturer, c
	}
	return c
}

// continuous turns continuous backup on or off, as Atlas's clients do.
func (a api) continuous(t testing.TB, name string, on bool) {
	t.Helper()
	_, err := a.Atlas(t.Context(), "PATCH", "/groups/"+a.project+"/serverless/"+name,
		map[string]any{"serverlessBackupOptions": map[string]any{"serverlessContinuousBackupEnabled": on}})
	must(t, err)
}

// captured waits until an entry is captured.
func (a api) captured(t testing.TB, name string, entry tidemark.Timestamp) {
	t.Helper()
	until(t, "the capture of "+entry.String(), func() bool {
		c := a.instance(t, name).Capture
		return c != nil && !parseEntry(t, c.Position).IsZero() && parseEntry(t, c.Position).Compare(entry) >= 0
	})
}

func parseEntry(t testing.TB, s string) tidemark.Timestamp {
	t.Helper()
	var at tidemark.Timestamp
	if s != "" {
		_, err := fmt.Sscanf(s, "%d:%d", &at.T, &at.I)
		must(t, err)
	}
	return at
}

// restoreTo restores a point in time and waits for it.
func (a api) restoreTo(t testing.TB, source, target string, at tidemark.Timestamp) client.RestoreJob {
	t.Helper()
	answer, err := a.CreateRestoreJob(t.Context(), a.project, source, client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverPointInTime), TargetClusterName: target, TargetGroupID: a.project,
		OplogTs: int64(at.T), OplogInc: int64(at.I),
	})
	j := a.awaitRestore(t, source, decoded[client.RestoreJob](t, answer, err).ID)
	if got := (tidemark.Timestamp{T: uint32(j.DesiredTimestamp.Date.Unix()), I: j.DesiredTimestamp.Increment}); got != at {
		t.Errorf("the job is to restore %s, not %s", got, at)
	}
	return j
}

// newest is the last entry of a deployment's oplog.
func newest(t testing.TB, d *mongo.Deployment) tidemark.Timestamp {
	t.Helper()
	_, last, err := d.OplogWindow(t.Context())
	must(t, err)
	return last
}

// writeTide inserts documents from..to-1 into shop.tide, one at a time.
func writeTide(ctx context.Context, t testing.TB, d *mongo.Deployment, from, to int) {
	for n := from; n < to && ctx.Err() == nil; n++ {
		doc := restoretest.Raw(t, bson.D{{Key: "_id", Value: int32(n)}})
		if err := d.Insert(ctx, "shop", "tide", doc, 1); err != nil && ctx.Err() == nil {
			t.Errorf("document %d: %v", n, err)
			return
		}
	}
}

// tideEntry is the entry of the oplog that inserted a document of shop.tide.
func tideEntry(t testing.TB, d *mongo.Deployment, n int32) tidemark.Timestamp {
	t.Helper()
	first, _, err := d.OplogWindow(t.Context())
	must(t, err)
	var at tidemark.Timestamp
	must(t, d.ReadOplog(t.Context(), first, time.Millisecond, func(entry bson.Raw) error {
		if ns, _ := entry.Lookup("ns").StringValueOK(); ns != "shop.tide" {
			return nil
		}
		if id, ok := entry.Lookup("o", "_id").Int32OK(); ok && id == n {
			at.T, at.I, _ = entry.Lookup("ts").TimestampOK()
		}
		return nil
	}))
	if at.IsZero() {
		t.Fatalf("the oplog has no entry of document %d", n)
	}
	return at
}

// tide is how many documents shop.tide has, which must be the first ones.
func tide(t testing.TB, d *mongo.Deployment) int {
	t.Helper()
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	c, ok := catalogue.Find("shop", "tide")
	if !ok {
		return 0
	}
	seen := map[int32]int{}
	must(t, d.Scan(t.Context(), c, tidemark.ScanRange{}, func(doc bson.Raw) error {
		seen[doc.Lookup("_id").Int32()]++
		return nil
	}))
	for n := range len(seen) {
		if seen[int32(n)] != 1 {
			t.Errorf("document %d is there %d times", n, seen[int32(n)])
		}
	}
	return len(seen)
}

// justBefore is the last instant at which an entry had not happened.
func justBefore(at tidemark.Timestamp) tidemark.Timestamp {
	if at.I > 1 {
		return tidemark.Timestamp{T: at.T, I: at.I - 1}
	}
	return tidemark.Timestamp{T: at.T - 1, I: math.MaxInt32}
}

// TestPointInTime turns continuous backup on under a server that has data and
// is written to, and goes back to exact entries.
func TestPointInTime(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	count := counting(&cfg)
	s := start(t, cfg)
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 3000/slowness, 400)
	restoretest.Collection(t, shop, "shop", "tide", 1, nil, func(int) bson.D { return bson.D{{Key: "_id", Value: int32(0)}} })

	// The first snapshot is taken while documents are written, and ends after more.
	var wrote atomic.Int64
	wrote.Store(1)
	writing, stop := context.WithCancel(t.Context())
	count.scanned = func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for at := wrote.Load(); wrote.Load() < at+20 && writing.Err() == nil; {
			<-ticker.C
		}
	}
	s.continuous(t, "shop", true)
	until(t, "the server with an oplog", func() bool { _, _, err := shop.OplogWindow(t.Context()); return err == nil })
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ; writing.Err() == nil; wrote.Add(1) {
			n := int(wrote.Load())
			writeTide(writing, t, shop, n, n+1)
		}
	}()
	var first client.Snapshot
	until(t, "the first snapshot", func() bool {
		list := s.listSnapshots(t, "shop")
		if len(list) == 0 || list[0].Status != string(tidemark.SnapshotCompleted) {
			return false
		}
		first = list[0]
		return true
	})
	until(t, "more writes", func() bool { return wrote.Load() > 60 })
	stop()
	<-done
	if count.scans.Load() != 1 || count.folds.Load() != 1 {
		t.Errorf("the first snapshot took %d readings and %d folds", count.scans.Load(), count.folds.Load())
	}
	spare := s.embedded(t, "spare")
	s.restore(t, "shop", first.ID, "spare")
	t.Logf("the first snapshot has %d documents of %d", tide(t, spare), wrote.Load())

	// The second reads no collection, and adds little.
	must(t, shop.Drop(t.Context(), "shop", "empty"))
	before, recorded := newest(t, shop), restoretest.Read(t, shop)
	second := s.snapshot(t, "shop")
	if count.scans.Load() != 1 || count.folds.Load() != 2 {
		t.Errorf("after the second snapshot there were %d readings and %d folds", count.scans.Load(), count.folds.Load())
	}
	if second.StorageSizeBytes*4 > first.StorageSizeBytes {
		t.Errorf("the first snapshot takes %d bytes, the second %d", first.StorageSizeBytes, second.StorageSizeBytes)
	}
	s.restore(t, "shop", second.ID, "spare")
	restoretest.Same(t, restoretest.Read(t, spare), recorded)

	wreck(t, shop)
	s.captured(t, "shop", newest(t, shop))
	j := s.restoreTo(t, "shop", "spare", before)
	restoretest.Same(t, restoretest.Read(t, spare), recorded)
	if j.Report.Content.Documents == 0 {
		t.Error("the report counts nothing")
	}
	for _, n := range []int32{int32(wrote.Load()) - 20, int32(wrote.Load()) - 3} {
		at := tideEntry(t, shop, n)
		if at.Compare(parseEntry(t, s.instance(t, "shop").Capture.WindowStart)) < 0 {
			continue // it was written before the first snapshot
		}
		s.restoreTo(t, "shop", "spare", at)
		if got := tide(t, spare); got != int(n)+1 {
			t.Errorf("up to the entry of document %d there are %d", n, got)
		}
		s.restoreTo(t, "shop", "spare", justBefore(at))
		if got := tide(t, spare); got != int(n) {
			t.Errorf("up to just before the entry of document %d there are %d", n, got)
		}
	}

	// Nothing is left of what the restores made for themselves.
	count.idle(t)
	s.stop(t)
	noOrphans(t, cfg.DataDir, 2)
}
