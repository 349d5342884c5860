package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"time"

	"tidemark"
)

const (
	// startTimeout bounds a start; recovery of a large write-ahead log is the
	// longest part of one.
	startTimeout = 30 * time.Second
	// stopTimeout is when a child that was told to stop is killed.
	stopTimeout    = 5 * time.Second
	maxReportBytes = 64 << 10
	maxLogLine     = 4 << 10
)

// ProcessConfig says which binary to run as a server, and how.
type ProcessConfig struct {
	// Executable is a binary whose main or TestMain calls RunIfChild. "" is the
	// one that runs now.
	Executable string
	// Dir and the fields up to OplogBytes are those of Config.
	Dir        string
	Listen     string
	AnyPort    bool
	Oplog      bool
	OplogBytes int64
	// Env is added to the environment of this process.
	Env []string
	// Logger gets what the child writes to its standard error, a line each, as
	// warnings. nil discards it.
	Logger *slog.Logger
}

// Process is a MongoDB-compatible server in a child process: a crash or a kill
// of it is seen and harms nobody, and it dies with its parent. All methods may
// be called from many goroutines.
type Process struct {
	addr  string
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{}
	err   error // set before done is closed
}

// Spawn starts a server and returns once it answers. ctx bounds the start only.
// Errors are those of Start, CodeTargetUnreachable if the child does not come
// up in time, and CodeInternal if it cannot be run.
func Spawn(ctx context.Context, cfg ProcessConfig) (*Process, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	cmd, err := command(cfg)
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the embedded server cannot be run: %w", err)
	}
	stdin, inErr := cmd.StdinPipe()
	stdout, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the embedded server cannot be run: %w", err)
	}
	p := &Process{cmd: cmd, stdin: stdin, done: make(chan struct{})}
	reports := make(chan report, 1)
	go p.run(stdout, reports)

	select {
	case r, ok := <-reports:
		if err := r.failure(ok); err != nil {
			return nil, errors.Join(err, p.Kill())
		}
		p.addr = r.Addr
	case <-ctx.Done():
		err := tidemark.Errorf(tidemark.CodeTargetUnreachable, "the embedded server did not start: %w", ctx.Err())
		return nil, errors.Join(err, p.Kill())
	}
	if err := waitReady(ctx, p.addr, p.done); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

// command is the child, not started.
func command(cfg ProcessConfig) (*exec.Cmd, error) {
	exe := cfg.Executable
	if exe == "" {
		var err error
		if exe, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	args := []string{Verb, "--dir", cfg.Dir, "--listen", cfg.Listen}
	if cfg.AnyPort {
		args = append(args, "--any-port")
	}
	if cfg.Oplog {
		args = append(args, "--oplog", "--oplog-bytes", strconv.FormatInt(cfg.OplogBytes, 10))
	}
	cmd := exec.Command(exe, args...) //nolint:noctx // it outlives the call; Stop and its standard input end it
	cmd.Env = append(os.Environ(), cfg.Env...)
	cmd.Stderr = &lineLogger{log: cfg.Logger}
	cmd.SysProcAttr = ownGroup()
	return cmd, nil
}

// run passes the report on, then waits for the end of the child. It owns the
// child, and ends with it.
func (p *Process) run(stdout io.Reader, reports chan<- report) {
	defer close(p.done)
	var r report
	line, err := bufio.NewReader(io.LimitReader(stdout, maxReportBytes)).ReadBytes('\n')
	if err == nil && json.Unmarshal(line, &r) == nil {
		reports <- r
	}
	close(reports)
	_, _ = io.Copy(io.Discard, stdout)
	p.err = p.cmd.Wait()
	_ = p.stdin.Close()
}

// failure is the error that a report carries; ok is whether there was one.
func (r report) failure(ok bool) error {
	switch {
	case !ok:
		return tidemark.Errorf(tidemark.CodeInternal, "the embedded server ended before it was ready").
			WithHint("Its binary must call embedded.RunIfChild first thing.")
	case r.Addr != "":
		return nil
	default:
		e := tidemark.Errorf(r.Code, "%s", r.Message)
		e.Hint = r.Hint
		return e
	}
}

// Addr is HOST:PORT as the server listens on it.
func (p *Process) Addr() string { return p.addr }

// URI is the connection string.
func (p *Process) URI() string { return uri(p.addr) }

// PID is the process id of the server.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the server's process has ended, for whatever reason.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the process ended: nil before Done is closed and after a clean
// stop, an *exec.ExitError after a crash or a kill.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// CPU is the time that the process took of all processors, zero before Done is
// closed.
func (p *Process) CPU() time.Duration {
	select {
	case <-p.done:
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	default:
		return 0
	}
}

// Stop ends the server and waits until its process has ended, which takes half
// a second while clients stay connected. It is killed if that takes five
// seconds or ctx ends first. Stopping a server that has ended is no error.
func (p *Process) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	_ = p.stdin.Close() // tells the child; closed already if it has ended
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return p.Kill()
	}
}

// Kill ends the process at once and waits until it has ended.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return tidemark.Errorf(tidemark.CodeInternal, "the embedded server cannot be killed: %w", err)
	}
	<-p.done
	return nil
}
