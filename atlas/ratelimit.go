package atlas

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidemark"
)

const (
	// refillEvery is how often a bucket gets its tokens: all of a refill at once.
	refillEvery = time.Minute
	// maxBuckets bounds the buckets. Those that are full again are forgotten
	// first; if that is not enough, all are.
	maxBuckets = 20_000
)

// rateLimit is the limit of a set of endpoints: those under one path, in one
// project or organization. A request takes a token.
type rateLimit struct {
	path     string
	capacity int
	refill   int // a minute
}

// rateLimits has the limits that Atlas publishes; the first whose path leads to
// an endpoint is its. The refills of the key access lists and the processes and
// the last, for all else, are not published.
var rateLimits = []*rateLimit{
	{backupPath, 1200, 500},
	{groupPath + "/flexClusters/{name}/backup", 1200, 500},
	{groupPath + "/clusters/{clusterName}/backup", 1200, 500},
	{groupPath + "/clusters", 10_000, 5_000},
	{groupPath + "/processes", 300, 100},
	{orgPath + "/apiKeys/{apiUserId}/accessList", 500, 250},
	{Prefix + "/orgs", 300, 100},
	{Prefix, 10_000, 5_000},
}

// limitOf is the limit of a path; nil for one of the extension API.
func limitOf(path string) *rateLimit {
	parts := segments(path)
	for _, l := range rateLimits {
		if leads(segments(l.path), parts) {
			return l
		}
	}
	return nil
}

// leads says whether a path begins with another; variables are equal whatever
// their names.
func leads(beginning, path []string) bool {
	if len(path) < len(beginning) {
		return false
	}
	for i, segment := range beginning {
		variable := strings.HasPrefix(segment, "{") && strings.HasPrefix(path[i], "{")
		if segment != path[i] && !variable {
			return false
		}
	}
	return true
}

// limiter keeps the buckets.
type limiter struct {
	clock func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]bucket
}

// bucketKey has the caller's organization in it, so that nobody can use up the
// tokens of a project that is not theirs.
type bucketKey struct {
	limit *rateLimit
	scope string // a project or an organization
	org   tidemark.ID
}

type bucket struct {
	since time.Time // of the last refill
	left  int
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, buckets: map[bucketKey]bucket{}}
}

// take takes a token. It returns how many are left, or after how many seconds
// there will be one again.
func (l *limiter) take(k bucketKey) (left, wait int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	b, ok := l.buckets[k]
	if !ok {
		b = bucket{since: now, left: k.limit.capacity}
		l.makeRoom(now)
	}
	b = b.refilled(k.limit, now)
	if b.left > 0 {
		b.left--
	} else {
		wait = int((refillEvery - now.Sub(b.since) + time.Second - 1) / time.Second)
	}
	l.buckets[k] = b
	return b.left, wait
}

// refilled is the bucket with what the minutes since have put in.
func (b bucket) refilled(limit *rateLimit, now time.Time) bucket {
	minutes := int(now.Sub(b.since) / refillEvery)
	if minutes > 0 {
		b.since = b.since.Add(time.Duration(minutes) * refillEvery)
		b.left = min(limit.capacity, b.left+min(minutes, limit.capacity)*limit.refill)
	}
	return b
}

func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for k, b := range l.buckets {
		if b.refilled(k.limit, now).left == k.limit.capacity {
			delete(l.buckets, k)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// limit counts a request and tells the caller how many are left; it fails when
// there are none.
func (a *api) limit(h http.Header, q *request) error {
	limit := a.limits[q.endpoint]
	if limit == nil {
		return nil
	}
	scope := q.path["groupId"] + q.path["orgId"] // a path has at most one of them
	left, wait := a.limiter.take(bucketKey{limit, scope, q.caller.OrgID})
	h.Set("RateLimit-Limit", strconv.Itoa(limit.capacity))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	if wait == 0 {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(wait))
	return tidemark.Errorf(codeRateLimited, "too many requests").
		WithParams(strings.TrimPrefix(limit.path, "/"), wait, limit.capacity, limit.refill, int(refillEvery/time.Second))
}
