package oplog

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"tidemark"
	"tidemark/run"
)

// edit is what is known of a document: that it was put, deleted or patched. Of
// capped collections the value of a put starts with the document's position.
type edit struct {
	kind    run.Edit
	value   []byte
	compact int // the size from which on a patch is composed
}

// editCost is the memory that an edit takes beside its key and value.
const editCost = 160

// edits are those of one collection, by the part of their keys after it.
type edits struct {
	byKey map[string]*edit
	cost  int64
}

// keyed is an edit and the part of its key after the collection.
type keyed struct {
	rest string
	edit *edit
}

// sorted are the edits in order of their keys.
func (e *edits) sorted() []keyed {
	all := make([]keyed, 0, len(e.byKey))
	for rest, edit := range e.byKey {
		if edit.kind != 0 {
			all = append(all, keyed{rest, edit})
		}
	}
	slices.SortFunc(all, func(x, y keyed) int { return strings.Compare(x.rest, y.rest) })
	return all
}

// release is the memory that giving the edits up frees.
func (e *edits) release() int64 {
	if e == nil {
		return 0
	}
	n := e.cost
	e.byKey, e.cost = map[string]*edit{}, 0
	return n
}

// accumulator collects edits in any order in bounded memory: where that is
// full, they are written to a sorted run in a scratch file. Once there are
// spillFanIn runs of one size, they become one of the next.
type accumulator struct {
	limit    int64
	scratch  Scratch
	merger   run.Merger
	groups   map[tidemark.UUID]*edits
	slab     []edit // not in use yet
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
		g = &edits{byKey: map[string]*edit{}}
		a.groups[coll] = g
	}
	return g
}

// drop gives up what is buffered of a collection.
func (a *accumulator) drop(coll tidemark.UUID) {
	a.buffered -= a.groups[coll].release()
	delete(a.groups, coll)
}

// at is the edit of a key, made where there is none: then its kind is 0.
func (a *accumulator) at(g *edits, key []byte) *edit {
	rest := key[len(tidemark.UUID{}):]
	e := g.byKey[string(rest)]
	if e == nil {
		e = a.fresh()
		g.byKey[string(rest)] = e
		a.charge(g, int64(len(rest)+editCost))
	}
	return e
}

// fresh makes an edit, many at a time.
func (a *accumulator) fresh() *edit {
	if len(a.slab) == 0 {
		a.slab = make([]edit, 64)
	}
	e := &a.slab[0]
	a.slab = a.slab[1:]
	return e
}

func (a *accumulator) charge(g *edits, n int64) {
	g.cost += n
	a.buffered += n
}

// set makes value, which it copies, that of an edit.
func (a *accumulator) set(g *edits, e *edit, kind run.Edit, value ...[]byte) {
	before := cap(e.value)
	e.kind, e.value = kind, e.value[:0]
	for _, v := range value {
		e.value = append(e.value, v...)
	}
	a.charge(g, int64(cap(e.value)-before))
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
		a.buffered -= g.release()
	}
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
			key = append(append(key[:0], coll[:]...), k.rest...)
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
	a.groups, a.spills, a.buffered = nil, nil, 0
	return errors.Join(errs...)
}
