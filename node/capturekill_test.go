package node_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/client"
	"tidemark/embedded"
	"tidemark/restore/restoretest"
	"tidemark/store"
	"tidemark/vault"
)

// TestKillInTheMiddleOfACapture ends a service again and again while it follows
// an oplog that grows all the time.
func TestKillInTheMiddleOfACapture(t *testing.T) {
	t.Parallel()
	server, err := embedded.Spawn(t.Context(), embedded.ProcessConfig{Dir: t.TempDir(), Oplog: true})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop(context.WithoutCancel(t.Context()))) })
	d := restoretest.Connect(t, server.URI())
	restoretest.Collection(t, d, "shop", "tide", 1, nil, func(int) bson.D { return bson.D{{Key: "_id", Value: int32(0)}} })

	p := spawn(t, filepath.Join(t.TempDir(), "data"))
	_, err = p.CreateInstance(t.Context(), p.project, client.NewInstance{Name: "shop", URI: server.URI(), ContinuousBackup: true})
	must(t, err)
	until(t, "the window", func() bool { return p.instance(t, "shop").Capture.WindowStart != "" })
	id := tidemark.ID(p.instance(t, "shop").ID)

	writing, stop := context.WithCancel(t.Context())
	wrote := make(chan int)
	go func() {
		n := 1
		for ; writing.Err() == nil; n++ {
			writeTide(t.Context(), t, d, n, n+1)
		}
		wrote <- n
	}()
	const rounds = 6
	for round := range rounds {
		before := p.instance(t, "shop").Capture.Position
		until(t, "progress", func() bool { return p.instance(t, "shop").Capture.Position != before })
		p = p.cut(t, round, 500*time.Millisecond)
	}
	stop()
	want := <-wrote
	p.captured(t, "shop", newest(t, d))
	second := p.snapshot(t, "shop")
	if second.Documents != int64(want) {
		t.Errorf("a snapshot has %d documents of %d", second.Documents, want)
	}
	p.terminate(t)
	countCaptured(t, p.dir, id, want)
	noOrphans(t, p.dir, 2)
}

// countCaptured fails the test unless the slices of an instance have the insert
// of each document of shop.tide but the first once, in order.
func countCaptured(t *testing.T, dir string, id tidemark.ID, want int) {
	t.Helper()
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dir, "master.key"))
	must(t, err)
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "tidemark.db"), Sealer: master})
	must(t, err)
	defer db.Close()
	bucket, err := vault.OpenDirBucket(filepath.Join(dir, "vault"))
	must(t, err)
	defer bucket.Close()

	slices := slicesOf(t, db, id)
	if len(slices) == 0 {
		t.Fatal("nothing is captured")
	}
	next := int32(1)
	for entry, err := range capture.Entries(t.Context(), vault.Open(bucket, master), slices, slices[0].After, slices[len(slices)-1].Last) {
		must(t, err)
		if ns, _ := bson.Raw(entry).Lookup("ns").StringValueOK(); ns != "shop.tide" {
			continue
		}
		if n := bson.Raw(entry).Lookup("o", "_id").Int32(); n != next {
			t.Fatalf("after the entry of document %d comes that of %d", next-1, n)
		}
		next++
	}
	t.Logf("%d entries in %d slices", next-1, len(slices))
	if int(next) != want {
		t.Errorf("the last entry is of document %d, not %d", next-1, want-1)
	}
}
