package oplog

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"tidemark"
	"tidemark/run"
)

// accumulator collects edits in any order in bounded memory: where that is
// full, they are written to a sorted run in a scratch file. Once there are
// spillFanIn runs of one size, they become one of the next.
type accumulator struct {
	limit    int64
	scratch  Scratch
	merger   run.Merger
	groups   map[tidemark.UUID]*edits
	memory   arena
	buffered int64
	spills   []spill // the oldest and largest first
	files    map[string]*scratchRun
	named    int
}

// spill is a sorted run of all that was buffered at a time.
type spill struct {
	tier int // how often it was merged
	runs []run.RunRef
}

const (
	spillFanIn    = 8
	spillRunBytes = 256 << 20
)

func newAccumulator(limit int64, scratch Scratch, merger run.Merger) *accumulator {
	return &accumulator{
		limit: limit, scratch: scratch, merger: merger,
		groups: map[tidemark.UUID]*edits{}, files: map[string]*scratchRun{},
	}
}

// group is where the edits of a collection are kept.
func (a *accumulator) group(coll tidemark.UUID) *edits {
	g := a.groups[coll]
	if g == nil {
		g = &edits{}
		a.groups[coll] = g
	}
	return g
}

// drop forgets what is buffered of a collection. The memory is free, and not
// charged any more, once the others are written out.
func (a *accumulator) drop(coll tidemark.UUID) { delete(a.groups, coll) }

// at is the edit of a key, made where there is none: then its kind is 0.
func (a *accumulator) at(g *edits, key []byte) *edit {
	rest := key[len(tidemark.UUID{}):]
	e, hash := g.find(rest)
	if e == nil {
		e = a.memory.edit()
		e.key = append(a.memory.room(len(rest)), rest...)
		g.insert(hash, e)
		a.buffered += int64(len(rest) + editCost)
	}
	return e
}

// set makes value, which it copies, that of an edit.
func (a *accumulator) set(e *edit, kind run.Edit, value ...[]byte) {
	size := 0
	for _, v := range value {
		size += len(v)
	}
	a.reserve(e, size)
	e.kind, e.value = kind, e.value[:0]
	before := cap(e.value)
	for _, v := range value {
		e.value = append(e.value, v...)
	}
	a.grown(e, before)
}

// reserve gives an edit without a value room for one, if that is small.
func (a *accumulator) reserve(e *edit, size int) {
	if e.value == nil && size > 0 && size <= smallValue {
		e.value, e.shared = a.memory.room(size), true
		a.buffered += int64(cap(e.value))
	}
}

// grown charges for a value that had so much room before. Shared memory that it
// has left stays taken.
func (a *accumulator) grown(e *edit, before int) {
	now := cap(e.value)
	if now == before {
		return
	}
	if e.shared {
		before, e.shared = 0, false
	}
	a.buffered += int64(now - before)
}

// full says whether spill is due.
func (a *accumulator) full() bool { return a.buffered > a.limit }

// spillAll moves all that is buffered to a scratch file.
func (a *accumulator) spillAll(ctx context.Context) error {
	series := a.series()
	defer series.Abort()
	err := a.each(func(key []byte, e *edit) error { return series.Add(ctx, key, e.kind, e.value) })
	if err != nil {
		return err
	}
	if err := a.push(series, 0); err != nil {
		return err
	}
	for _, g := range a.groups {
		g.reset()
	}
	a.memory, a.buffered = arena{}, 0
	return a.mergeSpills(ctx)
}

// push ends a series and remembers its runs.
func (a *accumulator) push(series *run.Series, tier int) error {
	runs, err := series.Finish()
	if err != nil || len(runs) == 0 {
		return err
	}
	a.spills = append(a.spills, spill{tier: tier, runs: refsOf(runs)})
	return nil
}

func refsOf(runs []run.SortedRun) []run.RunRef {
	refs := make([]run.RunRef, len(runs))
	for i, r := range runs {
		refs[i] = r.Info.Ref(r.Sink.(*scratchRun).name, 0)
	}
	return refs
}

// mergeSpills merges the newest spills where enough are of one tier.
func (a *accumulator) mergeSpills(ctx context.Context) error {
	for {
		n := len(a.spills)
		if n < spillFanIn || a.spills[n-spillFanIn].tier != a.spills[n-1].tier {
			return nil
		}
		merged := slices.Clone(a.spills[n-spillFanIn:])
		series := a.series()
		if err := a.merge(ctx, merged, func(key []byte, kind run.Edit, value []byte) error {
			return series.Add(ctx, key, kind, value)
		}); err != nil {
			series.Abort()
			return err
		}
		a.spills = a.spills[:n-spillFanIn]
		if err := a.push(series, merged[0].tier+1); err != nil {
			series.Abort()
			return err
		}
		if err := a.closeFiles(merged); err != nil {
			return err
		}
	}
}

// refs are the runs of spills, in order of their age.
func refs(spills []spill) []run.RunRef {
	var all []run.RunRef
	for i, s := range spills {
		for _, ref := range s.runs {
			ref.Sequence = i
			all = append(all, ref)
		}
	}
	return all
}

// merge calls fn with what spills make together, in order of keys.
func (a *accumulator) merge(ctx context.Context, spills []spill, fn func(key []byte, kind run.Edit, value []byte) error) error {
	it := run.OpenEdits(ctx, a.open, refs(spills), run.Bounds{}, a.merger)
	defer it.Close()
	for it.Next() {
		if err := fn(it.Key(), it.Edit(), it.Value()); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	return it.Close()
}

// finish calls fn with all edits in order of keys. What it is given is valid
// during the call.
func (a *accumulator) finish(ctx context.Context, fn func(key []byte, kind run.Edit, value []byte) error) error {
	if len(a.spills) == 0 {
		return a.each(func(key []byte, e *edit) error { return fn(key, e.kind, e.value) })
	}
	if a.buffered > 0 {
		if err := a.spillAll(ctx); err != nil {
			return err
		}
	}
	return a.merge(ctx, a.spills, fn)
}

// each calls fn with all that is buffered, in order of keys.
func (a *accumulator) each(fn func(key []byte, e *edit) error) error {
	var key []byte
	for _, coll := range slices.SortedFunc(maps.Keys(a.groups), func(x, y tidemark.UUID) int { return bytes.Compare(x[:], y[:]) }) {
		for _, k := range a.groups[coll].sorted() {
			key = append(append(key[:0], coll[:]...), k.edit.key...)
			if err := fn(key, k.edit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *accumulator) closeFiles(spills []spill) error {
	var errs []error
	for _, s := range spills {
		for _, ref := range s.runs {
			errs = append(errs, a.files[ref.Object].file.Close())
			delete(a.files, ref.Object)
		}
	}
	return errors.Join(errs...)
}

// close gives the scratch files back.
func (a *accumulator) close() error {
	var errs []error
	for _, f := range a.files {
		errs = append(errs, f.file.Close())
	}
	clear(a.files)
	a.groups, a.spills, a.memory, a.buffered = nil, nil, arena{}, 0
	return errors.Join(errs...)
}
