package atlas_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas/contract"
)

var update = flag.Bool("update", false, "write the files that are made of Atlas's document and of what the tests reach")

// TestDocumentedOperations compares the list of what Atlas has with its document.
func TestDocumentedOperations(t *testing.T) {
	t.Parallel()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, o := range document.Catalogue() {
		fmt.Fprintln(&b, o.ID, o.Method, strings.TrimSuffix(o.Path, "/"))
	}
	if *update {
		if err := os.WriteFile("documented.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("documented.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("documented.txt is not what the document has: run go test ./atlas -run Documented -update")
	}
}

// TestNotServed asks for every operation of the document: what is not served
// is answered 501 in Atlas's error shape, after authentication.
func TestNotServed(t *testing.T) {
	t.Parallel()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	bearer := "Bearer " + f.token()
	for _, o := range document.Catalogue() {
		path := anyVariable.ReplaceAllStringFunc(o.Path, func(name string) string {
			switch name {
			case "{groupId}":
				return string(f.ProjectID)
			case "{orgId}":
				return string(f.OrgID)
			}
			return string(tidemark.NewID())
		})
		got := f.bare(o.Method, path, bearer)
		if notImplemented := got.status == http.StatusNotImplemented; notImplemented == o.Served {
			t.Errorf("%s %s, served %t, is answered %d: %s", o.Method, path, o.Served, got.status, got.body)
		}
		if !o.Served {
			got.fails(http.StatusNotImplemented, "FEATURE_UNSUPPORTED", o.Method+" "+path)
		}
	}
	f.bare(http.MethodGet, f.group()+"/alerts", "").is(http.StatusUnauthorized)
}
