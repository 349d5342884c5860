package node

import (
	"math"
	"testing"
)

func TestMemoryLimitFollowsJobs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, one, two int64 }{
		"free":  {math.MaxInt64, restMemory + jobMemory, restMemory + 2*jobMemory},
		"given": {1 << 30, 1 << 30, 1 << 30},
	} {
		limit := c.before
		m := memoryLimit{set: func(n int64) int64 {
			old := limit
			if n >= 0 {
				limit = n
			}
			return old
		}}
		want := func(step string, n int64) {
			t.Helper()
			if limit != n {
				t.Errorf("%s: %s: %d, not %d", name, step, limit, n)
			}
		}
		leaveFirst := m.enter()
		want("one job", c.one)
		leaveSecond := m.enter()
		want("two jobs", c.two)
		leaveFirst()
		want("one is left", c.one)
		leaveSecond()
		want("none is left", c.one)
	}
}
