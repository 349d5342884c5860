package replaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mongodb-forks/digest"
)

// The User-Agent headers of the clients.
const (
	CLI       = "atlascli/1.46.0 (linux;amd64;native)"
	CLIAPI    = "Go-http-client/1.1" // "atlas api"
	SDK       = "go-atlas-sdk-admin/v20250312001.1.0 (linux;amd64)"
	Terraform = "terraform-provider-mongodbatlas/2.1.0 Terraform/1.9.8"
)

// Find returns the replay of that name; it panics if there is none.
func Find(replays []Replay, name string) Replay {
	for _, r := range replays {
		if r.Name == name {
			return r
		}
	}
	panic("no replay " + name)
}

// Replay is what one command of a client does.
type Replay struct {
	Name  string
	Agent string
	// Given is what there has to be, as the target's Prepare knows it.
	Given string
	Steps []Step
}

// Step is one request and what the client needs of the answer. Names in braces
// stand for those of the target and for what earlier steps saved.
type Step struct {
	Send    string // method and path
	Version string // of Accept, and of Content-Type where there is a body
	Body    string
	Chunked bool // the client does not know how long the body is
	// Anonymous is a link that is fetched without credentials and without Accept.
	Anonymous bool
	Status    int
	// Has are attributes as "path=value", "path" for one that is there with any
	// value, "!path" for one that is not. A path has dots; "" is the whole body.
	Has []string
	// Save keeps attributes under names in braces.
	Save map[string]string
	// Until repeats the step until it has this, as a client that watches.
	Until string
}

// Target is a service to replay against.
type Target struct {
	URL          string
	Public       string // key for digest authentication
	Private      string
	ClientID     string // service account
	ClientSecret string
	// Transport takes the requests, and may check them.
	Transport http.RoundTripper
	// Prepare makes what a replay needs and returns the names of it.
	Prepare func(t *testing.T, given string) map[string]string
}

// patience is how long a client watches, and how often it looks.
const (
	patience = time.Minute
	interval = 50 * time.Millisecond
)

// Run replays r against two targets, which start makes: once by digest, once by
// bearer token.
func (r Replay) Run(t *testing.T, start func(t *testing.T) Target) {
	t.Helper()
	for name, play := range map[string]func(*testing.T, Target){"digest": r.Digest, "OAuth": r.OAuth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, start(t))
		})
	}
}

// Digest replays r with an API key.
func (r Replay) Digest(t *testing.T, target Target) {
	t.Helper()
	r.play(t, target, digest.NewTransportWithHTTPRoundTripper(target.Public, target.Private, target.Transport))
}

// OAuth replays r with a service account.
func (r Replay) OAuth(t *testing.T, target Target) {
	t.Helper()
	r.play(t, target, byToken(t, target))
}

func (r Replay) play(t *testing.T, target Target, signed http.RoundTripper) {
	t.Helper()
	p := &player{t: t, target: target, agent: r.Agent, signed: signed, names: target.Prepare(t, r.Given)}
	for i, s := range r.Steps {
		p.step = fmt.Sprintf("step %d, %s", i+1, s.Send)
		p.play(s)
	}
}

// player is a client at work.
type player struct {
	t      *testing.T
	target Target
	agent  string
	signed http.RoundTripper
	names  map[string]string
	step   string
}

func (p *player) play(s Step) {
	p.t.Helper()
	s.Send, s.Body = p.fill(s.Send), p.fill(s.Body)
	status, body := p.send(s)
	if s.Until != "" {
		status, body = p.watch(s, status, body)
	}
	if status != s.Status {
		p.t.Fatalf("%s: status is %d, not %d: %s", p.step, status, s.Status, body)
	}
	for _, want := range s.Has {
		if !has(body, p.fill(want)) {
			p.t.Errorf("%s: there is no %s in %s", p.step, p.fill(want), body)
		}
	}
	for name, path := range s.Save {
		v, ok := lookup(body, path)
		if !ok {
			p.t.Fatalf("%s: there is no %s in %s", p.step, path, body)
		}
		p.names[name] = fmt.Sprint(v)
	}
}

// watch sends the step again until it has what the client waits for.
func (p *player) watch(s Step, status int, body []byte) (int, []byte) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for status == s.Status && !has(body, p.fill(s.Until)) {
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s: there is still no %s in %s", p.step, s.Until, body)
		case <-ticker.C:
		}
		status, body = p.send(s)
	}
	return status, body
}

func (p *player) fill(s string) string {
	for name, value := range p.names {
		s = strings.ReplaceAll(s, name, value)
	}
	return s
}

// send sends a step once, on the connection of the step before.
func (p *player) send(s Step) (int, []byte) {
	p.t.Helper()
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused && p.names["{connected}"] != "" {
			p.t.Errorf("%s: the connection was not kept", p.step)
		}
		p.names["{connected}"] = "yes"
	}}
	transport, req := p.signed, p.request(httptrace.WithClientTrace(p.t.Context(), trace), s)
	if s.Anonymous {
		transport = p.target.Transport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		p.t.Fatalf("%s: %v", p.step, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("%s: %v", p.step, err)
	}
	return resp.StatusCode, body
}

func (p *player) request(ctx context.Context, s Step) *http.Request {
	p.t.Helper()
	method, path, _ := strings.Cut(s.Send, " ")
	if !strings.HasPrefix(path, "http") {
		path = p.target.URL + path
	}
	var body io.Reader
	if s.Body != "" {
		body = strings.NewReader(s.Body)
	}
	req, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("User-Agent", p.agent)
	if s.Anonymous {
		return req
	}
	media := "application/vnd.atlas." + s.Version + "+json"
	req.Header.Set("Accept", media)
	if s.Body != "" {
		req.Header.Set("Content-Type", media)
	}
	if s.Chunked {
		req.ContentLength, req.Body = -1, io.NopCloser(strings.NewReader(s.Body))
	}
	return req
}

// has says whether a body has what a Step's Has describes.
func has(body []byte, want string) bool {
	path, value, equal := strings.Cut(want, "=")
	path, absent := strings.CutPrefix(path, "!")
	v, ok := lookup(body, path)
	switch {
	case absent:
		return !ok
	case equal:
		return ok && fmt.Sprint(v) == value
	}
	return ok && v != nil
}

// lookup finds an attribute in a JSON document.
func lookup(body []byte, path string) (any, bool) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil, false
	}
	if path == "" {
		return v, true
	}
	for name := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case map[string]any:
			child, ok := parent[name]
			if !ok {
				return nil, false
			}
			v = child
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(parent) {
				return nil, false
			}
			v = parent[i]
		default:
			return nil, false
		}
	}
	return v, true
}
