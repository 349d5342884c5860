package oplogstore

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// Times are never the same, and go on from what there was even when the wall
// clock is behind that.
func TestClock(t *testing.T) {
	t.Parallel()
	ahead := MakeTime(uint32(time.Now().Unix())+5, 7)
	raise(ahead)
	raise(ahead - 1000)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all []Time
	for range 4 {
		wg.Go(func() {
			last := ahead
			for range 1000 {
				at := next()
				if at <= last || now() < at {
					t.Errorf("%d after %d", at, last)
				}
				last = at
				mu.Lock()
				all = append(all, at)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	if len(slices.Compact(all)) != 4000 {
		t.Error("a time was given twice")
	}
	if sec, inc := ahead.Timestamp(); MakeTime(sec, inc) != ahead || inc != 7 {
		t.Errorf("%d is %d:%d", ahead, sec, inc)
	}
	if MakeTime(1<<32-1, 1<<32-1) < MakeTime(1<<32-1, 0) || MakeTime(1<<32-1, 0) < 0 {
		t.Error("the latest times overflow")
	}
}
