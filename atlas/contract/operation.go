package contract

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tidemark/atlas"
)

// Operation is one of the whole document, served or not.
type Operation struct {
	ID, Method, Path string
	// Tag is the family that the document sorts it into, an API of the SDK.
	Tag      string
	Versions []string // dates, ascending
	Statuses []int    // documented, ascending
	// Sunsets has the date after which a version is no longer offered, by
	// version, where there is one.
	Sunsets map[string]string
	Served  bool // the table of package atlas has it
}

// catalogue lists the document's operations by their ids.
func catalogue(doc map[string]any) []Operation {
	served := map[string]bool{}
	for _, o := range atlas.Operations() {
		served[o.ID] = true
	}
	var all []Operation
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			o, ok := op.(map[string]any)
			if !ok || text(o["operationId"]) == "" {
				continue
			}
			id := text(o["operationId"])
			entry := Operation{ID: id, Method: strings.ToUpper(method), Path: path, Served: served[id], Sunsets: map[string]string{}}
			if tags, _ := o["tags"].([]any); len(tags) > 0 {
				entry.Tag = text(tags[0])
			}
			entry.readResponses(doc, o["responses"].(map[string]any))
			all = append(all, entry)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (o *Operation) readResponses(doc, responses map[string]any) {
	versions := map[string]bool{}
	for status, response := range responses {
		if n, err := strconv.Atoi(status); err == nil {
			o.Statuses = append(o.Statuses, n)
		}
		content, _ := deref(doc, response)["content"].(map[string]any)
		for mediaType, media := range content {
			v, ok := version(mediaType)
			if !ok {
				continue
			}
			versions[v] = true
			if sunset := text(media.(map[string]any)["x-sunset"]); sunset != "" {
				o.Sunsets[v] = sunset
			}
		}
	}
	o.Versions = slices.Sorted(maps.Keys(versions))
	slices.Sort(o.Statuses)
}

// deref follows one reference.
func deref(doc map[string]any, v any) map[string]any {
	m, _ := v.(map[string]any)
	ref := text(m["$ref"])
	if ref == "" {
		return m
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(ref, refPrefix), "/")
	section, _ := doc["components"].(map[string]any)[kind].(map[string]any)
	m, _ = section[name].(map[string]any)
	return m
}

// Catalogue lists every operation of the document by id, the unserved too.
func (d *Document) Catalogue() []Operation { return d.catalogue }

// Operation returns one by its id; an empty one for an unknown id.
func (d *Document) Operation(id string) Operation {
	i, found := slices.BinarySearchFunc(d.catalogue, id, func(o Operation, id string) int { return cmp.Compare(o.ID, id) })
	if !found {
		return Operation{}
	}
	return d.catalogue[i]
}

// Resolve returns the served operation that a request reaches; an empty one if
// it reaches none.
func (d *Document) Resolve(r *http.Request) Operation {
	if o := d.find(r); o != nil {
		return d.Operation(o.id)
	}
	return Operation{}
}

// success says whether a status is that of a success.
func success(status int) bool { return status < http.StatusBadRequest }
