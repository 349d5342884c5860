package archive

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"tidemark"
)

// invalid is the error for bytes that are no archive.
func invalid(format string, args ...any) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "%w", fmt.Errorf("this is not a whole mongodump archive: "+format, args...))
}

// fields reads a flat document of strings, booleans and integers, as all that
// frame an archive are. Anything else in it is refused, so a hostile document
// cannot make it recurse. doc must be framed.
func fields(doc bson.Raw) (map[string]any, error) {
	found := make(map[string]any, 5)
	rest := []byte(doc[4 : len(doc)-1])
	for len(rest) > 0 {
		elem, tail, ok := bsoncore.ReadElement(rest)
		if !ok {
			return nil, invalid("a header ends within a field")
		}
		rest = tail
		key, err := elem.KeyErr()
		if err != nil {
			return nil, invalid("a header has a field without a name")
		}
		value, err := scalar(elem)
		if err != nil {
			return nil, err
		}
		if _, ok := found[key]; ok {
			return nil, invalid("a header has a field twice")
		}
		found[key] = value
	}
	return found, nil
}

func scalar(elem bsoncore.Element) (any, error) {
	v, err := elem.ValueErr()
	if err != nil {
		return nil, invalid("a header has a damaged value")
	}
	if s, ok := v.StringValueOK(); ok && v.Type == bsoncore.TypeString {
		return s, nil
	}
	if b, ok := v.BooleanOK(); ok {
		return b, nil
	}
	switch v.Type {
	case bsoncore.TypeInt32, bsoncore.TypeInt64:
		if n, ok := v.AsInt64OK(); ok {
			return n, nil
		}
	}
	return nil, invalid("a header has a value of type %s", v.Type)
}

// get returns a field of type T, the zero value where it is missing.
func get[T any](found map[string]any, key string) (T, error) {
	var zero T
	v, ok := found[key]
	if !ok {
		return zero, nil
	}
	t, ok := v.(T)
	if !ok {
		return zero, invalid("the field %q of a header has another type", key)
	}
	return t, nil
}

// getNamespace reads db and collection. The database is empty for the oplog
// that mongodump --oplog adds.
func getNamespace(found map[string]any) (Namespace, error) {
	db, err := get[string](found, "db")
	if err != nil {
		return Namespace{}, err
	}
	coll, err := get[string](found, "collection")
	if err != nil {
		return Namespace{}, err
	}
	if coll == "" || strings.ContainsRune(db+coll, 0) {
		return Namespace{}, invalid("a header names no collection")
	}
	return Namespace{DB: db, Collection: coll}, nil
}

func parseHeader(doc bson.Raw) (Header, error) {
	found, err := fields(doc)
	if err != nil {
		return Header{}, err
	}
	format, err := get[string](found, "version")
	if err != nil {
		return Header{}, err
	}
	if format == "" {
		return Header{}, invalid("its header has no format version")
	}
	if format != formatVersion {
		return Header{}, tidemark.Errorf(tidemark.CodeFormatTooNew,
			"the archive has format version %q; known is %q", format, formatVersion).
			WithParams("archive", format, formatVersion)
	}
	var h Header
	if h.ServerVersion, err = get[string](found, "server_version"); err != nil {
		return Header{}, err
	}
	if h.ToolVersion, err = get[string](found, "tool_version"); err != nil {
		return Header{}, err
	}
	n, err := get[int64](found, "concurrent_collections")
	h.ConcurrentCollections = int(n)
	return h, err
}

func parseEntry(doc bson.Raw) (Entry, error) {
	found, err := fields(doc)
	if err != nil {
		return Entry{}, err
	}
	ns, err := getNamespace(found)
	if err != nil {
		return Entry{}, err
	}
	kind, err := get[string](found, "type")
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Collection: tidemark.Collection{DB: ns.DB, Name: ns.Collection, Type: tidemark.CollectionType(kind)}}
	switch e.Type {
	case "":
		e.Type = tidemark.TypeCollection
	case tidemark.TypeCollection, tidemark.TypeView, tidemark.TypeTimeseries:
	default:
		return Entry{}, invalid("%s is of the unknown type %q", ns, kind)
	}
	if e.Bytes, err = get[int64](found, "size"); err != nil {
		return Entry{}, err
	}
	js, err := get[string](found, "metadata")
	if err != nil {
		return Entry{}, err
	}
	return e, parseMetadata(js, &e.Collection)
}

// blockHeader is the document that opens a block.
type blockHeader struct {
	ns  Namespace
	eof bool
	crc uint64
}

func parseBlockHeader(doc bson.Raw) (blockHeader, error) {
	found, err := fields(doc)
	if err != nil {
		return blockHeader{}, err
	}
	var h blockHeader
	if h.ns, err = getNamespace(found); err != nil {
		return blockHeader{}, err
	}
	if h.eof, err = get[bool](found, "EOF"); err != nil {
		return blockHeader{}, err
	}
	crc, err := get[int64](found, "CRC")
	h.crc = uint64(crc)
	return h, err
}
