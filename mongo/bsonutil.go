package mongo

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The few BSON forms that are written by hand, as bsonspec.org has them.

// beginDocument appends the place of a document's length.
func beginDocument(dst []byte) []byte { return append(dst, 0, 0, 0, 0) }

// endDocument closes the document that begins at start.
func endDocument(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func appendString(dst []byte, key, value string) []byte {
	dst = append(dst, byte(bson.TypeString))
	dst = append(append(dst, key...), 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(value)+1))
	return append(append(dst, value...), 0)
}

func appendBool(dst []byte, key string, value bool) []byte {
	dst = append(dst, byte(bson.TypeBoolean))
	dst = append(append(dst, key...), 0)
	if value {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendInt32(dst []byte, key string, value int32) []byte {
	dst = append(dst, byte(bson.TypeInt32))
	dst = append(append(dst, key...), 0)
	return binary.LittleEndian.AppendUint32(dst, uint32(value))
}

func appendDocument(dst []byte, key string, doc bson.Raw) []byte {
	dst = append(dst, byte(bson.TypeEmbeddedDocument))
	dst = append(append(dst, key...), 0)
	return append(dst, doc...)
}

// stringAt, boolAt and intAt read a field that may be missing or of another type.

func stringAt(doc bson.Raw, path ...string) string {
	value, err := doc.LookupErr(path...)
	if err != nil {
		return ""
	}
	s, _ := value.StringValueOK()
	return s
}

func boolAt(doc bson.Raw, path ...string) bool {
	value, err := doc.LookupErr(path...)
	if err != nil {
		return false
	}
	b, _ := value.BooleanOK()
	return b
}

func intAt(doc bson.Raw, path ...string) (int64, bool) {
	value, err := doc.LookupErr(path...)
	if err != nil {
		return 0, false
	}
	return value.AsInt64OK()
}
