package oplogstore

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/sjson"
)

// row is an entry as it is stored.
type row struct {
	ts             Time
	db, kind, name string
	uuid, o, to    string
}

// appendEntry appends the entry in the form of MongoDB's oplog, with the fields
// in the order of a 5.0 server. An update is a replacement, with the whole
// document.
func (r *row) appendEntry(dst []byte, decoder *sjson.Decoder) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	op, ns := r.kind, r.db+"."+r.name
	switch r.kind {
	case kindInsert, kindUpdate, kindDelete:
	case kindNoop:
		ns = ""
	default:
		op, ns = "c", r.db+".$cmd"
	}
	dst = appendString(appendString(dst, "op", op), "ns", ns)
	if r.uuid != "" {
		var err error
		if dst, err = appendUUID(dst, r.uuid); err != nil {
			return dst[:start], err
		}
	}
	dst, err := r.appendObject(dst, decoder)
	if err != nil {
		return dst[:start], fmt.Errorf("the entry of %s: %w", r.db+"."+r.name, err)
	}
	sec, inc := r.ts.Timestamp()
	dst = append(append(dst, byte(bson.TypeTimestamp)), "ts\x00"...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(sec)<<32|uint64(inc))
	dst = appendInt64(appendInt64(dst, "t", 1), "v", 2)
	dst = append(append(dst, byte(bson.TypeDateTime)), "wall\x00"...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(sec)*1000)
	return endDocument(dst, start), nil
}

// appendObject appends the fields o and, where there is one, o2.
func (r *row) appendObject(dst []byte, decoder *sjson.Decoder) ([]byte, error) {
	switch r.kind {
	case kindInsert, kindUpdate, kindDelete:
		dst = append(append(dst, byte(bson.TypeEmbeddedDocument)), "o\x00"...)
		start := len(dst)
		dst, err := decoder.AppendDocument(dst, r.o)
		if err != nil || r.kind != kindUpdate {
			return dst, err
		}
		id, err := bson.Raw(dst[start:]).LookupErr("_id")
		if err != nil {
			return dst, err
		}
		return appendID(dst, id), nil
	case kindCreate:
		return r.appendCreate(dst)
	case kindDrop:
		return appendValue(dst, "o", bson.D{{Key: "drop", Value: r.name}})
	case kindRename:
		return appendValue(dst, "o", bson.D{{Key: "renameCollection", Value: r.db + "." + r.name},
			{Key: "to", Value: r.db + "." + r.to}, {Key: "stayTemp", Value: false}})
	case kindIndex, kindUnindex:
		return r.appendIndex(dst)
	case kindDropDatabase:
		return appendValue(dst, "o", bson.D{{Key: "dropDatabase", Value: int32(1)}})
	case kindNoop:
		return appendValue(dst, "o", bson.D{{Key: "msg", Value: r.o}})
	}
	return dst, fmt.Errorf("unknown kind %q", r.kind)
}

// settings and index are FerretDB's JSON.
type settings struct {
	CappedSize      int64 `json:"cappedSize"`
	CappedDocuments int64 `json:"cappedDocuments"`
}

type index struct {
	Name string `json:"name"`
	Key  []struct {
		Field      string `json:"field"`
		Descending bool   `json:"descending"`
	} `json:"key"`
	Unique bool `json:"unique"`
}

func (r *row) appendCreate(dst []byte) ([]byte, error) {
	var s settings
	if err := json.Unmarshal([]byte(r.o), &s); err != nil {
		return dst, err
	}
	o := bson.D{{Key: "create", Value: r.name}}
	if s.CappedSize > 0 {
		o = append(o, bson.E{Key: "capped", Value: true}, bson.E{Key: "size", Value: s.CappedSize})
	}
	if s.CappedDocuments > 0 {
		o = append(o, bson.E{Key: "max", Value: s.CappedDocuments})
	}
	return appendValue(dst, "o", append(o, bson.E{Key: "idIndex", Value: bson.D{
		{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "_id", Value: int32(1)}}}, {Key: "name", Value: "_id_"}}}))
}

// appendIndex describes an index as listIndexes does.
func (r *row) appendIndex(dst []byte) ([]byte, error) {
	var i index
	if err := json.Unmarshal([]byte(r.o), &i); err != nil {
		return dst, err
	}
	key := make(bson.D, 0, len(i.Key))
	for _, k := range i.Key {
		order := int32(1)
		if k.Descending {
			order = -1
		}
		key = append(key, bson.E{Key: k.Field, Value: order})
	}
	spec := bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: key}, {Key: "name", Value: i.Name}}
	if i.Unique {
		spec = append(spec, bson.E{Key: "unique", Value: true})
	}
	if r.kind == kindIndex {
		return appendValue(dst, "o", append(bson.D{{Key: "createIndexes", Value: r.name}}, spec...))
	}
	dst, err := appendValue(dst, "o", bson.D{{Key: "dropIndexes", Value: r.name}, {Key: "index", Value: i.Name}})
	if err != nil {
		return dst, err
	}
	return appendValue(dst, "o2", spec)
}

// appendID appends o2: {_id: id}. id may be in dst.
func appendID(dst []byte, id bson.RawValue) []byte {
	dst = append(append(dst, byte(bson.TypeEmbeddedDocument)), "o2\x00"...)
	start := len(dst)
	dst = append(append(dst, 0, 0, 0, 0, byte(id.Type)), "_id\x00"...)
	return endDocument(append(dst, id.Value...), start)
}

func appendUUID(dst []byte, text string) ([]byte, error) {
	id, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(id) != 16 {
		return dst, fmt.Errorf("%q is no UUID", text)
	}
	dst = append(append(dst, byte(bson.TypeBinary)), "ui\x00"...)
	dst = binary.LittleEndian.AppendUint32(dst, 16)
	return append(append(dst, bson.TypeBinaryUUID), id...), nil
}

func appendString(dst []byte, key, value string) []byte {
	dst = append(append(append(dst, byte(bson.TypeString)), key...), 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(value)+1))
	return append(append(dst, value...), 0)
}

func appendInt64(dst []byte, key string, value int64) []byte {
	dst = append(append(append(dst, byte(bson.TypeInt64)), key...), 0)
	return binary.LittleEndian.AppendUint64(dst, uint64(value))
}

// appendValue is for what is rare or small.
func appendValue(dst []byte, key string, value bson.D) ([]byte, error) {
	doc, err := bson.Marshal(value)
	if err != nil {
		return dst, err
	}
	dst = append(append(append(dst, byte(bson.TypeEmbeddedDocument)), key...), 0)
	return append(dst, doc...), nil
}

func endDocument(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}
