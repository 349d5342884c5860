package history_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

func recorded(t testing.TB, name string) (*fixture, *recording, *vault.Manifest) {
	r := load(t, name)
	f := newFixture(t)
	_, m := f.snapshot(r.start, r.base)
	f.begin(r.start)
	f.tail(r.start, r.entries, 64<<10)
	return f, r, m
}

// folded is every document of a recording at an instant, as package oplog folds
// it, by namespace and extended JSON of the _id.
func folded(t testing.TB, f *fixture, r *recording, m *vault.Manifest, to tidemark.Timestamp) map[string]string {
	t.Helper()
	result, err := oplog.Fold(t.Context(), sequence(r.entries), oplog.Options{
		Catalogue: r.base.catalogue, After: r.start, To: to, Sequence: 1 << 20,
		Create: func(context.Context) (run.Sink, error) { return &memory{}, nil },
	})
	check(t, err)
	check(t, result.State.Close())
	delta := map[string][]byte{}
	var refs []run.RunRef
	for _, s := range result.Runs {
		ref := s.Info.Ref("delta"+string(rune('a'+len(refs))), 1<<20)
		delta[ref.Object] = s.Sink.(*memory).Bytes()
		refs = append(refs, ref)
	}
	for _, s := range m.Runs {
		refs = append(refs, run.RunRef{
			Object: s.Object, Sequence: int(s.Sequence), First: s.First, Last: s.Last,
			Entries: s.Entries, RawBytes: s.RawBytes, StoredBytes: s.RunBytes,
		})
	}
	src := oplog.Source{Runs: refs, Catalogue: result.Catalogue, Open: func(ctx context.Context, ref run.RunRef) (run.Source, error) {
		if b, ok := delta[ref.Object]; ok {
			return memorySource{bytes.NewReader(b)}, nil
		}
		return f.vault.Open(ctx, ref.Object)
	}}
	out := map[string]string{}
	for _, c := range result.Catalogue.Collections {
		if !c.HasDocuments() {
			continue
		}
		docs, err := src.Documents(t.Context(), c, run.CollectionBounds(c.UUID))
		check(t, err)
		for docs.Next() {
			out[c.Namespace()+" "+idText(t, docs.Doc())] = text(t, docs.Doc())
		}
		check(t, docs.Err())
		check(t, docs.Close())
	}
	return out
}

func sequence(docs [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, doc := range docs {
			if !yield(doc, nil) {
				return
			}
		}
	}
}

// text is a document as history shows it.
func text(t testing.TB, doc []byte) string {
	t.Helper()
	out, err := bson.MarshalExtJSON(bson.Raw(doc), false, false)
	check(t, err)
	return string(out)
}

// idText asks for the document: canonical extended JSON.
func idText(t testing.TB, doc []byte) string {
	t.Helper()
	id, err := run.ID(doc)
	check(t, err)
	out, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: id}}, true, false)
	check(t, err)
	return string(out[len(`{"v":`) : len(out)-1])
}

// TestDocumentsAreWhatAFoldMakes: any document at any instant is what the fold
// of the whole log makes it, and so is its version of that time.
func TestDocumentsAreWhatAFoldMakes(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r, m := recorded(t, name)
			random := rand.New(rand.NewPCG(7, 7))
			instants := slices.Clone(r.checkpoints)
			for range 2 {
				instants = append(instants, at(r.entries[random.IntN(len(r.entries))]))
			}
			known := map[string]bool{}
			states := map[tidemark.Timestamp]map[string]string{r.start: folded(t, f, r, m, r.start)}
			for _, at := range instants {
				states[at] = folded(t, f, r, m, at)
			}
			for _, s := range states {
				for key := range s {
					known[key] = true
				}
			}
			keys := slices.Sorted(maps.Keys(known))
			random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			for _, key := range keys[:min(len(keys), 6)] {
				ns, id, _ := cut(key)
				v, err := f.Versions(t.Context(), f.instance, tidemark.HistoryQuery{Namespace: ns, ID: id, Limit: 10000})
				if err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				for at, s := range states {
					if got := version(v.Versions, at); got != s[key] {
						t.Errorf("%s: the version at %s is\n%s, not\n%s", key, at, got, s[key])
					}
					d, err := f.Document(t.Context(), f.instance, tidemark.DocumentQuery{Namespace: ns, ID: id, At: at})
					switch {
					case s[key] == "" && tidemark.ErrorCode(err) == tidemark.CodeResourceNotFound:
					case err != nil:
						t.Errorf("%s at %s: %v", key, at, err)
					case string(d.Document) != s[key]:
						t.Errorf("%s at %s is\n%s, not\n%s", key, at, d.Document, s[key])
					}
				}
			}
		})
	}
}

// cut parts a key of folded.
func cut(key string) (ns, id string, ok bool) {
	i := bytes.IndexAny([]byte(key), "{\"")
	for i > 0 && key[i-1] != ' ' {
		i++
	}
	return key[:i-1], key[i:], true
}

// version is the last one at or before an instant.
func version(all []tidemark.DocumentVersion, at tidemark.Timestamp) string {
	out := ""
	for _, v := range all {
		if v.At.Compare(at) > 0 {
			break
		}
		out = string(v.Document)
	}
	return out
}

// flat is the operations of a log, flattened in memory.
func flat(t testing.TB, entries [][]byte) (out []string) {
	t.Helper()
	type chain struct{ ops []bson.Raw }
	open := map[string]*chain{}
	var emit func(ts tidemark.Timestamp, op bson.Raw)
	emit = func(ts tidemark.Timestamp, op bson.Raw) {
		o := op.Lookup("o").Document()
		if nested, ok := o.Lookup("applyOps").ArrayOK(); ok {
			values, _ := nested.Values()
			for _, v := range values {
				emit(ts, v.Document())
			}
			return
		}
		e, err := oplog.ParseEntry(append(bson.Raw(nil), stamped(t, op, ts)...))
		check(t, err)
		if e.Op != oplog.OpNoop && !e.PassedOver() {
			out = append(out, ts.String()+" "+string(e.Op))
		}
	}
	for _, raw := range entries {
		e, err := oplog.ParseEntry(raw)
		check(t, err)
		if e.PassedOver() || e.Op == oplog.OpNoop {
			continue
		}
		key := string(e.Session)
		partial, _ := e.O.Lookup("partialTxn").BooleanOK()
		prepare, _ := e.O.Lookup("prepare").BooleanOK()
		switch c := open[key]; {
		case e.Command() == "abortTransaction":
			delete(open, key)
		case e.Command() == "commitTransaction":
			for _, op := range c.ops {
				emit(e.TS, op)
			}
			delete(open, key)
		case e.Command() == "applyOps" && e.Session != nil:
			if e.Previous.IsZero() || c == nil {
				c = &chain{}
				open[key] = c
			}
			c.ops = append(c.ops, e.Raw)
			if !partial && !prepare {
				for _, op := range c.ops {
					emit(e.TS, op)
				}
				delete(open, key)
			}
		default:
			emit(e.TS, e.Raw)
		}
	}
	return out
}

// stamped is an operation as an entry.
func stamped(t testing.TB, op bson.Raw, ts tidemark.Timestamp) bson.Raw {
	var doc bson.D
	check(t, bson.Unmarshal(op, &doc))
	doc = slices.DeleteFunc(doc, func(e bson.E) bool { return e.Key == "ts" })
	raw, err := bson.Marshal(append(bson.D{{Key: "ts", Value: ts.BSON()}}, doc...))
	check(t, err)
	return raw
}

// TestPagesAreTheWhole: pages of any size, put together, are the operations of
// the log, each once and in order.
func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r, _ := recorded(t, name)
			want := flat(t, r.entries)
			before := map[tidemark.Timestamp]tidemark.Timestamp{}
			last := r.start
			for _, e := range r.entries {
				before[at(e)] = last
				last = at(e)
			}
			random := rand.New(rand.NewPCG(3, 3))
			for range 3 {
				limit := max(1, len(want)/6) + random.IntN(len(want))
				from := random.IntN(len(r.entries))
				q := tidemark.HistoryQuery{Limit: min(limit, tidemark.HistoryLimitMax), From: at(r.entries[from])}
				var got []string
				for {
					p, err := f.Entries(t.Context(), f.instance, q)
					if err != nil {
						t.Fatal(err)
					}
					if len(p.Entries) > limit || len(p.Gaps) > 0 {
						t.Fatalf("%d entries and the gaps %v", len(p.Entries), p.Gaps)
					}
					for _, e := range p.Entries {
						op := map[string]string{"insert": "i", "update": "u", "delete": "d"}[e.Kind]
						if op == "" {
							op = "c"
						}
						got = append(got, e.At.String()+" "+op)
						if e.Before != before[e.At] {
							t.Fatalf("before %s is %s, not %s", e.At, e.Before, before[e.At])
						}
					}
					if q.Cursor = p.Next; q.Cursor == "" {
						break
					}
				}
				part := slices.DeleteFunc(slices.Clone(want), func(s string) bool {
					var ts tidemark.Timestamp
					parse(t, s, &ts)
					return ts.Compare(q.From) < 0
				})
				if !slices.Equal(got, part) {
					t.Fatalf("%d operations, not %d", len(got), len(part))
				}
			}
		})
	}
}

func parse(t *testing.T, s string, ts *tidemark.Timestamp) {
	if _, err := fmt.Sscanf(s, "%d:%d", &ts.T, &ts.I); err != nil {
		t.Fatal(err)
	}
}
