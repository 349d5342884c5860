package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark"
	"tidemark/embedded"
	"tidemark/embedded/embeddedtest"
)

// parentDir makes a test binary a parent: it spawns a server on the directory
// named, prints the address and waits to be killed.
const parentDir = "EMBEDDED_TEST_PARENT_DIR"

func spawn(t *testing.T, dir, listen string) *embedded.Process {
	t.Helper()
	p, err := embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: dir, Listen: listen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(timed(t)); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestKilledChildLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir, "")
	insert(t, p.URI(), 1)
	select {
	case <-p.Done():
		t.Fatalf("ended: %v", p.Err())
	default:
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	wait(t, p.Done(), "the child's end")
	if _, ok := errors.AsType[*exec.ExitError](p.Err()); !ok {
		t.Fatalf("a kill is reported as %v", p.Err())
	}
	again := spawn(t, dir, p.Addr())
	if again.Addr() != p.Addr() {
		t.Fatalf("listens on %s, want %s", again.Addr(), p.Addr())
	}
	wantDocs(t, again.URI(), 1)
}

func TestChildStopsCleanly(t *testing.T) {
	t.Parallel()
	p := embeddedtest.Spawn(t)
	idle, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	begin := time.Now()
	if err := p.Stop(timed(t)); err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err != nil {
		t.Fatalf("a clean stop ended with %v", err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Fatalf("an idle client held the stop up for %s", took)
	}
	if err := p.Stop(timed(t)); err != nil {
		t.Fatalf("stopping twice: %v", err)
	}
}

func TestChildTerminates(t *testing.T) {
	t.Parallel()
	p := embeddedtest.Spawn(t)
	send(t, p.PID(), syscall.SIGTERM)
	wait(t, p.Done(), "the child's end")
	if err := p.Err(); err != nil {
		t.Fatalf("SIGTERM ended it with %v", err)
	}
}

func TestChildSaysWhyNot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spawn(t, dir, "")
	_, err := embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: dir})
	if tidemark.ErrorCode(err) != tidemark.CodeConflict || tidemark.ErrorHint(err) == "" {
		t.Fatalf("%s: %v (hint %q)", tidemark.ErrorCode(err), err, tidemark.ErrorHint(err))
	}
	_, err = embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: t.TempDir(), Listen: "0.0.0.0:0"})
	if tidemark.ErrorCode(err) != tidemark.CodeInvalidAttribute {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
	_, err = embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: t.TempDir(), Executable: "/no/such/binary"})
	if tidemark.ErrorCode(err) != tidemark.CodeInternal {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
	_, err = embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: t.TempDir(), Executable: "/bin/true"})
	if err == nil || !strings.Contains(tidemark.ErrorHint(err), "RunIfChild") {
		t.Fatalf("%v (hint %q)", err, tidemark.ErrorHint(err))
	}
}

func TestSpawnHonoursContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := embedded.Spawn(ctx, embedded.ProcessConfig{Dir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want context.Canceled", err)
	}
}

// TestNoOrphans kills a parent, kill -9, and sees its child end.
func TestNoOrphans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(exe)
	parent.Env = append(os.Environ(), parentDir+"="+dir)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr = strings.TrimSpace(addr)
	insert(t, "mongodb://"+addr+"/", 1)

	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err == nil {
		t.Fatal("the parent ended by itself")
	}
	// The directory is free once the child is gone.
	ctx := timed(t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := embedded.Start(ctx, embedded.Config{Dir: dir, Listen: addr})
		if err == nil {
			wantDocs(t, s.URI(), 1)
			if err := s.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			return
		}
		if tidemark.ErrorCode(err) != tidemark.CodeConflict {
			t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the child outlives its parent: %v", err)
		}
	}
}

// beParent is what TestNoOrphans kills.
func beParent(dir string) {
	p, err := embedded.Spawn(context.Background(), embedded.ProcessConfig{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.Addr())
	<-p.Done()
}
