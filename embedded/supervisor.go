package embedded

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark"
)

// State is what a supervised server is doing.
type State string

// The states of a supervised server.
const (
	StateStarting   State = "starting"   // for the first time
	StateRunning    State = "running"    // it answers at Status.Addr
	StateRestarting State = "restarting" // it died and is being started again
	StateFailed     State = "failed"     // it did not start the first time; it is forgotten
	StateStopped    State = "stopped"    // it was told to stop; it is forgotten
)

// Status is what a supervisor knows of a server.
type Status struct {
	ID       string
	Dir      string
	Addr     string // HOST:PORT; the last one while it restarts
	State    State
	PID      int // 0 unless running
	Restarts int // how often it was started again
	Since    time.Time
	Err      error // why it last died or did not start; nil before
}

// SupervisorConfig says how a supervisor runs servers.
type SupervisorConfig struct {
	Executable string       // as in ProcessConfig
	Env        []string     // as in ProcessConfig
	Logger     *slog.Logger // deaths and restarts, and the lines of the children; nil discards
	Oplog      bool         // what Ensure starts keeps an oplog
	OplogBytes int64        // as in Config, for all servers with an oplog
	// OnChange is called with every change of a server's state, in order for
	// each server, by the goroutine that keeps it: it must not call Stop or
	// Close. It is where an address that changed is noted. May be nil.
	OnChange func(Status)
}

// Supervisor keeps named servers running, each in a process of its own. One
// that dies is started again after a delay that grows from restartFirst to
// restartLast, on the port it had where that is still free. All methods may be
// called from many goroutines.
type Supervisor struct {
	cfg    SupervisorConfig
	ctx    context.Context // done when the supervisor closes
	cancel context.CancelFunc
	wg     sync.WaitGroup // one for each server

	mu      sync.Mutex
	servers map[string]*supervised
}

// NewSupervisor returns a supervisor without servers.
func NewSupervisor(cfg SupervisorConfig) *Supervisor {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Supervisor{cfg: cfg, ctx: ctx, cancel: cancel, servers: map[string]*supervised{}}
}

// ServerSpec is a server as EnsureServer shall run it.
type ServerSpec struct {
	ID   string
	Dir  string
	Addr string // the address it had last time, or ""; taken where it is free
	// Oplog is as in Config. One that runs otherwise is stopped and started
	// again, on the address it has.
	Oplog bool
}

// Ensure returns the address of the server called id once it runs, starting it
// on the data in dir if need be. wantAddr is the address it had last time, or
// ""; it is taken where it is free. An error means that the server did not
// start and is not kept, or that ctx ended first.
//
// Errors are those of Spawn; CodeConflict if id runs on another directory;
// CodeInstanceNotReady (id, state) if the supervisor is closed.
func (s *Supervisor) Ensure(ctx context.Context, id, dir, wantAddr string) (addr string, err error) {
	return s.ensure(ctx, ServerSpec{ID: id, Dir: dir, Addr: wantAddr, Oplog: s.cfg.Oplog}, true)
}

// EnsureServer is Ensure with more to say about the server.
func (s *Supervisor) EnsureServer(ctx context.Context, spec ServerSpec) (addr string, err error) {
	return s.ensure(ctx, spec, false)
}

// ensure leaves a server that runs as it is with asItIs.
func (s *Supervisor) ensure(ctx context.Context, spec ServerSpec, asItIs bool) (addr string, err error) {
	if spec.Dir, err = filepath.Abs(spec.Dir); err != nil {
		return "", tidemark.Errorf(tidemark.CodeInvalidAttribute, "%q is not a data directory", spec.Dir).WithParams("dir")
	}
	for {
		e, err := s.open(spec)
		if err != nil {
			return "", err
		}
		if e.spec.Oplog != spec.Oplog && !asItIs {
			if st := e.snapshot(); st.Addr != "" {
				spec.Addr = st.Addr
			}
			if err := s.Stop(ctx, spec.ID); err != nil {
				return "", err
			}
			continue
		}
		addr, err := e.await(ctx)
		if !errors.Is(err, errStopped) {
			return addr, err
		}
	}
}

// open returns the server of that ID, which it starts if there is none.
func (s *Supervisor) open(spec ServerSpec) (*supervised, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, tidemark.Errorf(tidemark.CodeInstanceNotReady, "the embedded server of %s is stopped with the service", spec.ID).
			WithParams(spec.ID, string(StateStopped))
	}
	if e := s.servers[spec.ID]; e != nil {
		if e.spec.Dir != spec.Dir {
			return nil, tidemark.Errorf(tidemark.CodeConflict, "the embedded server of %s runs on another directory", spec.ID)
		}
		return e, nil
	}
	e := newSupervised(s, spec)
	s.servers[spec.ID] = e
	s.wg.Go(func() { e.keep(spec.Addr) })
	return e, nil
}

// forget takes a server that has ended off the list.
func (s *Supervisor) forget(e *supervised) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servers, e.spec.ID)
}

func (s *Supervisor) server(id string) *supervised {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers[id]
}

// Get returns what is known of a server, and whether it is kept at all.
func (s *Supervisor) Get(id string) (Status, bool) {
	e := s.server(id)
	if e == nil {
		return Status{}, false
	}
	return e.snapshot(), true
}

// List returns all servers that are kept, by ID.
func (s *Supervisor) List() []Status {
	s.mu.Lock()
	servers := slices.Collect(maps.Values(s.servers))
	s.mu.Unlock()
	list := make([]Status, 0, len(servers))
	for _, e := range servers {
		list = append(list, e.snapshot())
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Stop ends a server and waits for it; one that is not kept is no error. Where
// ctx ends first the server goes on stopping.
func (s *Supervisor) Stop(ctx context.Context, id string) error {
	e := s.server(id)
	if e == nil {
		return nil
	}
	e.cancel()
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Remove ends a server and deletes its data, and dir with it. A dir that is not
// there is no error; one with files that are not a server's keeps those, and is
// CodeConflict.
func (s *Supervisor) Remove(ctx context.Context, id, dir string) error {
	if err := s.Stop(ctx, id); err != nil {
		return err
	}
	return removeData(dir)
}

// Close ends all servers and waits for them. Nothing can be started any more.
// Where ctx ends first the servers go on stopping.
func (s *Supervisor) Close(ctx context.Context) error {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { // ends when the last server does, which stopTimeout bounds
		s.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
