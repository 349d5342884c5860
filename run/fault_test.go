package run_test

import (
	"context"
	"errors"
	"testing"

	"tidemark"
	"tidemark/run"
)

var errFault = tidemark.Errorf(tidemark.CodeTargetUnreachable, "a fault")

// faults fails the n-th call that it is asked about.
type faults struct{ at, calls int }

func (f *faults) hit() bool {
	f.calls++
	return f.calls == f.at
}

type faultySink struct {
	run.Sink
	faults *faults
}

func (f faultySink) Write(p []byte) (int, error) {
	if f.faults.hit() {
		return 0, errFault
	}
	return f.Sink.Write(p)
}

func (f faultySink) Commit() error {
	if f.faults.hit() {
		f.Abort() // what the store does of its own when it cannot commit
		return errFault
	}
	return f.Sink.Commit()
}

func TestFailingSinks(t *testing.T) {
	t.Parallel()
	docs := shuffled(numbered(t, 400, 200), 2)
	for n := 1; ; n++ {
		s, f := newStore(), &faults{at: n}
		create := func(ctx context.Context) (run.Sink, error) {
			if f.hit() {
				return nil, errFault
			}
			sink, err := s.create(ctx)
			return faultySink{sink, f}, err
		}
		sorter := run.NewSorter(run.SorterOptions{Create: create, BufferBytes: 30 << 10, Writer: run.WriterOptions{BlockBytes: 2048}})
		var err error
		for _, doc := range docs {
			if err = sorter.Add(t.Context(), doc); err != nil {
				break
			}
		}
		if err == nil {
			_, err = sorter.Finish(t.Context())
		}
		sorter.Abort()
		if len(s.objects)+s.aborted != s.created {
			t.Fatalf("fault %d: %d sinks, %d committed, %d aborted", n, s.created, len(s.objects), s.aborted)
		}
		if f.calls < n {
			if err != nil || n < 50 {
				t.Fatalf("%d calls in all: %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, errFault) {
			t.Fatalf("fault %d: %v", n, err)
		}
	}
}

type faultySource struct {
	run.Source
	faults *faults
}

func (f faultySource) ReadAt(p []byte, off int64) (int, error) {
	if f.faults.hit() {
		return 0, errFault
	}
	return f.Source.ReadAt(p, off)
}

func TestFailingSources(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := noisy(t, 3000)
	all := []run.RunRef{writeRun(t, s, 0, docs[:2000]...), writeRun(t, s, 1, docs[1000:]...)}
	for n := 1; ; n++ {
		f := &faults{at: n}
		open := func(ctx context.Context, ref run.RunRef) (run.Source, error) {
			if f.hit() {
				return nil, errFault
			}
			src, err := s.source(ctx, ref)
			return faultySource{src, f}, err
		}
		content, err := run.Count(t.Context(), open, all, run.Bounds{}, nil)
		if open := s.open.Load(); open != 0 {
			t.Fatalf("fault %d: %d sources are still open", n, open)
		}
		if f.calls < n {
			if err != nil || content != contentOf(docs) {
				t.Fatalf("%d calls in all: %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, errFault) {
			t.Fatalf("fault %d: %v", n, err)
		}
	}
}

func TestErrorsWithoutCodeNameTheRun(t *testing.T) {
	t.Parallel()
	plain := errors.New("no luck")
	open := func(context.Context, run.RunRef) (run.Source, error) { return nil, plain }
	_, err := run.Count(t.Context(), open, []run.RunRef{{Object: "abc", First: []byte("a"), Last: []byte("b")}}, run.Bounds{}, nil)
	if !errors.Is(err, plain) || err.Error() != "opening run abc: no luck" {
		t.Error(err)
	}
}

func TestCancelledMerge(t *testing.T) {
	t.Parallel()
	s := newStore()
	ref := writeRun(t, s, 0, noisy(t, 1000)...)
	for _, after := range []int{0, 1, 500} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		it := run.Open(ctx, s.source, []run.RunRef{ref}, run.Bounds{})
		for range after {
			if !it.Next() {
				t.Fatal(it.Err())
			}
		}
		cancel()
		if it.Next() || !errors.Is(it.Err(), context.Canceled) {
			t.Errorf("after %d documents the end of the context is %v", after, it.Err())
		}
		check(t, it.Close())
		check(t, it.Close())
		if it.Next() || s.open.Load() != 0 {
			t.Error("the iterator lives on")
		}
	}
}

func TestCancelledSorter(t *testing.T) {
	t.Parallel()
	s := newStore()
	ctx, cancel := context.WithCancel(t.Context())
	sorter := run.NewSorter(run.SorterOptions{Create: s.create, BufferBytes: 10 << 10})
	cancel()
	var err error
	for _, doc := range numbered(t, 100, 200) {
		if err = sorter.Add(ctx, doc); err != nil {
			break
		}
	}
	sorter.Abort()
	sorter.Abort()
	if !errors.Is(err, context.Canceled) || s.created != 0 {
		t.Errorf("%v, %d sinks", err, s.created)
	}
}

func TestWriterRefusesWhatIsNoRun(t *testing.T) {
	t.Parallel()
	s := newStore()
	doc := numbered(t, 2, 0)
	first, second := keyOf(t, doc[0]), keyOf(t, doc[1])
	for name, write := range map[string]func(w *run.Writer) error{
		"same key":       func(w *run.Writer) error { return w.Put(first, doc[0]) },
		"deleted key":    func(w *run.Writer) error { return w.Delete(first) },
		"short key":      func(w *run.Writer) error { return w.Put(first[:16], doc[0]) },
		"key out of row": func(w *run.Writer) error { return errors.Join(w.Put(second, doc[1]), w.Put(first, doc[0])) },
	} {
		sink, err := s.create(t.Context())
		check(t, err)
		w := run.NewWriter(sink, run.WriterOptions{})
		check(t, w.Put(first, doc[0]))
		if err := write(w); tidemark.ErrorCode(err) != tidemark.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
		w.Abort()
		w.Abort()
	}
	sink, err := s.create(t.Context())
	check(t, err)
	if _, err := run.NewWriter(sink, run.WriterOptions{}).Finish(); err == nil {
		t.Error("an empty run was finished")
	}
	if len(s.objects) != 0 || s.aborted != s.created {
		t.Errorf("%d objects, %d sinks, %d aborted", len(s.objects), s.created, s.aborted)
	}
}
