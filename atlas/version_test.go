package atlas_test

import (
	"net/http"
	"testing"
	"time"

	"tidemark/atlas"
)

// TestRefuseSunset: a version past its sunset is gone, if the service is told
// so, and until then it is served.
func TestRefuseSunset(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.RefuseSunset = true })
	f.clock.set(time.Date(2026, 1, 14, 23, 59, 59, 0, time.UTC))
	f.get(f.serverless()).is(http.StatusOK)
	f.clock.advance(time.Second)
	got := f.get(f.serverless()+"/nobody").fails(http.StatusGone, "VERSION_GONE", "2023-01-01", f.serverless()[1:]+"/nobody")
	want := `{"detail":"Version 2023-01-01 of ` + f.serverless()[1:] + `/nobody is no longer available.","error":410,"errorCode":"VERSION_GONE","parameters":["2023-01-01","` +
		f.serverless()[1:] + `/nobody"],"reason":"Gone"}`
	if string(got.body) != want {
		t.Errorf("the body is %s", got.body)
	}
	if got.header.Get("Sunset") == "" {
		t.Error("a version that is gone does not say since when")
	}
	f.get(f.group()).is(http.StatusOK)
	f.get("/api/tidemark/v1/groups/" + string(f.ProjectID) + "/instances").is(http.StatusOK)
}

// TestEveryErrorOfAVersionNamesItsSunset: real 404s do, too.
func TestSunsetOfErrors(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, got := range []answer{
		f.get(f.serverless() + "/nobody").is(http.StatusNotFound),
		f.post(f.serverless(), "nonsense").is(http.StatusBadRequest),
	} {
		if got.header.Get("Deprecation") != "Wed, 10 Dec 2025 00:00:00 GMT" || got.header.Get("Sunset") != "Thu, 15 Jan 2026 00:00:00 GMT" {
			t.Errorf("headers are %v", got.header)
		}
	}
}

// TestLocation: what is created says where it is.
func TestLocation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for query, want := range map[string]string{"": "/a", "?envelope=true&pretty=true": "/b"} {
		got := f.post(f.serverless()+query, `{"name":"`+want[1:]+`",`+providerJSON+`}`).is(http.StatusCreated)
		if location := got.header.Get("Location"); location != f.url+f.serverless()+want {
			t.Errorf("Location is %q", location)
		}
	}
}
