package oplog_test

import (
	"bytes"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
)

// log makes entries, each a second after the one before.
type log struct {
	t       *testing.T
	entries [][]byte
}

func newLog(t *testing.T) *log { return &log{t: t} }

// now is the time of the last entry.
func (l *log) now() tidemark.Timestamp {
	return tidemark.Timestamp{T: uint32(1000 + len(l.entries)), I: 1}
}

// add adds an entry of these fields and those of extra.
func (l *log) add(op, ns string, o bson.D, extra ...bson.E) *log {
	at := bson.Timestamp{T: uint32(1001 + len(l.entries)), I: 1}
	d := append(bson.D{{Key: "op", Value: op}, {Key: "ns", Value: ns}, {Key: "o", Value: o}, {Key: "ts", Value: at}}, extra...)
	l.entries = append(l.entries, marshal(l.t, d))
	return l
}

func (l *log) insert(ns string, doc bson.D) *log { return l.add("i", ns, doc) }

func (l *log) update(ns string, id any, o bson.D) *log {
	return l.add("u", ns, o, bson.E{Key: "o2", Value: bson.D{{Key: "_id", Value: id}}})
}

func (l *log) command(db string, o ...bson.E) *log { return l.add("c", db+".$cmd", o) }

// inSession adds an applyOps of a session, the chain going on at previous.
func (l *log) inSession(number int64, previous tidemark.Timestamp, o ...bson.E) *log {
	return l.add("c", "admin.$cmd", o,
		bson.E{Key: "lsid", Value: bson.D{{Key: "id", Value: 1}}}, bson.E{Key: "txnNumber", Value: number},
		bson.E{Key: "prevOpTime", Value: bson.D{{Key: "ts", Value: previous.BSON()}, {Key: "t", Value: 1}}})
}

func e(key string, value any) bson.E { return bson.E{Key: key, Value: value} }

func ops(docs ...bson.D) bson.E {
	a := bson.A{}
	for _, d := range docs {
		a = append(a, bson.D{e("op", "i"), e("ns", "db.c"), e("o", d)})
	}
	return e("applyOps", a)
}

func id(v any) bson.D { return bson.D{{Key: "_id", Value: v}} }

// world is what folds of logs come to.
type world struct {
	t     *testing.T
	store *store
	state
}

// after folds a log over nothing.
func after(t *testing.T, l *log, change ...func(*oplog.Options)) (world, error) {
	t.Helper()
	s := newStore()
	opts := oplog.Options{Create: s.create, Scratch: oplog.ScratchDir(t.TempDir()), Sequence: 1}
	for _, c := range change {
		c(&opts)
	}
	result, err := oplog.Fold(t.Context(), sequence(l.entries), opts)
	if err != nil {
		return world{}, err
	}
	check(t, result.State.Close())
	return world{t, s, read(t, s, result.Catalogue, refs(result.Runs))}, nil
}

// must is after where nothing fails.
func must(t *testing.T, l *log, change ...func(*oplog.Options)) world {
	t.Helper()
	w, err := after(t, l, change...)
	check(t, err)
	return w
}

// docs compares the documents of a collection.
func (w world) docs(name string, want ...bson.D) {
	w.t.Helper()
	c, ok := w.catalogue.Find("db", name)
	if !ok {
		w.t.Errorf("there is no collection %s", name)
		return
	}
	got := w.documents[c.UUID]
	if len(got) != len(want) {
		w.t.Errorf("%s has %d documents, not %d", name, len(got), len(want))
		return
	}
	for i, doc := range want {
		if !bytes.Equal(got[i], marshal(w.t, doc)) {
			w.t.Errorf("%s has %s, not %v", name, bson.Raw(got[i]), doc)
		}
	}
}

// options compares the options of a collection.
func (w world) options(name string, want bson.D) {
	w.t.Helper()
	c, _ := w.catalogue.Find("db", name)
	if !bytes.Equal(c.Options, marshal(w.t, want)) {
		w.t.Errorf("%s has the options %s, not %v", name, c.Options, want)
	}
}

// indexes compares the indexes of a collection but that of _id.
func (w world) indexes(name string, want ...bson.D) {
	w.t.Helper()
	c, _ := w.catalogue.Find("db", name)
	var got []bson.Raw
	for _, index := range c.Indexes {
		if index.Lookup("name").StringValue() != "_id_" {
			got = append(got, index)
		}
	}
	if len(got) != len(want) {
		w.t.Errorf("%s has indexes %s", name, got)
		return
	}
	for i := range want {
		if !bytes.Equal(got[i], marshal(w.t, want[i])) {
			w.t.Errorf("%s has the index %s, not %v", name, got[i], want[i])
		}
	}
}

func wantCode(t *testing.T, err error, want tidemark.Code) {
	t.Helper()
	if got := tidemark.ErrorCode(err); got != want {
		t.Errorf("the error is %q (%v), not %q", got, err, want)
	}
}
