package run

import (
	"context"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/objstorage"
)

const (
	// minReadAhead is what the second of two adjoining reads asks for; each
	// further one doubles it up to the limit of the handle.
	minReadAhead = 64 << 10
	// footerRead is how much of a run's end is read at once to open it.
	footerRead = 16 << 10
)

// readable is a Source as the table library sees it. It keeps the first error
// of the source, so that errors of reading are told from damage.
type readable struct {
	ctx    context.Context // of the merge; the library does not pass it on everywhere
	src    Source
	size   int64
	limit  int // of read-ahead, in bytes
	failed error
}

// ReadAt fills p or fails.
func (r *readable) ReadAt(_ context.Context, p []byte, off int64) error {
	if err := r.ctx.Err(); err != nil {
		return r.fail(err)
	}
	if off < 0 || off+int64(len(p)) > r.size {
		return fmt.Errorf("a read of %d bytes at %d in %d bytes", len(p), off, r.size)
	}
	n, err := r.src.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF: //nolint:errorlint // a wrapped io.EOF is a lost connection, not the end
		return fmt.Errorf("the object ends before its size of %d bytes", r.size)
	default:
		return r.fail(err)
	}
}

func (r *readable) fail(err error) error {
	if r.failed == nil {
		r.failed = err
	}
	return err
}

// Size is the size of the run in bytes.
func (r *readable) Size() int64 { return r.size }

// Close closes the source.
func (r *readable) Close() error { return r.src.Close() }

// NewReadHandle makes a handle that reads ahead. A hint to read more than
// footerRead before the first read is passed over: the index is read exactly.
func (r *readable) NewReadHandle(before objstorage.ReadBeforeSize) objstorage.ReadHandle {
	h := &readHandle{from: r}
	if before == objstorage.ReadBeforeForNewReader {
		h.before = footerRead
	}
	return h
}

// readHandle reads ahead where reads adjoin. Its buffer holds the bytes of the
// run from start on.
type readHandle struct {
	from   *readable
	before int // size of the first read, which ends where it was asked to
	buf    []byte
	start  int64
	next   int64 // where an adjoining read would start
	window int   // size of the last read ahead
}

// ReadAt fills p or fails.
func (h *readHandle) ReadAt(ctx context.Context, p []byte, off int64) error {
	adjoins := off == h.next
	h.next = off + int64(len(p))
	if n := h.copyFrom(p, off); n > 0 {
		p, off = p[n:], off+int64(n)
	}
	if len(p) == 0 {
		return nil
	}
	from, size := off, len(p)
	switch {
	case h.before > len(p):
		from = max(0, off+int64(len(p)-h.before))
		size = int(off-from) + len(p)
	case adjoins:
		h.window = min(max(2*h.window, minReadAhead), h.from.limit)
		size = int(min(int64(max(h.window, len(p))), h.from.size-off))
	default:
		h.window = 0
	}
	h.before = 0
	if size <= len(p) {
		return h.from.ReadAt(ctx, p, off)
	}
	if cap(h.buf) < size {
		h.buf = make([]byte, size)
	}
	h.buf, h.start = h.buf[:size], from
	if err := h.from.ReadAt(ctx, h.buf, from); err != nil {
		h.buf = h.buf[:0]
		return err
	}
	h.copyFrom(p, off)
	return nil
}

// copyFrom copies what the buffer has of the run at off.
func (h *readHandle) copyFrom(p []byte, off int64) int {
	at := off - h.start
	if at < 0 || at >= int64(len(h.buf)) {
		return 0
	}
	return copy(p, h.buf[at:])
}

// Close drops the buffer.
func (h *readHandle) Close() error {
	h.buf = nil
	return nil
}

// SetupForCompaction changes nothing: reads that adjoin are noticed anyway.
func (h *readHandle) SetupForCompaction() {}

// RecordCacheHit changes nothing: there is no cache.
func (h *readHandle) RecordCacheHit(context.Context, int64, int64) {}
