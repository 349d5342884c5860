package restore

import (
	"context"
	"sync"
	"time"
)

// throttle spaces out what is loaded so that it stays below a rate, over all
// writers.
type throttle struct {
	perSecond float64 // bytes; zero: no bound
	mu        sync.Mutex
	free      time.Time // when all that was let through has had its time
}

// wait lets n bytes through when it is their turn.
func (t *throttle) wait(ctx context.Context, n int) error {
	if t.perSecond <= 0 {
		return nil
	}
	t.mu.Lock()
	now := time.Now()
	if t.free.Before(now) {
		t.free = now
	}
	turn := t.free.Sub(now)
	t.free = t.free.Add(time.Duration(float64(n) / t.perSecond * float64(time.Second)))
	t.mu.Unlock()
	return sleep(ctx, turn)
}

// sleep waits, or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
