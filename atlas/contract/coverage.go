package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// coverage keeps what was reached.
type coverage struct {
	mu      sync.Mutex
	reached map[string]*reach // by operation id
}

type reach struct {
	versions map[string]bool // that succeeded
	statuses map[int]bool
}

func (d *Document) note(req *http.Request, resp *http.Response) {
	o := d.find(req)
	if o == nil {
		return
	}
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	r := d.coverage.reached[o.id]
	if r == nil {
		r = &reach{versions: map[string]bool{}, statuses: map[int]bool{}}
		d.coverage.reached[o.id] = r
	}
	r.statuses[resp.StatusCode] = true
	if v, ok := version(resp.Header.Get("Content-Type")); ok && success(resp.StatusCode) {
		r.versions[v] = true
	}
}

// Coverage is a page in Markdown of what the transports of this process have
// seen: for each served operation what was reached, and which documented
// statuses were not; then what is not served.
func (d *Document) Coverage() string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var served, unserved strings.Builder
	count := 0
	for _, o := range d.catalogue {
		if !o.Served {
			fmt.Fprintf(&unserved, "| %s | %s |\n", o.ID, o.request())
			continue
		}
		count++
		r := d.coverage.reached[o.ID]
		if r == nil {
			r = &reach{}
		}
		fmt.Fprintf(&served, "| %s | %s | %s | %s | %s |\n", o.ID, o.request(), join(slices.Sorted(maps.Keys(r.versions))),
			join(slices.Sorted(maps.Keys(r.statuses))), join(o.missing(r.statuses)))
	}
	return fmt.Sprintf(page, count, len(d.catalogue), served.String(), unserved.String())
}

// page has places for the number of served operations and of all, and for both
// tables.
const page = `# What of the Atlas Admin API is served

Written by the tests (` + "`go test ./atlas -update`" + `), which fail if it is not true any more. Paths are under ` + "`/api/atlas/v2`" + `.

%d of the %d operations of Atlas's OpenAPI document (the one in the Go SDK ` + "`v20250312001`" + `) are served, each at every version that
the document has of it; the Go SDK's names are those of 2025-07, later names are of the same paths. Tests have had each operation
succeed at each of its versions and answer the statuses listed, and have validated requests and answers against the document. The
Go SDK itself drives every one of them, with digest and with OAuth (package ` + "`atlas/sdktest`" + `, which fails if it does not).

Tests also ask every operation without credentials (401), with a key and a service account from an address that is not on their
access list, and with a key without a list in an organization that wants one (403), for a version that nobody has (406), for a
project or organization that is not there (404), after too many wrong secrets (429, which the document does not know), and of a
service that fails (500).

A documented status that was not reached is one that Tidemark has no reason to answer: 402 is about payments, and some operations
document 404, 405 and 409 though they name nothing that could be missing, and what can be wrong with them is answered 400. The two
of one snapshot of a sharded cluster never succeed, because there are none.

## Served

| operation | request | versions | statuses reached | documented, not reached |
|---|---|---|---|---|
%s
## Not served

These are answered 501 with the errorCode ` + "`FEATURE_UNSUPPORTED`" + `, after authentication. Paths that the document does not have are 404
` + "`RESOURCE_NOT_FOUND`" + `.

| operation | request |
|---|---|
%s`

// request is method and path as a reader wants them.
func (o Operation) request() string {
	return "`" + o.Method + " " + strings.TrimPrefix(o.Path, "/api/atlas/v2") + "`"
}

// missing are the documented statuses that were not reached.
func (o Operation) missing(reached map[int]bool) []int {
	var out []int
	for _, status := range o.Statuses {
		if r, ok := realStatus[o.ID]; ok && r.documented == status {
			status = r.real
		}
		if !reached[status] {
			out = append(out, status)
		}
	}
	return out
}

func join[T any](items []T) string {
	if len(items) == 0 {
		return "–"
	}
	return strings.Trim(fmt.Sprint(items), "[]")
}

// refusing are the operations that never succeed here: there are no sharded
// clusters.
var refusing = map[string]bool{"getShardedClusterBackup": true, "deleteShardedClusterBackup": true}

// Refuses says whether an operation never succeeds here.
func (o Operation) Refuses() bool { return refusing[o.ID] }

// Unreached lists the operations that did not succeed at each of their
// versions, with those that are missing.
func (d *Document) Unreached() []string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var out []string
	for _, o := range d.catalogue {
		for _, v := range o.Versions {
			if r := d.coverage.reached[o.ID]; o.Served && (r == nil || !r.versions[v] && !refusing[o.ID]) {
				out = append(out, o.ID+" "+v)
			}
		}
	}
	return out
}
