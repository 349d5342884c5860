package oplog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

func TestEveryCheckpoint(t *testing.T) {
	t.Parallel()
	for _, name := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := load(t, name)
			s := newStore()
			base := writeBase(t, s, r.base)
			for _, c := range r.checkpoints {
				opts := options(t, r, s)
				opts.To = c.at
				result, err := oplog.Fold(t.Context(), sequence(r.entries), opts)
				check(t, err)
				if result.Last != c.at {
					t.Errorf("the last entry is of %s, not %s", result.Last, c.at)
				}
				check(t, result.State.Close())
				got := read(t, s, result.Catalogue, append(refs(result.Runs), base...))
				compareStates(t, c.name, got, loadState(t, c.dir))
			}
		})
	}
}

// options are those for a whole recording.
func options(t testing.TB, r *recording, s *store) oplog.Options {
	opts := oplog.Options{
		Catalogue: r.base.catalogue, After: r.start, Create: s.create, Sequence: deltaSequence,
		Scratch: oplog.ScratchDir(t.TempDir()),
	}
	if r.torn() {
		opts.TornUntil = r.end
	}
	return opts
}

// compareStates compares byte for byte: documents as sets by _id, those of
// capped collections in natural order, and what a catalogue says.
func compareStates(t *testing.T, where string, got, want state) {
	t.Helper()
	compareCatalogues(t, where, got.catalogue, want.catalogue)
	for _, c := range want.catalogue.Collections {
		a, b := got.documents[c.UUID], want.documents[c.UUID]
		if !c.Capped() {
			a, b = sortedDocs(t, a), sortedDocs(t, b)
		}
		if len(a) != len(b) {
			t.Errorf("%s: %s has %d documents, not %d", where, c.Namespace(), len(a), len(b))
			continue
		}
		wrong := 0
		for i := range a {
			if !bytes.Equal(a[i], b[i]) {
				if wrong++; wrong <= 2 {
					t.Errorf("%s: %s document %d is\n%s, not\n%s", where, c.Namespace(), i, bson.Raw(a[i]), bson.Raw(b[i]))
				}
			}
		}
	}
}

func sortedDocs(t *testing.T, docs [][]byte) [][]byte {
	t.Helper()
	keys := map[string]string{}
	for _, doc := range docs {
		id, err := run.ID(doc)
		check(t, err)
		key, err := run.AppendKey(nil, tidemark.UUID{}, id)
		check(t, err)
		keys[string(doc)] = string(key)
	}
	docs = slices.Clone(docs)
	slices.SortFunc(docs, func(a, b []byte) int { return strings.Compare(keys[string(a)], keys[string(b)]) })
	return docs
}

func compareCatalogues(t *testing.T, where string, got, want *tidemark.Catalogue) {
	t.Helper()
	names := func(c *tidemark.Catalogue) (out []string) {
		for _, coll := range c.Collections {
			out = append(out, coll.Namespace()+" "+string(coll.Type)+" "+coll.UUID.String())
		}
		return out
	}
	if a, b := names(got), names(want); !slices.Equal(a, b) {
		t.Errorf("%s: the catalogue has\n%s, not\n%s", where, strings.Join(a, "\n"), strings.Join(b, "\n"))
		return
	}
	for i, w := range want.Collections {
		g := got.Collections[i]
		if !bytes.Equal(g.Options, w.Options) {
			t.Errorf("%s: %s has options %s, not %s", where, w.Namespace(), g.Options, w.Options)
		}
		if w.Type != tidemark.TypeCollection {
			continue
		}
		a, b := sortedIndexes(g.Indexes), sortedIndexes(w.Indexes)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %s has indexes %v, not %v", where, w.Namespace(), a, b)
		}
	}
}

// sortedIndexes are indexes with their fields sorted, sorted by name.
func sortedIndexes(indexes []bson.Raw) []string {
	var out []string
	for _, index := range indexes {
		elements, _ := index.Elements()
		fields := make([]string, len(elements))
		for i, e := range elements {
			fields[i] = e.String()
		}
		slices.Sort(fields)
		out = append(out, index.Lookup("name").StringValue()+" "+strings.Join(fields, " "))
	}
	slices.Sort(out)
	return out
}
