package run_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"tidemark"
	"tidemark/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var coll = tidemark.UUID{1, 2, 3}

// store keeps objects in memory.
type store struct {
	mu      sync.Mutex
	objects map[string][]byte
	created int
	open    atomic.Int64 // sources not closed
	aborted int
}

func newStore() *store { return &store{objects: map[string][]byte{}} }

type memSink struct {
	store  *store
	name   string
	buf    bytes.Buffer
	closed bool
}

func (s *store) create(context.Context) (run.Sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created++
	return &memSink{store: s, name: fmt.Sprintf("run%04d", s.created)}, nil
}

func (m *memSink) Write(p []byte) (int, error) { return m.buf.Write(p) }

func (m *memSink) Commit() error {
	m.end()
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.store.objects[m.name] = m.buf.Bytes()
	return nil
}

func (m *memSink) Abort() {
	m.end()
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.store.aborted++
}

func (m *memSink) end() {
	if m.closed {
		panic("a sink was ended twice")
	}
	m.closed = true
}

type memSource struct {
	*bytes.Reader
	store *store
}

func (m memSource) Size() int64 { return m.Reader.Size() }

func (m memSource) Close() error {
	m.store.open.Add(-1)
	return nil
}

func (s *store) source(_ context.Context, ref run.RunRef) (run.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.objects[ref.Object]
	if !ok {
		return nil, tidemark.Errorf(tidemark.CodeObjectMissing, "no object %s", ref.Object)
	}
	s.open.Add(1)
	return memSource{bytes.NewReader(b), s}, nil
}

var _ io.ReaderAt = memSource{}

// refs are the RunRefs of what a sorter wrote to a store.
func refs(sorted run.Sorted) []run.RunRef {
	var out []run.RunRef
	for _, r := range sorted.Runs {
		out = append(out, r.Info.Ref(r.Sink.(*memSink).name, r.Sequence))
	}
	return out
}

// writeRun writes one run of documents that are in order.
func writeRun(t testing.TB, s *store, sequence int, docs ...[]byte) run.RunRef {
	t.Helper()
	sink, err := s.create(t.Context())
	check(t, err)
	w := run.NewWriter(sink, run.WriterOptions{BlockBytes: 1 << 10})
	for _, doc := range docs {
		check(t, w.Put(keyOf(t, doc), doc))
	}
	info, err := w.Finish()
	check(t, err)
	return info.Ref(sink.(*memSink).name, sequence)
}

// sortAll runs documents through a sorter.
func sortAll(t testing.TB, s *store, opts run.SorterOptions, docs [][]byte) run.Sorted {
	t.Helper()
	opts.Collection, opts.Create = coll, s.create
	sorter := run.NewSorter(opts)
	defer sorter.Abort()
	for _, doc := range docs {
		check(t, sorter.Add(t.Context(), doc))
	}
	sorted, err := sorter.Finish(t.Context())
	check(t, err)
	return sorted
}

// readAll is what a merge yields.
func readAll(t testing.TB, s *store, refs []run.RunRef, b run.Bounds) [][]byte {
	t.Helper()
	it := run.Open(t.Context(), s.source, refs, b)
	var docs [][]byte
	for it.Next() {
		docs = append(docs, bytes.Clone(it.Doc()))
	}
	check(t, it.Err())
	check(t, it.Close())
	if n := s.open.Load(); n != 0 {
		t.Fatalf("%d sources are still open", n)
	}
	return docs
}

func keyOf(t testing.TB, doc []byte) []byte {
	t.Helper()
	id, err := run.ID(doc)
	check(t, err)
	key, err := run.AppendKey(nil, coll, id)
	check(t, err)
	return key
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := bson.Marshal(v)
	check(t, err)
	return b
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
