package node_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/client"
)

// raw sends requests byte for byte as a test wants them.
type raw struct {
	base string
	by   map[string]*http.Client // by the name of the key
}

func newRaw(t *testing.T, base string) *raw {
	r := &raw{base: base, by: map[string]*http.Client{}}
	r.add(t, "none", func(next http.RoundTripper) http.RoundTripper { return next })
	return r
}

func (r *raw) add(t *testing.T, name string, wrap func(next http.RoundTripper) http.RoundTripper) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	r.by[name] = &http.Client{Transport: wrap(transport)}
}

// addKey adds an API key.
func (r *raw) addKey(t *testing.T, name, public, private string) {
	r.add(t, name, func(next http.RoundTripper) http.RoundTripper {
		return &digest.Transport{Username: public, Password: private, Transport: next, NoReuse: true}
	})
}

// makeKey makes a key in a project by the API.
func (r *raw) makeKey(t *testing.T, c *client.Client, name, project, role string) {
	t.Helper()
	answer, err := c.Atlas(t.Context(), http.MethodPost, "/groups/"+project+"/apiKeys", map[string]any{"desc": name, "roles": []string{role}})
	k := decoded[struct{ PublicKey, PrivateKey string }](t, answer, err)
	r.addKey(t, name, k.PublicKey, k.PrivateKey)
}

// header is an Authorization header that never changes.
type header struct {
	value string
	next  http.RoundTripper
}

func (h header) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", h.value)
	return h.next.RoundTrip(req)
}

// bad is a request that is to be refused.
type bad struct {
	why    string
	method string // POST if empty
	path   string
	body   string
	accept string // that of 2025-03-12 if empty; "-" for no header
	media  string // of the body; application/json if empty
	key    string // the owner's if empty
	status int
	code   string
}

const newestVersion = "application/vnd.atlas.2025-03-12+json"

func (b bad) withDefaults() bad {
	if b.method == "" {
		b.method = http.MethodPost
	}
	if b.accept == "" {
		b.accept = newestVersion
	}
	if b.media == "" {
		b.media = "application/json"
	}
	if b.key == "" {
		b.key = "owner"
	}
	return b
}

// check sends a request and checks its error body.
func (r *raw) check(t *testing.T, b bad) {
	t.Helper()
	b = b.withDefaults()
	req, err := http.NewRequestWithContext(t.Context(), b.method, r.base+b.path, strings.NewReader(b.body))
	must(t, err)
	req.Header.Set("Content-Type", b.media)
	if b.accept != "-" {
		req.Header.Set("Accept", b.accept)
	}
	resp, err := r.by[b.key].Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %s, but %v", b.why, resp.Status, err)
	}
	if resp.StatusCode != b.status || resp.Header.Get("X-Error-Code") != b.code {
		t.Errorf("%s: %s %q, not %d %s: %s", b.why, resp.Status, resp.Header.Get("X-Error-Code"), b.status, b.code, body)
		return
	}
	if b.status == http.StatusMethodNotAllowed {
		if len(body) > 0 || resp.Header.Get("Allow") == "" {
			t.Errorf("%s: Allow %q, body %s", b.why, resp.Header.Get("Allow"), body)
		}
		return
	}
	if err := checkProblem(body, b); err != nil {
		t.Errorf("%s: %v in %s", b.why, err, body)
	}
}

// placeholder is what the table of errors has where a parameter goes.
var placeholder = regexp.MustCompile(`\{\w+\}`)

// checkProblem checks the shape of an error body.
func checkProblem(body []byte, b bad) error {
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	if fields["error"] != float64(b.status) || fields["reason"] != http.StatusText(b.status) {
		return fmt.Errorf("wrong error or reason")
	}
	if detail, _ := fields["detail"].(string); detail == "" || placeholder.MatchString(detail) {
		return fmt.Errorf("no good detail")
	}
	if b.code == "" {
		return nil // the realm's own 401 has no more
	}
	if _, ok := fields["parameters"].([]any); !ok || fields["errorCode"] != b.code {
		return fmt.Errorf("wrong errorCode or parameters")
	}
	return nil
}

// with is the JSON of an object with some attributes changed, or left out
// where nil is given.
func with(base map[string]any, changes ...any) string {
	out := maps.Clone(base)
	for i := 0; i < len(changes); i += 2 {
		name := changes[i].(string)
		if out[name] = changes[i+1]; changes[i+1] == nil {
			delete(out, name)
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestRefusalsReachTheClient asks twice: the second time the client knows a
// nonce already, and the first answer it gets is the refusal.
func TestRefusalsReachTheClient(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	answer, err := s.Atlas(t.Context(), http.MethodPost, "/groups/"+s.project+"/apiKeys", map[string]any{"desc": "reader", "roles": []string{"GROUP_READ_ONLY"}})
	k := decoded[struct{ PublicKey, PrivateKey string }](t, answer, err)
	reader := client.New(client.Credentials{BaseURL: s.BaseURL(), PublicKey: k.PublicKey, PrivateKey: k.PrivateKey})
	for range 2 {
		_, err := reader.CreateInstance(t.Context(), s.project, client.NewInstance{Name: "shop"})
		if tidemark.ErrorCode(err) != "USER_UNAUTHORIZED" || tidemark.ErrorHint(err) == "" {
			t.Errorf("a reader who makes an instance: %v (code %s, hint %q)", err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
		}
	}
	wrong := client.New(client.Credentials{BaseURL: s.BaseURL(), PublicKey: k.PublicKey, PrivateKey: "wrong"})
	if _, err := wrong.ListInstances(t.Context(), s.project); tidemark.ErrorCode(err) != "UNAUTHORIZED" || tidemark.ErrorHint(err) == "" {
		t.Errorf("a wrong secret: %v (code %s, hint %q)", err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
	}
}
