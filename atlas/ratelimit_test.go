package atlas_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"tidemark"
	"tidemark/atlas"
)

// TestRateLimits: the headers count down, then it is 429 until the minute is
// over, and another project, family or API is not concerned.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.RateLimits = true })
	f.clock.set(time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC))
	bearer := "Bearer " + f.token()
	ask := func() answer { return f.bare(http.MethodGet, f.org(), bearer) }
	for left := 299; left >= 0; left-- {
		got := ask().is(http.StatusOK)
		if got.header.Get("RateLimit-Limit") != "300" || got.header.Get("RateLimit-Remaining") != strconv.Itoa(left) || got.header.Get("Retry-After") != "" {
			t.Fatalf("after %d requests headers are %v", 300-left, got.header)
		}
	}
	f.clock.advance(5 * time.Second)
	got := ask().fails(http.StatusTooManyRequests, "RATE_LIMITED_TOKEN_BUCKET")
	want := `{"detail":"Rate limit exceeded for api/atlas/v2/orgs. Please retry after 55 seconds. Request capacity: 300. Refill rate: 100 per 60 seconds.",` +
		`"error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["api/atlas/v2/orgs",55,300,100,60],"reason":"Too Many Requests"}`
	if string(got.body) != want {
		t.Errorf("the body is %s", got.body)
	}
	if got.header.Get("Retry-After") != "55" || got.header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("headers are %v", got.header)
	}
	if other := f.bare(http.MethodGet, f.group(), bearer).is(http.StatusOK); other.header.Get("RateLimit-Limit") != "10000" {
		t.Errorf("another path has the headers %v", other.header)
	}
	if own := f.bare(http.MethodGet, f.own(), bearer).is(http.StatusOK); own.header.Get("RateLimit-Limit") != "" {
		t.Errorf("the extension API has the headers %v", own.header)
	}
	f.clock.advance(54 * time.Second)
	ask().is(http.StatusTooManyRequests)
	f.clock.advance(time.Second)
	for range 100 {
		ask().is(http.StatusOK)
	}
	ask().is(http.StatusTooManyRequests)
}

// TestRateLimitScope: a bucket is one project's, and strangers use their own.
func TestRateLimitScope(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.RateLimits = true })
	f.instance("shop")
	remaining := func(path string, key *tidemark.Key) string {
		return f.send(call{method: http.MethodGet, path: path, key: key}).header.Get("RateLimit-Remaining")
	}
	other := f.AddProject("other")
	stranger := f.AddKey(tidemark.KeyAPI, other.OrgID, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: other.OrgID})
	for i, c := range []struct {
		path string
		key  *tidemark.Key
		want string
	}{
		{f.backup("shop"), f.Owner, "1199"},
		{f.jobs("shop"), f.Reader, "1198"},
		{f.jobs("nobody"), f.Owner, "1197"},
		{f.backup("shop"), stranger, "1199"},
		{f.backup("shop") + "/x", f.Owner, ""}, // malformed: not counted
		{f.backup("shop"), f.Owner, "1196"},
		{f.serverless(), f.Owner, "9998"}, // the instance was the first
	} {
		if got := remaining(c.path, c.key); got != c.want {
			t.Errorf("%d: %s leaves %s, not %s", i, c.path, got, c.want)
		}
	}
}

// TestRateLimitsOff is without headers.
func TestRateLimitsOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if h := f.get(f.group()).is(http.StatusOK).header; h.Get("RateLimit-Limit") != "" {
		t.Errorf("headers are %v", h)
	}
}
