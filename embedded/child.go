package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"tidemark"
)

// Verb is the hidden first argument that makes a binary an embedded server.
const Verb = "embedded-server"

const (
	// stopGrace is how long a child waits for commands under way. Clients keep
	// idle connections open, and the server would wait three seconds for them;
	// ending the process instead loses nothing that was acknowledged.
	stopGrace = 500 * time.Millisecond
	// childMemoryLimit makes the collector work harder where documents are
	// large. A lower GOGC was tried: 30 % more CPU for 5 MB.
	childMemoryLimit = 192 << 20
)

// report is the one line a child writes to its standard output: where it
// listens, or why it does not.
type report struct {
	Addr    string        `json:"addr,omitempty"`
	Code    tidemark.Code `json:"code,omitempty"`
	Message string        `json:"message,omitempty"`
	Hint    string        `json:"hint,omitempty"`
}

// RunIfChild runs the embedded server and exits if the process was started for
// that, and returns at once if not. It belongs at the top of main, and of
// TestMain in packages that spawn servers.
func RunIfChild() {
	if len(os.Args) > 1 && os.Args[1] == Verb {
		os.Exit(Main(os.Args[2:]))
	}
}

// Main runs an embedded server as this process until its standard input closes
// or it is sent SIGINT or SIGTERM, and returns the exit status. The arguments
// are --dir DIR, --listen HOST:PORT, --any-port, --oplog and --oplog-bytes N. It writes one JSON line to
// standard output when it is ready or has failed, and its errors to standard error.
func Main(args []string) int {
	closeToOthers()
	debug.SetMemoryLimit(childMemoryLimit)

	cfg := Config{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	flags := flag.NewFlagSet(Verb, flag.ContinueOnError)
	flags.StringVar(&cfg.Dir, "dir", "", "the data directory")
	flags.StringVar(&cfg.Listen, "listen", "", "HOST:PORT on loopback; port 0 takes a free one")
	flags.BoolVar(&cfg.AnyPort, "any-port", false, "take a free port where that of --listen is taken")
	flags.BoolVar(&cfg.Oplog, "oplog", false, "keep an oplog")
	flags.Int64Var(&cfg.OplogBytes, "oplog-bytes", 0, "about how large the oplog may grow; 0 for 1 GiB")
	if err := flags.Parse(args); err != nil {
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Ends with the process: a read of standard input cannot be called off.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return serve(ctx, cfg)
}

// serve runs a server until ctx is done and returns the exit status.
func serve(ctx context.Context, cfg Config) int {
	out := json.NewEncoder(os.Stdout)
	s, err := Start(ctx, cfg)
	if err != nil {
		_ = out.Encode(report{Code: tidemark.ErrorCode(err), Message: err.Error(), Hint: tidemark.ErrorHint(err)})
		return 1
	}
	if err := out.Encode(report{Addr: s.Addr()}); err != nil {
		return 1
	}
	select {
	case <-ctx.Done():
	case <-s.Done():
		return 1
	}
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := s.Stop(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return 1
	}
	return 0
}
