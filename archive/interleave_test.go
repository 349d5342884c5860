package archive_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc64"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/archive"
)

// ones ends a block.
var ones = binary.LittleEndian.AppendUint32(nil, 0xffffffff)

// block is a header and documents, as the format wants them.
func block(t testing.TB, db, coll string, eof bool, crc uint64, docs ...[]byte) []byte {
	t.Helper()
	out := []byte(raw(t, bson.D{{Key: "db", Value: db}, {Key: "collection", Value: coll}, {Key: "EOF", Value: eof}, {Key: "CRC", Value: int64(crc)}}))
	for _, doc := range docs {
		out = append(out, doc...)
	}
	return append(out, ones...)
}

// interleaved is an archive whose two collections take turns.
func interleaved(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := archive.NewWriter(&out, header, []archive.Entry{
		{Collection: collection(t, "d", "a", bson.D{})}, {Collection: collection(t, "d", "b", bson.D{})},
	}); err != nil {
		t.Fatal(err)
	}
	table := crc64.MakeTable(crc64.ECMA)
	var crcA, crcB uint64
	for i := range 3 {
		doc := raw(t, bson.D{{Key: "_id", Value: i}})
		crcA = crc64.Update(crcA, table, doc)
		crcB = crc64.Update(crcB, table, doc)
		out.Write(block(t, "d", "a", false, 0, doc))
		out.Write(block(t, "d", "b", false, 0, doc))
	}
	out.Write(block(t, "d", "a", true, crcA))
	out.Write(block(t, "d", "b", true, crcB))
	return out.Bytes()
}
func TestReadsInterleavedNamespaces(t *testing.T) {
	t.Parallel()
	archived := interleaved(t)
	got := mustRead(t, bytes.NewReader(archived))
	for _, name := range []string{"a", "b"} {
		ns := archive.Namespace{DB: "d", Collection: name}
		if n := len(got.documents[ns]); n != 3 {
			t.Errorf("%s has %d documents, want 3", ns, n)
		}
	}
}
