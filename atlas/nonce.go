package atlas

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

const (
	// nonceLife is how long a nonce may be used.
	nonceLife = 5 * time.Minute
	// nonceTime, nonceRandom and nonceMAC are the parts of a nonce in bytes:
	// Unix seconds, chance, and an HMAC-SHA-256 over both, cut off. Together
	// they make the 32 base64 characters of Atlas's nonces.
	nonceTime, nonceRandom, nonceMAC = 4, 6, 14
	nonceBytes                       = nonceTime + nonceRandom + nonceMAC
	// maxNonces bounds the counters that are kept; about 16 MB.
	maxNonces = 200_000
)

// nonces makes nonces that any process with the same key can check, and counts
// how often each was used so that a recorded request cannot be sent again.
type nonces struct {
	key   []byte
	clock func() time.Time
	max   int

	mu sync.Mutex
	// used has the highest counter of each nonce, by the second it was issued.
	used  map[uint32]map[string]uint32
	count int
	// oldest is the first second whose nonces are still counted; those of
	// earlier ones are stale.
	oldest uint32
}

func newNonces(key []byte, clock func() time.Time) *nonces {
	return &nonces{key: key, clock: clock, max: maxNonces, used: map[uint32]map[string]uint32{}}
}

// issue makes a nonce.
func (n *nonces) issue() string {
	b := make([]byte, nonceBytes)
	binary.BigEndian.PutUint32(b, uint32(n.clock().Unix()))
	rand.Read(b[nonceTime : nonceTime+nonceRandom]) // never fails: it aborts the program instead
	copy(b[nonceTime+nonceRandom:], n.mac(b[:nonceTime+nonceRandom]))
	return base64.StdEncoding.EncodeToString(b)
}

func (n *nonces) mac(b []byte) []byte {
	h := hmac.New(sha256.New, n.key)
	h.Write(b)
	return h.Sum(nil)[:nonceMAC]
}

// issued returns the second in which a nonce was issued, and whether it is one
// of ours at all.
func (n *nonces) issued(nonce string) (uint32, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(nonce)
	if err != nil || len(b) != nonceBytes {
		return 0, false
	}
	if !hmac.Equal(b[nonceTime+nonceRandom:], n.mac(b[:nonceTime+nonceRandom])) {
		return 0, false
	}
	return binary.BigEndian.Uint32(b), true
}

// use counts a request of an authentic nonce. It is false where the nonce is
// too old, or the counter does not grow: the client needs a new nonce.
func (n *nonces) use(nonce string, issued, counter uint32) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.clock().Unix()
	n.forget(uint32(max(0, now-int64(nonceLife/time.Second))))
	// One from the future comes from a process whose clock is ahead, or ours
	// was set back; it would outlive its life here.
	if issued < n.oldest || int64(issued) > now+int64(nonceLife/time.Second) {
		return false
	}
	second := n.used[issued]
	if second == nil {
		second = map[string]uint32{}
		n.used[issued] = second
	}
	last, known := second[nonce]
	if counter <= last {
		return false
	}
	second[nonce] = counter
	if !known {
		n.count++
		n.shrink(issued)
	}
	return true
}

// forget drops the counters of seconds before the given one.
func (n *nonces) forget(before uint32) {
	if before <= n.oldest {
		return
	}
	for second, counters := range n.used {
		if second < before {
			n.count -= len(counters)
			delete(n.used, second)
		}
	}
	n.oldest = before
}

// shrink gives up the oldest seconds while there are too many counters, but
// never the one in use.
func (n *nonces) shrink(inUse uint32) {
	for n.count > n.max {
		first := inUse
		for second := range n.used {
			first = min(first, second)
		}
		if first == inUse {
			return
		}
		n.forget(first + 1)
	}
}
