package embedded_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tidemark"
	"tidemark/embedded"
)

// supervise returns a supervisor and the states that its servers went through.
func supervise(t *testing.T) (*embedded.Supervisor, <-chan embedded.Status) {
	t.Helper()
	changes := make(chan embedded.Status, 100)
	s := embedded.NewSupervisor(embedded.SupervisorConfig{OnChange: func(st embedded.Status) { changes <- st }})
	t.Cleanup(func() {
		if err := s.Close(timed(t)); err != nil {
			t.Error(err)
		}
	})
	return s, changes
}

func ensure(t *testing.T, s *embedded.Supervisor, id, dir, want string) string {
	t.Helper()
	addr, err := s.Ensure(timed(t), id, dir, want)
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// next returns the next change to state.
func next(t *testing.T, changes <-chan embedded.Status, state embedded.State) embedded.Status {
	t.Helper()
	ctx := timed(t)
	for {
		select {
		case st := <-changes:
			if st.State == state {
				return st
			}
		case <-ctx.Done():
			t.Fatalf("no change to %s", state)
		}
	}
}

func TestSupervisorRestarts(t *testing.T) {
	t.Parallel()
	s, changes := supervise(t)
	dir := filepath.Join(t.TempDir(), "a")
	addr := ensure(t, s, "a", dir, "")
	insert(t, "mongodb://"+addr+"/", 1)
	for round := 1; round <= 2; round++ {
		before := next(t, changes, embedded.StateRunning)
		send(t, before.PID, syscall.SIGKILL)
		if st := next(t, changes, embedded.StateRestarting); st.Err == nil || st.PID != 0 {
			t.Fatalf("restarting: %+v", st)
		}
		if got := ensure(t, s, "a", dir, ""); got != addr {
			t.Fatalf("listens on %s, want %s", got, addr)
		}
		wantDocs(t, "mongodb://"+addr+"/", 1)
		st, ok := s.Get("a")
		if !ok || st.State != embedded.StateRunning || st.Restarts != round || st.PID == before.PID {
			t.Fatalf("%+v, %v", st, ok)
		}
	}
}

func TestSupervisorMovesFromTakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s, _ := supervise(t)
	if addr := ensure(t, s, "a", t.TempDir(), taken.Addr().String()); addr == taken.Addr().String() {
		t.Fatal("took a port that is taken")
	}
}

func TestSupervisorKeepsPortAcrossStop(t *testing.T) {
	t.Parallel()
	s, _ := supervise(t)
	dir := t.TempDir()
	addr := ensure(t, s, "a", dir, "")
	if err := s.Stop(timed(t), "a"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get("a"); ok {
		t.Fatal("kept after Stop")
	}
	if err := s.Stop(timed(t), "a"); err != nil {
		t.Fatalf("stopping what is not kept: %v", err)
	}
	if again := ensure(t, s, "a", dir, addr); again != addr {
		t.Fatalf("listens on %s, want %s", again, addr)
	}
}

func TestSupervisorManyCallersOneServer(t *testing.T) {
	t.Parallel()
	s, changes := supervise(t)
	dir := t.TempDir()
	addrs := make([]string, 8)
	var wg sync.WaitGroup
	for i := range addrs {
		wg.Go(func() { addrs[i], _ = s.Ensure(timed(t), "a", dir, "") })
	}
	ensure(t, s, "b", t.TempDir(), "")
	wg.Wait()
	for _, a := range addrs {
		if a == "" || a != addrs[0] {
			t.Fatalf("addresses %v", addrs)
		}
	}
	if list := s.List(); len(list) != 2 || list[0].ID != "a" || list[1].ID != "b" || list[0].Addr == list[1].Addr {
		t.Fatalf("%+v", list)
	}
	next(t, changes, embedded.StateRunning)
	next(t, changes, embedded.StateRunning)
	if len(changes) != 0 {
		t.Fatalf("changes left: %d", len(changes))
	}
}

func TestSupervisorFirstStartFails(t *testing.T) {
	t.Parallel()
	s, changes := supervise(t)
	dir := t.TempDir()
	other := start(t, embedded.Config{Dir: dir})
	_, err := s.Ensure(timed(t), "a", dir, "")
	if tidemark.ErrorCode(err) != tidemark.CodeConflict {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
	next(t, changes, embedded.StateFailed)
	if _, ok := s.Get("a"); ok {
		t.Fatal("kept after it failed")
	}
	if err := other.Stop(timed(t)); err != nil {
		t.Fatal(err)
	}
	ensure(t, s, "a", dir, "")
	if _, err := s.Ensure(timed(t), "a", t.TempDir(), ""); tidemark.ErrorCode(err) != tidemark.CodeConflict {
		t.Fatalf("another directory: %v", err)
	}
}

func TestSupervisorRemove(t *testing.T) {
	t.Parallel()
	s, _ := supervise(t)
	dir := filepath.Join(t.TempDir(), "a")
	insert(t, "mongodb://"+ensure(t, s, "a", dir, "")+"/", 1)
	if err := s.Remove(timed(t), "a", dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the directory is there: %v", err)
	}
	if err := s.Remove(timed(t), "a", dir); err != nil {
		t.Fatalf("removing what is gone: %v", err)
	}

	ensure(t, s, "b", dir, "")
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(timed(t), "b", dir); tidemark.ErrorCode(err) != tidemark.CodeConflict {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Fatalf("a file that is not the server's: %v", err)
	}
}

func TestSupervisorCloses(t *testing.T) {
	t.Parallel()
	s, changes := supervise(t)
	addr := ensure(t, s, "a", t.TempDir(), "")
	if err := s.Close(timed(t)); err != nil {
		t.Fatal(err)
	}
	next(t, changes, embedded.StateStopped)
	if c, err := net.Dial("tcp", addr); err == nil {
		_ = c.Close()
		t.Fatal("still listening")
	}
	if _, err := s.Ensure(timed(t), "a", t.TempDir(), ""); tidemark.ErrorCode(err) != tidemark.CodeInstanceNotReady {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
}

// A server changes to one with an oplog and back where it is, and what only
// wants it to run leaves it as it is.
func TestSupervisorTurnsTheOplogOnAndOff(t *testing.T) {
	t.Parallel()
	s, changes := supervise(t)
	spec := embedded.ServerSpec{ID: "a", Dir: filepath.Join(t.TempDir(), "a")}
	addr := ensure(t, s, spec.ID, spec.Dir, "")
	pid := next(t, changes, embedded.StateRunning).PID
	for _, oplog := range []bool{true, false} {
		spec.Oplog = oplog
		got, err := s.EnsureServer(timed(t), spec)
		if err != nil || got != addr {
			t.Fatalf("listens on %s, want %s: %v", got, addr, err)
		}
		st := next(t, changes, embedded.StateRunning)
		if st.PID == pid {
			t.Fatal("it is the same server")
		}
		pid = st.PID
		if again := ensure(t, s, spec.ID, spec.Dir, ""); again != addr {
			t.Fatalf("listens on %s, want %s", again, addr)
		}
		if st, _ := s.Get("a"); st.PID != pid {
			t.Fatal("it was started again for nothing")
		}
		withClient(t, "mongodb://"+addr+"/", func(ctx context.Context, c *mongo.Client) {
			if n := len(entries(ctx, t, c, bson.D{})); (n > 0) != oplog {
				t.Errorf("oplog %v: %d entries", oplog, n)
			}
		})
	}
}
