package run

import (
	"bytes"
	"context"
	"errors"

	"tidemark"
)

// Read-ahead is shared out among the levels of a merge, within limits.
const (
	readAheadTotal = 4 << 20
	maxReadAhead   = 256 << 10
)

// Iterator walks the merge of runs in order of keys. It is for one goroutine.
type Iterator struct {
	ctx       context.Context
	open      OpenFunc
	bounds    Bounds
	readAhead int
	heap      []*cursor // a binary heap by before
	key       []byte    // the last key seen
	doc       []byte
	step      bool // the cursor at the top has been dealt with
	err       error
	closed    bool
}

// Open merges runs within bounds: for each key what the newest run has, deleted
// documents left out. It opens runs as the merge reaches them, so an error of
// opening comes from the Iterator. The context ends the iteration; callers must
// Close the Iterator in any case.
//
// An iteration holds for each level of Levels one open run with a block or two
// (a block has DefaultBlockBytes or one larger document), and at most 256 KiB
// of read-ahead.
func Open(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds) *Iterator {
	b = b.normal()
	levels := Levels(within(refs, b))
	it := &Iterator{ctx: ctx, open: open, bounds: b}
	it.readAhead = min(max(readAheadTotal/max(len(levels), 1), minReadAhead), maxReadAhead)
	for rank, runs := range levels {
		c := &cursor{runs: runs, rank: rank}
		c.wait(b.Lower)
		it.heap = append(it.heap, c)
	}
	for i := len(it.heap)/2 - 1; i >= 0; i-- {
		it.sink(i)
	}
	return it
}

// Next moves to the next document. It is false at the end and after an error.
func (it *Iterator) Next() bool {
	it.doc = nil
	for it.err == nil && !it.closed {
		select {
		case <-it.ctx.Done():
			it.err = it.ctx.Err()
			return false
		default:
		}
		if it.step && !it.advance() || len(it.heap) == 0 {
			return false
		}
		top := it.heap[0]
		if top.waits {
			ok, err := top.enter(it.ctx, it.open, it.bounds, it.readAhead)
			it.settle(ok, err)
			continue
		}
		it.step = true
		order := bytes.Compare(top.key, it.key)
		if order == 0 {
			continue // a newer run had it
		}
		e := top.current.entry
		if order < 0 {
			it.err = damaged(top.current.ref, "its keys do not ascend")
			return false
		}
		it.key = append(it.key[:0], top.key...)
		switch e.kind {
		case kindPut:
			it.doc = e.doc
			return true
		case kindDelete:
		default:
			it.err = tidemark.Errorf(tidemark.CodeFormatTooNew, "run %s has an entry of kind %d, which this version does not know", top.current.ref.Object, e.kind).
				WithHint("Use the version of Tidemark that wrote it, or a newer one.")
			return false
		}
	}
	return false
}

// advance moves the cursor at the top on.
func (it *Iterator) advance() bool {
	it.step = false
	ok, err := it.heap[0].next(it.bounds.Lower)
	return it.settle(ok, err)
}

// settle restores the heap after the cursor at the top has moved, or takes it
// off where it has ended.
func (it *Iterator) settle(ok bool, err error) bool {
	if err != nil {
		it.err = err
		return false
	}
	if !ok {
		last := len(it.heap) - 1
		it.heap[0] = it.heap[last]
		it.heap = it.heap[:last]
	}
	it.sink(0)
	return true
}

// sink lets the cursor at i down to where it belongs.
func (it *Iterator) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(it.heap) {
			return
		}
		if child+1 < len(it.heap) && it.heap[child+1].before(it.heap[child]) {
			child++
		}
		if !it.heap[child].before(it.heap[i]) {
			return
		}
		it.heap[i], it.heap[child] = it.heap[child], it.heap[i]
		i = child
	}
}

// Key is the key of the document. It is valid until the next call of Next.
func (it *Iterator) Key() []byte { return it.key }

// Doc is the document. It is valid until the next call of Next.
func (it *Iterator) Doc() []byte { return it.doc }

// Err is what ended the iteration early, if anything: the context's error,
// CodeObjectDamaged with the run's name for bytes that are not what was
// written, or what the OpenFunc or a Source returned.
func (it *Iterator) Err() error { return it.err }

// Close closes the open runs. Calling it again does nothing.
func (it *Iterator) Close() error {
	if it.closed {
		return nil
	}
	it.closed, it.doc = true, nil
	var errs []error
	for _, c := range it.heap {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
