package node_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/client"
	"tidemark/node"
)

// envService makes the test binary a service on the directory that it names.
const envService = "TIDEMARK_TEST_SERVICE"

// serveChild is the service in a process of its own. It writes its address to
// standard output and lives until SIGTERM, or the end of standard input.
func serveChild(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	n, err := node.Start(ctx, node.Config{
		DataDir: dir, Listen: "127.0.0.1:0", TuneJobs: quick, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(n.BaseURL())
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Stop(grace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a service in a process of its own.
type process struct {
	api
	dir string
	cmd *exec.Cmd
	log *strings.Builder // complete once the process has ended
}

// spawn runs a service until the end of the test, or until it is killed.
func spawn(t *testing.T, dir string) *process {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	p := &process{dir: dir, cmd: exec.Command(exe), log: &strings.Builder{}}
	p.cmd.Env = append(os.Environ(), envService+"="+dir)
	p.cmd.Stderr = p.log
	stdin, err := p.cmd.StdinPipe()
	must(t, err)
	stdout, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if t.Failed() {
			t.Logf("the service wrote:\n%s", p.log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("the service did not start: %v\n%s", err, p.log)
	}
	c, err := client.ReadCredentials(dir)
	must(t, err)
	if c.BaseURL != strings.TrimSpace(line) {
		t.Errorf("the service is at %s, its credentials say %s", line, c.BaseURL)
	}
	p.api = connect(c)
	return p
}

// kill ends the service as kill -9 does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
}

// terminate ends the service as an init system does, which must be clean.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the service ended with %v after SIGTERM\n%s", err, p.log)
	}
}

// gone waits until nobody listens where the server of an instance did.
func gone(t *testing.T, uri string) {
	t.Helper()
	u, err := url.Parse(uri)
	must(t, err)
	until(t, "the end of the server at "+u.Host, func() bool {
		c, err := net.Dial("tcp", u.Host)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
}

// after waits for a random part of a time.
func after(t *testing.T, most time.Duration) {
	t.Helper()
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}
