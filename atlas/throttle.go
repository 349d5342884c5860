package atlas

import (
	"sync"
	"time"
)

const (
	failureWindow = time.Minute
	// maxThrottled bounds the pairs that are counted; the whole table is
	// dropped when it is full of living ones.
	maxThrottled = 50_000
)

// throttle counts failed authentications by remote address and key, so that a
// secret cannot be guessed by trying. It is keyed by address, because one by
// key alone would let anybody lock an owner out.
type throttle struct {
	limit int // by address and key; ten times that by address; negative: none
	clock func() time.Time

	mu       sync.Mutex
	failures map[failureKey]failureCount
}

type failureKey struct{ address, user string }

type failureCount struct {
	since time.Time
	n     int
}

func newThrottle(limit int, clock func() time.Time) *throttle {
	return &throttle{limit: limit, clock: clock, failures: map[failureKey]failureCount{}}
}

// wait is how many seconds an address has to wait before it may try a key
// again; 0 for not at all.
func (t *throttle) wait(address, user string) int {
	if t.limit < 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.remaining(failureKey{address, user}, t.limit), t.remaining(failureKey{address: address}, 10*t.limit))
}

func (t *throttle) remaining(k failureKey, limit int) int {
	c, ok := t.failures[k]
	left := failureWindow - t.clock().Sub(c.since)
	if !ok || c.n < limit || left <= 0 {
		return 0
	}
	return int(left/time.Second) + 1
}

// failed counts a failure.
func (t *throttle) failed(address, user string) {
	if t.limit < 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(failureKey{address: address})
	if user != "" {
		t.count(failureKey{address, user})
	}
}

func (t *throttle) count(k failureKey) {
	now := t.clock()
	c := t.failures[k]
	if now.Sub(c.since) >= failureWindow {
		c = failureCount{since: now}
	}
	c.n++
	if len(t.failures) >= maxThrottled {
		t.sweep(now)
	}
	t.failures[k] = c
}

func (t *throttle) sweep(now time.Time) {
	for k, c := range t.failures {
		if now.Sub(c.since) >= failureWindow {
			delete(t.failures, k)
		}
	}
	if len(t.failures) >= maxThrottled {
		clear(t.failures)
	}
}
