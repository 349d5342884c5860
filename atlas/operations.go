package atlas

import (
	_ "embed"
	"net/http"
	"strings"
)

// Operation is an operation of the Atlas Admin API that is served.
type Operation struct {
	ID       string // operationId of the OpenAPI document
	Method   string
	Path     string   // with Prefix, its variables in braces
	Versions []string // dates, ascending
}

// Operations lists what is served of the Atlas Admin API, in the order of the
// table.
func Operations() []Operation {
	var out []Operation
	for _, e := range endpoints {
		if len(e.versions) == 0 {
			continue
		}
		o := Operation{ID: e.id, Method: e.method, Path: e.path}
		for _, v := range e.versions {
			o.Versions = append(o.Versions, v.date)
		}
		out = append(out, o)
	}
	return out
}

// documented names every operation of Atlas's OpenAPI document, one a line:
// operationId, method, path. A test writes it (go test ./atlas -update).
//
//go:embed documented.txt
var documented string

// unserved are the documented operations that the table has not: they are
// answered 501, so that a client learns the difference to a wrong path.
func unserved() []*endpoint {
	served := router{}
	for _, e := range endpoints {
		served.add(e)
	}
	var out []*endpoint
	for line := range strings.Lines(documented) {
		id, request, _ := strings.Cut(strings.TrimSpace(line), " ")
		method, path, _ := strings.Cut(request, " ")
		if !served.has(method, path) {
			out = append(out, &endpoint{id: id, method: method, path: path, status: http.StatusNotImplemented})
		}
	}
	return out
}
