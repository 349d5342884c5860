package run

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// element is one field of a BSON document, its parts sharing the document's
// memory.
type element struct {
	typ   bson.Type
	name  []byte // without its NUL
	value []byte
}

// errBSON is what every malformed document gets. It does not say where, since
// documents are the user's and errors are shown.
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
	el.typ = bson.Type(b[0])
	end := bytes.IndexByte(b[1:], 0)
	if end < 0 {
		return element{}, nil, errBSON("a field name does not end")
	}
	el.name = b[1 : 1+end]
	b = b[2+end:]
	size, ok := valueSize(el.typ, b)
	if !ok || size > len(b) {
		return element{}, nil, errBSON("a value does not fit its document")
	}
	el.value = b[:size]
	return el, b[size:], nil
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
		return regexSize(b)
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

// regexSize is the size of two C strings.
func regexSize(b []byte) (int, bool) {
	pattern := bytes.IndexByte(b, 0)
	if pattern < 0 {
		return 0, false
	}
	options := bytes.IndexByte(b[pattern+1:], 0)
	return pattern + options + 2, options >= 0
}

// text is the content of a string value: without its length and its NUL.
func text(v []byte) ([]byte, error) {
	if len(v) < 5 || v[len(v)-1] != 0 {
		return nil, errBSON("a string does not end")
	}
	return v[4 : len(v)-1], nil
}
