package oplog_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

// seeds are some small entries of recordings of every kind.
func seeds(f *testing.F) (entries [][]byte) {
	f.Helper()
	for _, name := range []string{"v5.0/crud", "v4.4/crud", "v5.0/types", "v4.4/types", "v5.0/ddl", "v5.0/prepared", "v5.0/timeseries", "v5.0/diffs", "v4.4/diffs"} {
		all := readDocs(f, filepath.Join("testdata", name, "oplog.bson.gz"))
		for i := 0; i < len(all); i += 1 + len(all)/5 {
			if len(all[i]) < 4<<10 {
				entries = append(entries, all[i])
			}
		}
	}
	return entries
}

func FuzzParseEntry(f *testing.F) {
	for _, entry := range seeds(f) {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := oplog.ParseEntry(raw)
		if err != nil {
			wantCode(t, err, tidemark.CodeInvalidData)
			return
		}
		if e.TS.IsZero() || e.Op == "" || e.Op == oplog.OpUpdate && e.O2 == nil {
			t.Errorf("%+v lacks something", e)
		}
		e.Command()
		e.PassedOver()
	})
}

// FuzzFold folds documents that follow each other in log over a small catalogue.
func FuzzFold(f *testing.F) {
	for _, entry := range seeds(f) {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		var entries [][]byte
		for len(log) >= 4 {
			n := int(binary.LittleEndian.Uint32(log))
			if n < 5 || n > len(log) {
				n = len(log)
			}
			entries = append(entries, log[:n])
			log = log[n:]
		}
		s := newStore()
		opts := oplog.Options{
			Create: s.create, Scratch: oplog.ScratchDir(t.TempDir()),
			Catalogue: &tidemark.Catalogue{Collections: []tidemark.Collection{
				{DB: "db", Name: "c", Type: tidemark.TypeCollection, Options: marshal(t, bson.D{})},
				{DB: "db", Name: "v", Type: tidemark.TypeView, Options: marshal(t, bson.D{{Key: "viewOn", Value: "c"}})},
			}},
		}
		result, err := oplog.Fold(t.Context(), sequence(entries), opts)
		if err != nil {
			if code := tidemark.ErrorCode(err); code != tidemark.CodeInvalidData && code != tidemark.CodeUnsupported {
				t.Errorf("%s: %v", code, err)
			}
			return
		}
		check(t, result.State.Close())
	})
}

func FuzzApply(f *testing.F) {
	doc := marshal(f, bson.D{
		{Key: "_id", Value: 1}, {Key: "a", Value: bson.A{1, bson.D{{Key: "b", Value: "x"}}, bson.A{}}},
		{Key: "d", Value: bson.D{{Key: "e", Value: bson.Binary{Data: []byte("bytes")}}}},
	})
	for _, entry := range seeds(f) {
		if e, err := oplog.ParseEntry(entry); err == nil && e.Op == oplog.OpUpdate {
			f.Add(doc, []byte(e.O))
		}
	}
	for _, o := range []bson.D{
		{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "sa", Value: bson.D{{Key: "a", Value: true}, {Key: "l", Value: 2}, {Key: "s1", Value: bson.D{{Key: "u", Value: bson.D{{Key: "b", Value: 5}}}}}}}}}},
		{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "sd", Value: bson.D{{Key: "b", Value: bson.D{{Key: "e", Value: bson.D{{Key: "o", Value: 2}, {Key: "d", Value: bson.Binary{Data: []byte("z")}}}}}}}}}}},
		{{Key: "$v", Value: 1}, {Key: "$set", Value: bson.D{{Key: "a.1.b", Value: 1}, {Key: "a.9", Value: 2}}}, {Key: "$unset", Value: bson.D{{Key: "d.e", Value: true}}}},
	} {
		f.Add(doc, marshal(f, o))
	}
	f.Fuzz(func(t *testing.T, doc, o []byte) {
		u, err := oplog.ParseUpdate(o)
		if err != nil {
			return
		}
		var a oplog.Applier
		got, err := a.Apply(nil, doc, u)
		if err != nil {
			wantCode(t, err, tidemark.CodeInvalidData)
			return
		}
		if bson.Raw(doc).Validate() == nil && bson.Raw(o).Validate() == nil && bson.Raw(got).Validate() != nil {
			t.Errorf("%x is made of sound parts and is not sound", got)
		}
		patch := oplog.AppendPatch(nil, u)
		again, err := oplog.ApplyPatches(doc, patch)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("the patch makes another document: %v", err)
		}
		if patch, err = oplog.ComposePatches(patch, patch); err == nil {
			_, _ = oplog.ApplyPatches(doc, patch)
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, entry := range seeds(f) {
		if e, err := oplog.ParseEntry(entry); err == nil && e.Op == oplog.OpUpdate {
			u, err := oplog.ParseUpdate(e.O)
			check(f, err)
			f.Add(oplog.AppendPatch(nil, u))
		}
	}
	f.Fuzz(func(t *testing.T, patch []byte) {
		key, err := run.AppendKey(nil, tidemark.UUID{}, bson.RawValue{Type: bson.TypeNull})
		check(t, err)
		m := oplog.NewMerger(nil)
		_, _, _ = m.Apply(key, marshal(t, bson.D{{Key: "_id", Value: 1}}), [][]byte{patch})
		if _, err := m.Compose(key, [][]byte{patch, patch}); err != nil && tidemark.ErrorCode(err) == tidemark.CodeInternal {
			t.Error(err)
		}
	})
}

func FuzzReadState(f *testing.F) {
	head := marshal(f, bson.D{
		{Key: "session", Value: bson.D{{Key: "id", Value: 1}}}, {Key: "number", Value: int64(1)}, {Key: "first", Value: bson.Timestamp{T: 1}},
		{Key: "last", Value: bson.Timestamp{T: 1}}, {Key: "prepared", Value: true}, {Key: "bytes", Value: int64(5)},
	})
	f.Add(append(append([]byte{1}, head...), 5, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, stored []byte) {
		s, err := oplog.ReadState(bytes.NewReader(stored), oplog.ScratchDir(t.TempDir()), 1<<10)
		if err != nil {
			if tidemark.ErrorCode(err) == tidemark.CodeInternal {
				t.Error(err)
			}
			return
		}
		var again bytes.Buffer
		check(t, s.Write(&again))
		check(t, s.Close())
	})
}
