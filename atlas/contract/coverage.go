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
	versions map[string]bool
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
	if v, ok := version(resp.Header.Get("Content-Type")); ok {
		r.versions[v] = true
	}
}

// Coverage is a table in Markdown of what the transports of this process have
// seen: operation, versions, statuses.
func (d *Document) Coverage() string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var b strings.Builder
	b.WriteString("| operation | versions | statuses |\n|---|---|---|\n")
	for _, id := range d.Operations() {
		versions, statuses := "-", "-"
		if r := d.coverage.reached[id]; r != nil {
			versions = strings.Join(slices.Sorted(maps.Keys(r.versions)), " ")
			statuses = strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(r.statuses))), "[]")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", id, versions, statuses)
	}
	return b.String()
}

// Unreached lists the operations that never succeeded.
func (d *Document) Unreached() []string {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	var ids []string
	for _, id := range d.Operations() {
		if r := d.coverage.reached[id]; r == nil || len(r.versions) == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}
