package oplog

import (
	"context"
	"strconv"

	"tidemark"
	"tidemark/run"
)

// scratchRun is a run in a scratch file: a sink while it is written and a
// source, any number of times, after that.
type scratchRun struct {
	name string
	file ScratchFile
	size int64
}

func (s *scratchRun) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

func (s *scratchRun) Commit() error                           { return nil }
func (s *scratchRun) Abort()                                  {} // the accumulator closes the file
func (s *scratchRun) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }
func (s *scratchRun) Size() int64                             { return s.size }
func (s *scratchRun) Close() error                            { return nil }

// series writes a sorted run to scratch files.
func (a *accumulator) series() *run.Series {
	return run.NewSeries(run.SeriesOptions{RunBytes: spillRunBytes, Writer: run.WriterOptions{Scratch: true}, Create: func(context.Context) (run.Sink, error) {
		f, err := a.scratch.NewFile()
		if err != nil {
			return nil, err
		}
		a.named++
		s := &scratchRun{name: "scratch " + strconv.Itoa(a.named), file: f}
		a.files[s.name] = s
		return s, nil
	}})
}

// open is the run.OpenFunc of scratch files.
func (a *accumulator) open(_ context.Context, ref run.RunRef) (run.Source, error) {
	f := a.files[ref.Object]
	if f == nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "there is no %s", ref.Object)
	}
	return f, nil
}
