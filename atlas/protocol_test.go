package atlas_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/atlas"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for accept, ok := range map[string]bool{
		accept2023:                                               true,
		"application/vnd.atlas.2025-03-12+json":                  true,
		"application/vnd.atlas.2023-07-04+json":                  true,
		"application/vnd.atlas.2099-01-01+json":                  true,
		"application/vnd.atlas.2023-01-01+json;charset=utf-8":    true,
		"text/html, application/vnd.atlas.2023-02-01+json;q=0.9": true,
		"Application/Vnd.Atlas.2023-01-01+JSON":                  true,
		"application/vnd.atlas.2022-12-31+json":                  false,
		"application/vnd.atlas.2023-13-01+json":                  false,
		"application/vnd.atlas.2023-1-1+json":                    false,
		"application/vnd.atlas.preview+json":                     false,
		"application/vnd.atlas.2023-01-01+csv":                   false,
		"application/vnd.atlas.2023-01-01+jsonx":                 false,
		"application/json":                                       false,
		"*/*":                                                    false,
		"-":                                                      false,
		"nonsense":                                               false,
	} {
		got := f.send(call{method: http.MethodGet, path: f.serverless(), accept: accept})
		if !ok {
			got.fails(http.StatusNotAcceptable, "INVALID_VERSION_DATE")
			if string(got.body) != `{"detail":"Invalid accept header or version date.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":[],"reason":"Not Acceptable"}` {
				t.Errorf("the body of a 406 is %s", got.body)
			}
			continue
		}
		if got.is(http.StatusOK).header.Get("Content-Type") != accept2023+";charset=utf-8" {
			t.Errorf("%s resolves to %s", accept, got.header.Get("Content-Type"))
		}
	}
}

func TestDeprecationHeaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for path, sunset := range map[string]bool{f.serverless(): true, f.serverless() + "/missing": true, f.group(): false} {
		got := f.get(path)
		if sunset != (got.header.Get("Sunset") == "Thu, 15 Jan 2026 00:00:00 GMT" && got.header.Get("Deprecation") == "Wed, 10 Dec 2025 00:00:00 GMT") {
			t.Errorf("%s has the headers %v", path, got.header)
		}
	}
}

func TestEnvelopeAndPretty(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	created := f.post(f.jobs("shop")+"?envelope=true&pretty=true", f.restore(id)).is(http.StatusOK)
	if m := created.object(); len(m) != 2 || m["status"] != 200.0 || m["content"].(map[string]any)["snapshotId"] != string(id) {
		t.Errorf("the envelope is %s", created.body)
	}
	if !strings.Contains(string(created.body), "\n  \"content\": {\n    ") {
		t.Errorf("not pretty: %s", created.body)
	}
	list := f.get(f.jobs("shop") + "?envelope=true").is(http.StatusOK)
	if m := list.object(); m["status"] != 200.0 || len(m["results"].([]any)) != 1 || strings.Contains(string(list.body), "\n") {
		t.Errorf("the list's envelope is %s", list.body)
	}
	// An error is not wrapped: no client unwraps it.
	f.get(f.serverless()+"/missing?envelope=true").fails(http.StatusNotFound, "CLUSTER_NOT_FOUND")
	pretty := f.get(f.serverless() + "/missing?pretty=true").is(http.StatusNotFound)
	if !strings.Contains(string(pretty.body), "\n  \"error\": 404,\n") {
		t.Errorf("not pretty: %s", pretty.body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 5 {
		f.instance(fmt.Sprintf("i%d", i))
	}
	page := func(query string) (names, links []string, m map[string]any) {
		m = f.get(f.serverless() + query).is(http.StatusOK).object()
		for _, r := range m["results"].([]any) {
			names = append(names, r.(map[string]any)["name"].(string))
		}
		for _, l := range m["links"].([]any) {
			link := l.(map[string]any)
			links = append(links, link["rel"].(string)+" "+strings.TrimPrefix(link["href"].(string), f.url+f.serverless()))
		}
		return names, links, m
	}
	for _, c := range []struct{ query, names, links string }{
		{"", "[i0 i1 i2 i3 i4]", "[self ?includeCount=true&pageNum=1&itemsPerPage=100]"},
		{"?itemsPerPage=2", "[i0 i1]", "[self ?includeCount=true&pageNum=1&itemsPerPage=2 next ?includeCount=true&itemsPerPage=2&pageNum=2]"},
		{"?itemsPerPage=5", "[i0 i1 i2 i3 i4]", "[self ?includeCount=true&pageNum=1&itemsPerPage=5]"},
		{"?itemsPerPage=2&pageNum=2", "[i2 i3]", "[self ?includeCount=true&pageNum=2&itemsPerPage=2 previous ?includeCount=true&itemsPerPage=2&pageNum=1 next ?includeCount=true&itemsPerPage=2&pageNum=3]"},
		{"?itemsPerPage=2&pageNum=3&pretty=true", "[i4]", "[self ?includeCount=true&pageNum=3&itemsPerPage=2&pretty=true previous ?includeCount=true&itemsPerPage=2&pageNum=2&pretty=true]"},
		{"?pageNum=2000000000&itemsPerPage=500", "[]", "[self ?includeCount=true&pageNum=2000000000&itemsPerPage=500 previous ?includeCount=true&itemsPerPage=500&pageNum=1999999999]"},
	} {
		names, links, m := page(c.query)
		if fmt.Sprint(names) != c.names || fmt.Sprint(links) != c.links || m["totalCount"] != 5.0 {
			t.Errorf("%s gives %v %v", c.query, names, links)
		}
	}
	if _, links, m := page("?includeCount=false&itemsPerPage=2"); m["totalCount"] != nil || !strings.Contains(links[1], "includeCount=false") {
		t.Errorf("without count: %v %v", links, m["totalCount"])
	}
	for query, name := range map[string]string{
		"?itemsPerPage=0": "itemsPerPage", "?itemsPerPage=501": "itemsPerPage", "?itemsPerPage=x": "itemsPerPage",
		"?pageNum=0": "pageNum", "?pageNum=-1": "pageNum", "?pageNum=": "pageNum", "?pageNum=99999999999999999999": "pageNum",
		"?pageNum=1&pageNum=2": "pageNum", "?includeCount=maybe": "includeCount", "?envelope=1": "envelope", "?pretty=": "pretty", "?a=%zz": "query",
	} {
		f.get(f.serverless()+query).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", name)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{
		"/api/atlas/v2/nothing", "/api/atlas/v1.0/groups", "/api/tidemark/v1/nothing", "/api/", "/nothing", "/", "/api/atlas/v2//groups",
		f.group() + "/nothing", "/api/atlas/v2/groups/byName", "/api/atlas/v2/groups/%zz",
	} {
		if strings.Contains(path, "%zz") {
			continue // no client can send it
		}
		f.get(path).fails(http.StatusNotFound, map[bool]string{true: "INVALID_GROUP_ID", false: "RESOURCE_NOT_FOUND"}[strings.HasSuffix(path, "byName")])
	}
	for path, allow := range map[string]string{
		f.serverless():            "GET, HEAD, OPTIONS, POST",
		f.serverless() + "/shop":  "DELETE, GET, HEAD, OPTIONS, PATCH",
		f.jobs("shop"):            "GET, HEAD, OPTIONS, POST",
		f.own() + "/shop":         "DELETE, GET, HEAD, OPTIONS, PATCH",
		f.backup("shop") + "/one": "GET, HEAD, OPTIONS",
	} {
		for method, status := range map[string]int{http.MethodPut: http.StatusMethodNotAllowed, http.MethodOptions: http.StatusNoContent} {
			got := f.send(call{method: method, path: path}).is(status)
			if got.header.Get("Allow") != allow || len(got.body) > 0 {
				t.Errorf("%s %s: Allow is %q, body %q", method, path, got.header.Get("Allow"), got.body)
			}
		}
	}
	f.get(f.serverless()+"/-bad").fails(http.StatusBadRequest, "CLUSTER_NAME_INVALID", "-bad")
	f.get(f.serverless()+"/a%20b").fails(http.StatusBadRequest, "CLUSTER_NAME_INVALID", "a b")
	f.get(f.jobs("shop")+"/XYZ").fails(http.StatusNotFound, "INVALID_JOB_ID", "XYZ")
}

// TestOrder is that of doc.go: what is wrong first is answered first.
func TestOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	wrong := *f.Owner
	wrong.Secret = "wrong"
	bad := "/api/atlas/v2/groups/BAD/serverless/-x/backup/restoreJobs?pretty=maybe"
	post := call{method: http.MethodPost, path: bad, body: `nonsense`, accept: "-", key: &wrong}
	f.send(post).is(http.StatusUnauthorized)
	post.key = nil
	f.send(post).fails(http.StatusNotAcceptable, "INVALID_VERSION_DATE")
	post.accept = ""
	f.send(post).fails(http.StatusNotFound, "INVALID_GROUP_ID")
	post.path = strings.Replace(bad, "BAD", string(tidemark.NewID()), 1)
	f.send(post).fails(http.StatusBadRequest, "CLUSTER_NAME_INVALID")
	post.path = strings.Replace(post.path, "-x", "x", 1)
	f.send(post).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER")
	post.path = strings.Replace(post.path, "maybe", "false", 1)
	f.send(post).fails(http.StatusBadRequest, "MALFORMED_JSON")
	post.body = f.restore(tidemark.NewID())
	f.send(post).fails(http.StatusNotFound, "GROUP_NOT_FOUND")
}

func TestBodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxBody = 4096 })
	id := f.shop()
	long := strings.Repeat(" ", 5000) + f.restore(id)
	f.post(f.jobs("shop"), long).fails(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE")
	for contentType, ok := range map[string]bool{
		accept2023: true, "application/json; charset=utf-8": true, "": true, "application/vnd.atlas.2025-03-12+json": true,
		"text/plain": false, "application/x-www-form-urlencoded": false, "application/xml": false,
	} {
		got := f.send(call{method: http.MethodPost, path: f.jobs("shop"), body: f.restore(id), header: http.Header{"Content-Type": {contentType}}})
		if !ok {
			got.fails(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", contentType)
			continue
		}
		job := got.is(http.StatusOK).object()
		f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) { j.State = tidemark.JobCompleted })
	}
	deep := `{"deliveryType":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`
	f.post(f.jobs("shop"), deep).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "deliveryType")
}

// TestUnexpectedErrors: the cause is in the log, beside the id of the request,
// and nowhere else.
func TestUnexpectedErrors(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"foreign":  errors.New("disk of pandora is full"),
		"internal": tidemark.Errorf(tidemark.CodeInternal, "disk of pandora is full"),
		"damaged":  tidemark.Errorf(tidemark.CodeObjectDamaged, "disk of pandora is full").WithHint("pandora"),
		"unknown":  tidemark.Errorf("brand_new", "disk of pandora is full"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.Fail(err)
			got := f.get(f.group())
			got.fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
			if strings.Contains(string(got.body), "pandora") {
				t.Errorf("the cause is told: %s", got.body)
			}
			id := got.header.Get("X-Request-Id")
			if log := f.log.String(); !strings.Contains(log, "pandora") || strings.Count(log, id) != 2 || id == "" {
				t.Errorf("the log has no cause for %s:\n%s", id, log)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.Service = panicky{c.Service} })
	f.get(f.group()).fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
	if log := f.log.String(); !strings.Contains(log, "pandora") || !strings.Contains(log, "stack=") {
		t.Errorf("the panic is not in the log:\n%s", log)
	}
}

// TestBaseURL: links start with the base URL that is configured, else the Host of
// the request.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.BaseURL = func() string { return "https://backup.example/" } })
	if got := fmt.Sprint(f.get(f.group()).object()["links"]); !strings.Contains(got, "href:https://backup.example"+f.group()+" ") {
		t.Errorf("links are %s", got)
	}
	if got := fmt.Sprint(f.get(f.serverless()).object()["links"]); !strings.Contains(got, "href:https://backup.example"+f.serverless()+"?") {
		t.Errorf("links are %s", got)
	}
}

// TestChunked is what "atlas api" sends: no Content-Length, the body once
// without and once with credentials.
func TestChunked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	body := f.restore(f.shop())
	reader := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	b, _ := reader()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+f.jobs("shop")+"?envelope=true&pretty=true", b)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength, req.GetBody = -1, reader
	req.Header.Set("Accept", accept2023)
	req.Header.Set("Content-Type", accept2023)
	req.Header.Set("Accept-Encoding", "gzip")
	transport := &digest.Transport{Username: f.Owner.PublicID, Password: f.Owner.Secret, Transport: f.checked}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status is %d", resp.StatusCode)
	}
	if got := f.get(f.jobs("shop")).results(); len(got) != 1 {
		t.Errorf("%d jobs came of one request", len(got))
	}
}

// TestTrickle: a body that does not come holds nobody up.
func TestTrickle(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.BodyTimeout = 50 * time.Millisecond })
	token := f.token()
	for authorization, status := range map[string]string{"": "HTTP/1.1 401", "Authorization: Bearer " + token + "\r\n": "HTTP/1.1 400"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(f.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: h\r\nAccept: %s\r\nContent-Length: 10\r\n%s\r\n{", f.serverless(), accept2023, authorization); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), status) || !strings.Contains(string(answer), "Connection: close") {
			t.Errorf("%v: %s", err, answer)
		}
	}
}
