package run

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"tidemark"
)

// Finder looks documents up in the merge of runs, by keys that ascend: what a
// stretch of changes needs of the documents that it changes, without reading
// the others. It is for one goroutine. Callers must Close it.
//
// It holds for each level of Levels one open run with a block or two.
type Finder struct {
	ctx    context.Context
	open   OpenFunc
	levels []*lookup
	merger Merger
	found  [][]byte // patches of the key, newest first
	last   []byte
	err    error
}

// NewFinder makes a Finder that applies patches by m; without one it knows none
// (CodeFormatTooNew). It opens runs as keys reach them, so their errors come
// from Find.
func NewFinder(ctx context.Context, open OpenFunc, refs []RunRef, m Merger) *Finder {
	f := &Finder{ctx: ctx, open: open, merger: m}
	for _, runs := range Levels(refs) {
		f.levels = append(f.levels, &lookup{runs: runs})
	}
	return f
}

// Find returns the document at key, or nil where there is none: what the runs
// that have the key make of it. Keys must not descend. The document is valid
// until the next call. After an error every call returns it.
func (f *Finder) Find(key []byte) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.err = f.ctx.Err(); f.err != nil {
		return nil, f.err
	}
	if bytes.Compare(key, f.last) < 0 {
		f.err = tidemark.Errorf(tidemark.CodeInternal, "a finder was asked for keys that descend")
		return nil, f.err
	}
	f.last = append(f.last[:0], key...)
	var doc []byte
	doc, f.err = f.find(key)
	return doc, f.err
}

// find goes down the levels to the first that puts or deletes the document.
// What patches of levels above say stays valid until the levels are asked for
// another key.
func (f *Finder) find(key []byte) ([]byte, error) {
	f.found = f.found[:0]
	for _, level := range f.levels {
		e, ref, err := level.seek(f.ctx, f.open, key)
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			continue
		case e.kind == kindPut:
			return f.patched(key, e.doc)
		case e.kind == kindDelete:
			return f.patched(key, nil)
		case e.kind == kindPatch && f.merger != nil:
			f.found = append(f.found, e.doc)
		default:
			return nil, unknown(*e, ref)
		}
	}
	return f.patched(key, nil)
}

// patched applies the patches that were found to the document below them.
func (f *Finder) patched(key, base []byte) ([]byte, error) {
	if len(f.found) == 0 {
		return base, nil
	}
	doc, ok, err := f.merger.Apply(key, base, f.found)
	if err != nil || !ok {
		return nil, err
	}
	return doc, nil
}

// Close closes the open runs.
func (f *Finder) Close() error {
	if f.err == nil {
		f.err = tidemark.Errorf(tidemark.CodeInternal, "the finder is closed")
	}
	var errs []error
	for _, level := range f.levels {
		errs = append(errs, level.close())
	}
	return errors.Join(errs...)
}

// lookup walks one level: its runs in order, at most one of them open.
type lookup struct {
	runs    []RunRef // those that keys to come may be in; the open one is the first
	current *table
}

// seek returns the level's entry at exactly key, or nil.
func (l *lookup) seek(ctx context.Context, open OpenFunc, key []byte) (*entry, RunRef, error) {
	for len(l.runs) > 0 && bytes.Compare(l.runs[0].Last, key) < 0 {
		if err := l.close(); err != nil {
			return nil, RunRef{}, err
		}
		l.runs = l.runs[1:]
	}
	if len(l.runs) == 0 || bytes.Compare(key, l.runs[0].First) < 0 {
		return nil, RunRef{}, nil
	}
	if l.current == nil {
		t, err := openTable(ctx, open, l.runs[0], Bounds{Lower: slices.Clone(key)}, minReadAhead)
		if err != nil {
			return nil, RunRef{}, err
		}
		if t == nil {
			// The run promises a last key at or above this one.
			return nil, RunRef{}, damaged(l.runs[0], "its last key is not there")
		}
		t.whole = false // entries are passed over, so they cannot be counted
		l.current = t
	} else if bytes.Compare(l.current.entry.key, key) < 0 {
		ok, err := l.current.first(Bounds{Lower: key})
		if err != nil {
			return nil, RunRef{}, err
		}
		if !ok {
			return nil, RunRef{}, damaged(l.runs[0], "its last key is not there")
		}
	}
	if !bytes.Equal(l.current.entry.key, key) {
		return nil, RunRef{}, nil
	}
	return &l.current.entry, l.runs[0], nil
}

// close closes the open run.
func (l *lookup) close() error {
	if l.current == nil {
		return nil
	}
	t := l.current
	l.current = nil
	return t.close()
}
