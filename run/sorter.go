package run

import (
	"bytes"
	"context"

	"tidemark"
)

// The defaults of SorterOptions.
const (
	DefaultBufferBytes = 16 << 20
	DefaultRunBytes    = 64 << 20
)

// streamAfter is how many bytes must have come in order before a sorter takes
// its input for sorted and stops buffering.
const streamAfter = 1 << 20

// SorterOptions says what a Sorter writes and where.
type SorterOptions struct {
	Collection tidemark.UUID
	// Create makes the sink of each run.
	Create CreateFunc
	// Sequence is that of the first run; each further one has the next.
	Sequence int
	// Natural keeps documents in the order they are added in, as capped
	// collections need it; the first is at position FirstPosition.
	Natural       bool
	FirstPosition uint64
	// BufferBytes bounds the memory for documents; DefaultBufferBytes. One
	// document may exceed it.
	BufferBytes int64
	// RunBytes bounds the BSON bytes of a run, but for one document;
	// DefaultRunBytes.
	RunBytes int64
	Writer   WriterOptions
}

// SortedRun is a run that a Sorter has written.
type SortedRun struct {
	Sink     Sink // the one that Create made for it, committed
	Sequence int
	Info     Info
}

// Sorted is what a Sorter has written.
type Sorted struct {
	Runs []SortedRun // in the order in which Create made their sinks
	// Content counts every entry of every run once.
	Content tidemark.Content
	// Disjoint says that no two runs overlap, so that Content is also that of
	// their merge. Otherwise a key may be in several runs, of which only the
	// newest counts, and only Count can tell.
	Disjoint bool
	// NextPosition is the position after the last document, in natural order.
	NextPosition uint64
}

// Sorter turns documents in any order into sorted runs, within bounded memory.
// It is for one goroutine. Whoever makes one must call Finish or Abort; Abort
// after Finish does nothing.
type Sorter struct {
	opts    SorterOptions
	buf     buffer
	writer  *Writer
	created Sink
	high    []byte // the largest key of the open run and those it continues
	stream  bool   // documents above high go to the run without the buffer
	out     Sorted
	pos     uint64
	key     []byte
	err     error
	done    bool
}

// NewSorter makes a sorter. It takes no memory before it is given documents.
func NewSorter(opts SorterOptions) *Sorter {
	if opts.BufferBytes <= 0 {
		opts.BufferBytes = DefaultBufferBytes
	}
	if opts.RunBytes <= 0 {
		opts.RunBytes = DefaultRunBytes
	}
	return &Sorter{opts: opts, pos: opts.FirstPosition}
}

// Add takes a document, which it copies. Of documents with equal _id the last
// one added holds. After an error the sorter is of no more use: every call
// returns that error and Abort must follow.
func (s *Sorter) Add(ctx context.Context, doc []byte) error {
	if s.err == nil {
		s.err = s.add(ctx, doc)
	}
	return s.err
}

func (s *Sorter) add(ctx context.Context, doc []byte) error {
	if s.done {
		return tidemark.Errorf(tidemark.CodeInternal, "a finished sorter was added to")
	}
	if err := s.setKey(doc); err != nil {
		return err
	}
	if len(s.buf.records) > 0 && s.buf.size+cost(s.key, doc) > s.opts.BufferBytes {
		if err := s.flush(ctx); err != nil {
			return err
		}
	}
	if s.stream && bytes.Compare(s.key, s.high) > 0 {
		return s.put(ctx, s.key, doc)
	}
	s.buf.add(s.key, doc)
	if s.buf.sorted && s.buf.size >= streamAfter && s.continues() {
		return s.flush(ctx)
	}
	return nil
}

// setKey makes the key of the next document.
func (s *Sorter) setKey(doc []byte) error {
	if s.opts.Natural {
		if _, err := elements(doc); err != nil {
			return err
		}
		s.key = AppendNaturalKey(s.key[:0], s.opts.Collection, s.pos)
		s.pos++
		return nil
	}
	id, err := ID(doc)
	if err != nil {
		return err
	}
	s.key, err = AppendKey(s.key[:0], s.opts.Collection, id)
	return err
}

// continues says whether what is in the buffer, which is sorted, lies above all
// of the open run.
func (s *Sorter) continues() bool { return bytes.Compare(s.buf.records[0].key, s.high) > 0 }

// flush writes the buffer: to the open run where it continues it, else to a new
// one. Either way documents above it may then follow without the buffer.
//
// A key in the buffer never is in the open run with a newer document: documents
// go past the buffer only if they are above all that was ever in the open run,
// and a document waits in the buffer only if it is not.
func (s *Sorter) flush(ctx context.Context) error {
	s.buf.sort()
	if !s.continues() {
		if err := s.cut(); err != nil {
			return err
		}
	}
	for _, r := range s.buf.records {
		if err := s.put(ctx, r.key, r.doc); err != nil {
			return err
		}
	}
	s.stream = true
	s.buf.reset()
	return nil
}

// put writes a document to the open run, or to a new one where there is none or
// it is full.
func (s *Sorter) put(ctx context.Context, key, doc []byte) error {
	if s.writer != nil && s.writer.RawBytes()+int64(len(doc)) > s.opts.RunBytes {
		if err := s.cut(); err != nil {
			return err
		}
	}
	if s.writer == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		sink, err := s.opts.Create(ctx)
		if err != nil {
			return sinkError(err)
		}
		s.writer, s.created = NewWriter(sink, s.opts.Writer), sink
	}
	if err := s.writer.Put(key, doc); err != nil {
		return err
	}
	s.high = append(s.high[:0], key...)
	s.out.Content.Add(doc)
	return nil
}

// cut finishes the open run.
func (s *Sorter) cut() error {
	if s.writer == nil {
		return nil
	}
	w := s.writer
	s.writer = nil
	info, err := w.Finish()
	if err != nil {
		return err
	}
	s.out.Runs = append(s.out.Runs, SortedRun{
		Sink: s.created, Sequence: s.opts.Sequence + len(s.out.Runs), Info: info,
	})
	return nil
}

// Finish writes what is left and tells what was written. A sorter that was
// given nothing writes no run. If it fails, Abort must follow.
func (s *Sorter) Finish(ctx context.Context) (Sorted, error) {
	if s.err == nil && s.done {
		s.err = tidemark.Errorf(tidemark.CodeInternal, "a sorter was finished twice")
	}
	if s.err == nil && len(s.buf.records) > 0 {
		s.err = s.flush(ctx)
	}
	if s.err == nil {
		s.err = s.cut()
	}
	if s.err != nil {
		return Sorted{}, s.err
	}
	s.done = true
	s.buf.release()
	refs := make([]RunRef, len(s.out.Runs))
	for i, r := range s.out.Runs {
		refs[i] = r.Info.Ref("", r.Sequence)
	}
	s.out.Disjoint = Disjoint(refs)
	s.out.NextPosition = s.pos
	return s.out, nil
}

// Abort drops what is not yet in a committed run and aborts the open sink. Runs
// that were committed before stay, known to nobody: whoever collects objects
// without a manifest removes them.
func (s *Sorter) Abort() {
	if s.done {
		return
	}
	s.done = true
	s.buf.release()
	if s.writer != nil {
		s.writer.Abort()
		s.writer = nil
	}
}
