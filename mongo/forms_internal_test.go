package mongo

import (
	"bytes"
	"encoding/binary"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
	"pgregory.net/rapid"
)

// A reply of any bytes is read or refused, and what is read lies within it.
func FuzzReplyDocument(f *testing.F) {
	body, err := bson.Marshal(bson.D{{Key: "n", Value: 1}, {Key: "ok", Value: 1.0}})
	if err != nil {
		f.Fatal(err)
	}
	msg := binary.LittleEndian.AppendUint32(nil, uint32(21+len(body)))
	for _, word := range []uint32{9, 7, opMsg, 0} {
		msg = binary.LittleEndian.AppendUint32(msg, word)
	}
	msg = append(append(msg, 0), body...)
	f.Add(msg)
	f.Add(msg[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, msg []byte) {
		msg, err := unpack(msg)
		if err != nil {
			return
		}
		doc, err := replyDocument(msg, 7)
		if err == nil && len(doc) > len(msg)-21 {
			t.Errorf("a document of %d bytes in a message of %d", len(doc), len(msg))
		}
		if err == nil {
			_, _ = readOutcome(doc)
		}
	})
}

// Cutting loses nothing, keeps the order and the limits, and ends.
func TestCutBatch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var docs []byte
		sizes := rapid.SliceOfN(rapid.IntRange(5, 200), 1, 50).Draw(t, "sizes")
		for _, n := range sizes {
			docs = binary.LittleEndian.AppendUint32(docs, uint32(n))
			docs = append(docs, make([]byte, n-4)...)
		}
		l := limits{rapid.IntRange(1, 500).Draw(t, "bytes"), rapid.IntRange(1, 20).Draw(t, "count")}
		rest, joined, total := batch{docs, len(sizes)}, []byte{}, 0
		for len(rest.docs) > 0 {
			first, next, err := cutBatch(rest, l)
			if err != nil {
				t.Fatal(err)
			}
			if first.count == 0 || first.count > l.count || first.count > 1 && len(first.docs) > l.bytes {
				t.Fatalf("%d documents of %d bytes", first.count, len(first.docs))
			}
			joined, total, rest = append(joined, first.docs...), total+first.count, next
		}
		if !bytes.Equal(joined, docs) || total != len(sizes) || rest.count != 0 {
			t.Fatalf("%d of %d documents", total, len(sizes))
		}
	})
}

// A compressed reply reads like the plain one.
func TestUnpack(t *testing.T) {
	t.Parallel()
	body, err := bson.Marshal(bson.D{{Key: "n", Value: 1}, {Key: "ok", Value: 1.0}})
	if err != nil {
		t.Fatal(err)
	}
	for _, compressor := range []wiremessage.CompressorID{wiremessage.CompressorSnappy, wiremessage.CompressorZLib, wiremessage.CompressorZstd} {
		plain := append([]byte{0, 0, 0, 0, 0}, body...)
		packed, err := xdriver.CompressPayload(plain, xdriver.CompressionOpts{
			Compressor: compressor, ZlibLevel: wiremessage.DefaultZlibLevel, ZstdLevel: wiremessage.DefaultZstdLevel})
		if err != nil {
			t.Fatal(err)
		}
		_, msg := wiremessage.AppendHeaderStart(nil, 9, 7, wiremessage.OpCompressed)
		msg = wiremessage.AppendCompressedOriginalOpCode(msg, wiremessage.OpMsg)
		msg = wiremessage.AppendCompressedUncompressedSize(msg, int32(len(plain)))
		msg = wiremessage.AppendCompressedCompressorID(msg, compressor)
		msg = wiremessage.AppendCompressedCompressedMessage(msg, packed)
		out, err := unpack(msg)
		if err != nil {
			t.Fatal(err)
		}
		if doc, err := replyDocument(out, 7); err != nil || !bytes.Equal(doc, body) {
			t.Errorf("compressor %d: %s, %v", compressor, doc, err)
		}
	}
}

// A frame is what the specification says: its lengths add up.
func TestInsertFrame(t *testing.T) {
	t.Parallel()
	docs := make([]byte, 123)
	head, id := appendInsert([]byte("before"), "db", "c.d", insertFlags{keepEmptyTimestamps: true}, len(docs))
	msg := append(head[len("before"):], docs...)
	if n := binary.LittleEndian.Uint32(msg); int(n) != len(msg) {
		t.Errorf("length %d of %d", n, len(msg))
	}
	if got := binary.LittleEndian.Uint32(msg[4:]); int32(got) != id {
		t.Errorf("id %d", got)
	}
	n := binary.LittleEndian.Uint32(msg[21:])
	body := bson.Raw(msg[21 : 21+n])
	if err := body.Validate(); err != nil {
		t.Fatal(err)
	}
	if body.Lookup("$db").StringValue() != "db" || !body.Lookup("bypassEmptyTsReplacement").Boolean() {
		t.Errorf("%s", body)
	}
	sequence := msg[21+n:]
	if sequence[0] != 1 || int(binary.LittleEndian.Uint32(sequence[1:])) != len(sequence)-1 {
		t.Error("the sequence has another length")
	}
	if string(sequence[5:15]) != "documents\x00" || len(sequence) != 15+len(docs) {
		t.Error("the sequence has another name")
	}
}

func TestDuplicateIndex(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		doc  bson.D
		name string
		isID bool
	}{
		{bson.D{{Key: "errmsg", Value: "E11000 duplicate key error collection: a.b index: _id_ dup key: { : 1 }"}}, "_id_", true},
		{bson.D{{Key: "errmsg", Value: "E11000 duplicate key error collection: a.b index: x_1 dup key: { x: \"index: _id_ \" }"}}, "x_1", false},
		{bson.D{{Key: "keyPattern", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "errmsg", Value: ""}}, "on _id", true},
		{bson.D{{Key: "keyPattern", Value: bson.D{{Key: "_id", Value: 1}, {Key: "x", Value: 1}}}}, "on _id", false},
		{bson.D{{Key: "errmsg", Value: ""}}, "", false},
	} {
		raw, err := bson.Marshal(test.doc)
		if err != nil {
			t.Fatal(err)
		}
		if name, isID := duplicateIndex(raw); name != test.name || isID != test.isID {
			t.Errorf("%v gives %q, %t", test.doc, name, isID)
		}
	}
}
