package node_test

import (
	"path/filepath"
	"testing"
	"time"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/restore/restoretest"
)

const (
	// middles is how many ends in the middle of its work a test wants.
	middles = 3
	// roundsMost bounds how often a service is ended: an end may come too late.
	roundsMost = 9
)

// cut ends a service in the middle of its work and starts another in its place.
// The end comes within most, and is a clean one in every third round. In every
// other round the next service starts at once, while the embedded servers of
// the dead one may still be there.
func (p *process) cut(t *testing.T, round int, most time.Duration, embedded ...string) *process {
	t.Helper()
	var uris []string
	for _, name := range embedded {
		uris = append(uris, p.instance(t, name).URI)
	}
	after(t, most)
	if round%3 == 2 {
		p.terminate(t)
	} else {
		p.kill(t)
	}
	if round%2 == 0 {
		for _, uri := range uris {
			gone(t, uri)
		}
	}
	next := spawn(t, p.dir)
	for i, name := range embedded {
		if got := next.instance(t, name).URI; got != uris[i] && round%2 == 0 {
			t.Errorf("the server of %s was at %s and is at %s", name, uris[i], got)
		}
	}
	return next
}

func TestKillInTheMiddleOfASnapshot(t *testing.T) {
	t.Parallel()
	p := spawn(t, filepath.Join(t.TempDir(), "data"))
	shop := p.embedded(t, "shop")
	restoretest.Fill(t, shop, 4000/slowness, 200)
	want := restoretest.Read(t, shop)
	began := time.Now()
	last := p.snapshot(t, "shop").ID
	took := time.Since(began)
	unfinished, round := 0, 0
	for ; unfinished < middles && round < roundsMost; round++ {
		last = p.beginSnapshot(t, "shop")
		until(t, "the start", func() bool { return p.getSnapshot(t, "shop", last).Status != string(tidemark.SnapshotQueued) })
		p = p.cut(t, round, took*3/4, "shop")
		restarted := time.Now()
		if p.getSnapshot(t, "shop", last).Status != string(tidemark.SnapshotCompleted) {
			unfinished++
		}
		if s := p.awaitSnapshot(t, "shop", last); s.Documents != 7000/slowness || s.Collections != 4 {
			t.Errorf("the snapshot has %d documents in %d collections", s.Documents, s.Collections)
		}
		t.Logf("round %d: completed %s after the restart", round, time.Since(restarted).Round(time.Millisecond))
	}
	enough(t, unfinished, round)
	spare := p.embedded(t, "spare")
	p.restore(t, "shop", last, "spare")
	restoretest.Same(t, restoretest.Read(t, spare), want)
	p.terminate(t)
	noOrphans(t, p.dir, round+1)
}

func TestKillInTheMiddleOfARestore(t *testing.T) {
	t.Parallel()
	p := spawn(t, filepath.Join(t.TempDir(), "data"))
	shop := p.embedded(t, "shop")
	restoretest.Fill(t, shop, 4000/slowness, 200)
	want := restoretest.Read(t, shop)
	snapshot := p.snapshot(t, "shop").ID
	p.embedded(t, "spare")
	p.create(t, "outside", embeddedtest.Spawn(t).URI()) // lives on when the service dies
	began := time.Now()
	p.restore(t, "shop", snapshot, "outside")
	took := time.Since(began)
	unfinished, round := 0, 0
	for ; unfinished < middles && round < roundsMost; round++ {
		target := []string{"spare", "outside"}[round%2]
		wreck(t, p.deployment(t, target))
		id := p.beginRestore(t, "shop", snapshot, target)
		until(t, "the start", func() bool { return p.getJob(t, "shop", id).State != string(tidemark.JobQueued) })
		p = p.cut(t, round, took*3/4, "shop", "spare")
		restarted := time.Now()
		if p.getJob(t, "shop", id).State != string(tidemark.JobCompleted) {
			unfinished++
		}
		p.awaitRestore(t, "shop", id)
		t.Logf("round %d onto %s: completed %s after the restart", round, target, time.Since(restarted).Round(time.Millisecond))
		restored := p.deployment(t, target)
		restoretest.Same(t, restoretest.Read(t, restored), want)
		if left := restoretest.Staged(t, restored); len(left) > 0 {
			t.Errorf("left staged: %v", left)
		}
	}
	enough(t, unfinished, round)
	p.terminate(t)
	noOrphans(t, p.dir, 1)
}

// enough fails a test that has proved nothing.
func enough(t *testing.T, unfinished, rounds int) {
	t.Helper()
	t.Logf("%d of %d ends were in the middle", unfinished, rounds)
	if unfinished == 0 {
		t.Error("no end was in the middle of the work")
	}
}
