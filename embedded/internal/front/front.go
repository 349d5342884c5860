package front

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"tidemark/embedded/internal/oplogstore"
)

// stopGrace is how long commands under way may take once the front ends.
const stopGrace = 3 * time.Second

// Front is the layer before one server.
type Front struct {
	listener net.Listener
	dial     func(ctx context.Context) (net.Conn, error)
	store    *oplogstore.Store
	limit    int64
	log      *slog.Logger
	cursors  cursors

	mu        sync.Mutex
	databases map[string]*database
	conns     map[*conn]bool
	closing   bool
	running   sync.WaitGroup
}

// New returns a front that accepts from l, and reaches the server with dial.
// limit is the size of the log that collStats tells.
func New(l net.Listener, dial func(ctx context.Context) (net.Conn, error), store *oplogstore.Store, limit int64, log *slog.Logger) *Front {
	return &Front{
		listener: l, dial: dial, store: store, limit: limit, log: log, cursors: newCursors(),
		databases: make(map[string]*database), conns: make(map[*conn]bool),
	}
}

// Serve accepts clients until ctx is done, and returns when the last has gone:
// commands under way get stopGrace.
func (f *Front) Serve(ctx context.Context) {
	f.running.Go(func() { f.accept(ctx) })
	<-ctx.Done()
	_ = f.listener.Close()
	f.mu.Lock()
	f.closing = true
	for c := range f.conns {
		_ = c.client.SetReadDeadline(time.Now()) // ends those that wait for a command
	}
	f.mu.Unlock()

	ended := make(chan struct{})
	go func() { // ends when the connections do, at the latest after they are cut
		f.running.Wait()
		close(ended)
	}()
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		f.cut()
		<-ended
	}
}

// cut closes all connections.
func (f *Front) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.client.Close()
		_ = c.server.Close()
	}
}

func (f *Front) accept(ctx context.Context) {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			f.log.Error("the embedded server cannot accept a client", slog.Any("error", err))
			select { // out of file descriptors, most likely
			case <-time.After(100 * time.Millisecond):
				continue
			case <-ctx.Done():
				return
			}
		}
		f.running.Go(func() { f.serve(ctx, client) })
	}
}

// serve owns one client's connection.
func (f *Front) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := f.dial(ctx)
	if err != nil {
		f.log.Error("the embedded server is not reached behind its front", slog.Any("error", err))
		return
	}
	defer server.Close()
	c := &conn{front: f, client: client, server: server}
	f.mu.Lock()
	open := !f.closing
	if open {
		f.conns[c] = true
	}
	f.mu.Unlock()
	if !open {
		return
	}
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.conns, c)
	}()
	c.run(ctx)
}

// database is what is known of one.
type database struct {
	// lock is held for reading by commands on collections that are known, and
	// alone by those that change which there are.
	lock        sync.RWMutex
	collections oplogstore.Collections
	// capped is held by writes to capped collections: FerretDB numbers their
	// documents before it commits them, and the numbers are the natural order,
	// which must be that of the entries.
	capped sync.Mutex
}

func (f *Front) database(name string) *database {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.databases[name]
	if d == nil {
		d = new(database)
		f.databases[name] = d
	}
	return d
}
