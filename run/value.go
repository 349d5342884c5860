package run

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// The tag of a value is the class its type compares in, in MongoDB's order of
// classes (canonicalizeBSONType in its sources). The gaps leave room; 0x00 ends
// a list of elements and naturalTag is taken.
const (
	endTag       = 0x00
	minKeyTag    = 0x08
	undefinedTag = 0x10
	nullTag      = 0x18
	numberTag    = 0x20
	stringTag    = 0x28
	objectTag    = 0x30
	arrayTag     = 0x38
	binaryTag    = 0x40
	objectIDTag  = 0x48
	booleanTag   = 0x50
	dateTag      = 0x58
	timestampTag = 0x60
	regexTag     = 0x68
	dbPointerTag = 0x70
	codeTag      = 0x78
	codeScopeTag = 0x80
	maxKeyTag    = 0xf0
)

// tags maps types to tags; 0 is a type that BSON does not have.
var tags = [256]byte{
	bson.TypeMinKey:           minKeyTag,
	bson.TypeUndefined:        undefinedTag,
	bson.TypeNull:             nullTag,
	bson.TypeInt32:            numberTag,
	bson.TypeInt64:            numberTag,
	bson.TypeDouble:           numberTag,
	bson.TypeDecimal128:       numberTag,
	bson.TypeString:           stringTag,
	bson.TypeSymbol:           stringTag,
	bson.TypeEmbeddedDocument: objectTag,
	bson.TypeArray:            arrayTag,
	bson.TypeBinary:           binaryTag,
	bson.TypeObjectID:         objectIDTag,
	bson.TypeBoolean:          booleanTag,
	bson.TypeDateTime:         dateTag,
	bson.TypeTimestamp:        timestampTag,
	bson.TypeRegex:            regexTag,
	bson.TypeDBPointer:        dbPointerTag,
	bson.TypeJavaScript:       codeTag,
	bson.TypeCodeWithScope:    codeScopeTag,
	bson.TypeMaxKey:           maxKeyTag,
}

// maxDepth bounds recursion. MongoDB stores documents nested 180 deep.
const maxDepth = 255

// signBit turns the order of two's complement into that of unsigned numbers.
const signBit = 1 << 63

// appendValue appends the tag of a value and its payload.
func appendValue(dst []byte, t bson.Type, v []byte, depth int) ([]byte, error) {
	if tags[t] == 0 {
		return nil, errBSON("an unknown type")
	}
	return appendPayload(append(dst, tags[t]), t, v, depth)
}

// appendPayload appends a value without its tag. v has the size of its type;
// what is within it is checked here.
func appendPayload(dst []byte, t bson.Type, v []byte, depth int) ([]byte, error) {
	switch t {
	case bson.TypeInt32:
		return appendInt(dst, int64(int32(binary.LittleEndian.Uint32(v)))), nil
	case bson.TypeInt64:
		return appendInt(dst, int64(binary.LittleEndian.Uint64(v))), nil
	case bson.TypeDouble:
		return appendDouble(dst, binary.LittleEndian.Uint64(v)), nil
	case bson.TypeDecimal128:
		return appendDecimal(dst, binary.LittleEndian.Uint64(v[8:]), binary.LittleEndian.Uint64(v)), nil
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		s, err := text(v)
		return appendText(dst, s), err
	case bson.TypeEmbeddedDocument:
		return appendElements(dst, v, true, depth+1)
	case bson.TypeArray:
		return appendElements(dst, v, false, depth+1)
	case bson.TypeBinary: // by length, subtype, bytes
		dst = binary.BigEndian.AppendUint32(dst, binary.LittleEndian.Uint32(v))
		return append(dst, v[4:]...), nil
	case bson.TypeObjectID:
		return append(dst, v...), nil
	case bson.TypeBoolean:
		if v[0] != 0 {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case bson.TypeDateTime:
		return binary.BigEndian.AppendUint64(dst, binary.LittleEndian.Uint64(v)^signBit), nil
	case bson.TypeTimestamp:
		return binary.BigEndian.AppendUint64(dst, binary.LittleEndian.Uint64(v)), nil
	case bson.TypeRegex: // two C strings: they end themselves
		return append(dst, v...), nil
	case bson.TypeDBPointer: // by length, namespace, id
		dst = binary.BigEndian.AppendUint32(dst, binary.LittleEndian.Uint32(v))
		return append(dst, v[4:]...), nil
	case bson.TypeCodeWithScope:
		return appendCodeWithScope(dst, v, depth+1)
	default: // the types of one value
		return dst, nil
	}
}

// appendText appends bytes so that they end themselves and a prefix sorts
// first: NUL becomes 00 FF, the end is 00 01.
func appendText(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, 0)
		if i < 0 {
			return append(append(dst, s...), 0x00, 0x01)
		}
		dst = append(append(dst, s[:i]...), 0x00, 0xff)
		s = s[i+1:]
	}
}

// appendElements appends a document or, without names, an array. Elements
// compare by class, then name, then value.
func appendElements(dst, doc []byte, names bool, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "an _id is nested more than %d deep", maxDepth)
	}
	rest, err := elements(doc)
	if err != nil {
		return nil, err
	}
	for len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return nil, err
		}
		dst = append(dst, tags[el.typ])
		if names {
			dst = append(append(dst, el.name...), 0)
		}
		if dst, err = appendPayload(dst, el.typ, el.value, depth); err != nil {
			return nil, err
		}
	}
	return append(dst, endTag), nil
}

// appendCodeWithScope appends code as text, then its scope. v is length, code
// as a string, scope.
func appendCodeWithScope(dst, v []byte, depth int) ([]byte, error) {
	v = v[4:]
	size, ok := prefixedSize(v, 4, 1)
	if !ok || size > len(v) {
		return nil, errBSON("code does not fit its value")
	}
	code, err := text(v[:size])
	if err != nil {
		return nil, err
	}
	return appendElements(appendText(dst, code), v[size:], true, depth)
}
