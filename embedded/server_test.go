package embedded_test

import (
	"os"
	"strings"
	"testing"

	"tidemark"
	"tidemark/embedded"
)

func start(t *testing.T, cfg embedded.Config) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(timed(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(timed(t)); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestRestartKeepsDataAndPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, embedded.Config{Dir: dir})
	insert(t, s.URI(), 1)
	if err := s.Stop(timed(t)); err != nil {
		t.Fatal(err)
	}
	wait(t, s.Done(), "the server's end")
	if err := s.Err(); err != nil {
		t.Fatalf("a clean stop ended with %v", err)
	}

	again := start(t, embedded.Config{Dir: dir, Listen: s.Addr()})
	if again.Addr() != s.Addr() {
		t.Fatalf("listens on %s, want %s", again.Addr(), s.Addr())
	}
	wantDocs(t, again.URI(), 1)
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o700 {
		t.Fatalf("the directory is %v, %v; want 0700", fi.Mode(), err)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	for id := range 3 {
		s := start(t, embedded.Config{Dir: t.TempDir()})
		insert(t, s.URI(), id)
		wantDocs(t, s.URI(), 1)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, embedded.Config{Dir: dir})
	for name, c := range map[string]struct {
		cfg  embedded.Config
		code tidemark.Code
		say  string
	}{
		"directory in use": {embedded.Config{Dir: dir}, tidemark.CodeConflict, "another embedded server"},
		"port in use":      {embedded.Config{Dir: t.TempDir(), Listen: s.Addr()}, tidemark.CodeConflict, "cannot listen"},
		"all interfaces":   {embedded.Config{Dir: t.TempDir(), Listen: ":0"}, tidemark.CodeInvalidAttribute, "loopback only"},
		"any address":      {embedded.Config{Dir: t.TempDir(), Listen: "0.0.0.0:0"}, tidemark.CodeInvalidAttribute, "loopback only"},
		"another machine":  {embedded.Config{Dir: t.TempDir(), Listen: "192.0.2.1:1"}, tidemark.CodeInvalidAttribute, "loopback only"},
		"a name":           {embedded.Config{Dir: t.TempDir(), Listen: "example.org:1"}, tidemark.CodeInvalidAttribute, "loopback only"},
		"no port":          {embedded.Config{Dir: t.TempDir(), Listen: "127.0.0.1"}, tidemark.CodeInvalidAttribute, "HOST:PORT"},
		"no directory":     {embedded.Config{}, tidemark.CodeInvalidAttribute, "data directory"},
		"a glob":           {embedded.Config{Dir: t.TempDir() + "/a[b"}, tidemark.CodeInvalidAttribute, "in its path"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := embedded.Start(timed(t), c.cfg)
			if err == nil {
				_ = got.Stop(timed(t))
				t.Fatal("started")
			}
			if tidemark.ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.say) {
				t.Fatalf("%s: %v; want %s: …%s…", tidemark.ErrorCode(err), err, c.code, c.say)
			}
		})
	}
}

func TestAnyPort(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: t.TempDir()})
	other := start(t, embedded.Config{Dir: t.TempDir(), Listen: s.Addr(), AnyPort: true})
	if other.Addr() == s.Addr() {
		t.Fatal("two servers on one port")
	}
	insert(t, other.URI(), 1)
	wantDocs(t, s.URI(), 0)
}

func TestLoopbackNames(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"localhost:0", "127.0.0.2:0"} {
		s := start(t, embedded.Config{Dir: t.TempDir(), Listen: listen})
		insert(t, s.URI(), 1)
	}
}
