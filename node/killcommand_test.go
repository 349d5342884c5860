//go:build long

package node_test

import (
	"testing"
	"time"

	"tidemark"
	"tidemark/mongo/mongotest"
)

// commandsMost bounds how many commands of a restore are tried.
const commandsMost = 400

// TestKillAtEveryCommand kills the service at the n-th command that a restore
// sends to its target, for every n, at a random moment while that waits.
//
// Run with: go test -tags long -run TestKillAtEveryCommand -timeout 30m -v ./node
func TestKillAtEveryCommand(t *testing.T) {
	g := newGuarded(t, 60)
	for n := 1; n <= commandsMost; n++ {
		reached, free := g.holding(func(at int, _ mongotest.Command) bool { return at >= n })
		job := g.begin(t)
		if !g.held(t, job, reached) {
			free()
			g.equal(t, job)
			t.Logf("a restore sends %d commands", n-1)
			if n < 20 {
				t.Error("those are too few to prove anything")
			}
			return
		}
		after(t, 60*time.Millisecond)
		g.restart(t, free)
		g.equal(t, job)
	}
	t.Errorf("after %d commands a restore has not ended", commandsMost)
}

// held waits until the job has come to the command, or ended before.
func (g *guarded) held(t *testing.T, job string, reached <-chan struct{}) bool {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-reached:
			return true
		case <-ticker.C:
		}
		if tidemark.JobState(g.getJob(t, "shop", job).State).Finished() {
			return false
		}
	}
}
