//go:build unix

package restore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/objstorage"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/sstable/block/blockkind"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/capture"
	"tidemark/mongo/mongotest"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/run"
)

// Run with: go test -run '^$' -bench 'Restore|Capture' ./restore
// docs/performance.md says what the figures mean.

// errReadBack ends a restore where it begins to verify.
var errReadBack = errors.New("the null server has nothing to read back")

// untilReadBack is a target that keeps nothing. A restore onto it goes all the
// way from planning to the indexes, and ends when it wants to read back.
type untilReadBack struct{ tidemark.Target }

func (untilReadBack) Partition(context.Context, tidemark.Collection, int64) ([]tidemark.ScanRange, error) {
	return nil, errReadBack
}

// BenchmarkRestore restores a snapshot from a vault in a directory, sealed and
// compressed, onto a null server in another process, up to the point where it
// would be verified. The server's processor time does not count.
func BenchmarkRestore(b *testing.B) {
	for _, writers := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkRestore(b, inOrder, writers) })
	}
	b.Run("shuffled", func(b *testing.B) { benchmarkRestore(b, shuffled, restore.DefaultWriters) })
}

func benchmarkRestore(b *testing.B, o order, writers int) {
	snap := benchSnapshot(b, o)
	server := mongotest.SpawnNull(b)
	req := restore.Request{
		JobID: tidemark.NewID(), Manifest: snap.manifest, Open: snap.open, Writers: writers,
		Target: untilReadBack{restoretest.Connect(b, server.URI())},
		Save:   func(context.Context, tidemark.Progress, []byte) error { return nil },
	}
	m := measure(b)
	for b.Loop() {
		if _, err := restore.Run(b.Context(), req); !errors.Is(err, errReadBack) {
			b.Fatal(err)
		}
	}
	m.report(snap.content.Bytes)
	documents, bytes, err := server.Counts(b.Context())
	if n := int64(b.N); err != nil || documents != n*snap.content.Documents || bytes != n*snap.content.Bytes {
		b.Fatalf("the server counts %d documents and %d bytes after %d restores of %+v, %v", documents, bytes, n, snap.content, err)
	}
}

// BenchmarkRestoreFloor has the parts of BenchmarkRestore by themselves.
func BenchmarkRestoreFloor(b *testing.B) {
	b.Run("decompress", benchmarkDecompress)
	b.Run("merge", benchmarkMerge)
	b.Run("insert", benchmarkInsert)
}

// benchmarkDecompress reads every block of the runs out of memory: checksums
// and zstd, and nothing else.
func benchmarkDecompress(b *testing.B) {
	snap := benchSnapshot(b, inOrder)
	var tables []*sstable.Reader
	var blocks [][]block.HandleWithProperties
	for _, r := range snap.manifest.Runs {
		src, err := snap.vault.Open(b.Context(), r.Object)
		if err != nil {
			b.Fatal(err)
		}
		bytes, err := io.ReadAll(io.NewSectionReader(src, 0, src.Size()))
		if err := errors.Join(err, src.Close()); err != nil {
			b.Fatal(err)
		}
		table, err := sstable.NewReader(b.Context(), inMemory(bytes), sstable.ReaderOptions{})
		if err != nil {
			b.Fatal(err)
		}
		layout, err := table.Layout()
		if err != nil {
			b.Fatal(err)
		}
		tables, blocks = append(tables, table), append(blocks, layout.Data)
	}
	var pool block.BufferPool
	pool.Init(2)
	defer pool.Release()
	env := block.ReadEnv{BufferPool: &pool}
	m := measure(b)
	for b.Loop() {
		for i, table := range tables {
			for _, data := range blocks[i] {
				h, err := table.BlockReader().Read(b.Context(), env, nil, data.Handle, blockkind.SSTableData, noMetadata)
				if err != nil {
					b.Fatal(err)
				}
				h.Release()
			}
		}
	}
	m.reportCost(snap.content.Bytes)
	for _, table := range tables {
		if err := table.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func noMetadata(*block.Metadata, []byte) error { return nil }

// inMemory is a table that is read from memory.
type inMemory []byte

func (m inMemory) ReadAt(_ context.Context, p []byte, off int64) error {
	if copy(p, m[off:]) < len(p) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (m inMemory) Size() int64  { return int64(len(m)) }
func (m inMemory) Close() error { return nil }
func (m inMemory) NewReadHandle(objstorage.ReadBeforeSize) objstorage.ReadHandle {
	h := objstorage.MakeNoopReadHandle(m)
	return &h
}

// benchmarkMerge reads the snapshot out of the vault as a restore does, and
// drops it.
func benchmarkMerge(b *testing.B) {
	snap := benchSnapshot(b, inOrder)
	m := measure(b)
	for b.Loop() {
		var documents int64
		for _, c := range snap.manifest.Collections {
			it := run.Open(b.Context(), snap.open, snap.refs(c), run.CollectionBounds(c.UUID))
			for it.Next() {
				documents++
			}
			if err := errors.Join(it.Err(), it.Close()); err != nil {
				b.Fatal(err)
			}
		}
		if documents != snap.content.Documents {
			b.Fatalf("%d documents", documents)
		}
	}
	m.report(snap.content.Bytes)
}

// benchmarkInsert sends as much as the snapshot has in batches made before.
func benchmarkInsert(b *testing.B) {
	source := newSynthetic(5000, inOrder)
	var batch []byte
	count := 0
	full := errors.New("full")
	err := source.Scan(b.Context(), tidemark.Collection{}, tidemark.ScanRange{Min: number(0), Max: number(5000)}, func(doc bson.Raw) error {
		if len(batch)+len(doc) > restore.DefaultBatchBytes {
			return full
		}
		batch, count = append(batch, doc...), count+1
		return nil
	})
	if !errors.Is(err, full) {
		b.Fatal(err)
	}
	server := mongotest.SpawnNull(b)
	target := restoretest.Connect(b, server.URI())
	const batches = 512
	m := measure(b)
	for b.Loop() {
		g, ctx := errgroup.WithContext(b.Context())
		for range restore.DefaultWriters {
			g.Go(func() error {
				for range batches / restore.DefaultWriters {
					if err := target.Insert(ctx, "bench", "orders", batch, count); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	m.report(batches * int64(len(batch)))
}

// BenchmarkCapture takes a snapshot into a vault in a directory; generate is
// the part of it that makes the documents, which is no part of a real capture.
func BenchmarkCapture(b *testing.B) {
	for _, o := range []order{inOrder, shuffled} {
		b.Run(string(o), func(b *testing.B) { benchmarkCapture(b, newSynthetic(benchDocuments, o)) })
	}
	b.Run("generate", benchmarkGenerate)
}

func benchmarkCapture(b *testing.B, source *synthetic) {
	v := dirVault(b)
	var size int64
	m := measure(b)
	for b.Loop() {
		manifest, object, err := capture.Take(b.Context(), capture.Request{
			SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(), Source: source, Vault: v,
		})
		if err != nil {
			b.Fatal(err)
		}
		size = 0
		for _, c := range manifest.Collections {
			size += c.Content.Bytes
		}
		b.StopTimer()
		if err := v.DeleteSnapshot(b.Context(), object); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	m.report(size)
}

func benchmarkGenerate(b *testing.B) {
	source := newSynthetic(benchDocuments, inOrder)
	catalogue, err := source.Catalogue(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var size int64
	m := measure(b)
	for b.Loop() {
		size = 0
		for _, c := range catalogue.Collections {
			whole := tidemark.ScanRange{Min: number(0), Max: number(source.share(c))}
			err := source.Scan(b.Context(), c, whole, func(doc bson.Raw) error {
				size += int64(len(doc))
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	m.reportCost(size)
}
