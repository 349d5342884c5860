package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document is Atlas's OpenAPI document, pruned and mended.
type Document struct {
	operations []*operation
	catalogue  []Operation      // by id
	problem    *openapi3.Schema // ApiError
	coverage   coverage
}

// operation is one method of one path.
type operation struct {
	id       string
	method   string
	segments []string
	versions []string // ascending
	spec     *openapi3.Operation
}

// Load reads the document once per process.
func Load() (*Document, error) { return load() }

var load = sync.OnceValues(func() (*Document, error) {
	raw, err := read(context.Background())
	if err != nil {
		return nil, err
	}
	complete(raw)
	addOlder(raw)
	all, pruned := catalogue(raw), prune(raw)
	mend(pruned)
	b, err := json.Marshal(pruned)
	if err != nil {
		return nil, fmt.Errorf("encode the pruned document: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		return nil, fmt.Errorf("load the pruned document: %w", err)
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("validate the pruned document: %w", err)
	}
	return newDocument(doc, all), nil
})

func newDocument(doc *openapi3.T, all []Operation) *Document {
	d := &Document{
		catalogue: all,
		problem:   doc.Components.Schemas["ApiError"].Value,
		coverage:  coverage{reached: map[string]*reach{}},
	}
	for path, item := range doc.Paths.Map() {
		for method, spec := range item.Operations() {
			o := &operation{id: spec.OperationID, method: method, segments: split(path), spec: spec}
			for _, r := range spec.Responses.Map() {
				for mediaType := range r.Value.Content {
					if v, ok := version(mediaType); ok && !slices.Contains(o.versions, v) {
						o.versions = append(o.versions, v)
					}
				}
			}
			slices.Sort(o.versions)
			d.operations = append(d.operations, o)
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return strings.Compare(a.id, b.id) })
	return d
}

// Operations lists the ids of the served operations, sorted.
func (d *Document) Operations() []string {
	var ids []string
	for _, o := range d.operations {
		ids = append(ids, o.id)
	}
	return ids
}

func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// find returns the operation of a request; a literal path wins over one with
// variables.
func (d *Document) find(r *http.Request) *operation {
	var best *operation
	least := 0
	for _, o := range d.operations {
		if n, ok := o.matches(r.Method, split(r.URL.EscapedPath())); ok && (best == nil || n < least) {
			best, least = o, n
		}
	}
	return best
}

// matches says how vague a matching path is: by the count of its variables.
func (o *operation) matches(method string, path []string) (vagueness int, ok bool) {
	if method != o.method || len(path) != len(o.segments) {
		return 0, false
	}
	variables, literals := 0, 0
	for i, segment := range o.segments {
		_, end, variable := strings.Cut(segment, "}")
		switch {
		case variable && strings.HasSuffix(path[i], end):
			variables++
			literals += len(end)
		case segment != path[i]:
			return 0, false
		}
	}
	// A variable with a literal end, as in "{clientId}:invite", counts less.
	return 100*variables - literals, true
}

// resolve is the newest version at or before a date.
func (o *operation) resolve(date string) string {
	resolved := ""
	for _, v := range o.versions {
		if v <= date {
			resolved = v
		}
	}
	return resolved
}

// accepted is the version that the first fitting media type of Accept selects.
func (o *operation) accepted(h http.Header) string {
	for mediaType := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		if date, ok := version(mediaType); ok && dated.MatchString(date) {
			if v := o.resolve(date); v != "" {
				return v
			}
		}
	}
	return ""
}

var dated = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// version takes the date out of a media type.
func version(mediaType string) (string, bool) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(mediaType)), "application/vnd.atlas.")
	v, json := strings.CutSuffix(v, "+json")
	return v, ok && json
}
