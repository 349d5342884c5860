package archive

import (
	"encoding/binary"
	"hash/crc64"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	magic         uint32 = 0x8199e26d // little-endian on the wire
	terminator    uint32 = 0xffffffff
	formatVersion        = "0.1"

	// MaxDocumentBytes is the size of the largest document that mongorestore
	// reads.
	MaxDocumentBytes = 16 << 20
	minDocumentBytes = 5
)

var (
	terminatorBytes = binary.LittleEndian.AppendUint32(nil, terminator)
	crcTable        = crc64.MakeTable(crc64.ECMA)
)

// Header is what an archive says of its making.
type Header struct {
	// ServerVersion is the version of the deployment whose data it is, three
	// numbers such as "7.0.42". mongorestore warns where the target's differs.
	ServerVersion string
	// ToolVersion says what made the archive; any text.
	ToolVersion string
	// ConcurrentCollections is how many namespaces may take turns; mongorestore
	// starts at least so many workers. A Writer takes 0 for 1.
	ConcurrentCollections int
}

// Namespace names where documents belong. Both parts may contain dots.
type Namespace struct {
	DB         string
	Collection string
}

// String is "db.collection".
func (n Namespace) String() string { return n.DB + "." + n.Collection }

// appendHeader appends the document that opens an archive.
func appendHeader(dst []byte, h Header) []byte {
	return append(dst, bsoncore.NewDocumentBuilder().
		AppendInt32("concurrent_collections", int32(h.ConcurrentCollections)).
		AppendString("version", formatVersion).
		AppendString("server_version", h.ServerVersion).
		AppendString("tool_version", h.ToolVersion).
		Build()...)
}

// appendEntry appends the prelude's document on a collection.
func appendEntry(dst []byte, e Entry, metadata string) []byte {
	b := bsoncore.NewDocumentBuilder().
		AppendString("db", e.DB).
		AppendString("collection", e.Name).
		AppendString("metadata", metadata)
	if int64(int32(e.Bytes)) == e.Bytes {
		b.AppendInt32("size", int32(e.Bytes))
	} else {
		b.AppendInt64("size", e.Bytes)
	}
	return append(dst, b.AppendString("type", string(e.Type)).Build()...)
}

// appendBlockHeader appends the document that opens a block.
func appendBlockHeader(dst []byte, ns Namespace, eof bool, crc uint64) []byte {
	return append(dst, bsoncore.NewDocumentBuilder().
		AppendString("db", ns.DB).
		AppendString("collection", ns.Collection).
		AppendBoolean("EOF", eof).
		AppendInt64("CRC", int64(crc)).
		Build()...)
}

// framed says whether doc has the length it claims and the last byte of a
// document. It does not look between them.
func framed(doc bson.Raw) bool {
	return len(doc) >= minDocumentBytes &&
		binary.LittleEndian.Uint32(doc) == uint32(len(doc)) &&
		doc[len(doc)-1] == 0
}
