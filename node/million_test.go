//go:build long && linux

package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/client"
	"tidemark/mongo"
	"tidemark/restore/restoretest"
)

const (
	million = 1_000_000
	// mostMemory is the budget of a service for a snapshot or a restore,
	// whatever the size of the data (docs/performance.md).
	mostMemory = 256 << 20
)

// TestMillionDocuments takes a snapshot of a million documents, restores it
// onto another instance and downloads it, through services in processes of
// their own, whose memory is looked at. The embedded servers are processes too,
// and do not count. Half of the documents are stored in another order than that
// of their _id, which is what costs memory.
//
// Run with: go test -tags long -run TestMillion -timeout 30m -v ./node
func TestMillionDocuments(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := spawn(t, dir)
	source, target := p.embedded(t, "source"), p.embedded(t, "target")
	start := time.Now()
	loadMillion(t, source)
	t.Logf("loaded in %.0f s", time.Since(start).Seconds())

	var snapshot client.Snapshot
	p.phase(t, "snapshot", func() {
		answer, err := p.AwaitSnapshot(t.Context(), p.project, "source", p.beginSnapshot(t, "source"), nil)
		snapshot = decoded[client.Snapshot](t, answer, err)
		if snapshot.Status != string(tidemark.SnapshotCompleted) || snapshot.Documents != million {
			t.Fatalf("the snapshot: %s with %d documents; %s", snapshot.Status, snapshot.Documents, snapshot.FailReason)
		}
	})
	t.Logf("%d documents, %.0f MB of BSON, %.0f MB in the vault", snapshot.Documents,
		float64(snapshot.Bytes)/1e6, float64(snapshot.StorageSizeBytes)/1e6)

	p.terminate(t)
	p = spawn(t, dir)
	p.phase(t, "restore", func() {
		answer, err := p.AwaitRestoreJob(t.Context(), p.project, "source", p.beginRestore(t, "source", snapshot.ID, "target"), nil)
		job := decoded[client.RestoreJob](t, answer, err)
		if job.State != string(tidemark.JobCompleted) || job.Report == nil || !job.Report.Verified || job.Report.Content.Documents != million {
			t.Fatalf("the restore: %s with report %+v; %s", job.State, job.Report, job.FailReason)
		}
		t.Logf("loaded in %.0f s, indexed in %.0f s, read back in %.0f s",
			job.Report.LoadSeconds, job.Report.IndexSeconds, job.Report.VerifySeconds)
	})
	if got := countMillion(t, target); got != million {
		t.Errorf("the target has %d documents", got)
	}

	p.terminate(t)
	p = spawn(t, dir)
	p.phase(t, "download", func() { p.download(t, snapshot) })
}

// phase does something and looks at the most memory that the service had
// resident since it started.
func (p *process) phase(t *testing.T, name string, do func()) {
	t.Helper()
	start := time.Now()
	do()
	peak := residentPeak(t, p.cmd.Process.Pid)
	t.Logf("%s: %.0f s, at most %.1f MiB resident", name, time.Since(start).Seconds(), float64(peak)/(1<<20))
	if peak >= mostMemory {
		t.Errorf("%s: %.1f MiB resident, the budget is %d MiB", name, float64(peak)/(1<<20), mostMemory>>20)
	}
}

// residentPeak is VmHWM of a process, in bytes.
func residentPeak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kib, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	must(t, err)
	return kib << 10
}

// download reads the whole file of a download job.
func (p *process) download(t *testing.T, snapshot client.Snapshot) {
	t.Helper()
	answer, err := p.CreateRestoreJob(t.Context(), p.project, "source", client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverDownload), SnapshotID: snapshot.ID, TargetClusterName: "source", TargetGroupID: p.project,
	})
	id := decoded[client.RestoreJob](t, answer, err).ID
	answer, err = p.AwaitRestoreJob(t.Context(), p.project, "source", id, nil)
	job := decoded[client.RestoreJob](t, answer, err)
	if len(job.DeliveryURL) == 0 {
		t.Fatalf("the download: %s; %s", job.State, job.FailReason)
	}
	file, _ := fetch(t, job.DeliveryURL[0], "", http.StatusOK)
	t.Logf("%.0f MB downloaded", float64(len(file))/1e6)
	if int64(len(file)) < snapshot.Bytes/20 {
		t.Errorf("%d bytes for %d bytes of documents", len(file), snapshot.Bytes)
	}
}

// loadMillion fills two collections, with an index each.
func loadMillion(t *testing.T, d *mongo.Deployment) {
	t.Helper()
	for _, c := range []struct {
		name string
		id   func(i int) string
	}{
		{"inOrder", func(i int) string { return fmt.Sprintf("%016x", i) }},
		{"scattered", func(i int) string { return fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15) }},
	} {
		empty := tidemark.Collection{DB: "shop", Name: c.name, Type: tidemark.TypeCollection, Options: restoretest.Raw(t, bson.D{})}
		must(t, d.Create(t.Context(), empty, "shop", c.name))
		const writers, batch = 4, 1000
		g, ctx := errgroup.WithContext(t.Context())
		for w := range writers {
			g.Go(func() error {
				var docs []byte
				for from := w * batch; from < million/2; from += writers * batch {
					docs = docs[:0]
					for i := from; i < from+batch; i++ {
						docs = appendOrder(docs, c.id(i), i)
					}
					if err := d.Insert(ctx, "shop", c.name, docs, batch); err != nil {
						return err
					}
				}
				return nil
			})
		}
		must(t, g.Wait())
		must(t, d.CreateIndexes(t.Context(), "shop", c.name, []bson.Raw{
			restoretest.Raw(t, bson.D{{Key: "key", Value: bson.D{{Key: "number", Value: 1}}}, {Key: "name", Value: "number_1"}}),
		}))
	}
}

// appendOrder appends a document of about 400 bytes.
func appendOrder(dst []byte, id string, i int) []byte {
	text := words[i%len(words)] + words[i/7%len(words)] + words[i/49%len(words)] + words[i/343%len(words)]
	at, dst := bsoncore.AppendDocumentStart(dst)
	dst = bsoncore.AppendStringElement(dst, "_id", id)
	dst = bsoncore.AppendInt32Element(dst, "number", int32(i))
	dst = bsoncore.AppendDateTimeElement(dst, "placed", 1_700_000_000_000+int64(i)*977)
	dst = bsoncore.AppendDoubleElement(dst, "total", float64(i%99_991)/100)
	dst = bsoncore.AppendStringElement(dst, "token", fmt.Sprintf("%016x", uint64(i)*0xd6e8feb86659fd93))
	dst = bsoncore.AppendStringElement(dst, "note", text)
	dst, _ = bsoncore.AppendDocumentEnd(dst, at)
	return dst
}

// words are of 60 to 75 bytes each, so that four make a note.
var words = []string{
	"the parcel was left with the neighbours on the second floor; ",
	"please ring twice, the bell at the garden gate does not work at all; ",
	"an invoice is to be sent to the company and not to the person; ",
	"delivery after six in the evening, or at any time on a Saturday; ",
	"gift wrapping in the blue paper, with a card that says nothing; ",
	"replaces an order that was cancelled because of a wrong address; ",
	"paid in advance by bank transfer, reference number in the mail; ",
}

// countMillion counts what a deployment has by reading it.
func countMillion(t *testing.T, d *mongo.Deployment) int64 {
	t.Helper()
	var n int64
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	for _, c := range catalogue.Collections {
		must(t, d.Scan(t.Context(), c, tidemark.ScanRange{}, func(bson.Raw) error { n++; return nil }))
	}
	return n
}
