package node_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tidemark/jobs"
	"tidemark/node"
)

// quick makes the jobs look for work often and tell often how far they are.
func quick(c *jobs.Config) {
	c.PollInterval = 20 * time.Millisecond
	c.ProgressInterval = 20 * time.Millisecond
	c.TailFor = 300 * time.Millisecond
}

// service is a service in this process.
type service struct {
	*node.Node
	api
	cfg node.Config
}

// config is that of a service on a fresh data directory.
func config(t testing.TB) node.Config {
	return node.Config{DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", TuneJobs: quick}
}

// start runs a service until the end of the test.
func start(t testing.TB, cfg node.Config) *service {
	t.Helper()
	n, err := node.Start(t.Context(), cfg)
	must(t, err)
	s := &service{Node: n, api: connect(n.Credentials()), cfg: cfg}
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop may be called more than once.
func (s *service) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	must(t, s.Stop(ctx))
}
