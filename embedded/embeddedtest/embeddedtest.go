// Package embeddedtest gives tests a MongoDB-compatible server each.
//
// Both kinds live in a temporary directory of the test and are stopped when it
// ends, after the cleanups that were registered later: a client that is
// disconnected in a cleanup does not hold the stop up.
package embeddedtest

import (
	"context"
	"testing"

	"tidemark/embedded"
)

// Start runs a server in this process and returns its connection string.
func Start(t testing.TB) (uri string) {
	t.Helper()
	return start(t, embedded.Config{Dir: t.TempDir()})
}

// StartLogged is Start with an oplog.
func StartLogged(t testing.TB) (uri string) {
	t.Helper()
	return start(t, embedded.Config{Dir: t.TempDir(), Oplog: true})
}

func start(t testing.TB, cfg embedded.Config) string {
	t.Helper()
	s, err := embedded.Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("start an embedded server: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop the embedded server: %v", err)
		}
	})
	return s.URI()
}

// Spawn runs a server as a child process, which a test may kill. The package's
// TestMain must call embedded.RunIfChild first thing.
func Spawn(t testing.TB) *embedded.Process {
	t.Helper()
	return spawn(t, embedded.ProcessConfig{Dir: t.TempDir()})
}

// SpawnLogged is Spawn with an oplog.
func SpawnLogged(t testing.TB) *embedded.Process {
	t.Helper()
	return spawn(t, embedded.ProcessConfig{Dir: t.TempDir(), Oplog: true})
}

func spawn(t testing.TB, cfg embedded.ProcessConfig) *embedded.Process {
	t.Helper()
	p, err := embedded.Spawn(t.Context(), cfg)
	if err != nil {
		t.Fatalf("spawn an embedded server: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop the embedded server: %v", err)
		}
	})
	return p
}
