package run

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"

	"tidemark"
)

// DefaultBlockBytes is the size of a block before compression: large enough for
// zstd, small enough to hold one for each of many runs.
const DefaultBlockBytes = 256 << 10

// indexBytes keeps the index of a run of usual size in one block.
const indexBytes = 256 << 10

// bloomBits for each key let one lookup in a hundred through in vain.
const bloomBits = 10

// WriterOptions has a default for every zero.
type WriterOptions struct {
	BlockBytes int // uncompressed size of a block; DefaultBlockBytes
	// Scratch says that the run is read once, soon: it is compressed less, for
	// a tenth of the time, and has no filter.
	Scratch bool
}

// Writer writes one run to a sink. It is for one goroutine. Whoever makes one
// must call Finish or Abort; Abort after either does nothing.
type Writer struct {
	table *sstable.Writer
	sink  *writable
	marks *marks
	info  Info
	last  []byte
	done  bool
}

// NewWriter starts a run. The writer holds one block, and a few bytes for each
// key for the bloom filter.
func NewWriter(sink Sink, opts WriterOptions) *Writer {
	if opts.BlockBytes <= 0 {
		opts.BlockBytes = DefaultBlockBytes
	}
	w, m := &writable{sink: sink}, &marks{}
	table := sstable.WriterOptions{
		TableFormat:             tableFormat,
		Compression:             sstable.ZstdCompression,
		BlockSize:               opts.BlockBytes,
		IndexBlockSize:          indexBytes,
		FilterPolicy:            bloom.FilterPolicy(bloomBits),
		DisableValueBlocks:      true,
		BlockPropertyCollectors: []func() sstable.BlockPropertyCollector{func() sstable.BlockPropertyCollector { return m }},
	}
	if opts.Scratch {
		table.Compression, table.FilterPolicy = sstable.SnappyCompression, nil
	}
	return &Writer{sink: w, marks: m, table: sstable.NewWriter(w, table)}
}

// tableFormat is fixed, so that a newer library does not change what older
// binaries can read.
const tableFormat = sstable.TableFormatPebblev7

// Put adds a document. Keys must ascend. Neither key nor doc is kept. After an
// error only Abort is left.
func (w *Writer) Put(key, doc []byte) error {
	if err := w.next(key); err != nil {
		return err
	}
	w.marks.add(key, len(doc))
	w.info.RawBytes += int64(len(doc))
	return w.failed(w.table.Set(key, doc))
}

// Delete adds the deletion of a document: it hides the key in older runs.
func (w *Writer) Delete(key []byte) error {
	if err := w.next(key); err != nil {
		return err
	}
	return w.failed(w.table.Delete(key))
}

func (w *Writer) next(key []byte) error {
	if w.done {
		return tidemark.Errorf(tidemark.CodeInternal, "a finished run was written to")
	}
	if len(key) <= collectionLen {
		return tidemark.Errorf(tidemark.CodeInternal, "a run was given a key of %d bytes", len(key))
	}
	if bytes.Compare(key, w.last) <= 0 {
		return tidemark.Errorf(tidemark.CodeInternal, "a run was given keys that do not ascend")
	}
	if w.info.Entries == 0 {
		w.info.First = slices.Clone(key)
	}
	w.last = append(w.last[:0], key...)
	w.info.Entries++
	return w.failed(nil)
}

// RawBytes is how many BSON bytes were put so far.
func (w *Writer) RawBytes() int64 { return w.info.RawBytes }

// Finish completes the run and commits the sink. If it fails, the sink is
// aborted. A run must not be empty.
func (w *Writer) Finish() (Info, error) {
	if w.done {
		return Info{}, tidemark.Errorf(tidemark.CodeInternal, "a run was finished twice")
	}
	if w.info.Entries == 0 {
		w.Abort()
		return Info{}, tidemark.Errorf(tidemark.CodeInternal, "a run of no entries was finished")
	}
	if err := w.failed(w.table.Close()); err != nil {
		w.done = true
		w.sink.sink.Abort()
		return Info{}, err
	}
	w.done = true
	if err := w.sink.sink.Commit(); err != nil {
		return Info{}, sinkError(err)
	}
	w.info.Last = w.last
	w.info.StoredBytes = w.sink.written
	return w.info, nil
}

// Abort drops the run and aborts the sink.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	w.done = true
	w.sink.err.CompareAndSwap(nil, &errAborted)
	_ = w.table.Close() // ends the table's goroutine; it fails, as it must
	w.sink.sink.Abort()
}

// failed returns the error of the sink, if it has one, or else err.
func (w *Writer) failed(err error) error {
	if sunk := w.sink.err.Load(); sunk != nil {
		return sinkError(*sunk)
	}
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "writing a run: %w", err)
	}
	return nil
}

// errAborted makes the table stop writing.
var errAborted error = tidemark.Errorf(tidemark.CodeInternal, "the run was aborted")

// sinkError keeps an error that has a code.
func sinkError(err error) error {
	if coded(err) {
		return err
	}
	return tidemark.Errorf(tidemark.CodeInternal, "storing a run: %w", err)
}

// writable is a Sink as the table sees it. The table writes from a goroutine of
// its own and looks at errors only at the end of the table; err lets Put see
// them at once.
type writable struct {
	sink    Sink
	written int64
	err     atomic.Pointer[error]
}

// Write is called by one goroutine at a time.
func (w *writable) Write(p []byte) error {
	if err := w.err.Load(); err != nil {
		return *err
	}
	n, err := w.sink.Write(p)
	w.written += int64(n)
	if err != nil {
		w.err.CompareAndSwap(nil, &err)
	}
	return err
}

// Finish leaves committing to Writer.Finish, which can tell its errors.
func (w *writable) Finish() error { return nil }

// Abort leaves aborting to the Writer too.
func (w *writable) Abort() {}
