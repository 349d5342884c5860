package run

import (
	"bytes"
	"encoding/binary"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// collectionLen is the length of the part of a key that names the collection.
const collectionLen = len(tidemark.UUID{})

// naturalTag follows the collection in the keys of a capped collection. It is
// the tag of no type, so that such a key is never that of an _id.
const naturalTag = 0x01

// AppendKey appends the key of the document of collection coll whose _id is id.
// Keys compare as bytes in the order in which MongoDB compares the values of
// _id, and two are equal if and only if a unique index takes the values for
// equal: the numbers 1, 1.0 and NumberDecimal("1.00") have one key. No key is a
// prefix of another. It is CodeInvalidData where id is not a BSON value.
func AppendKey(dst []byte, coll tidemark.UUID, id bson.RawValue) ([]byte, error) {
	dst = append(dst, coll[:]...)
	if size, ok := valueSize(id.Type, id.Value); !ok || size != len(id.Value) {
		return nil, errBSON("a value is not of its type's size")
	}
	return appendValue(dst, id.Type, id.Value, 0)
}

// AppendNaturalKey appends the key of the document at position pos of a capped
// collection. Such keys sort by position, which is natural order.
func AppendNaturalKey(dst []byte, coll tidemark.UUID, pos uint64) []byte {
	dst = append(dst, coll[:]...)
	dst = append(dst, naturalTag)
	return binary.BigEndian.AppendUint64(dst, pos)
}

// Bounds is a range of keys: Lower is in it, Upper is not, an empty one is open.
type Bounds struct {
	Lower []byte `json:"lower,omitempty" bson:"lower,omitempty"`
	Upper []byte `json:"upper,omitempty" bson:"upper,omitempty"`
}

// CollectionBounds is the range of all keys of a collection.
func CollectionBounds(coll tidemark.UUID) Bounds {
	b := Bounds{Lower: slices.Clone(coll[:])}
	for i := len(coll) - 1; i >= 0; i-- {
		if coll[i]++; coll[i] != 0 {
			b.Upper = slices.Clone(coll[:])
			break
		}
	}
	return b
}

// normal has nil for open bounds, as the table library wants them.
func (b Bounds) normal() Bounds {
	if len(b.Upper) == 0 {
		b.Upper = nil
	}
	return b
}

// Contains says whether key is in the range.
func (b Bounds) Contains(key []byte) bool {
	return bytes.Compare(key, b.Lower) >= 0 && (len(b.Upper) == 0 || bytes.Compare(key, b.Upper) < 0)
}

// overlaps says whether a key from first to last, both in, is in the range.
func (b Bounds) overlaps(first, last []byte) bool {
	return bytes.Compare(last, b.Lower) >= 0 && (len(b.Upper) == 0 || bytes.Compare(first, b.Upper) < 0)
}

// covers says whether all keys from first to last, both in, are in the range.
func (b Bounds) covers(first, last []byte) bool {
	return bytes.Compare(first, b.Lower) >= 0 && (len(b.Upper) == 0 || bytes.Compare(last, b.Upper) < 0)
}
