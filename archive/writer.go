package archive

import (
	"encoding/binary"
	"hash/crc64"
	"io"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Writer writes an archive, one namespace after another. It keeps no document;
// what it writes goes to the underlying writer at once, in small pieces. It is
// not safe for concurrent use.
type Writer struct {
	w      io.Writer
	v      version
	layout *layout
	done   []bool // by index of layout.namespaces
	open   int    // that of the namespace being written, or none
	crc    uint64
	buf    []byte
	err    error // the first error of w, or errClosed
}

const none = -1

var errClosed = tidemark.Errorf(tidemark.CodeInternal, "the archive is closed")

// NewWriter writes magic, header and prelude. collections is a whole catalogue:
// NewWriter leaves out by itself what archives leave out. The order of
// collections is that of the prelude. Errors are those of w, as they are, and
// CodeInvalidData or CodeUnsupported for collections no archive can hold.
func NewWriter(w io.Writer, h Header, collections []Entry) (*Writer, error) {
	v, err := parseVersion(h.ServerVersion)
	if err != nil {
		return nil, err
	}
	h.ConcurrentCollections = min(max(h.ConcurrentCollections, 1), math.MaxInt32)
	l, err := newLayout(collections, v)
	if err != nil {
		return nil, err
	}
	if err := checkEntries(l.entries); err != nil {
		return nil, err
	}
	out := &Writer{w: w, v: v, layout: l, done: make([]bool, len(l.namespaces)), open: none}
	if err := out.prelude(h); err != nil {
		return nil, err
	}
	return out, nil
}

// checkEntries finds what the prelude cannot hold before any of it is written.
// It forgets the metadata it makes, for that of many collections is large.
func checkEntries(entries []Entry) error {
	for _, e := range entries {
		js, err := formatMetadata(e.Collection)
		if err != nil {
			return err
		}
		if len(appendEntry(nil, e, js)) > MaxDocumentBytes {
			return tidemark.Errorf(tidemark.CodeUnsupported,
				"options and indexes of %s are larger than an archive can hold", e.Namespace())
		}
	}
	return nil
}

func (w *Writer) prelude(h Header) error {
	w.buf = binary.LittleEndian.AppendUint32(w.buf, magic)
	w.buf = appendHeader(w.buf, h)
	for _, e := range w.layout.entries {
		js, err := formatMetadata(e.Collection)
		if err != nil {
			return err
		}
		w.buf = appendEntry(w.buf, e, js)
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.buf = append(w.buf, terminatorBytes...)
	return w.flush()
}

// Carries says whether the archive has documents of c, so that BeginCollection
// takes it: true for collections, and for the buckets of time-series
// collections; false for views and what servers make by themselves.
func (w *Writer) Carries(c tidemark.Collection) bool {
	_, ok := w.namespace(c)
	return ok
}

func (w *Writer) namespace(c tidemark.Collection) (int, bool) {
	if c.Type == tidemark.TypeView {
		return 0, false
	}
	if c.Type == tidemark.TypeTimeseries && !w.v.viewless() {
		return 0, false // its buckets are a collection of their own
	}
	i, ok := w.layout.index[documentsOf(c, w.v)]
	return i, ok
}

// BeginCollection opens the namespace of c. Each may be opened once.
func (w *Writer) BeginCollection(c tidemark.Collection) error {
	if w.err != nil {
		return w.err
	}
	i, ok := w.namespace(c)
	switch {
	case w.open != none:
		return tidemark.Errorf(tidemark.CodeInternal, "%s is not ended", w.layout.namespaces[w.open])
	case !ok:
		return tidemark.Errorf(tidemark.CodeInvalidData, "the archive has no documents of %s", c.Namespace())
	case w.done[i]:
		return tidemark.Errorf(tidemark.CodeInvalidData, "%s is written already", c.Namespace())
	}
	return w.begin(i)
}

func (w *Writer) begin(i int) error {
	w.open, w.crc = i, 0
	w.buf = appendBlockHeader(w.buf, w.layout.namespaces[i], false, 0)
	return w.flush()
}

// WriteDocument writes one document of the open namespace. It checks length and
// last byte only. doc is not kept. A document larger than MaxDocumentBytes is
// CodeUnsupported, and the archive stays as it was.
func (w *Writer) WriteDocument(doc bson.Raw) error {
	switch {
	case w.err != nil:
		return w.err
	case w.open == none:
		return tidemark.Errorf(tidemark.CodeInternal, "a document outside any collection")
	case !framed(doc):
		return tidemark.Errorf(tidemark.CodeInvalidData, "a document of %s is damaged", w.layout.namespaces[w.open])
	case len(doc) > MaxDocumentBytes:
		return tidemark.Errorf(tidemark.CodeUnsupported,
			"a document of %s has %d bytes; an archive holds up to %d",
			w.layout.namespaces[w.open], len(doc), MaxDocumentBytes)
	}
	w.crc = crc64.Update(w.crc, crcTable, doc)
	_, w.err = w.w.Write(doc)
	return w.err
}

// EndCollection closes the open namespace and writes its checksum.
func (w *Writer) EndCollection() error {
	if w.err != nil {
		return w.err
	}
	if w.open == none {
		return tidemark.Errorf(tidemark.CodeInternal, "no collection to end")
	}
	w.buf = append(w.buf, terminatorBytes...)
	w.buf = appendBlockHeader(w.buf, w.layout.namespaces[w.open], true, w.crc)
	w.buf = append(w.buf, terminatorBytes...)
	w.done[w.open] = true
	w.open = none
	return w.flush()
}

// Close ends the archive: views, and collections that were not written, become
// namespaces without documents, for mongorestore creates nothing it does not
// meet. It does not close the underlying writer. Without Close the archive is
// incomplete, and readers say so if a namespace is missing.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.open != none {
		return tidemark.Errorf(tidemark.CodeInternal, "%s is not ended", w.layout.namespaces[w.open])
	}
	for i, done := range w.done {
		if done {
			continue
		}
		if err := w.begin(i); err != nil {
			return err
		}
		if err := w.EndCollection(); err != nil {
			return err
		}
	}
	w.err = errClosed
	return nil
}

func (w *Writer) flush() error {
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
		w.buf = w.buf[:0]
	}
	return w.err
}
