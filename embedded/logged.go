package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/embedded/internal/front"
	"tidemark/embedded/internal/oplogstore"
)

const (
	defaultOplogBytes = 1 << 30
	trimEvery         = 10 * time.Second
	socketName        = "ferretdb.sock"
	// maxSocketPath is below what any system takes.
	maxSocketPath = 100
)

// logged is FerretDB behind a front that keeps the oplog.
type logged struct {
	ferret   *ferretdb.FerretDB
	store    *oplogstore.Store
	front    *front.Front
	listener net.Listener
	log      *slog.Logger
	socket   string
}

// prepareOplog is for the time before the files of databases are written to. It
// ends the oplog that there was if none is to be kept.
func prepareOplog(dir string, oplog bool) error {
	var err error
	if oplog {
		err = oplogstore.Register()
	} else {
		err = oplogstore.RemoveOwn(dir)
	}
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the oplog of the embedded server cannot be made ready: %w", err)
	}
	return nil
}

// openLogged opens the oplog and FerretDB, and listens.
func openLogged(ctx context.Context, dir, addr string, cfg Config) (_ engine, err error) {
	if cfg.OplogBytes == 0 {
		cfg.OplogBytes = defaultOplogBytes
	}
	l := &logged{log: quiet(cfg.Logger)}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.store, err = oplogstore.Open(ctx, dir, cfg.OplogBytes); err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the oplog of the embedded server in %s cannot be opened: %w", dir, err).
			WithHint("Remove %s there: the server begins a new oplog, and continuous backup a new window.", oplogstore.FileName)
	}
	if l.listener, err = listen(addr, cfg.AnyPort); err != nil {
		return nil, err
	}
	if l.socket, err = socketIn(dir); err != nil {
		return nil, err
	}
	opening.Lock()
	defer opening.Unlock()
	if l.ferret, err = newFerret(dir, cfg, ferretdb.ListenerConfig{Unix: l.socket}); err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "unix", l.socket) }
	l.front = front.New(l.listener, dial, l.store, cfg.OplogBytes, l.log)
	return l, nil
}

func (l *logged) addr() string { return l.listener.Addr().String() }

// run serves until ctx is done. FerretDB outlives its front, and the oplog
// FerretDB.
func (l *logged) run(ctx context.Context) error {
	server, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var parts errgroup.Group
	parts.Go(func() error { return l.ferret.Run(server) })
	parts.Go(func() error { l.trim(ctx); return nil })
	l.front.Serve(ctx)
	stop()
	return errors.Join(parts.Wait(), l.close())
}

// trim keeps the oplog to its size.
func (l *logged) trim(ctx context.Context) {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := l.store.Trim(ctx); err != nil && ctx.Err() == nil {
				l.log.Error("the oplog of the embedded server cannot be trimmed", slog.Any("error", err))
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *logged) close() error {
	var err error
	if l.listener != nil && l.front == nil { // the front closes it otherwise
		err = l.listener.Close()
	}
	if l.store != nil {
		err = errors.Join(err, l.store.Close())
	}
	if l.socket != "" && filepath.Base(l.socket) != socketName {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(l.socket)))
	}
	return err
}

// listen takes the port of addr, or with anyPort a free one if that is taken.
func listen(addr string, anyPort bool) (net.Listener, error) {
	l, err := net.Listen("tcp", addr) //nolint:noctx // on loopback: it does not wait
	if err == nil {
		return l, nil
	}
	host, port, _ := net.SplitHostPort(addr)
	if anyPort && port != "0" {
		return listen(net.JoinHostPort(host, "0"), false)
	}
	return nil, portTaken(addr, err)
}

// socketIn is where FerretDB listens behind its front: in its own directory, or
// where the path is too long for a socket, in a temporary one. What a killed
// server left there is removed. That it can be listened on is tried here: see
// freeAddr.
func socketIn(dir string) (string, error) {
	path := filepath.Join(dir, socketName)
	if len(path) > maxSocketPath {
		short, err := os.MkdirTemp("", "tidemark-")
		if err != nil {
			return "", tidemark.Errorf(tidemark.CodeInternal, "the embedded server has no place for its socket: %w", err)
		}
		path = filepath.Join(short, "s")
	}
	if err := os.RemoveAll(path); err != nil {
		return path, tidemark.Errorf(tidemark.CodeInternal, "the socket of the embedded server cannot be removed: %w", err)
	}
	l, err := net.Listen("unix", path) //nolint:noctx // it does not wait
	if err != nil {
		return path, tidemark.Errorf(tidemark.CodeInternal, "the embedded server cannot listen behind its oplog: %w", err)
	}
	return path, l.Close()
}
