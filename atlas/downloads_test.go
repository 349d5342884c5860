package atlas_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/atlas/atlastest"
)

// downloadJob makes a download and returns the job and the path of its link.
func (f *fixture) downloadJob() (job map[string]any, path string) {
	f.t.Helper()
	id := f.shop()
	// The empty strings are what the command line sends.
	job = f.post(f.jobs("shop"), `{"deliveryType":"download","snapshotId":"`+string(id)+`","targetClusterName":"","targetGroupId":""}`).is(http.StatusOK).object()
	urls := job["deliveryUrl"].([]any)
	if len(urls) != 1 {
		f.t.Fatalf("deliveryUrl is %v", urls)
	}
	path, ours := strings.CutPrefix(urls[0].(string), f.url)
	if !ours || !strings.HasSuffix(path, "/shop-"+string(id)+".archive.gz") {
		f.t.Fatalf("deliveryUrl is %v", urls)
	}
	return job, path
}

func tokenOf(path string) string { return strings.Split(path, "/")[5] }

// fetch gets a link without any credentials.
func (f *fixture) fetch(method, path string, header ...string) answer {
	f.t.Helper()
	c := call{method: method, path: path, accept: "-", header: http.Header{"Accept-Encoding": {"identity"}}}
	for i := 0; i < len(header); i += 2 {
		c.header.Set(header[i], header[i+1])
	}
	return f.do(c, f.checked)
}

func TestDownload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job, path := f.downloadJob()
	if job["expired"] != false || job["expiresAt"] != "2026-03-01T16:00:00Z" || job["targetClusterName"] != nil {
		t.Errorf("the job is %v", job)
	}
	for _, known := range []bool{false, true} {
		f.ChangeFile(tokenOf(path), known, 0)
		length := map[bool]string{true: "36"}[known]
		head := f.fetch(http.MethodHead, path).is(http.StatusOK)
		if head.header.Get("Content-Length") != length {
			t.Errorf("HEAD says %q bytes", head.header.Get("Content-Length"))
		}
		got := f.fetch(http.MethodGet, path).is(http.StatusOK)
		if string(got.body) != atlastest.Content {
			t.Errorf("the file is %q", got.body)
		}
		id := job["snapshotId"].(string)
		for name, want := range map[string]string{
			"Content-Type": "application/gzip", "Accept-Ranges": "bytes", "Cache-Control": "no-store",
			"Content-Disposition": "attachment; filename=shop-" + id + ".archive.gz",
		} {
			if got.header.Get(name) != want || head.header.Get(name) != want {
				t.Errorf("%s is %q and %q", name, got.header.Get(name), head.header.Get(name))
			}
		}
	}
	if got := f.fetch(http.MethodPost, path).is(http.StatusMethodNotAllowed); got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
	f.fetch(http.MethodGet, strings.Replace(path, tokenOf(path), "guess", 1)).fails(http.StatusNotFound, "RESOURCE_NOT_FOUND")
	f.fetch(http.MethodGet, "/api/tidemark/v1/downloads/"+tokenOf(path)).fails(http.StatusNotFound, "RESOURCE_NOT_FOUND")
	f.fetch(http.MethodGet, "/api/tidemark/v1/downloads//x").fails(http.StatusNotFound, "RESOURCE_NOT_FOUND")

	f.clock.advance(4 * time.Hour)
	if got := f.fetch(http.MethodGet, path); strings.Contains(string(got.fails(http.StatusNotFound, "RESOURCE_NOT_FOUND").body), tokenOf(path)) {
		t.Errorf("the token is told: %s", got.body)
	}
	job = f.get(f.jobs("shop") + "/" + job["id"].(string)).is(http.StatusOK).object()
	if job["expired"] != true || len(job["deliveryUrl"].([]any)) != 0 {
		t.Errorf("the expired job is %v", job)
	}
	if log := f.log.String(); strings.Contains(log, tokenOf(path)) || !strings.Contains(log, "operation=tidemark.download") {
		t.Errorf("the token is in the log:\n%s", log)
	}
}

func TestDownloadNotReady(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job, _ := f.downloadJob()
	f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) { j.State, j.ExpiresAt = tidemark.JobInProgress, time.Time{} })
	job = f.get(f.jobs("shop") + "/" + job["id"].(string)).is(http.StatusOK).object()
	if len(job["deliveryUrl"].([]any)) != 0 || job["expired"] != false {
		t.Errorf("the unfinished job is %v", job)
	}
}

func TestDownloadRanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, path := f.downloadJob()
	tag := f.fetch(http.MethodHead, path).header.Get("ETag")
	for spec, c := range map[string]struct {
		status       int
		body, range_ string
	}{
		"bytes=0-9":                   {206, "0123456789", "bytes 0-9/36"},
		"bytes=30-":                   {206, "uvwxyz", "bytes 30-35/36"},
		"bytes=-3":                    {206, "xyz", "bytes 33-35/36"},
		"bytes=-100":                  {206, atlastest.Content, "bytes 0-35/36"},
		"bytes=35-1000":               {206, "z", "bytes 35-35/36"},
		"bytes=0-0":                   {206, "0", "bytes 0-0/36"},
		"bytes=36-":                   {416, "", "bytes */36"},
		"bytes=100-200":               {416, "", "bytes */36"},
		"bytes=-0":                    {416, "", "bytes */36"},
		"bytes=0-1,4-5":               {200, atlastest.Content, ""},
		"bytes=5-2":                   {200, atlastest.Content, ""},
		"bytes=+1-2":                  {200, atlastest.Content, ""},
		"bytes=1-+2":                  {200, atlastest.Content, ""},
		"bytes=-":                     {200, atlastest.Content, ""},
		"bytes=a-b":                   {200, atlastest.Content, ""},
		"lines=1-2":                   {200, atlastest.Content, ""},
		"bytes=0-9223372036854775807": {200, atlastest.Content, ""},
	} {
		got := f.fetch(http.MethodGet, path, "Range", spec).is(c.status)
		if got.header.Get("Content-Range") != c.range_ || c.body != "" && string(got.body) != c.body {
			t.Errorf("%s gives %q of %q", spec, got.body, got.header.Get("Content-Range"))
		}
		if c.status == 416 {
			got.fails(416, "RANGE_NOT_SATISFIABLE")
		}
	}
	f.fetch(http.MethodGet, path, "Range", "bytes=0-1", "If-Range", tag).is(206)
	f.fetch(http.MethodGet, path, "Range", "bytes=0-1", "If-Range", `"other"`).is(200)
}

// TestDownloadBreaksOff: an error before the first byte is an answer, one
// after it cuts the connection, so that no client takes a part for the whole.
func TestDownloadBreaksOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, path := f.downloadJob()
	f.ChangeFile(tokenOf(path), false, 10)
	if b, err := f.fetchAll(path); err == nil {
		t.Errorf("%q is taken for the file", b)
	}
	f.Fail(tidemark.Errorf(tidemark.CodeObjectMissing, "gone"))
	f.fetch(http.MethodGet, path).fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
}

// fetchAll is what a plain client makes of a link.
func (f *fixture) fetchAll(path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.url+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
