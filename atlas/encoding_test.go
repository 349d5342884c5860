package atlas_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"tidemark/atlas"
)

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCompressedAnswers: long ones, for clients that say so.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 8 {
		f.instance(fmt.Sprintf("i%d", i))
	}
	plain := f.send(call{method: get, path: f.serverless(), header: http.Header{"Accept-Encoding": {"identity"}}}).is(http.StatusOK)
	if plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers are %v", plain.header)
	}
	for accept, want := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5": true, "br;q=1, x-gzip; q=1": true, "gzip;q=0": false, "gzip;q=x": false, "br": false, "": false,
	} {
		got := f.send(call{method: get, path: f.serverless(), header: http.Header{"Accept-Encoding": {accept}}}).is(http.StatusOK)
		if compressed := got.header.Get("Content-Encoding") == "gzip"; compressed != want {
			t.Errorf("%q: headers are %v", accept, got.header)
			continue
		}
		if want {
			r, err := gzip.NewReader(bytes.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			if got.body, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got.body, plain.body) {
			t.Errorf("%q: the body is %s", accept, got.body)
		}
	}
	short := f.send(call{method: get, path: f.group(), header: http.Header{"Accept-Encoding": {"gzip"}}}).is(http.StatusOK)
	if short.header.Get("Content-Encoding") != "" {
		t.Error("a short answer is compressed")
	}
}

// TestHead is GET without its body, with its length.
func TestHead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	identity := http.Header{"Accept-Encoding": {"identity"}}
	for _, path := range []string{f.serverless(), f.serverless() + "/shop", f.serverless() + "/nobody", f.own()} {
		want := f.send(call{method: get, path: path, header: identity})
		got := f.send(call{method: http.MethodHead, path: path, header: identity})
		if got.status != want.status || len(got.body) > 0 || got.header.Get("Content-Length") != fmt.Sprint(len(want.body)) ||
			got.header.Get("Content-Type") != want.header.Get("Content-Type") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
}

// TestCompressedBodies: requests may be compressed, but not grow beyond the
// limit.
func TestCompressedBodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxBody = 4096 })
	body := func(name string) string { return `{"name":"` + name + `",` + providerJSON + `}` }
	send := func(coding, body string) answer {
		t.Helper()
		return f.send(call{method: post, path: f.serverless(), body: body, header: http.Header{"Content-Encoding": {coding}}})
	}
	send("gzip", zipped(t, body("a"))).is(http.StatusCreated)
	send("X-GZIP", zipped(t, body("b"))).is(http.StatusCreated)
	send("identity", body("c")).is(http.StatusCreated)
	half := zipped(t, body("d"))
	send("gzip", half[:len(half)/2]).fails(http.StatusBadRequest, "MALFORMED_JSON")
	send("gzip", body("e")).fails(http.StatusBadRequest, "MALFORMED_JSON")
	send("br", body("f")).fails(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "br")
	bomb := zipped(t, strings.Repeat(" ", 1<<20)+body("g"))
	if len(bomb) > 4096 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	send("gzip", bomb).fails(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE")
}
