package archive

import (
	"errors"
	"io"

	"tidemark"
)

// ErrRangeComplete is what a RangeWriter answers to bytes beyond its range. It
// tells the maker of the stream that nothing more is needed.
var ErrRangeComplete = errors.New("the range is complete")

// RangeWriter passes on the bytes [from, to) of a stream and drops the others.
type RangeWriter struct {
	w        io.Writer
	from, to int64
	at       int64
}

// NewRangeWriter returns a writer of the bytes from offset from, counted from 0,
// up to but without to. A negative to is the end of the stream.
func NewRangeWriter(w io.Writer, from, to int64) (*RangeWriter, error) {
	if from < 0 || to >= 0 && to < from {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "from %d to %d is no range", from, to)
	}
	return &RangeWriter{w: w, from: from, to: to}, nil
}

// Write takes the next len(p) bytes of the stream. A call beyond the range is
// ErrRangeComplete; the call that reaches its end is not yet.
func (r *RangeWriter) Write(p []byte) (int, error) {
	if r.to >= 0 && r.at >= r.to && len(p) > 0 {
		return 0, ErrRangeComplete
	}
	start := min(max(r.from-r.at, 0), int64(len(p)))
	end := int64(len(p))
	if r.to >= 0 {
		end = min(end, r.to-r.at)
	}
	if start < end {
		n, err := r.w.Write(p[start:end])
		if err != nil {
			r.at += start + int64(n)
			return int(start) + n, err
		}
	}
	r.at += int64(len(p))
	return len(p), nil
}

// Complete says whether the whole range was passed on. It is false for a range
// to the end of the stream.
func (r *RangeWriter) Complete() bool { return r.to >= 0 && r.at >= r.to }

// CountingWriter counts what it passes on. Over io.Discard it measures a stream.
type CountingWriter struct {
	W io.Writer
	N int64 // bytes written so far
}

// Write passes p on.
func (c *CountingWriter) Write(p []byte) (int, error) {
	n, err := c.W.Write(p)
	c.N += int64(n)
	return n, err
}
