package vault

import (
	"encoding/binary"
	"hash/crc32"

	"tidemark"
)

// Kind says what an object holds. It is in the header, not in the name.
type Kind uint8

// The kinds. Their numbers are part of the format.
const (
	KindRun      Kind = 1 // a sorted run
	KindManifest Kind = 2 // the manifest of a snapshot
	KindSlice    Kind = 3 // a slice of captured oplog
	KindReport   Kind = 4 // the report of a job
	// KindTransactions is the transactions that were open at a cluster time.
	KindTransactions Kind = 5
)

// String returns a word for people.
func (k Kind) String() string {
	switch k {
	case KindRun:
		return "run"
	case KindManifest:
		return "manifest"
	case KindSlice:
		return "slice"
	case KindReport:
		return "report"
	case KindTransactions:
		return "transactions"
	}
	return "unknown kind"
}

// objectVersion is the version of the object format that is written, and the
// newest that is read.
const objectVersion = 1

// The fields of a header, in order. Magic, version, length and the checksum at
// the end stay where they are in every version, so that a later version can be
// told from damage.
const (
	headerMagic = "TIDEMARK"
	atVersion   = 8  // uint16
	atLength    = 10 // uint16: bytes of the whole header, checksum included
	atKind      = 12 // uint8
	atReserved  = 13 // uint8, zero
	atKeyID     = 14 // uint32
	atWrapped   = 18 // the wrapped data key, up to the checksum
	sumLength   = 4

	minHeader = atWrapped + sumLength
	maxHeader = 1024
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the beginning of an object, in clear but for the data key.
type header struct {
	kind  Kind
	keyID uint32
	// wrapped is the data key, sealed by the master key with everything before
	// it and the object's name as associated data.
	wrapped []byte
	length  int // bytes
}

// sealHeader makes the header of an object.
func sealHeader(m *MasterKey, kind Kind, name string, dataKey []byte) ([]byte, error) {
	// Tink's prefix, a nonce of 12 bytes and a tag of 16 surround the key.
	length := minHeader + tinkPrefix + 12 + len(dataKey) + 16
	h := make([]byte, 0, length)
	h = append(h, headerMagic...)
	h = binary.BigEndian.AppendUint16(h, objectVersion)
	h = binary.BigEndian.AppendUint16(h, uint16(length))
	h = append(h, byte(kind), 0)
	h = binary.BigEndian.AppendUint32(h, m.primary)
	wrapped, err := m.wrap(dataKey, headerContext(h, name))
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "cannot seal the key of object %s: %w", name, err)
	}
	h = append(h, wrapped...)
	if len(h)+sumLength != length {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the wrapped key of object %s has %d bytes", name, len(wrapped))
	}
	return binary.BigEndian.AppendUint32(h, crc32.Checksum(h, castagnoli)), nil
}

// parseHeader reads the header at the beginning of b.
func parseHeader(name string, b []byte) (header, error) {
	if len(b) < minHeader || string(b[:len(headerMagic)]) != headerMagic {
		return header{}, damaged(name, "does not begin as an object does")
	}
	length := int(binary.BigEndian.Uint16(b[atLength:]))
	if length < minHeader || length > maxHeader || length > len(b) {
		return header{}, damaged(name, "has a header cut short")
	}
	body, sum := b[:length-sumLength], b[length-sumLength:length]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(sum) {
		return header{}, damaged(name, "has an altered header")
	}
	if version := binary.BigEndian.Uint16(b[atVersion:]); version != objectVersion {
		return header{}, versionError("object", name, int(version), objectVersion)
	}
	if b[atReserved] != 0 {
		return header{}, damaged(name, "has a header that no version of Tidemark writes")
	}
	return header{
		kind:    Kind(b[atKind]),
		keyID:   binary.BigEndian.Uint32(b[atKeyID:]),
		wrapped: body[atWrapped:],
		length:  length,
	}, nil
}

// dataKey unwraps the data key of an object whose header is at the beginning of b.
func (h header) dataKey(m *MasterKey, name string, b []byte) ([]byte, error) {
	if err := m.knows(h.keyID); err != nil {
		return nil, err
	}
	key, err := m.unwrap(h.wrapped, headerContext(b[:atWrapped], name))
	if err != nil || len(key) != dataKeySize {
		return nil, damaged(name, "was altered, or put under a name that is not its own")
	}
	return key, nil
}

// headerContext is the associated data of a wrapped data key: the header up to
// it, then the name.
func headerContext(h []byte, name string) []byte {
	return append(append(make([]byte, 0, len(h)+len(name)), h...), name...)
}

// damaged is the error for an object that is not what was written.
func damaged(name, what string) error {
	return tidemark.Errorf(tidemark.CodeObjectDamaged, "object %s %s", name, what).
		WithParams(name).
		WithHint("Restore the file from a copy of the vault, or restore another snapshot.")
}

// versionError is the error for a version other than the known one.
func versionError(what, name string, found, known int) error {
	if found < known {
		return damaged(name, "has a format version that no Tidemark writes")
	}
	return tidemark.Errorf(tidemark.CodeFormatTooNew,
		"%s %s has format version %d; this Tidemark knows up to %d", what, name, found, known).
		WithParams(what, found, known).
		WithHint("Use a newer Tidemark.")
}
