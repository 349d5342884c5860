package run

import (
	"bytes"
	"context"

	"tidemark"
)

// SeriesOptions says what a Series writes and where.
type SeriesOptions struct {
	// Create makes the sink of each run.
	Create CreateFunc
	// Sequence is that of all the runs: no two share a key.
	Sequence int
	// RunBytes bounds the keys and values of a run, but for one entry;
	// DefaultRunBytes.
	RunBytes int64
	Writer   WriterOptions
}

// Series writes edits that come in ascending order of keys as runs of bounded
// size. It is for one goroutine. Whoever makes one must call Finish or Abort;
// Abort after Finish does nothing.
type Series struct {
	opts    SeriesOptions
	writer  *Writer
	created Sink
	bytes   int64 // of the open run
	runs    []SortedRun
}

// NewSeries starts a series. It takes no sink before it is given an edit.
func NewSeries(opts SeriesOptions) *Series {
	if opts.RunBytes <= 0 {
		opts.RunBytes = DefaultRunBytes
	}
	return &Series{opts: opts}
}

// Add writes an edit. Keys must ascend. Neither key nor value is kept. After an
// error only Abort is left.
func (s *Series) Add(ctx context.Context, key []byte, edit Edit, value []byte) error {
	size := int64(len(key) + len(value))
	if s.writer != nil && s.bytes+size > s.opts.RunBytes {
		if err := s.cut(); err != nil {
			return err
		}
	}
	if s.writer == nil {
		if n := len(s.runs); n > 0 && bytes.Compare(key, s.runs[n-1].Info.Last) <= 0 {
			return tidemark.Errorf(tidemark.CodeInternal, "a series was given keys that do not ascend")
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		sink, err := s.opts.Create(ctx)
		if err != nil {
			return sinkError(err)
		}
		s.writer, s.created, s.bytes = NewWriter(sink, s.opts.Writer), sink, 0
	}
	s.bytes += size
	switch edit {
	case EditDelete:
		return s.writer.Delete(key)
	case EditPatch:
		return s.writer.Patch(key, value)
	default:
		return s.writer.Put(key, value)
	}
}

// cut finishes the open run.
func (s *Series) cut() error {
	w := s.writer
	s.writer = nil
	info, err := w.Finish()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, SortedRun{Sink: s.created, Sequence: s.opts.Sequence, Info: info})
	return nil
}

// Finish ends the last run and returns all, in order of their keys: none where
// nothing was added.
func (s *Series) Finish() ([]SortedRun, error) {
	if s.writer != nil {
		if err := s.cut(); err != nil {
			return nil, err
		}
	}
	return s.runs, nil
}

// Abort aborts the open sink. Runs that were committed before stay, known to
// nobody.
func (s *Series) Abort() {
	if s.writer != nil {
		s.writer.Abort()
		s.writer = nil
	}
}
