package oplog

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// maxDepth is how deeply documents and what is said about them may nest.
// Servers allow 180 levels to users and 200 to themselves.
const maxDepth = 250

// maxDocumentBytes is the largest document that an update may make: servers
// allow users 16 MiB and themselves a little more.
const maxDocumentBytes = 17 << 20

// element is one field of a BSON document, its parts sharing the document's
// memory.
type element struct {
	typ   bson.Type
	name  []byte // without its NUL
	value []byte
	raw   []byte // type, name and value
}

// doc is the value of an embedded document or an array.
func (el element) isDoc() bool   { return el.typ == bson.TypeEmbeddedDocument }
func (el element) isArray() bool { return el.typ == bson.TypeArray }

// errBSON is what malformed documents get. It shows nothing of them.
func errBSON(what string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "malformed BSON: %s", what)
}

// elements returns what lies between the length and the closing NUL of the
// document that is exactly doc.
func elements(doc []byte) ([]byte, error) {
	if len(doc) < 5 || uint64(binary.LittleEndian.Uint32(doc)) != uint64(len(doc)) || doc[len(doc)-1] != 0 {
		return nil, errBSON("a document's length is not its size")
	}
	return doc[4 : len(doc)-1], nil
}

// nextElement cuts the first element off b, which must not be empty.
func nextElement(b []byte) (el element, rest []byte, err error) {
	name, end, err := elementBounds(b)
	if err != nil {
		return element{}, nil, err
	}
	return elementAt(b, name, end), b[end:], nil
}

// elementBounds says where the name of the first element of b ends, and where
// the element does. b must not be empty.
func elementBounds(b []byte) (name, end int, err error) {
	name = 1 + bytes.IndexByte(b[1:], 0)
	if name == 0 {
		return 0, 0, errBSON("a field name does not end")
	}
	size, ok := valueSize(bson.Type(b[0]), b[name+1:])
	if end = name + 1 + size; !ok || end > len(b) {
		return 0, 0, errBSON("a value does not fit its document")
	}
	return name, end, nil
}

// elementAt is the first element of b, whose bounds are known.
func elementAt(b []byte, name, end int) element {
	return element{typ: bson.Type(b[0]), name: b[1:name], value: b[name+1 : end], raw: b[:end]}
}

// valueSize is how many bytes a value of type t takes at the start of b; it
// may be more than there are. It is false where t is unknown or b too short to
// tell.
func valueSize(t bson.Type, b []byte) (int, bool) {
	switch t {
	case bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey:
		return 0, true
	case bson.TypeBoolean:
		return 1, true
	case bson.TypeInt32:
		return 4, true
	case bson.TypeDouble, bson.TypeDateTime, bson.TypeTimestamp, bson.TypeInt64:
		return 8, true
	case bson.TypeObjectID:
		return 12, true
	case bson.TypeDecimal128:
		return 16, true
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		return prefixedSize(b, 4, 1)
	case bson.TypeBinary:
		return prefixedSize(b, 5, 0)
	case bson.TypeDBPointer:
		return prefixedSize(b, 16, 1)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return prefixedSize(b, 0, 5)
	case bson.TypeCodeWithScope:
		return prefixedSize(b, 0, 14)
	case bson.TypeRegex:
		pattern := bytes.IndexByte(b, 0)
		if pattern < 0 {
			return 0, false
		}
		options := bytes.IndexByte(b[pattern+1:], 0)
		return pattern + options + 2, options >= 0
	default:
		return 0, false
	}
}

// prefixedSize reads a length of 4 bytes that is at least least and adds to it
// the bytes that it does not count.
func prefixedSize(b []byte, uncounted, least int) (int, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	return n + uncounted, n >= least
}

// eachElement calls fn with every element of doc.
func eachElement(doc []byte, fn func(el element) error) error {
	rest, err := elements(doc)
	for err == nil && len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err == nil {
			err = fn(el)
		}
	}
	return err
}

// find returns the first field of doc with that name.
func find(doc []byte, name string) (found element, ok bool, err error) {
	rest, err := elements(doc)
	for err == nil && len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err == nil && string(el.name) == name {
			return el, true, nil
		}
	}
	return element{}, false, err
}

// text is the content of a string value.
func (el element) text() (string, bool) {
	v := el.value
	if el.typ != bson.TypeString || v[len(v)-1] != 0 {
		return "", false
	}
	return string(v[4 : len(v)-1]), true
}

// textLike is text, and the string known where that is the same.
func (el element) textLike(known string) (string, bool) {
	if v := el.value; el.typ == bson.TypeString && len(v) == 5+len(known) && v[len(v)-1] == 0 && string(v[4:len(v)-1]) == known {
		return known, true
	}
	return el.text()
}

// integer is a number that is whole.
func (el element) integer() (int64, bool) {
	switch el.typ {
	case bson.TypeInt32:
		return int64(int32(binary.LittleEndian.Uint32(el.value))), true
	case bson.TypeInt64:
		return int64(binary.LittleEndian.Uint64(el.value)), true
	case bson.TypeDouble:
		f := bson.RawValue{Type: el.typ, Value: el.value}.Double()
		n := int64(f)
		return n, float64(n) == f
	default:
		return 0, false
	}
}

// truth is what a server takes the value of a flag for.
func (el element) truth() bool {
	if el.typ == bson.TypeBoolean {
		return el.value[0] != 0
	}
	n, ok := el.integer()
	return ok && n != 0
}

// timestamp is a BSON timestamp.
func (el element) timestamp() (tidemark.Timestamp, bool) {
	if el.typ != bson.TypeTimestamp {
		return tidemark.Timestamp{}, false
	}
	return tidemark.Timestamp{T: binary.LittleEndian.Uint32(el.value[4:]), I: binary.LittleEndian.Uint32(el.value)}, true
}

// uuid is a binary of subtype 4.
func (el element) uuid() (u tidemark.UUID, ok bool) {
	const subtypeUUID = 4
	if el.typ != bson.TypeBinary || len(el.value) != 5+len(u) || el.value[4] != subtypeUUID {
		return u, false
	}
	copy(u[:], el.value[5:])
	return u, true
}

// begin starts a document at the end of dst, end closes the one that began at
// at.
func begin(dst []byte) (out []byte, at int) { return append(dst, 0, 0, 0, 0), len(dst) }

func end(dst []byte, at int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at))
	return dst
}

// appendHead appends the type and the name of an element, appendNamed all of it.
func appendHead(dst []byte, t bson.Type, name []byte) []byte {
	dst = append(dst, byte(t))
	dst = append(dst, name...)
	return append(dst, 0)
}

func appendNamed(dst []byte, name []byte, t bson.Type, value []byte) []byte {
	return append(appendHead(dst, t, name), value...)
}

// appendIndexed appends an element of an array.
func appendIndexed(dst []byte, index int, t bson.Type, value []byte) []byte {
	dst = append(dst, byte(t))
	dst = strconv.AppendInt(dst, int64(index), 10)
	return append(append(dst, 0), value...)
}
