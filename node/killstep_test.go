package node_test

import (
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tidemark"
	"tidemark/client"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
	"tidemark/restore/restoretest"
)

// guarded is a service in a process of its own that restores onto a server
// behind a proxy. Both servers live on when the service is killed.
type guarded struct {
	*process
	proxy    *mongotest.FaultProxy
	target   *mongo.Deployment // beside the proxy
	snapshot string            // of the instance shop
	want     restoretest.State // what it brings
	inserted atomic.Int64      // documents that the proxy has passed on
}

func newGuarded(t *testing.T, documents int) *guarded {
	t.Helper()
	g := &guarded{}
	server := embeddedtest.Spawn(t).URI()
	g.target = restoretest.Connect(t, server)
	var err error
	g.proxy, err = mongotest.StartProxy(server, nil)
	must(t, err)
	t.Cleanup(func() { must(t, g.proxy.Close()) })
	source := embeddedtest.Spawn(t).URI()
	restoretest.Fill(t, restoretest.Connect(t, source), documents, 200)
	g.process = spawn(t, filepath.Join(t.TempDir(), "data"))
	g.create(t, "shop", source)
	g.create(t, "target", g.proxy.URI())
	g.snapshot = g.process.snapshot(t, "shop").ID
	g.want = restoretest.Read(t, restoretest.Connect(t, source))
	return g
}

// begin wrecks the target and begins a restore that also keeps it.
func (g *guarded) begin(t *testing.T) (job string) {
	t.Helper()
	wreck(t, g.target)
	answer, err := g.StartRestoreJob(t.Context(), g.project, "shop", client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverAutomated), SnapshotID: g.snapshot, TargetClusterName: "target", TargetGroupID: g.project,
		RestoreOptions: tidemark.RestoreOptions{SafetySnapshot: tidemark.SafetyAlways},
	})
	return decoded[client.RestoreJob](t, answer, err).ID
}

// holding makes the proxy hold the commands that a restore sends of which stop
// says so, one asked at a time, until free is called, which cuts their connections. reached is closed
// by the first.
func (g *guarded) holding(stop func(n int, cmd mongotest.Command) bool) (reached <-chan struct{}, free func()) {
	at, gate := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var one sync.Mutex // commands come on many connections
	g.proxy.SetHook(func(n int, cmd mongotest.Command) mongotest.Action {
		one.Lock()
		stopped := stop(n, cmd)
		one.Unlock()
		if !stopped {
			return mongotest.Pass()
		}
		once.Do(func() { close(at) })
		return mongotest.Cut().After(gate)
	})
	return at, func() {
		g.inserted.Store(0)
		g.proxy.SetHook(func(_ int, cmd mongotest.Command) mongotest.Action {
			if cmd.Name == "insert" {
				docs, _ := cmd.Documents()
				g.inserted.Add(int64(len(docs)))
			}
			return mongotest.Pass()
		})
		close(gate)
	}
}

// restart kills the service and starts it again.
func (g *guarded) restart(t *testing.T, free func()) {
	t.Helper()
	g.kill(t)
	free()
	g.process = spawn(t, g.dir)
}

// equal awaits the job and compares.
func (g *guarded) equal(t *testing.T, job string) client.RestoreJob {
	t.Helper()
	j := g.awaitRestore(t, "shop", job)
	restoretest.Same(t, restoretest.Read(t, g.target), g.want)
	if left := restoretest.Staged(t, g.target); len(left) > 0 {
		t.Errorf("left staged: %v", left)
	}
	return j
}

// collection is the collection that a command is about.
func collection(cmd mongotest.Command) string {
	name, _ := cmd.Body.Lookup(cmd.Name).StringValueOK()
	return name
}

func onStaged(cmd mongotest.Command) bool {
	return strings.HasPrefix(collection(cmd), tidemark.StagePrefix)
}

// TestKillAtEveryStep kills the service at each step of a restore, by the
// command of the target that the step begins with, and once that step is saved.
func TestKillAtEveryStep(t *testing.T) {
	t.Parallel()
	const documents = 600 / slowness
	g := newGuarded(t, documents)
	first := ""
	renames := 0
	for _, step := range []struct {
		name, phase string
		loaded      bool // all of it, so that nothing is loaded again
		stop        func(n int, cmd mongotest.Command) bool
	}{
		{"the first staged collection", "staging", false, func(_ int, cmd mongotest.Command) bool { return cmd.Name == "create" }},
		{"the loading of one collection", "loading", false, func(_ int, cmd mongotest.Command) bool {
			if cmd.Name == "insert" && first == "" {
				first = collection(cmd)
			}
			return cmd.Name == "insert" && collection(cmd) == first
		}},
		{"an index", "indexing", true, func(_ int, cmd mongotest.Command) bool { return cmd.Name == "createIndexes" }},
		{"the reading back", "verifying", true, func(_ int, cmd mongotest.Command) bool { return cmd.Name == "find" && onStaged(cmd) }},
		{"the safety snapshot", "keeping the target", true, func(_ int, cmd mongotest.Command) bool {
			return cmd.Name == "find" && cmd.DB != "local" && !onStaged(cmd)
		}},
		{"the first drop", "cutting over", true, func(_ int, cmd mongotest.Command) bool { return cmd.Name == "drop" && !onStaged(cmd) }},
		{"the first rename", "cutting over", true, func(_ int, cmd mongotest.Command) bool { return cmd.Name == "renameCollection" }},
		{"the second rename", "cutting over", true, func(_ int, cmd mongotest.Command) bool {
			if cmd.Name == "renameCollection" {
				renames++
			}
			return renames > 1
		}},
	} {
		reached, free := g.holding(step.stop)
		job := g.begin(t)
		select {
		case <-reached:
		case <-t.Context().Done():
			t.Fatalf("%s has not come", step.name)
		}
		until(t, "the note of "+step.name, func() bool { return g.noted(t, job, step.phase) })
		g.restart(t, free)
		j := g.equal(t, job)
		if n := g.inserted.Load(); step.loaded && n != 0 || step.phase == "loading" && n >= documents*7/4 {
			t.Errorf("killed at %s it loaded %d documents again", step.name, n)
		}
		if j.SafetySnapshotID == "" {
			t.Errorf("killed at %s there is no safety snapshot", step.name)
		}
	}
}

// noted says whether the saved progress is of a phase, and, for loading, has a
// collection that is whole.
func (g *guarded) noted(t *testing.T, job, phase string) bool {
	t.Helper()
	answer, err := g.GetRestoreJob(t.Context(), g.project, "shop", job)
	j := decoded[struct {
		State    string
		Progress struct {
			Phase       string
			Collections []struct{ Documents, TotalDocuments int64 }
		}
	}](t, answer, err)
	if tidemark.JobState(j.State).Finished() {
		t.Fatalf("the job is %s already", j.State)
	}
	if phase != "loading" || j.Progress.Phase != phase {
		return j.Progress.Phase == phase
	}
	for _, c := range j.Progress.Collections {
		if c.Documents > 0 && c.Documents == c.TotalDocuments {
			return true
		}
	}
	return false
}
