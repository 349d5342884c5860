package node_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tidemark"
	"tidemark/embedded"
	"tidemark/jobs"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
	"tidemark/node"
	"tidemark/restore/restoretest"
)

// hasty is a service that gives a deployment up soon.
func hasty(t *testing.T) node.Config {
	cfg := config(t)
	cfg.Deployment = mongo.Options{RetryFor: 500 * time.Millisecond, ServerSelectionTimeout: 300 * time.Millisecond}
	cfg.TuneJobs = func(c *jobs.Config) {
		quick(c)
		c.MaxAttempts = 2
		c.Backoff = func(int) time.Duration { return 50 * time.Millisecond }
	}
	return cfg
}

// outside runs a server that is none of the service's, in dir and at addr
// where that is not "".
func outside(t *testing.T, dir, addr string) *embedded.Process {
	t.Helper()
	p, err := embedded.Spawn(t.Context(), embedded.ProcessConfig{Dir: dir, Listen: addr})
	must(t, err)
	t.Cleanup(func() { must(t, p.Stop(context.WithoutCancel(t.Context()))) })
	return p
}

// loading waits until a restore has begun to load into a target.
func (s *service) loading(t *testing.T, source, job string, target *mongo.Deployment) {
	t.Helper()
	until(t, "the loading", func() bool { return len(restoretest.Staged(t, target)) > 0 })
	if j := s.getJob(t, source, job); j.State != string(tidemark.JobInProgress) {
		t.Fatalf("the restore was over too soon: %s %s", j.State, j.FailReason)
	}
}

func TestTargetThatDiesFailsTheJobAlone(t *testing.T) {
	t.Parallel()
	s := start(t, hasty(t))
	shop, spare := s.embedded(t, "shop"), s.embedded(t, "spare")
	restoretest.Fill(t, shop, 4000/slowness, 200)
	want := restoretest.Read(t, shop)
	snapshot := s.snapshot(t, "shop").ID
	dir := filepath.Join(t.TempDir(), "victim")
	victim := outside(t, dir, "")
	target := restoretest.Connect(t, victim.URI())
	wreck(t, target)
	s.create(t, "victim", victim.URI())

	id := s.beginRestore(t, "shop", snapshot, "victim")
	s.loading(t, "shop", id, target)
	must(t, victim.Kill())
	killed := time.Now()
	j := s.finished(t, "shop", id)
	took := time.Since(killed).Round(time.Millisecond)
	t.Logf("after %s the job was %s: %s", took, j.State, j.FailReason)
	if j.State != string(tidemark.JobFailed) || j.FailReason == "" || j.FinishedAt.IsZero() || took > slowness*10*time.Second {
		t.Errorf("after %s the job is %+v", took, j)
	}

	s.restore(t, "shop", snapshot, "spare")
	restoretest.Same(t, restoretest.Read(t, spare), want)
	s.snapshot(t, "spare")

	outside(t, dir, victim.Addr())
	s.restore(t, "shop", snapshot, "victim")
	restoretest.Same(t, restoretest.Read(t, target), want)
	if left := restoretest.Staged(t, target); len(left) > 0 {
		t.Errorf("left staged: %v", left)
	}
}

func TestTargetThatComesBackIsRestored(t *testing.T) {
	t.Parallel()
	s := start(t, config(t)) // as patient as a service is
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 4000/slowness, 200)
	want := restoretest.Read(t, shop)
	snapshot := s.snapshot(t, "shop").ID
	dir := filepath.Join(t.TempDir(), "victim")
	victim := outside(t, dir, "")
	target := restoretest.Connect(t, victim.URI())
	s.create(t, "victim", victim.URI())
	id := s.beginRestore(t, "shop", snapshot, "victim")
	s.loading(t, "shop", id, target)
	must(t, victim.Kill())
	outside(t, dir, victim.Addr())
	s.awaitRestore(t, "shop", id)
	restoretest.Same(t, restoretest.Read(t, target), want)
}

func TestFailedRestoreLeavesTheTargetAsItWas(t *testing.T) {
	t.Parallel()
	s := start(t, hasty(t))
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 100/slowness, 50)
	snapshot := s.snapshot(t, "shop").ID
	server := outside(t, filepath.Join(t.TempDir(), "target"), "")
	target := restoretest.Connect(t, server.URI())
	wreck(t, target)
	want := restoretest.Read(t, target)
	proxy, err := mongotest.StartProxy(server.URI(), func(_ int, cmd mongotest.Command) mongotest.Action {
		if cmd.Name == "createIndexes" {
			return mongotest.Fail(13, "Unauthorized", "not allowed to make indexes")
		}
		return mongotest.Pass()
	})
	must(t, err)
	t.Cleanup(func() { must(t, proxy.Close()) })
	s.create(t, "guarded", proxy.URI())

	j := s.finished(t, "shop", s.beginRestore(t, "shop", snapshot, "guarded"))
	if j.State != string(tidemark.JobFailed) || j.FailReason == "" {
		t.Fatalf("the job is %+v", j)
	}
	t.Logf("it failed: %s", j.FailReason)
	until(t, "the removal of what was staged", func() bool { return len(restoretest.Staged(t, target)) == 0 })
	restoretest.Same(t, restoretest.Read(t, target), want)
}

func TestStopDoesNotWaitForDeadTargets(t *testing.T) {
	t.Parallel()
	cfg := hasty(t)
	cfg.Deployment = mongo.Options{RetryFor: -1, ServerSelectionTimeout: 2 * time.Second}
	s := start(t, cfg)
	servers, snapshots := map[string]*embedded.Process{}, map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		servers[name] = outside(t, filepath.Join(t.TempDir(), "target"), "")
		s.create(t, name, servers[name].URI())
		s.snapshot(t, name)
	}
	for name, server := range servers {
		must(t, server.Kill())
		snapshots[name] = s.beginSnapshot(t, name)
	}
	for name, id := range snapshots {
		until(t, "the failure", func() bool { return s.getSnapshot(t, name, id).Status == string(tidemark.SnapshotFailed) })
	}
	began := time.Now()
	s.stop(t)
	took := time.Since(began).Round(time.Millisecond)
	t.Logf("stopping took %s", took)
	if took > slowness*4*time.Second {
		t.Errorf("stopping took %s", took)
	}
}
