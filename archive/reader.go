package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc64"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	maxPreludeBytes = 64 << 20
	readStep        = 64 << 10 // memory grows by so much before bytes have come
)

// Reader reads an archive, plain or within gzip. It looks at what frames the
// documents, not into them. It holds the prelude, up to 64 MiB, and one
// document. It is not safe for concurrent use.
type Reader struct {
	in      *bufio.Reader
	header  Header
	entries []Entry
	states  map[Namespace]*state
	order   []*state
	current *state // that of the block being read, nil between blocks
	buf     []byte
	err     error
}

// state is how far a namespace is read.
type state struct {
	ns     Namespace
	closed bool
	crc    uint64
}

// NewReader reads magic and prelude. Bytes that are no archive are
// CodeInvalidData, a newer format is CodeFormatTooNew.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if start, err := in.Peek(2); err == nil && bytes.Equal(start, gzipHeader[:2]) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, truncated(err)
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	out := &Reader{in: in, states: make(map[Namespace]*state)}
	if err := out.readPrelude(); err != nil {
		return nil, err
	}
	return out, nil
}

// Header is what the archive says of its making.
func (r *Reader) Header() Header { return r.header }

// Entries are the collections and views of the prelude, in its order. The
// caller must not change them.
func (r *Reader) Entries() []Entry { return r.entries }

func (r *Reader) readPrelude() error {
	var start [4]byte
	if _, err := io.ReadFull(r.in, start[:]); err != nil {
		return truncated(err)
	}
	if binary.LittleEndian.Uint32(start[:]) != magic {
		return invalid("it does not begin as one")
	}
	doc, err := r.document()
	if err != nil {
		return truncated(err)
	}
	if doc == nil {
		return invalid("the prelude has no header")
	}
	if r.header, err = parseHeader(doc); err != nil {
		return err
	}
	// Where the version cannot be read, buckets are looked for as they were
	// kept by all servers before 8.3.
	v, _ := parseVersion(r.header.ServerVersion)
	for size := 0; ; {
		doc, err := r.document()
		if err != nil {
			return truncated(err)
		}
		if doc == nil {
			return nil
		}
		if size += len(doc); size > maxPreludeBytes {
			return invalid("the prelude has more than %d bytes", maxPreludeBytes)
		}
		if err := r.addEntry(doc, v); err != nil {
			return err
		}
	}
}

func (r *Reader) addEntry(doc bson.Raw, v version) error {
	e, err := parseEntry(doc)
	if err != nil {
		return err
	}
	ns := documentsOf(e.Collection, v)
	if _, ok := r.states[ns]; ok {
		return invalid("%s is listed twice", ns)
	}
	s := &state{ns: ns}
	r.states[ns] = s
	r.order = append(r.order, s)
	r.entries = append(r.entries, e)
	return nil
}

// Next returns the next document and where it belongs; documents of different
// namespaces may take turns. doc is valid until the next call. After the last
// one comes io.EOF, and only if every namespace was complete and its checksum
// right.
func (r *Reader) Next() (Namespace, bson.Raw, error) {
	if r.err != nil {
		return Namespace{}, nil, r.err
	}
	ns, doc, err := r.next()
	r.err = err
	return ns, doc, err
}

func (r *Reader) next() (Namespace, bson.Raw, error) {
	for {
		doc, err := r.document()
		switch {
		case err != nil && r.current != nil:
			return Namespace{}, nil, truncated(err)
		case errors.Is(err, io.EOF):
			return Namespace{}, nil, r.finish()
		case err != nil:
			return Namespace{}, nil, err
		case r.current == nil:
			if err := r.openBlock(doc); err != nil {
				return Namespace{}, nil, err
			}
		case doc == nil:
			r.current = nil
		case r.current.closed:
			return Namespace{}, nil, invalid("%s goes on after its end", r.current.ns)
		default:
			r.current.crc = crc64.Update(r.current.crc, crcTable, doc)
			return r.current.ns, doc, nil
		}
	}
}

func (r *Reader) openBlock(doc bson.Raw) error {
	if doc == nil {
		return invalid("a block has no header")
	}
	h, err := parseBlockHeader(doc)
	if err != nil {
		return err
	}
	s, ok := r.states[h.ns]
	switch {
	case !ok:
		return invalid("%s is not in its prelude", h.ns)
	case s.closed:
		return invalid("%s goes on after its end", h.ns)
	case h.eof && h.crc != s.crc:
		return invalid("the checksum of %s is %016x, its documents have %016x", h.ns, h.crc, s.crc)
	}
	s.closed = h.eof
	r.current = s
	return nil
}

// finish is the answer at the end of the stream.
func (r *Reader) finish() error {
	for _, s := range r.order {
		if !s.closed {
			return invalid("%s is cut short", s.ns)
		}
	}
	return io.EOF
}

// document reads a document, or nil for a terminator. io.EOF means that there
// was not a byte of it.
func (r *Reader) document() (bson.Raw, error) {
	r.buf = grow(r.buf[:0], 4)
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return nil, readError(err)
	}
	size := binary.LittleEndian.Uint32(r.buf)
	if size == terminator {
		return nil, nil
	}
	if size < minDocumentBytes || size > MaxDocumentBytes {
		return nil, invalid("a document claims to have %d bytes", size)
	}
	for len(r.buf) < int(size) {
		have := len(r.buf)
		r.buf = grow(r.buf, min(int(size)-have, max(have, readStep)))
		if _, err := io.ReadFull(r.in, r.buf[have:]); err != nil {
			return nil, truncated(err)
		}
	}
	if r.buf[size-1] != 0 {
		return nil, invalid("a document has no end")
	}
	return bson.Raw(r.buf), nil
}

// grow lengthens b by n bytes.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = append(make([]byte, 0, len(b)+n), b...)
	}
	return b[:len(b)+n]
}

// readError keeps io.EOF and makes the end within something, and what gzip
// finds wrong, an error of the archive. Errors of the source stay as they are.
func readError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid("it is cut short")
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return invalid("%w", err)
	}
	return err
}

// truncated is readError where the stream must not end.
func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return invalid("it is cut short")
	}
	return readError(err)
}
