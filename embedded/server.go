package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"

	"tidemark"
)

// Config says where a server keeps its data and where it listens.
type Config struct {
	// Dir holds the data and nothing else. It is made (0700) if it is not there.
	Dir string
	// Listen is HOST:PORT with a loopback host: 127.0.0.0/8, ::1 or localhost.
	// Port 0 takes a free one. "" is 127.0.0.1:0.
	Listen string
	// AnyPort takes a free port where that of Listen is taken.
	AnyPort bool
	// Oplog makes the server keep an oplog, local.oplog.rs, of all databases but
	// admin, config and local. Starting without it ends the log that there was.
	Oplog bool
	// OplogBytes is about how large the oplog may grow; 1 GiB if zero.
	OplogBytes int64
	// Logger gets the errors of the server, and nothing below: its warnings
	// quote whole messages, and so the data of users. nil discards them.
	Logger *slog.Logger
}

// Server is a MongoDB-compatible server in this process. What crashes it
// crashes the process (see the package comment): a service uses Process.
type Server struct {
	addr   string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // set before done is closed
}

// Start opens or makes the data in cfg.Dir, listens, and returns once the
// server answers. ctx bounds the start only.
//
// Errors: CodeInvalidAttribute (listen, dir) for what cannot be used,
// CodeConflict where another server has the directory or the port,
// CodeInvalidData for files that are not those of a server.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	addr, err := loopback(cfg.Listen)
	if err != nil {
		return nil, err
	}
	dir, err := prepareDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(awaitLaterSecond(ctx, dir), repair(ctx, dir, cfg.Oplog)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e, err := openEngine(ctx, dir, addr, cfg)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}

	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{addr: e.addr(), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = errors.Join(e.run(run), lock.Close())
	}()
	if err := waitReady(ctx, s.addr, s.done); err != nil {
		cancel()
		<-s.done
		return nil, errors.Join(err, s.err)
	}
	return s, nil
}

// engine is what serves clients: FerretDB, or FerretDB behind its oplog.
type engine interface {
	addr() string
	run(ctx context.Context) error
}

func openEngine(ctx context.Context, dir, addr string, cfg Config) (engine, error) {
	if cfg.Oplog {
		return openLogged(ctx, dir, addr, cfg)
	}
	return openPlain(dir, addr, cfg)
}

// plain is FerretDB alone.
type plain struct{ ferret *ferretdb.FerretDB }

func (p plain) addr() string {
	return strings.TrimSuffix(strings.TrimPrefix(p.ferret.MongoDBURI(), "mongodb://"), "/")
}

func (p plain) run(ctx context.Context) error { return p.ferret.Run(ctx) }

// opening is held while the library makes a server: that writes to a variable
// shared by all of them.
var opening sync.Mutex

// openPlain opens the files and listens.
func openPlain(dir, addr string, cfg Config) (engine, error) {
	opening.Lock()
	defer opening.Unlock()
	addr, err := freeAddr(addr, cfg.AnyPort)
	if err != nil {
		return nil, err
	}
	f, err := newFerret(dir, cfg, ferretdb.ListenerConfig{TCP: addr})
	if err != nil {
		return nil, err
	}
	return plain{f}, nil
}

// newFerret makes a server. opening is held.
func newFerret(dir string, cfg Config, listen ferretdb.ListenerConfig) (*ferretdb.FerretDB, error) {
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  listen,
		Logger:    quiet(cfg.Logger),
		Handler:   "sqlite",
		SQLiteURL: dataURL(dir),
	})
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the embedded server cannot start in %s: %w", dir, err)
	}
	return f, nil
}

// Addr is HOST:PORT as it is listened on.
func (s *Server) Addr() string { return s.addr }

// URI is the connection string.
func (s *Server) URI() string { return uri(s.addr) }

// Done is closed when the server has stopped and its directory is free.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err is why the server ended: nil before Done is closed and after a clean stop.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop ends the server and waits until it has ended. Clients that stay
// connected hold it up for three seconds, then they are cut off; with an oplog
// only commands under way do. Where ctx ends
// first the server goes on stopping and Stop returns the error of ctx.
func (s *Server) Stop(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func uri(addr string) string { return "mongodb://" + addr + "/" }

// prepareDir makes dir if it is not there, closes it to others, and returns
// its absolute path.
func prepareDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil || dir == "" {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute, "%q is not a data directory", dir).WithParams("dir")
	}
	// The path becomes a URL and a glob pattern inside the server, unescaped.
	if strings.ContainsAny(abs, `?#%*[\`) && os.PathSeparator == '/' {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute,
			"the data directory %s has one of ?#%%*[\\ in its path", abs).
			WithHint("Keep the data of embedded servers under a plain path.").WithParams("dir")
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be made: %w", err).WithParams("dir")
	}
	if err := os.Chmod(abs, 0o700); err != nil {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be closed to others: %w", err).WithParams("dir")
	}
	return abs, nil
}

// dataURL is the server's name for dir. With synchronous NORMAL a killed
// process loses nothing; a power cut may lose the last commits, never the files.
func dataURL(dir string) string {
	return "file:" + filepath.ToSlash(dir) + "/?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)"
}

// loopback checks that addr is on this machine only and returns it with a
// numeric host.
func loopback(addr string) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute, "%q is not HOST:PORT", addr).WithParams("listen")
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute,
			"the embedded server listens on loopback only, not on %q", host).
			WithHint("It has no authentication. Use 127.0.0.1, or register a MongoDB of your own.").WithParams("listen")
	}
	return net.JoinHostPort(host, port), nil
}

// freeAddr returns addr if its port is free. The check is made here because the
// library leaves its files open when it fails to listen, and a finalizer then
// panics.
func freeAddr(addr string, anyPort bool) (string, error) {
	l, err := net.Listen("tcp", addr) //nolint:noctx // on loopback: it does not wait
	if err == nil {
		return addr, l.Close()
	}
	host, port, _ := net.SplitHostPort(addr)
	if anyPort && port != "0" {
		return freeAddr(net.JoinHostPort(host, "0"), false)
	}
	return "", portTaken(addr, err)
}

func portTaken(addr string, err error) error {
	return tidemark.Errorf(tidemark.CodeConflict, "the embedded server cannot listen on %s: %w", addr, err).
		WithHint("Port 0 takes a free one.")
}
