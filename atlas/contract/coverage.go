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

// Coverage is a table in Markdown of what the transports of this process have
// seen, one row for each served operation: what was reached, and which
// documented statuses were not.
func (d *Document) Coverage() string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var b strings.Builder
	b.WriteString("| operation | request | versions | statuses reached | documented, not reached |\n|---|---|---|---|---|\n")
	for _, o := range d.catalogue {
		if !o.Served {
			continue
		}
		r := d.coverage.reached[o.ID]
		if r == nil {
			r = &reach{}
		}
		statuses := slices.Sorted(maps.Keys(r.statuses))
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", o.ID, o.request(), join(slices.Sorted(maps.Keys(r.versions))),
			join(statuses), join(o.missing(r.statuses)))
	}
	return b.String()
}

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

// Unserved is a table in Markdown of the operations that are answered 501.
func (d *Document) Unserved() string {
	var b strings.Builder
	b.WriteString("| operation | request |\n|---|---|\n")
	for _, o := range d.catalogue {
		if !o.Served {
			fmt.Fprintf(&b, "| %s | %s |\n", o.ID, o.request())
		}
	}
	return b.String()
}

// Unreached lists the operations that did not succeed at each of their
// versions, with those that are missing.
func (d *Document) Unreached() []string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var out []string
	for _, o := range d.catalogue {
		for _, v := range o.Versions {
			if r := d.coverage.reached[o.ID]; o.Served && (r == nil || !r.versions[v]) {
				out = append(out, o.ID+" "+v)
			}
		}
	}
	return out
}
