package atlas

import (
	"testing"
	"time"
)

func testNonces(limit int) (*nonces, *time.Time) {
	now := time.Unix(1_700_000_000, 0)
	n := newNonces([]byte("key"), func() time.Time { return now })
	n.max = limit
	return n, &now
}

// spend issues a nonce and uses it once.
func spend(t *testing.T, n *nonces) (nonce string, issued uint32) {
	t.Helper()
	nonce = n.issue()
	issued, ours := n.issued(nonce)
	if !ours || !n.use(nonce, issued, 1) {
		t.Fatalf("a fresh nonce is refused")
	}
	return nonce, issued
}

func TestNonceIsAtlasLike(t *testing.T) {
	t.Parallel()
	n, _ := testNonces(10)
	a, b := n.issue(), n.issue()
	if len(a) != 32 || a == b {
		t.Errorf("nonces are %q and %q", a, b)
	}
	forged := []byte(a)
	for i := range forged {
		forged[i] ^= 1
		if _, ours := n.issued(string(forged)); ours {
			t.Errorf("a nonce changed at %d passes", i)
		}
		forged[i] ^= 1
	}
}

// TestNonceMemory: the counters are bounded; those given up take all nonces of
// their age along, so that nothing forgotten can be replayed.
func TestNonceMemory(t *testing.T) {
	t.Parallel()
	n, now := testNonces(100)
	first, issued := spend(t, n)
	unused := n.issue()
	for range 50 {
		*now = now.Add(time.Second)
		for range 10 {
			spend(t, n)
		}
		if n.count > 110 {
			t.Fatalf("%d counters are kept", n.count)
		}
	}
	if n.use(first, issued, 1) || n.use(first, issued, 2) {
		t.Error("a forgotten nonce can be used again")
	}
	if n.use(unused, issued, 1) {
		t.Error("an unused nonce of a forgotten second is still good")
	}
}

// TestNonceFlood: many in one second stay usable.
func TestNonceFlood(t *testing.T) {
	t.Parallel()
	n, now := testNonces(10)
	var last string
	var issued uint32
	for range 1000 {
		last, issued = spend(t, n)
	}
	if !n.use(last, issued, 2) {
		t.Error("the newest nonce went stale")
	}
	*now = now.Add(nonceLife + time.Second)
	spend(t, n)
	if n.count != 1 {
		t.Errorf("%d counters outlive their nonces", n.count)
	}
}

// TestNonceOfTheFuture comes from a process whose clock is ahead, or ours was
// set back.
func TestNonceOfTheFuture(t *testing.T) {
	t.Parallel()
	n, now := testNonces(10)
	*now = now.Add(time.Hour)
	nonce := n.issue()
	*now = now.Add(-time.Hour)
	issued, ours := n.issued(nonce)
	if !ours || n.use(nonce, issued, 1) {
		t.Error("a nonce of the future is good")
	}
}

func TestThrottleMemory(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	th := newThrottle(3, func() time.Time { return now })
	for i := range 2 * maxThrottled {
		th.failed(time.Duration(i).String(), "key")
	}
	if len(th.failures) > maxThrottled+1 {
		t.Errorf("%d pairs are kept", len(th.failures))
	}
}
