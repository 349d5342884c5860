package node_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"tidemark"
	"tidemark/client"
	"tidemark/jobs"
	"tidemark/restore/restoretest"
)

// scene is a service with one of everything that a request can run against.
type scene struct {
	*service
	raw   *raw
	store tidemark.Store
	other string // a project
	// Snapshots of shop but for the last three.
	snapshot, expired, deleted, foreign, unfinished, failed string
}

// unknown is a well-formed ID of nothing.
const unknown = "0123456789abcdef01234567"

func newScene(t *testing.T) *scene {
	t.Helper()
	cfg := config(t)
	cfg.TuneJobs = func(c *jobs.Config) {
		quick(c)
		c.SweepInterval = time.Hour // none takes the expired snapshot away
	}
	held, store := hold(&cfg, "busy", "slow", "late")
	s := &scene{service: start(t, cfg)}
	s.store = store()
	answer, err := s.Atlas(t.Context(), http.MethodPost, "/groups", map[string]string{"name": "other", "orgId": s.Credentials().OrgID})
	s.other = decoded[struct{ ID string }](t, answer, err).ID

	restoretest.Fill(t, s.embedded(t, "shop"), 40, 20)
	s.create(t, "spare", "")
	uri := s.instance(t, "spare").URI
	for _, name := range []string{"foreign", "broken", "protected"} {
		s.create(t, name, uri) // one server is enough for those
	}
	api{s.Client, s.other}.create(t, "far", uri)
	_, err = s.CreateInstance(t.Context(), s.project, client.NewInstance{Name: "flex", URI: uri, Kind: "flex"})
	must(t, err)
	_, err = s.Atlas(t.Context(), http.MethodPatch, "/groups/"+s.project+"/serverless/protected", map[string]bool{"terminationProtectionEnabled": true})
	must(t, err)

	s.snapshots(t)
	s.hold(t, held)
	s.keys(t)
	return s
}

// snapshots makes one of every kind.
func (s *scene) snapshots(t *testing.T) {
	t.Helper()
	s.expired = s.service.snapshot(t, "shop").ID
	s.deleted = s.service.snapshot(t, "shop").ID
	s.snapshot = s.service.snapshot(t, "shop").ID
	s.foreign = s.service.snapshot(t, "foreign").ID
	_, err := s.DeleteSnapshot(t.Context(), s.project, "shop", s.deleted)
	must(t, err)
	must(t, s.store.Update(t.Context(), func(tx tidemark.Tx) error {
		snap, err := tx.Snapshot(t.Context(), tidemark.ID(s.expired))
		if err != nil {
			return err
		}
		snap.ExpiresAt = time.Now().Add(-time.Minute)
		return tx.UpdateSnapshot(t.Context(), snap)
	}))
	s.failed = s.beginSnapshot(t, "broken")
	until(t, "the failure", func() bool { return s.getSnapshot(t, "broken", s.failed).Status == string(tidemark.SnapshotFailed) })
}

// hold starts work that does not end.
func (s *scene) hold(t *testing.T, held *holds) {
	t.Helper()
	uri := s.instance(t, "spare").URI
	s.create(t, "busy", uri)
	s.create(t, "slow", uri)
	_, err := s.CreateInstance(t.Context(), s.project, client.NewInstance{Name: "late"})
	must(t, err)
	s.unfinished = s.beginSnapshot(t, "slow")
	s.beginRestore(t, "shop", s.snapshot, "busy")
	for _, name := range []string{"busy", "slow", "late"} {
		until(t, "the work on "+name, func() bool { return held.waiting(name) })
	}
}

func (s *scene) keys(t *testing.T) {
	t.Helper()
	s.raw = newRaw(t, s.BaseURL())
	c := s.Credentials()
	s.raw.addKey(t, "owner", c.PublicKey, c.PrivateKey)
	s.raw.addKey(t, "wrong", c.PublicKey, "00000000-0000-4000-8000-000000000000")
	s.raw.addKey(t, "nobody", "aaaaaaaa", c.PrivateKey)
	s.raw.add(t, "token", func(next http.RoundTripper) http.RoundTripper { return header{"Bearer abc.def.ghi", next} })
	s.raw.makeKey(t, s.Client, "reader", s.project, "GROUP_READ_ONLY")
	s.raw.makeKey(t, s.Client, "backup", s.project, "GROUP_BACKUP_MANAGER")
	s.raw.makeKey(t, s.Client, "source", s.project, "GROUP_OWNER")
	s.raw.makeKey(t, s.Client, "stranger", s.other, "GROUP_OWNER")
}

// good is the body of a restore that would be accepted.
func (s *scene) good() map[string]any {
	return map[string]any{"deliveryType": "automated", "snapshotId": s.snapshot, "targetClusterName": "spare", "targetGroupId": s.project}
}

// TestBadInput sends what must be refused to a whole service, and looks after
// each request whether anything has changed.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	before := everything(t, s.store)
	count := 0
	for _, cases := range [][]bad{
		s.badPaths(), s.badBodies(), s.badAttributes(), s.badTimes(), s.badStates(), s.badKeys(), s.badVersions(), s.badResources(),
	} {
		for _, b := range cases {
			s.raw.check(t, b)
			if after := everything(t, s.store); !reflect.DeepEqual(after, before) {
				t.Fatalf("%s has changed something", b.why)
			}
			count++
		}
	}
	t.Logf("%d requests", count)
}
