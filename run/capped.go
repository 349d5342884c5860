package run

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// cappedTag follows the collection in the keys of edits of a capped collection,
// and truncationTag in the key that says up to where it was emptied. Like
// naturalTag they are tags of no type.
const (
	truncationTag = 0x00
	cappedTag     = 0x02
)

// KeyKind is what the part of a key after the collection is.
type KeyKind uint8

// The kinds, in the order in which they sort within a collection.
const (
	KeyTruncation KeyKind = iota // of a capped collection: its documents before a position are gone
	KeyNatural                   // a position in a capped collection
	KeyCapped                    // the _id of a document of a capped collection
	KeyID                        // the _id of a document
)

// SplitKey says of which collection a key is and of what kind. It is false for
// what is no key.
func SplitKey(key []byte) (coll tidemark.UUID, kind KeyKind, ok bool) {
	if len(key) <= collectionLen {
		return coll, 0, false
	}
	copy(coll[:], key)
	switch key[collectionLen] {
	case truncationTag:
		kind = KeyTruncation
	case naturalTag:
		kind = KeyNatural
	case cappedTag:
		kind = KeyCapped
	default:
		kind = KeyID
	}
	return coll, kind, true
}

// AppendCappedKey appends the key under which the edits of a document of a
// capped collection are found by its _id, whatever its position. It compares
// and fails as that of AppendKey.
func AppendCappedKey(dst []byte, coll tidemark.UUID, id bson.RawValue) ([]byte, error) {
	at := len(dst) + collectionLen
	dst, err := AppendKey(append(dst, 0), coll, id)
	if err != nil {
		return nil, err
	}
	copy(dst[at-collectionLen:], coll[:])
	dst[at] = cappedTag
	return dst, nil
}

// AppendTruncationKey appends the key of a capped collection's truncation.
func AppendTruncationKey(dst []byte, coll tidemark.UUID) []byte {
	return append(append(dst, coll[:]...), truncationTag)
}

// KindBounds is the range of all keys of a kind in a collection.
func KindBounds(coll tidemark.UUID, kind KeyKind) Bounds {
	first := map[KeyKind]byte{KeyTruncation: truncationTag, KeyNatural: naturalTag, KeyCapped: cappedTag, KeyID: cappedTag + 1}
	b := CollectionBounds(coll)
	b.Lower = append(b.Lower, first[kind])
	if kind != KeyID {
		b.Upper = append(append([]byte(nil), coll[:]...), first[kind+1])
	}
	return b
}
