package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"tidemark"
)

// Reader reads one object at any place. It may be used from many goroutines.
// No byte comes out of it that was not authenticated.
type Reader struct {
	name     string
	kind     Kind
	stored   BucketReader
	segments *segments
	windows  windows
}

// Open opens an object. It is CodeObjectMissing, CodeObjectDamaged,
// CodeWrongMasterKey or CodeFormatTooNew where it cannot be. The context
// governs the reads too.
func (v *Vault) Open(ctx context.Context, name string) (*Reader, error) {
	b, err := v.bucket.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	r := &Reader{name: name, stored: b}
	if err := r.begin(v.master); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return r, nil
}

// begin reads the header and authenticates the last segment, which proves
// where the object ends.
func (r *Reader) begin(m *MasterKey) error {
	size := r.stored.Size()
	buf := make([]byte, min(size, maxHeader+streamHeader))
	if err := r.fetch(buf, 0); err != nil {
		return err
	}
	h, err := parseHeader(r.name, buf)
	if err != nil {
		return err
	}
	dataKey, err := h.dataKey(m, r.name, buf)
	if err != nil {
		return err
	}
	l, ok := newLayout(int64(h.length), size)
	if !ok {
		return damaged(r.name, "is cut short")
	}
	r.kind = h.kind
	r.segments, ok = newSegments(dataKey, buf[h.length:h.length+streamHeader], r.name, l)
	if !ok {
		return damaged(r.name, "has an altered stream header")
	}
	w := &window{}
	defer r.windows.give(w)
	return r.fill(w, l.count-1, 1)
}

// Name is the object's name.
func (r *Reader) Name() string { return r.name }

// Kind says what the object holds.
func (r *Reader) Kind() Kind { return r.kind }

// Size is the length of the plaintext in bytes.
func (r *Reader) Size() int64 { return r.segments.layout.size() }

// StoredSize is what the object takes in the bucket, in bytes.
func (r *Reader) StoredSize() int64 { return r.stored.Size() }

// ReadAt implements [io.ReaderAt] on the plaintext. A segment that does not
// authenticate is CodeObjectDamaged.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, tidemark.Errorf(tidemark.CodeInternal, "read of object %s at %d", r.name, off)
	}
	l := r.segments.layout
	end := min(off+int64(len(p)), l.size())
	n := 0
	for at := off; at < end; at = off + int64(n) {
		got, err := r.readSome(p[n:], at, end)
		n += got
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// readSome copies what one window has from off on; end is where the whole read
// ends.
func (r *Reader) readSome(p []byte, off, end int64) (int, error) {
	l := r.segments.layout
	i := l.find(off)
	w := r.windows.take(i)
	if w == nil {
		return 0, tidemark.Errorf(tidemark.CodeInternal, "object %s: %w", r.name, fs.ErrClosed)
	}
	defer r.windows.give(w)
	if !w.holds(i) {
		if err := r.fill(w, i, l.find(end-1)-i+1); err != nil {
			return 0, err
		}
	}
	n := 0
	for ; n < len(p) && w.holds(i); i++ {
		from := off + int64(n) - l.plainStart(i)
		n += copy(p[n:], w.plain[i-w.first][from:])
	}
	return n, nil
}

// fill reads segments from first on into the window: as many as are needed,
// and more if the window was read to its end.
func (r *Reader) fill(w *window, first, needed int64) error {
	l := r.segments.layout
	if len(w.plain) > 0 && w.end() == first {
		needed = max(needed, 2*int64(len(w.plain)))
	}
	n := min(needed, maxWindow, l.count-first)
	from, _ := l.stored(first)
	_, to := l.stored(first + n - 1)
	buf := w.room(int(n))[:to-from]
	w.first = first
	if err := r.fetch(buf, from); err != nil {
		return err
	}
	for i := first; i < first+n; i++ {
		a, b := l.stored(i)
		plain, ok := r.segments.open(i, buf[a-from:b-from])
		if !ok && i > first {
			return nil // whoever reads on gets the error; what is whole is of use
		}
		if !ok {
			return damaged(r.name, "was altered or cut")
		}
		w.plain = append(w.plain, plain)
	}
	return nil
}

// fetch reads stored bytes, all of buf.
func (r *Reader) fetch(buf []byte, off int64) error {
	n, err := r.stored.ReadAt(buf, off)
	if n == len(buf) {
		return nil
	}
	// A wrapped io.EOF is a lost connection, not the end of the object.
	if err == nil || err == io.EOF { //nolint:errorlint // see above
		return damaged(r.name, "is shorter than it was when it was opened")
	}
	if _, ok := errors.AsType[*tidemark.Error](err); ok {
		return err
	}
	return tidemark.Errorf(tidemark.CodeInternal, "cannot read object %s: %w", r.name, err).WithParams(r.name)
}

// Close lets go of the object.
func (r *Reader) Close() error {
	r.windows.close()
	return r.stored.Close()
}
