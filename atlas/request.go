package atlas

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"tidemark"
)

// endpoint is one operation: a row of the table in endpoints.go.
type endpoint struct {
	id     string // operationId of the OpenAPI document
	method string
	path   string // with the prefix of its API
	// versions of the resource, ascending; none in the extension API.
	versions []resourceVersion
	status   int  // of success
	list     bool // the result is a list
	// kind is the family of instances that the operation is about; "" is
	// serverless in the Atlas Admin API.
	kind tidemark.InstanceKind
	run  func(a *api, q *request) (any, error)
}

// request is what a run function gets: an authenticated, well-formed call.
type request struct {
	ctx      context.Context
	http     *http.Request
	caller   tidemark.Caller
	endpoint *endpoint
	version  string // resolved; "" in the extension API
	base     string // absolute URL of the service
	maxBody  int64
	// inTime runs a read of the body that must not take long.
	inTime func(read func() error) error

	// stream, if run has set it, writes the answer in place of what run returns.
	stream func(w *tracker) error

	path     map[string]string
	query    url.Values
	envelope bool
	pretty   bool
	page     tidemark.Page
	count    bool // includeCount
}

// extension says whether the request is for the extension API.
func (q *request) extension() bool { return len(q.endpoint.versions) == 0 }

var instanceName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*$`)

func validInstanceName(s string) bool { return len(s) <= 64 && instanceName.MatchString(s) }

func validID(s string) bool {
	_, ok := tidemark.ParseID(s)
	return ok
}

// pathRules says what a path variable must look like and what it is if it does not.
var pathRules = map[string]struct {
	valid func(string) bool
	code  tidemark.Code
}{
	"groupId":        {validID, tidemark.CodeInvalidProjectID},
	"orgId":          {validID, tidemark.CodeInvalidOrgID},
	"snapshotId":     {validID, tidemark.CodeInvalidSnapshotID},
	"restoreJobId":   {validID, tidemark.CodeInvalidJobID},
	"restoreId":      {validID, tidemark.CodeInvalidJobID},
	"eventId":        {validID, tidemark.CodeEventNotFound},
	"apiUserId":      {validID, tidemark.CodeKeyNotFound},
	"secretId":       {validID, tidemark.CodeSecretNotFound},
	"clusterName":    {validInstanceName, tidemark.CodeInvalidName},
	"exportBucketId": {validID, tidemark.CodeBucketNotFound},
	"exportId":       {validID, codeInvalidExportID},
}

// readPath checks the variables of the path.
func (q *request) readPath(values []string) error {
	q.path = make(map[string]string, len(values))
	for i, name := range variables(q.endpoint.path) {
		q.path[name] = values[i]
		if rule, ok := pathRules[name]; ok && !rule.valid(values[i]) {
			return tidemark.Errorf(rule.code, "%q is not a valid %s", values[i], name).WithParams(values[i])
		}
	}
	return nil
}

func (q *request) id(name string) tidemark.ID { return tidemark.ID(q.path[name]) }
func (q *request) projectID() tidemark.ID     { return q.id("groupId") }
func (q *request) orgID() tidemark.ID         { return q.id("orgId") }
func (q *request) instance() string           { return q.path["clusterName"] }

// kind is the family of the API that the path belongs to; the extension API
// sees them all.
func (q *request) kind() tidemark.InstanceKind {
	if q.extension() || q.endpoint.kind != "" {
		return q.endpoint.kind
	}
	return tidemark.KindServerless
}

// readQuery reads what every operation and every list takes. Other parameters
// are for the operation, or ignored.
func (q *request) readQuery() error {
	values, err := url.ParseQuery(q.http.URL.RawQuery)
	if err != nil {
		return invalidQuery("query", "it is not URL-encoded")
	}
	q.query = values
	p := queryReader{values: values}
	q.envelope = p.flag("envelope", false)
	q.pretty = p.flag("pretty", false)
	q.count = p.flag("includeCount", true)
	q.page = tidemark.Page{Number: p.number("pageNum", 1, 1<<31-1), Size: p.number("itemsPerPage", 100, 500)}
	return p.err
}

func invalidQuery(name, why string) error {
	return tidemark.Errorf(tidemark.CodeInvalidQuery, "%s", why).WithParams(name)
}

// queryReader reads parameters and keeps the first error.
type queryReader struct {
	values url.Values
	err    error
}

func (p *queryReader) value(name string) (string, bool) {
	v := p.values[name]
	if len(v) > 1 && !slices.Equal(v[1:], v[:len(v)-1]) {
		p.fail(name, "it is given more than once")
	}
	if len(v) == 0 {
		return "", false
	}
	return v[0], true
}

func (p *queryReader) flag(name string, otherwise bool) bool {
	s, given := p.value(name)
	switch {
	case !given:
		return otherwise
	case s == "true", s == "false":
		return s == "true"
	}
	p.fail(name, "it is true or false")
	return otherwise
}

func (p *queryReader) number(name string, otherwise, largest int) int {
	s, given := p.value(name)
	if !given {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > largest {
		p.fail(name, "it is a whole number from 1 to "+strconv.Itoa(largest))
	}
	return n
}

func (p *queryReader) fail(name, why string) {
	if p.err == nil {
		p.err = invalidQuery(name, why)
	}
}
