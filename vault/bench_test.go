package vault_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"tidemark/vault"
)

const benchSize = 64 << 20

func dirVault(b *testing.B) *vault.Vault {
	b.Helper()
	bucket, err := vault.OpenDirBucket(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { bucket.Close() })
	return vault.Open(bucket, newMaster(b))
}

// BenchmarkSeal writes objects of 64 MiB to a directory, fsync included.
func BenchmarkSeal(b *testing.B) {
	v, data := dirVault(b), randomBytes(benchSize)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		w, err := v.Create(b.Context(), vault.KindRun)
		if err != nil {
			b.Fatal(err)
		}
		for p := data; len(p) > 0; p = p[32<<10:] {
			if _, err := w.Write(p[:32<<10]); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			b.Fatal(err)
		}
		if err := v.Delete(b.Context(), w.Name()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadSequential opens an object and reads it in order, 32 KiB a call.
func BenchmarkReadSequential(b *testing.B) {
	v := dirVault(b)
	name := seal(b, v, vault.KindRun, randomBytes(benchSize))
	p := make([]byte, 32<<10)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		r, err := v.Open(b.Context(), name)
		if err != nil {
			b.Fatal(err)
		}
		for off := int64(0); off < r.Size(); off += int64(len(p)) {
			if _, err := r.ReadAt(p, off); err != nil && !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		}
		r.Close()
	}
}

// BenchmarkReadRandom reads 64 KiB anywhere, which takes two segments.
func BenchmarkReadRandom(b *testing.B) {
	v := dirVault(b)
	r := openObject(b, v, seal(b, v, vault.KindRun, randomBytes(benchSize)))
	p := make([]byte, 64<<10)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.ReadAt(p, rand.Int64N(r.Size()-int64(len(p)))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadMerge reads 32 objects in turn, 64 KiB each, as a merge does.
func BenchmarkReadMerge(b *testing.B) {
	const objects, size = 32, 4 << 20
	v := dirVault(b)
	var readers []*vault.Reader
	for range objects {
		readers = append(readers, openObject(b, v, seal(b, v, vault.KindRun, randomBytes(size))))
	}
	p := make([]byte, 64<<10)
	b.SetBytes(objects * size)
	b.ReportAllocs()
	for b.Loop() {
		for off := int64(0); off < size; off += int64(len(p)) {
			for _, r := range readers {
				if _, err := r.ReadAt(p, off); err != nil && !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		}
	}
}

// BenchmarkOpen opens an object: header, data key and last segment.
func BenchmarkOpen(b *testing.B) {
	v := dirVault(b)
	name := seal(b, v, vault.KindRun, randomBytes(1<<20))
	b.ReportAllocs()
	for b.Loop() {
		r, err := v.Open(b.Context(), name)
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkManifest writes and reads a manifest of 10,000 runs.
func BenchmarkManifest(b *testing.B) {
	v, _, _ := memVault(b)
	m := sampleManifest(100, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		roundTrip(b, v, m)
	}
}
