package node

import (
	"math"
	"runtime/debug"
	"sync"
)

// Without a limit the collector lets the heap grow to twice of what is in use.
// These are far above what a snapshot or a restore has in use, documents of
// many megabytes aside, and with the program itself below 256 MiB.
const (
	restMemory = 64 << 20  // of a service that has nothing to do
	jobMemory  = 112 << 20 // for each snapshot or restore under way
)

// memory sets the collector's limit for this process.
var memory = memoryLimit{set: debug.SetMemoryLimit}

// memoryLimit follows the number of jobs, over all nodes of a process. It
// leaves a limit alone that was set from outside by GOMEMLIMIT.
type memoryLimit struct {
	set func(int64) int64 // debug.SetMemoryLimit

	mu     sync.Mutex
	jobs   int64
	given  bool // from outside
	looked bool
}

// enter makes room for one more job until leave is called.
func (m *memoryLimit) enter() (leave func()) {
	m.add(1)
	return func() { m.add(-1) }
}

func (m *memoryLimit) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.looked {
		m.looked, m.given = true, m.set(-1) != math.MaxInt64
	}
	m.jobs += n
	if !m.given {
		m.set(restMemory + max(m.jobs, 1)*jobMemory)
	}
}
