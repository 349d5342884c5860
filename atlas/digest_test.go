package atlas_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark"
	"tidemark/atlas"
)

// bare sends a request with one Authorization header, or none.
func (f *fixture) bare(method, path, authorization string) answer {
	f.t.Helper()
	c := call{method: method, path: path}
	if authorization != "" {
		c.header = http.Header{"Authorization": {authorization}}
	}
	return f.do(c, f.checked)
}

var (
	challengeRE = regexp.MustCompile(`^Digest realm="MMS Public API", domain="", nonce="([A-Za-z0-9+/=]{32})", algorithm=(MD5|SHA-256), qop="auth", stale=(true|false)$`)
	newHash     = map[string]func() hash.Hash{"MD5": md5.New, "SHA-256": sha256.New}
)

// nonce gets a fresh one.
func (f *fixture) nonce() string {
	f.t.Helper()
	got := f.bare(http.MethodGet, f.group(), "").is(http.StatusUnauthorized)
	return challengeRE.FindStringSubmatch(got.header.Get("WWW-Authenticate"))[1]
}

// signature is what a digest header is made of.
type signature struct {
	user, secret, nonce, uri, method, algorithm, cnonce, nc, qop, realm, response, extra string
}

func (f *fixture) signature(method, path string) signature {
	f.t.Helper()
	return signature{
		user: f.Owner.PublicID, secret: f.Owner.Secret, nonce: f.nonce(), uri: path, method: method,
		algorithm: "MD5", cnonce: "0123456789abcdef", nc: "00000001", qop: "auth", realm: "MMS Public API",
	}
}

func (s signature) String() string {
	sum := func(parts ...string) string {
		h := newHash[s.algorithm]()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	response := s.response
	if response == "" {
		response = sum(sum(s.user, s.realm, s.secret), s.nonce, s.nc, s.cnonce, s.qop, sum(s.method, s.uri))
	}
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm="%s", qop=%s, nc=%s, cnonce="%s"%s`,
		s.user, s.realm, s.nonce, s.uri, response, s.algorithm, s.qop, s.nc, s.cnonce, s.extra)
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, authorization := range []string{"", "Basic eDp5", "Digest", "Digest x", "Bearer", "Bearer x", "Negotiate abc"} {
		got := f.bare(http.MethodGet, f.group(), authorization).is(http.StatusUnauthorized)
		headers := got.header.Values("WWW-Authenticate")
		if len(headers) < 2 {
			t.Fatalf("challenges are %q", headers)
		}
		first, second := challengeRE.FindStringSubmatch(headers[0]), challengeRE.FindStringSubmatch(headers[1])
		if first == nil || second == nil || first[2] != "MD5" || second[2] != "SHA-256" || first[1] != second[1] || first[3] != "false" {
			t.Errorf("challenges are %q", headers)
		}
		if want := "{\n  \"error\" : 401,\n  \"reason\" : \"Unauthorized\",\n  \"detail\" : \"You are not authorized for this resource.\"\n}"; string(got.body) != want {
			t.Errorf("the body is %s", got.body)
		}
		if got.header.Get("Content-Type") != "application/json" {
			t.Errorf("Content-Type is %q", got.header.Get("Content-Type"))
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxFailures = -1 })
	path := f.group() + "?pretty=false"
	for name, c := range map[string]struct {
		edit func(*signature)
		ok   bool
	}{
		"MD5":                        {func(*signature) {}, true},
		"SHA-256":                    {func(s *signature) { s.algorithm = "SHA-256" }, true},
		"a later counter":            {func(s *signature) { s.nc = "000000ff" }, true},
		"wrong secret":               {func(s *signature) { s.secret = "wrong" }, false},
		"no secret":                  {func(s *signature) { s.secret = "" }, false},
		"unknown key":                {func(s *signature) { s.user = "nobody" }, false},
		"unknown key without secret": {func(s *signature) { s.user, s.secret = "nobody", "" }, false},
		"no key":                     {func(s *signature) { s.user = "" }, false},
		"service account":            {func(s *signature) { s.user, s.secret = f.Account.PublicID, f.Account.Secret }, false},
		"other uri":                  {func(s *signature) { s.uri = f.serverless() }, false},
		"uri without query":          {func(s *signature) { s.uri = f.group() }, false},
		"other method":               {func(s *signature) { s.method = http.MethodDelete }, false},
		"other realm":                {func(s *signature) { s.realm = "x" }, false},
		"auth-int":                   {func(s *signature) { s.qop = "auth-int" }, false},
		"no client nonce":            {func(s *signature) { s.cnonce = "" }, false},
		"counter zero":               {func(s *signature) { s.nc = "00000000" }, false},
		"counter negative":           {func(s *signature) { s.nc = "-0000001" }, false},
		"counter no number":          {func(s *signature) { s.nc = "zz" }, false},
		"empty response":             {func(s *signature) { s.response = " " }, false},
		"response of another":        {func(s *signature) { s.response = strings.Repeat("0", 32) }, false},
		"hashed user name":           {func(s *signature) { s.extra = ", userhash=true" }, false},
		"something after it":         {func(s *signature) { s.extra = ", " }, false},
		"an unclosed string":         {func(s *signature) { s.extra = `, opaque="` }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := f.signature(http.MethodGet, path)
			c.edit(&s)
			got := f.bare(http.MethodGet, path, s.String())
			want := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[c.ok]
			if got.is(want); !c.ok && !strings.HasSuffix(got.header.Get("WWW-Authenticate"), "stale=false") {
				t.Errorf("wrong credentials are called stale: %s", got.header.Get("WWW-Authenticate"))
			}
		})
	}
}

// TestReplay: a recorded request cannot be sent again, a nonce dies after five
// minutes, and one of another process is not taken. The client, who knows the
// secret, hears that its nonce is stale.
func TestReplay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stale := func(s signature) {
		t.Helper()
		got := f.bare(http.MethodGet, f.group(), s.String()).is(http.StatusUnauthorized)
		for _, h := range got.header.Values("WWW-Authenticate") {
			if m := challengeRE.FindStringSubmatch(h); m == nil || m[3] != "true" {
				t.Errorf("the challenge is %q", h)
			}
		}
	}
	s := f.signature(http.MethodGet, f.group())
	f.bare(http.MethodGet, f.group(), s.String()).is(http.StatusOK)
	stale(s)
	s.nc = "00000003"
	f.bare(http.MethodGet, f.group(), s.String()).is(http.StatusOK)
	s.nc = "00000002"
	stale(s)

	s = f.signature(http.MethodGet, f.group())
	f.clock.advance(5 * time.Minute)
	f.bare(http.MethodGet, f.group(), s.String()).is(http.StatusOK)
	f.clock.advance(time.Second)
	s.nc = "00000002"
	stale(s)

	other := newFixture(t)
	s = f.signature(http.MethodGet, f.group())
	s.nonce = other.nonce()
	stale(s)
	s.nonce = strings.Repeat("A", 32)
	stale(s)
	s.nonce = "x"
	stale(s)
}

// TestReplayRace: of many at once with the same counter, one gets in.
func TestReplayRace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	header := f.signature(http.MethodGet, f.group()).String()
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			got := f.bare(http.MethodGet, f.group(), header)
			mu.Lock()
			defer mu.Unlock()
			statuses[got.status]++
		})
	}
	wg.Wait()
	if statuses[http.StatusOK] != 1 || statuses[http.StatusUnauthorized] != 15 {
		t.Errorf("statuses are %v", statuses)
	}
}

// TestDrain: a body that came without credentials, in chunks, is read to its
// end before the 401, so that the connection lives on.
func TestDrain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+f.jobs("shop"), struct{ *strings.Reader }{strings.NewReader(strings.Repeat(" ", 300_000) + f.restore(id))})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = -1
	req.Header.Set("Accept", accept2023)
	resp, err := f.checked.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || resp.Close {
		t.Errorf("status %d, close %t", resp.StatusCode, resp.Close)
	}
}

func TestLockOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxFailures = 3 })
	wrong := *f.Owner
	wrong.Secret = "wrong"
	try := call{method: http.MethodGet, path: f.group(), key: &wrong}
	for range 3 {
		f.send(try).is(http.StatusUnauthorized)
	}
	s := f.signature(http.MethodGet, f.group())
	got := f.bare(http.MethodGet, f.group(), s.String())
	got.fails(http.StatusTooManyRequests, "RATE_LIMITED")
	if got.header.Get("Retry-After") != "61" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	f.send(call{method: http.MethodGet, path: f.group(), key: f.Reader}).is(http.StatusOK)
	f.clock.advance(time.Minute)
	f.get(f.group()).is(http.StatusOK)

	for i := range 30 { // of any keys
		try.key = &tidemark.Key{PublicID: fmt.Sprintf("guess%d", i), Secret: "x"}
		f.send(try).is(http.StatusUnauthorized)
	}
	f.bare(http.MethodGet, f.group(), "Bearer x").fails(http.StatusTooManyRequests, "RATE_LIMITED")
	f.bare(http.MethodGet, f.group(), "").is(http.StatusUnauthorized)
}
