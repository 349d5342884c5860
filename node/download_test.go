package node_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/archive"
	"tidemark/mongo"
)

// download asks for a file as Atlas's clients do, with an empty target, and
// checks it against the deployment, which must be as the snapshot is.
func (a atlas) download(t *testing.T, d *mongo.Deployment, snapshot string) string {
	t.Helper()
	id := a.begin(t, "shop", &admin.ServerlessBackupRestoreJob{DeliveryType: "download", SnapshotId: &snapshot}).GetId()
	job := a.await(t, "shop", id)
	if len(job.GetDeliveryUrl()) != 1 || !job.GetExpiresAt().After(time.Now()) {
		t.Fatalf("the download is %+v", job)
	}
	url := job.GetDeliveryUrl()[0]
	file, _ := fetch(t, url, "", http.StatusOK)
	sameArchive(t, file, d)

	var parts []byte
	for _, r := range []string{fmt.Sprintf("bytes=0-%d", len(file)/3), fmt.Sprintf("bytes=%d-", len(file)/3+1)} {
		part, header := fetch(t, url, r, http.StatusPartialContent)
		if header.Get("Content-Range") == "" {
			t.Errorf("no Content-Range for %s", r)
		}
		parts = append(parts, part...)
	}
	if !bytes.Equal(parts, file) {
		t.Errorf("the parts have %d bytes and are not the file, which has %d", len(parts), len(file))
	}
	return id
}

// fetch gets a link without any authentication.
func fetch(t *testing.T, url, byteRange string, status int) ([]byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	if byteRange != "" {
		req.Header.Set("Range", byteRange)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != status {
		t.Fatalf("a download answers %s: %.200s", resp.Status, body)
	}
	return body, resp.Header
}

// sameArchive compares a gzipped archive with a deployment.
func sameArchive(t *testing.T, file []byte, d *mongo.Deployment) {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(file))
	must(t, err)
	r, err := archive.NewReader(plain)
	must(t, err)
	got := map[string]tidemark.Content{}
	for {
		ns, doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		c := got[ns.String()]
		c.Add(doc)
		got[ns.String()] = c
	}
	catalogue, err := d.Catalogue(t.Context())
	must(t, err)
	if len(r.Entries()) != len(catalogue.Collections) {
		t.Errorf("the archive has %d collections, the deployment %d", len(r.Entries()), len(catalogue.Collections))
	}
	for _, c := range catalogue.Collections {
		var want tidemark.Content
		must(t, d.Scan(t.Context(), c, tidemark.ScanRange{}, func(doc bson.Raw) error { want.Add(doc); return nil }))
		if got[c.Namespace()] != want {
			t.Errorf("%s has %+v in the archive and %+v in the deployment", c.Namespace(), got[c.Namespace()], want)
		}
	}
}
