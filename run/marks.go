package run

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/zeebo/xxh3"
)

// A run carries marks in a property of its table: a key about every markBytes
// BSON bytes, with the bytes of the documents before it. Split cuts at them.
// The first mark comes earlier by an amount that its run's first key decides,
// so that the marks of runs that overlap lie between each other.
const (
	markBytes = 256 << 10
	// markKeyMax leaves out marks of long keys: they would cost more than a
	// cut at just that place is worth.
	markKeyMax    = 1 << 10
	marksProperty = "tidemark.marks"
)

// mark says that documents of bytes BSON bytes lie between the mark before it,
// or the start of the run, and key.
type mark struct {
	key   []byte
	bytes int64
}

// marks collects marks while a table is written: for each a length and that
// many bytes of key, then the byte count, both numbers as uvarints. To the table
// library it is a collector of a property.
type marks struct {
	encoded []byte
	started bool
	bytes   int64 // since the last mark
	due     int64 // bytes after which the next mark comes
}

// Name is that of the property.
func (m *marks) Name() string { return marksProperty }

// add sees every entry before it is written, its document as size bytes.
func (m *marks) add(key []byte, size int) {
	if !m.started {
		m.started, m.due = true, int64(xxh3.Hash(key)%markBytes)
	} else if m.bytes >= m.due && len(key) <= markKeyMax {
		m.encoded = binary.AppendUvarint(m.encoded, uint64(len(key)))
		m.encoded = append(m.encoded, key...)
		m.encoded = binary.AppendUvarint(m.encoded, uint64(m.bytes))
		m.bytes, m.due = 0, markBytes
	}
	m.bytes += int64(size)
}

// FinishTable appends the property.
func (m *marks) FinishTable(buf []byte) ([]byte, error) { return append(buf, m.encoded...), nil }

// The rest of the interface is for properties of blocks, which marks are not,
// and shows no documents.

func (m *marks) AddPointKey(sstable.InternalKey, []byte) error { return nil }

func (m *marks) AddRangeKeys(sstable.Span) error { return nil }

func (m *marks) AddCollectedWithSuffixReplacement(_, _, _ []byte) error {
	return errors.ErrUnsupported
}

func (m *marks) SupportsSuffixReplacement() bool { return false }

func (m *marks) FinishDataBlock(buf []byte) ([]byte, error) { return buf, nil }

func (m *marks) AddPrevDataBlockToIndexBlock() {}

func (m *marks) FinishIndexBlock(buf []byte) ([]byte, error) { return buf, nil }

// decodeMarks reads the property: a byte that is the library's own, then the
// marks. It is false for bytes that are not marks.
func decodeMarks(property string) ([]mark, bool) {
	if property == "" {
		return nil, true
	}
	var out []mark
	b := []byte(property)[1:]
	for len(b) > 0 {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, false
		}
		key := slices.Clone(b[n : n+int(size)])
		b = b[n+int(size):]
		count, n := binary.Uvarint(b)
		if n <= 0 || count > 1<<62 {
			return nil, false
		}
		b = b[n:]
		out = append(out, mark{key: key, bytes: int64(count)})
	}
	return out, true
}
