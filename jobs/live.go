package jobs

import (
	"context"
	"sync"

	"tidemark"
)

// liveAttempts knows what this process, the only one, works on right now.
type liveAttempts struct {
	mu sync.Mutex
	by map[tidemark.ID]context.CancelCauseFunc
}

// enter claims the row for one attempt; false if another has it. The context
// ends with leave or with a call of end.
func (l *liveAttempts) enter(ctx context.Context, id tidemark.ID) (_ context.Context, leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.by[id]; taken {
		return ctx, func() {}, false
	}
	ctx, cancel := context.WithCancelCause(ctx)
	if l.by == nil {
		l.by = map[tidemark.ID]context.CancelCauseFunc{}
	}
	l.by[id] = cancel
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.by, id)
		cancel(nil)
	}, true
}

// end cancels the attempt at the row, if there is one, and says so.
func (l *liveAttempts) end(id tidemark.ID, why error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	cancel, ok := l.by[id]
	if ok {
		cancel(why)
	}
	return ok
}
