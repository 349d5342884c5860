package oplog_test

import (
	"bytes"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

var start tidemark.Timestamp

func TestTransactionsCommit(t *testing.T) {
	t.Parallel()
	partial, prepare := e("partialTxn", true), e("prepare", true)
	for name, c := range map[string]struct {
		log  *log
		want []bson.D
	}{
		"one entry": {newLog(t).inSession(1, start, ops(id(1), id(2))), []bson.D{id(1), id(2)}},
		"a chain":   {newLog(t).inSession(1, start, ops(id(1)), partial).inSession(1, tidemark.Timestamp{T: 1001, I: 1}, ops(id(2))), []bson.D{id(1), id(2)}},
		"prepared": {newLog(t).inSession(1, start, ops(id(1)), prepare).insert("db.c", id(0)).
			inSession(1, tidemark.Timestamp{T: 1001, I: 1}, e("commitTransaction", 1)), []bson.D{id(0), id(1)}},
		"a prepared chain": {newLog(t).inSession(1, start, ops(id(1)), partial).inSession(1, tidemark.Timestamp{T: 1001, I: 1}, ops(id(2)), prepare).
			inSession(1, tidemark.Timestamp{T: 1002, I: 1}, e("commitTransaction", 1)), []bson.D{id(1), id(2)}},
		"aborted":   {newLog(t).insert("db.c", id(0)).inSession(1, start, ops(id(1)), prepare).inSession(1, tidemark.Timestamp{T: 1002, I: 1}, e("abortTransaction", 1)), []bson.D{id(0)}},
		"given up":  {newLog(t).inSession(1, start, ops(id(1)), partial).inSession(2, start, ops(id(2))), []bson.D{id(2)}},
		"not ended": {newLog(t).insert("db.c", id(0)).inSession(1, start, ops(id(1)), partial), []bson.D{id(0)}},
		"nested": {newLog(t).inSession(1, start, e("applyOps", bson.A{bson.D{e("op", "c"), e("ns", "admin.$cmd"), e("o", bson.D{ops(id(1))})}})),
			[]bson.D{id(1)}},
		"of no session": {newLog(t).command("admin", ops(id(1))), []bson.D{id(1)}},
		"vectored": {newLog(t).add("c", "admin.$cmd", bson.D{ops(id(1), id(2))}, e("multiOpType", 1), e("lsid", id(1)), e("txnNumber", int64(1)),
			e("prevOpTime", bson.D{e("ts", bson.Timestamp{T: 5, I: 5}), e("t", 1)})), []bson.D{id(1), id(2)}},
	} {
		for _, memory := range []int64{0, 1} {
			w, err := after(t, c.log, func(o *oplog.Options) { o.TransactionBytes = memory })
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			t.Log(name)
			w.docs("c", c.want...)
		}
	}
}

func TestTransactionOverTheTarget(t *testing.T) {
	t.Parallel()
	l := newLog(t).insert("db.c", id(0)).inSession(1, start, ops(id(1)), e("prepare", true)).
		inSession(1, tidemark.Timestamp{T: 1002, I: 1}, e("commitTransaction", 1))
	to := func(ts uint32) func(*oplog.Options) {
		return func(o *oplog.Options) { o.To = tidemark.Timestamp{T: ts, I: 1} }
	}
	must(t, l, to(1002)).docs("c", id(0))
	must(t, l, to(1003)).docs("c", id(0), id(1))
	_, err := after(t, l, func(o *oplog.Options) { o.After = tidemark.Timestamp{T: 1001, I: 1} })
	wantCode(t, err, tidemark.CodeInvalidData)
}

func TestTransactionThatBeganBefore(t *testing.T) {
	t.Parallel()
	for _, l := range []*log{
		newLog(t).inSession(1, tidemark.Timestamp{T: 7, I: 1}, ops(id(1))),
		newLog(t).inSession(1, tidemark.Timestamp{T: 7, I: 1}, e("commitTransaction", 1)),
		newLog(t).inSession(1, start, ops(id(1)), e("partialTxn", true)).inSession(1, tidemark.Timestamp{T: 7, I: 1}, ops(id(1))),
	} {
		_, err := after(t, l)
		wantCode(t, err, tidemark.CodeInvalidData)
		if err != nil && !strings.Contains(err.Error(), "began before") {
			t.Error(err)
		}
	}
	must(t, newLog(t).insert("db.c", id(1)).inSession(1, tidemark.Timestamp{T: 7, I: 1}, e("abortTransaction", 1))).docs("c", id(1))
}

func TestState(t *testing.T) {
	t.Parallel()
	s := newStore()
	l := newLog(t).inSession(1, start, ops(id(1), id(2)), e("partialTxn", true))
	opts := oplog.Options{Create: s.create, Scratch: oplog.ScratchDir(t.TempDir())}
	result, err := oplog.Fold(t.Context(), sequence(l.entries), opts)
	check(t, err)
	if st := result.State; st.Open() != 1 || st.Oldest() != l.now() || st.Bytes() == 0 {
		t.Errorf("%d open, oldest %s, %d bytes", st.Open(), st.Oldest(), st.Bytes())
	}
	var stored bytes.Buffer
	check(t, result.State.Write(&stored))
	check(t, result.State.Close())
	for n := range stored.Len() {
		if n == 1 {
			continue // no transaction is a state too
		}
		_, err := oplog.ReadState(bytes.NewReader(stored.Bytes()[:n]), opts.Scratch, 1<<20)
		wantCode(t, err, tidemark.CodeInvalidData)
	}
	newer := append([]byte{9}, stored.Bytes()[1:]...)
	_, err = oplog.ReadState(bytes.NewReader(newer), opts.Scratch, 1<<20)
	wantCode(t, err, tidemark.CodeFormatTooNew)
}

func TestPatchWithoutBase(t *testing.T) {
	t.Parallel()
	s := newStore()
	coll := tidemark.Collection{DB: "db", Name: "c", Type: tidemark.TypeCollection, UUID: tidemark.UUID{5}, Options: marshal(t, bson.D{})}
	l := newLog(t).update("db.c", "lost", bson.D{e("$v", 1), e("$set", bson.D{e("secret", "x")})})
	opts := oplog.Options{Catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{coll}}, Create: s.create}
	result, err := oplog.Fold(t.Context(), sequence(l.entries), opts)
	check(t, err)
	check(t, result.State.Close())
	if result.Changes[coll.UUID].Edits != 1 {
		t.Errorf("%d edits", result.Changes[coll.UUID].Edits)
	}
	_, err = oplog.Source{Open: s.open, Runs: refs(result.Runs), Catalogue: result.Catalogue}.Count(t.Context(), coll, run.CollectionBounds(coll.UUID))
	wantCode(t, err, tidemark.CodeInvalidData)
	if err == nil || !strings.Contains(err.Error(), `db.c with _id "lost"`) || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}
