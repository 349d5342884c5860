package embedded

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	restartFirst = 50 * time.Millisecond
	restartLast  = 15 * time.Second
	// steady is how long a server has to live for its next death to count as
	// the first.
	steady = time.Minute
)

var errStopped = errors.New("the embedded server was stopped")

// supervised is one server of a supervisor, owned by the goroutine in keep.
type supervised struct {
	sup    *Supervisor
	spec   ServerSpec
	ctx    context.Context // done when the server shall stop
	cancel context.CancelFunc
	done   chan struct{} // closed when it has stopped or failed

	mu      sync.Mutex
	status  Status
	changed chan struct{} // closed with the next change of status
}

func newSupervised(s *Supervisor, spec ServerSpec) *supervised {
	ctx, cancel := context.WithCancel(s.ctx)
	return &supervised{
		sup: s, spec: spec, ctx: ctx, cancel: cancel,
		done:    make(chan struct{}),
		status:  Status{ID: spec.ID, Dir: spec.Dir, State: StateStarting, Since: time.Now()},
		changed: make(chan struct{}),
	}
}

// keep starts the server and starts it again whenever it dies, until it is told
// to stop or the very first start fails.
func (e *supervised) keep(addr string) {
	defer close(e.done)
	defer e.sup.forget(e)
	defer e.cancel()

	delay := restartFirst
	for starts := 0; ; starts++ {
		p, err := e.spawn(addr)
		if err != nil && starts == 0 && e.ctx.Err() == nil {
			e.set(func(st *Status) { st.State, st.Err = StateFailed, err })
			return
		}
		if err == nil {
			addr = p.Addr()
			e.set(func(st *Status) { st.State, st.Addr, st.PID, st.Restarts = StateRunning, addr, p.PID(), starts })
			began := time.Now()
			err = e.watch(p)
			if time.Since(began) >= steady {
				delay = restartFirst
			}
		}
		if e.ctx.Err() == nil {
			e.sup.cfg.Logger.Error("an embedded server died", slog.String("id", e.spec.ID), slog.Any("error", err), slog.Duration("again_in", delay))
			e.set(func(st *Status) { st.State, st.PID, st.Err = StateRestarting, 0, err })
			e.pause(delay)
			delay = min(2*delay, restartLast)
		}
		if e.ctx.Err() != nil {
			e.set(func(st *Status) { st.State, st.PID = StateStopped, 0 })
			return
		}
	}
}

func (e *supervised) spawn(addr string) (*Process, error) {
	return Spawn(e.ctx, ProcessConfig{
		Executable: e.sup.cfg.Executable,
		Env:        e.sup.cfg.Env,
		Logger:     e.sup.cfg.Logger.With(slog.String("id", e.spec.ID)),
		Dir:        e.spec.Dir,
		Oplog:      e.spec.Oplog,
		OplogBytes: e.sup.cfg.OplogBytes,
		Listen:     addr,
		AnyPort:    true,
	})
}

// watch returns why the server died; it stops the server if it is to.
func (e *supervised) watch(p *Process) error {
	select {
	case <-p.Done():
		if err := p.Err(); err != nil {
			return err
		}
		return errors.New("the process exited by itself")
	case <-e.ctx.Done():
		return p.Stop(context.WithoutCancel(e.ctx))
	}
}

func (e *supervised) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-e.ctx.Done():
	}
}

// set changes the status and tells those who wait for it.
func (e *supervised) set(change func(*Status)) {
	e.mu.Lock()
	change(&e.status)
	e.status.Since = time.Now()
	st := e.status
	close(e.changed)
	e.changed = make(chan struct{})
	e.mu.Unlock()
	if e.sup.cfg.OnChange != nil {
		e.sup.cfg.OnChange(st)
	}
}

func (e *supervised) snapshot() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// await returns the address once the server runs, the error of a failed first
// start, or errStopped once it has been stopped.
func (e *supervised) await(ctx context.Context) (string, error) {
	for {
		e.mu.Lock()
		st, changed := e.status, e.changed
		e.mu.Unlock()
		switch {
		case st.State == StateFailed:
			<-e.done
			return "", st.Err
		case st.State == StateRunning && e.ctx.Err() == nil:
			return st.Addr, nil
		}
		select {
		case <-changed:
		case <-e.done:
			if st := e.snapshot(); st.State == StateFailed {
				return "", st.Err
			}
			return "", errStopped
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
