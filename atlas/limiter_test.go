package atlas

import (
	"fmt"
	"testing"
	"time"
)

// TestLimiterIsBounded: whoever names ever new projects does not fill the
// memory, and a bucket that is in use is not forgotten for those that are full.
func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return now })
	limit := &rateLimit{"/x", 10, 5}
	busy := bucketKey{limit: limit, scope: "busy"}
	for range 10 {
		l.take(busy)
	}
	for i := range maxBuckets - 1 {
		l.take(bucketKey{limit: limit, scope: fmt.Sprint(i)})
	}
	now = now.Add(time.Minute)
	l.take(bucketKey{limit: limit, scope: "new"})
	if len(l.buckets) != 2 {
		t.Fatalf("%d buckets are kept", len(l.buckets))
	}
	if left, wait := l.take(busy); left != 4 || wait != 0 {
		t.Errorf("the busy one has %d left, wait %d", left, wait)
	}
	for i := range 2 * maxBuckets {
		l.take(bucketKey{limit: limit, scope: fmt.Sprint(i)})
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets are kept", len(l.buckets))
	}
}

// TestLimitOf: each path has the limit of its set.
func TestLimitOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		backupPath + "/snapshots": 1200, groupPath + "/flexClusters/{name}/backup/download": 1200,
		groupPath + "/clusters/{clusterName}/backup/schedule": 1200, groupPath + "/clusters/{clusterName}": 10_000,
		groupPath + "/processes/{processId}": 300, orgPath: 300, Prefix: 10_000, groupPath: 10_000,
		orgPath + "/apiKeys/{apiUserId}/accessList/{ipAddress}": 500,
	} {
		if got := limitOf(path); got == nil || got.capacity != want {
			t.Errorf("%s has %+v, not %d", path, got, want)
		}
	}
	if got := limitOf(ownPath); got != nil {
		t.Errorf("the extension API has %+v", got)
	}
}
