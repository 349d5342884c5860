package atlas_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/atlastest"
	"tidemark/atlas/contract"
)

const accept2023 = "application/vnd.atlas.2023-01-01+json"

// start is when the clock of every fixture starts.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a handler on a real server, before a service in memory.
type fixture struct {
	*atlastest.Service
	t       *testing.T
	url     string
	checked *contract.Transport
	log     *logBuffer
	clock   *clock
}

func newFixture(t *testing.T, edit ...func(*atlas.Config)) *fixture {
	t.Helper()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, clock: &clock{now: start}, log: &logBuffer{}}
	f.Service = atlastest.New(f.clock.Now)
	config := atlas.Config{Service: f.Service, Clock: f.clock.Now, Logger: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, e := range edit {
		e(&config)
	}
	server := httptest.NewServer(atlas.NewHandler(config))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	f.url, f.checked = server.URL, contract.NewTransport(document, transport)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := f.checked.Err(); err != nil {
			t.Errorf("contract: %v", err)
		}
	})
	return f
}

// clock can be moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// answer is a whole response.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// call is a request to be sent.
type call struct {
	method, path string
	body         string // none where empty
	accept       string // 2023-01-01 where empty; "-" for none
	header       http.Header
	key          *tidemark.Key // the owner where nil
}

// send sends a call with digest authentication.
func (f *fixture) send(c call) answer {
	f.t.Helper()
	key := c.key
	if key == nil {
		key = f.Owner
	}
	return f.do(c, &digest.Transport{Username: key.PublicID, Password: key.Secret, Transport: f.checked})
}

// do sends a call through a transport.
func (f *fixture) do(c call, transport http.RoundTripper) answer {
	f.t.Helper()
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(f.t.Context(), c.method, f.url+c.path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	switch c.accept {
	case "":
		req.Header.Set("Accept", accept2023)
	case "-":
	default:
		req.Header.Set("Accept", c.accept)
	}
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, c.header)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{t: f.t, status: resp.StatusCode, header: resp.Header, body: b}
}

func (f *fixture) get(path string) answer {
	f.t.Helper()
	return f.send(call{method: http.MethodGet, path: path})
}

func (f *fixture) post(path, body string) answer {
	f.t.Helper()
	return f.send(call{method: http.MethodPost, path: path, body: body})
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status is %d, not %d: %s", a.status, status, a.body)
	}
	return a
}

// fails checks an error answer; its parameters contain every one of wanted.
func (a answer) fails(status int, code string, wanted ...string) answer {
	a.t.Helper()
	a.is(status)
	var p struct {
		ErrorCode  string
		Detail     string
		Parameters []any
	}
	a.decode(&p)
	if p.ErrorCode != code {
		a.t.Fatalf("errorCode is %s, not %s: %s", p.ErrorCode, code, a.body)
	}
	for _, w := range wanted {
		if !slices.Contains(p.Parameters, any(w)) || !strings.Contains(p.Detail, w) {
			a.t.Errorf("parameters or detail lack %q: %s", w, a.body)
		}
	}
	return a
}

func (a answer) decode(into any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// object decodes a body.
func (a answer) object() map[string]any {
	a.t.Helper()
	var m map[string]any
	a.decode(&m)
	return m
}

// results decodes a list.
func (a answer) results() []map[string]any {
	a.t.Helper()
	var l struct{ Results []map[string]any }
	a.decode(&l)
	return l.Results
}

// The paths of the fixture's project.

func (f *fixture) group() string      { return "/api/atlas/v2/groups/" + string(f.ProjectID) }
func (f *fixture) serverless() string { return f.group() + "/serverless" }
func (f *fixture) own() string {
	return "/api/tidemark/v1/groups/" + string(f.ProjectID) + "/instances"
}
func (f *fixture) org() string { return "/api/atlas/v2/orgs/" + string(f.OrgID) }
func (f *fixture) jobs(name string) string {
	return f.serverless() + "/" + name + "/backup/restoreJobs"
}
func (f *fixture) backup(name string) string {
	return f.serverless() + "/" + name + "/backup/snapshots"
}

const providerJSON = `"providerSettings":{"backingProviderName":"AWS","providerName":"SERVERLESS","regionName":"US_EAST_1"}`

// instance makes a serverless instance.
func (f *fixture) instance(name string) {
	f.t.Helper()
	f.post(f.serverless(), `{"name":"`+name+`",`+providerJSON+`}`).is(http.StatusCreated)
}

// snapshot takes one and returns its id.
func (f *fixture) snapshot(name string) tidemark.ID {
	f.t.Helper()
	return tidemark.ID(f.post(f.own()+"/"+name+"/snapshots", `{}`).is(http.StatusCreated).object()["id"].(string))
}

// shop makes two instances, one with a snapshot.
func (f *fixture) shop() tidemark.ID {
	f.t.Helper()
	f.instance("shop")
	f.instance("target")
	return f.snapshot("shop")
}
