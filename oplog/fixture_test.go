package oplog_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recording is one of a real replica set: what was there before, every entry,
// and what was there at each checkpoint.
type recording struct {
	name        string
	base        state
	entries     [][]byte
	checkpoints []checkpoint
	start, end  tidemark.Timestamp
}

type checkpoint struct {
	name string
	at   tidemark.Timestamp
	dir  string
}

// state is a catalogue as Tidemark lists it, and the documents of each of its
// collections, in natural order. views are the documents of system.views.
type state struct {
	catalogue *tidemark.Catalogue
	documents map[tidemark.UUID][][]byte
	views     map[string][]byte
}

type timestampJSON struct{ T, I uint32 }

func (ts timestampJSON) timestamp() tidemark.Timestamp { return tidemark.Timestamp{T: ts.T, I: ts.I} }

// recordings are the names of all of them.
func recordings(t testing.TB) []string {
	t.Helper()
	metas, err := filepath.Glob("testdata/v*/*/meta.json")
	check(t, err)
	if len(metas) < 17 {
		t.Fatalf("testdata has %d recordings; it must be a copy of the recordings of a real replica set", len(metas))
	}
	var names []string
	for _, m := range metas {
		names = append(names, strings.TrimPrefix(filepath.Dir(m), "testdata/"))
	}
	return names
}

func load(t testing.TB, name string) *recording {
	t.Helper()
	dir := filepath.Join("testdata", name)
	raw, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	check(t, err)
	var meta struct {
		Start, End  timestampJSON
		Checkpoints []struct {
			Name, Dir string
			TS        timestampJSON
		}
	}
	check(t, json.Unmarshal(raw, &meta))
	r := &recording{
		name: name, start: meta.Start.timestamp(), end: meta.End.timestamp(),
		base: loadState(t, filepath.Join(dir, "base")), entries: readDocs(t, filepath.Join(dir, "oplog.bson.gz")),
	}
	for _, c := range meta.Checkpoints {
		r.checkpoints = append(r.checkpoints, checkpoint{c.Name, c.TS.timestamp(), filepath.Join(dir, c.Dir)})
	}
	return r
}

// torn says whether the base was read while writers ran.
func (r *recording) torn() bool { return strings.HasSuffix(r.name, "fuzzy") }

func loadState(t testing.TB, dir string) state {
	t.Helper()
	s := state{catalogue: &tidemark.Catalogue{}, documents: map[tidemark.UUID][][]byte{}, views: map[string][]byte{}}
	for _, raw := range readDocs(t, filepath.Join(dir, "catalog.bson.gz")) {
		var entry struct {
			DB         string
			Collection struct {
				Name    string
				Type    tidemark.CollectionType
				Options bson.Raw
				Info    struct{ UUID bson.Binary }
			}
			Indexes []bson.Raw
			File    string
		}
		check(t, bson.Unmarshal(raw, &entry))
		c := tidemark.Collection{
			DB: entry.DB, Name: entry.Collection.Name, Type: entry.Collection.Type,
			Options: entry.Collection.Options, Indexes: entry.Indexes,
		}
		copy(c.UUID[:], entry.Collection.Info.UUID.Data)
		var docs [][]byte
		if entry.File != "" {
			docs = readDocs(t, filepath.Join(dir, entry.File))
		}
		if c.Name == "system.views" {
			for _, doc := range docs {
				s.views[bson.Raw(doc).Lookup("_id").StringValue()] = doc
			}
			continue
		}
		s.catalogue.Collections = append(s.catalogue.Collections, c)
		if c.HasDocuments() {
			s.documents[c.UUID] = docs
		}
	}
	slices.SortFunc(s.catalogue.Collections, func(a, b tidemark.Collection) int {
		return strings.Compare(a.DB+"\x00"+a.Name, b.DB+"\x00"+b.Name)
	})
	return s
}

// readDocs reads a gzipped file of documents.
func readDocs(t testing.TB, path string) [][]byte {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	check(t, err)
	all, err := io.ReadAll(z)
	check(t, err)
	var docs [][]byte
	for len(all) > 0 {
		n := binary.LittleEndian.Uint32(all)
		docs = append(docs, all[:n:n])
		all = all[n:]
	}
	return docs
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// store keeps runs in memory.
type store struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func newStore() *store { return &store{objects: map[string][]byte{}} }

type memSink struct {
	store *store
	name  string
	bytes.Buffer
}

func (s *store) create(context.Context) (run.Sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sink := &memSink{store: s, name: fmt.Sprintf("run%05d", len(s.objects))}
	s.objects[sink.name] = nil
	return sink, nil
}

func (m *memSink) Commit() error {
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.store.objects[m.name] = m.Bytes()
	return nil
}

func (m *memSink) Abort() {}

type memSource struct{ *bytes.Reader }

func (m memSource) Size() int64  { return m.Reader.Size() }
func (m memSource) Close() error { return nil }

func (s *store) open(_ context.Context, ref run.RunRef) (run.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return memSource{bytes.NewReader(s.objects[ref.Object])}, nil
}

func refs(runs []run.SortedRun) []run.RunRef {
	var out []run.RunRef
	for _, r := range runs {
		out = append(out, r.Info.Ref(r.Sink.(*memSink).name, r.Sequence))
	}
	return out
}

// writeBase writes the runs of a base, all of sequences below 1000.
func writeBase(t testing.TB, s *store, base state) []run.RunRef {
	t.Helper()
	var all []run.RunRef
	for _, c := range base.catalogue.Collections {
		if len(base.documents[c.UUID]) == 0 {
			continue
		}
		sorter := run.NewSorter(run.SorterOptions{Collection: c.UUID, Create: s.create, Natural: c.Capped()})
		defer sorter.Abort()
		for _, doc := range base.documents[c.UUID] {
			check(t, sorter.Add(t.Context(), doc))
		}
		sorted, err := sorter.Finish(t.Context())
		check(t, err)
		all = append(all, refs(sorted.Runs)...)
	}
	return all
}

const deltaSequence = 1000

// sequence makes entries of documents.
func sequence(docs [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var buf []byte // reused, as by whoever reads a file
		for _, doc := range docs {
			buf = append(buf[:0], doc...)
			if !yield(buf, nil) {
				return
			}
			clear(buf)
		}
	}
}

// read is the state that a catalogue and runs make.
func read(t testing.TB, s *store, c *tidemark.Catalogue, runs []run.RunRef) state {
	t.Helper()
	out := state{catalogue: c, documents: map[tidemark.UUID][][]byte{}}
	src := oplog.Source{Open: s.open, Runs: runs, Catalogue: c, Scratch: oplog.ScratchDir(t.TempDir())}
	for _, coll := range c.Collections {
		if !coll.HasDocuments() {
			continue
		}
		docs, err := src.Documents(t.Context(), coll, run.CollectionBounds(coll.UUID))
		check(t, err)
		out.documents[coll.UUID] = nil
		for docs.Next() {
			out.documents[coll.UUID] = append(out.documents[coll.UUID], bytes.Clone(docs.Doc()))
		}
		check(t, docs.Err())
		check(t, docs.Close())
	}
	return out
}
