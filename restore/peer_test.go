//go:build unix

package restore_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tidemark/mongo/mongotest"
	"tidemark/restore"
)

// BenchmarkPeer has mongorestore load the data of BenchmarkRestore onto the
// same null server, where mongorestore is at hand. Where it is not, there is
// nothing to measure.
func BenchmarkPeer(b *testing.B) {
	program, err := exec.LookPath("mongorestore")
	if err != nil {
		b.Log("no mongorestore on the PATH")
		return
	}
	snap := benchSnapshot(b, inOrder)
	zipped, plain := writeArchives(b, snap)
	if info, err := os.Stat(zipped); err == nil {
		b.Logf("%.0f MB of BSON: %.0f MB in the vault, %.0f MB as a gzipped archive",
			float64(snap.content.Bytes)/1e6, float64(snap.bytes)/1e6, float64(info.Size())/1e6)
	}
	for _, workers := range []int{1, 4} {
		args := []string{"--quiet", fmt.Sprintf("--numInsertionWorkersPerCollection=%d", workers)}
		b.Run(fmt.Sprintf("mongorestore/workers=%d", workers), func(b *testing.B) {
			benchmarkPeer(b, program, append(args, "--archive="+plain))
		})
		b.Run(fmt.Sprintf("mongorestore-gzip/workers=%d", workers), func(b *testing.B) {
			benchmarkPeer(b, program, append(args, "--gzip", "--archive="+zipped))
		})
	}
}

// writeArchives writes a snapshot as a mongodump archive, gzipped and not.
func writeArchives(b *testing.B, snap *stored) (zipped, plain string) {
	b.Helper()
	dir := b.TempDir()
	zipped, plain = filepath.Join(dir, "zipped"), filepath.Join(dir, "plain")
	write := func(path string, fill func(io.Writer) error) {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(fill(f), f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	write(zipped, func(w io.Writer) error {
		return restore.NewArchive("bench", snap.manifest, snap.open, nil, 0, nil).WriteRange(b.Context(), w, 0, -1)
	})
	write(plain, func(w io.Writer) error {
		f, err := os.Open(zipped)
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := gzip.NewReader(bufio.NewReader(f))
		if err != nil {
			return err
		}
		_, err = io.Copy(w, r)
		return err
	})
	return zipped, plain
}

func benchmarkPeer(b *testing.B, program string, args []string) {
	snap := benchSnapshot(b, inOrder)
	server := mongotest.SpawnNull(b)
	var used time.Duration
	var peak int64
	b.ResetTimer()
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), program, append(args, "--uri="+server.URI())...)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		done := make(chan int64)
		stop := make(chan struct{})
		go func() { done <- watchPeak(cmd.Process.Pid, stop) }()
		err := cmd.Wait()
		close(stop)
		peak = max(peak, <-done)
		if err != nil {
			b.Fatal(err)
		}
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.SetBytes(snap.content.Bytes)
	b.ReportMetric(used.Seconds()/(float64(snap.content.Bytes)*float64(b.N)/1e9), "cpu-s/GB")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
	documents, bytes, err := server.Counts(b.Context())
	if n := int64(b.N); err != nil || documents != n*snap.content.Documents || bytes != n*snap.content.Bytes {
		b.Fatalf("the server counts %d documents and %d bytes after %d restores of %+v, %v", documents, bytes, n, snap.content, err)
	}
}

// watchPeak looks at the peak of another process's memory until stop: what a
// parent is told at the end counts the parent's own.
func watchPeak(pid int, stop <-chan struct{}) int64 {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	var peak int64
	for {
		peak = max(peak, peakMemory(pid))
		select {
		case <-stop:
			return peak
		case <-ticker.C:
		}
	}
}
