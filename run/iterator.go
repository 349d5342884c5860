package run

import (
	"bytes"
	"context"
	"errors"
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
	merger    Merger
	patches   [][]byte // of key, whose base has not come yet; newest first
	edits     bool     // stop at deletions and patches too
	edit      Edit     // what doc is
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
//
// Patches end it with CodeFormatTooNew: OpenMerged applies them.
func Open(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds) *Iterator {
	return OpenMerged(ctx, open, refs, b, nil)
}

// OpenMerged is Open with patches applied by m.
func OpenMerged(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds, m Merger) *Iterator {
	b = b.normal()
	levels := Levels(within(refs, b))
	it := &Iterator{ctx: ctx, open: open, bounds: b, merger: m}
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
		if it.step && !it.advance() {
			return false
		}
		if len(it.heap) == 0 || bytes.Compare(it.heap[0].key, it.key) > 0 && len(it.patches) > 0 {
			if len(it.patches) == 0 {
				return false
			}
			if it.conclude(nil, kindPatch) {
				return true
			}
			continue
		}
		top := it.heap[0]
		if top.waits {
			ok, err := top.enter(it.ctx, it.open, it.bounds, it.readAhead)
			it.settle(ok, err)
			continue
		}
		it.step = true
		if it.take(top) {
			return true
		}
	}
	return false
}

// take looks at the entry of the cursor at the top. It is true where Next must
// stop.
func (it *Iterator) take(top *cursor) bool {
	order := bytes.Compare(top.key, it.key)
	if order == 0 && len(it.patches) == 0 {
		return false // a newer run had it
	}
	e := top.current.entry
	if order < 0 {
		it.err = damaged(top.current.ref, "its keys do not ascend")
		return false
	}
	it.key = append(it.key[:0], top.key...)
	switch {
	case e.kind == kindPut || e.kind == kindDelete:
		return it.conclude(e.doc, e.kind)
	case e.kind == kindPatch && it.merger != nil:
		it.keep(e.doc)
	default:
		it.err = unknown(e, top.current.ref)
	}
	return false
}

// keep copies a patch, into the memory of an earlier one where there is any.
func (it *Iterator) keep(patch []byte) {
	n := len(it.patches)
	if n == cap(it.patches) {
		it.patches = append(it.patches, nil)
	}
	it.patches = it.patches[:n+1]
	it.patches[n] = append(it.patches[n][:0], patch...)
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
