//go:build unix

package restore_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// meter measures what this process uses beside the time: processor time,
// which other work on the machine changes less, and resident memory.
type meter struct {
	b   *testing.B
	cpu time.Duration
}

// measure starts. Memory that earlier work has left is given back first.
func measure(b *testing.B) *meter {
	b.Helper()
	debug.FreeOSMemory()
	// Resets VmHWM (proc(5)); where that cannot be done the peak is that since
	// the start of the process.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	b.ResetTimer()
	return &meter{b: b, cpu: processorTime(b)}
}

// report tells the cost of a loop whose rounds took size bytes of BSON each.
// The MB of MB/s, as the GB, are decimal, those of the memory 2^20 bytes.
func (m *meter) report(size int64) {
	m.b.Helper()
	m.reportCost(size)
	if peak := peakMemory(os.Getpid()); peak > 0 {
		m.b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
	}
}

// reportCost is report without the memory, for benchmarks that hold what only
// benchmarks do.
func (m *meter) reportCost(size int64) {
	m.b.Helper()
	used := processorTime(m.b) - m.cpu
	m.b.SetBytes(size)
	m.b.ReportMetric(used.Seconds()/(float64(size)*float64(m.b.N)/1e9), "cpu-s/GB")
}

// processorTime is that of this process, user and system.
func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is VmHWM of a process in bytes; 0 where the system does not tell.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kib, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
