package atlas_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tidemark"
	"tidemark/atlas/replaytest"
)

// TestReplays sends what real clients send. What a client watches has happened
// before it looks: restores complete when they are made.
func TestReplays(t *testing.T) {
	t.Parallel()
	for _, r := range slices.Concat(replaytest.ServerlessReplays(), replaytest.FlexReplays(), replaytest.DedicatedReplays(), replaytest.ProjectReplays()) {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			r.Run(t, replayTarget)
		})
	}
}

// replayTarget is a fixture as a target.
func replayTarget(t *testing.T) replaytest.Target {
	t.Helper()
	f := newFixture(t)
	return replaytest.Target{
		URL: f.url, Public: f.Owner.PublicID, Private: f.Owner.Secret, ClientID: f.Account.PublicID, ClientSecret: f.Account.Secret,
		Transport: settling{f, f.checked}, Prepare: f.prepare,
	}
}

func (f *fixture) prepare(t *testing.T, given string) map[string]string {
	t.Helper()
	names := map[string]string{"{g}": string(f.ProjectID), "{o}": string(f.OrgID)}
	switch given {
	case replaytest.Serverless:
		names["{s}"] = string(f.shop())
		f.ChangeSnapshot(tidemark.ID(names["{s}"]), func(s *tidemark.Snapshot) { s.ExpiresAt = start.Add(24 * time.Hour) })
	case replaytest.Continuous:
		names["{s}"], names["{t}"] = string(f.shop()), "1700000000"
		f.ChangeInstance("shop", func(i *tidemark.Instance) { i.ContinuousBackup = true })
	case replaytest.Dedicated:
		f.dedicated("shop")
		f.dedicated("target")
		names["{s}"] = string(f.snapshot("shop"))
	case replaytest.Flex:
		names["{s}"] = string(f.flexShop())
	}
	return names
}

// settling completes restore jobs once they are answered.
type settling struct {
	f    *fixture
	next http.RoundTripper
}

func (s settling) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	if err == nil {
		s.f.Settle(start.Add(time.Minute))
	}
	return resp, err
}
