package front

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/oplogstore"
)

// message is an OP_MSG; documents of a sequence come before the body.
func message(t testing.TB, body bson.D, sequence ...bson.D) []byte {
	t.Helper()
	marshal := func(d bson.D) []byte {
		doc, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	msg := make([]byte, headerBytes+4)
	binary.LittleEndian.PutUint32(msg[12:], opMsg)
	if sequence != nil {
		docs := append(make([]byte, 4), "documents\x00"...)
		for _, d := range sequence {
			docs = append(docs, marshal(d)...)
		}
		binary.LittleEndian.PutUint32(docs, uint32(len(docs)))
		msg = append(append(msg, 1), docs...)
	}
	msg = append(append(msg, 0), marshal(body)...)
	binary.LittleEndian.PutUint32(msg, uint32(len(msg)))
	return msg
}

func TestParse(t *testing.T) {
	t.Parallel()
	body := bson.D{{Key: "insert", Value: "c"}, {Key: "$db", Value: "d"}}
	for name, raw := range map[string][]byte{
		"body":          message(t, body),
		"sequence":      message(t, body, bson.D{{Key: "_id", Value: 1}}, bson.D{}),
		"with checksum": append(message(t, body), 1, 2, 3, 4),
	} {
		req, err := parse(raw)
		if err != nil || req.name != "insert" || req.target != "c" || req.db != "d" || req.silent {
			t.Errorf("%s: %+v, %v", name, req, err)
		}
	}
	whole := message(t, body, bson.D{{Key: "_id", Value: 1}})
	for n := headerBytes; n < len(whole)-1; n++ {
		if req, err := parse(whole[:n]); err == nil && req.body != nil {
			t.Errorf("accepted %d of %d bytes", n, len(whole))
		}
	}
}

func TestUpserts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cmd  bson.D
		want bool
	}{
		{bson.D{{Key: "findAndModify", Value: "c"}}, false},
		{bson.D{{Key: "findAndModify", Value: "c"}, {Key: "upsert", Value: false}}, false},
		{bson.D{{Key: "findAndModify", Value: "c"}, {Key: "upsert", Value: true}}, true},
		{bson.D{{Key: "findAndModify", Value: "c"}, {Key: "upsert", Value: false}, {Key: "x", Value: bson.D{{Key: "upsert", Value: 1}}}}, true},
	} {
		if got := upserts(message(t, test.cmd)); got != test.want {
			t.Errorf("%v: %v", test.cmd, got)
		}
	}
}

// FuzzOplog looks for panics, and for answers that are no documents.
func FuzzOplog(f *testing.F) {
	ts := bson.Timestamp{T: 1, I: 2}
	for _, cmd := range []bson.D{
		{{Key: "find", Value: "oplog.rs"}, {Key: "filter", Value: bson.D{{Key: "ts", Value: bson.D{{Key: "$gte", Value: ts}, {Key: "$lt", Value: ts}}}}}, {Key: "limit", Value: 1}, {Key: "$db", Value: "local"}},
		{{Key: "find", Value: "oplog.rs"}, {Key: "sort", Value: bson.D{{Key: "$natural", Value: -1}}}, {Key: "batchSize", Value: 1}, {Key: "$db", Value: "local"}},
		{{Key: "getMore", Value: int64(1)}, {Key: "collection", Value: "oplog.rs"}, {Key: "$db", Value: "local"}},
		{{Key: "killCursors", Value: "oplog.rs"}, {Key: "cursors", Value: bson.A{int64(1)}}, {Key: "$db", Value: "local"}},
		{{Key: "count", Value: "oplog.rs"}, {Key: "query", Value: bson.D{{Key: "ts", Value: ts}}}, {Key: "$db", Value: "local"}},
	} {
		f.Add(message(f, cmd))
	}
	store, err := oplogstore.Open(context.Background(), f.TempDir(), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := store.Close(); err != nil {
			f.Error(err)
		}
	})
	front := New(nil, nil, store, 1<<20, slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < headerBytes {
			return
		}
		req, err := parse(raw)
		if err != nil || !req.msg || !isOplog(req) {
			return
		}
		if err := front.oplog(t.Context(), req).Validate(); err != nil {
			t.Error(err)
		}
	})
}
