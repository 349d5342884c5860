package oplog

import (
	"context"

	"tidemark"
	"tidemark/run"
)

// result writes the delta and ends the fold.
func (f *folder) result(ctx context.Context) (Result, error) {
	c, err := f.catalogue.result(f.at.Compare(f.opts.TornUntil) < 0)
	if err != nil {
		return Result{}, err
	}
	r := Result{Catalogue: c, Last: f.at, Entries: f.count, Changes: map[tidemark.UUID]Changes{}}
	d := delta{folder: f, merger: NewMerger(c)}
	f.acc.merger = d.merger
	if f.opts.Into == nil {
		d.series = run.NewSeries(run.SeriesOptions{
			Create: f.opts.Create, Sequence: f.opts.Sequence, RunBytes: f.opts.RunBytes, Writer: f.opts.Writer,
		})
		defer d.series.Abort()
	}
	err = f.acc.finish(ctx, func(key []byte, kind run.Edit, value []byte) error {
		return d.add(ctx, key, kind, value)
	})
	if err != nil {
		return Result{}, err
	}
	if r.Runs, err = d.finish(); err != nil {
		return Result{}, err
	}
	for id, k := range f.catalogue.byUUID {
		if k.changes.Edits > 0 {
			r.Changes[id] = k.changes
		}
	}
	r.State = f.txns.state()
	return r, nil
}

// delta hands edits on, to runs or to what takes those of their collection.
type delta struct {
	*folder
	merger *Merger
	series *run.Series // nil where there is Options.Into
	into   Into
	of     tidemark.UUID // whose edits go to into
}

func (d *delta) add(ctx context.Context, key []byte, kind run.Edit, value []byte) error {
	coll, _, _ := run.SplitKey(key)
	k := d.catalogue.byUUID[coll]
	if k == nil {
		return nil // dropped
	}
	k.changes.Edits++
	if kind == run.EditPatch && !isComposed(value) {
		var err error
		if d.doc, err = d.composer.patches(d.doc[:0], value); err != nil {
			return d.merger.failed(key, err)
		}
		value = d.doc
	}
	if d.series != nil {
		return d.series.Add(ctx, key, kind, value)
	}
	if d.into == nil || coll != d.of {
		if _, err := d.finish(); err != nil {
			return err
		}
		changes := k.changes
		changes.Edits = 0
		d.into, d.of = d.opts.Into(k.Collection, changes), coll
	}
	return d.into.Add(ctx, key, kind, value)
}

// finish ends what is being written.
func (d *delta) finish() ([]run.SortedRun, error) {
	if d.series != nil {
		return d.series.Finish()
	}
	if d.into == nil {
		return nil, nil
	}
	return nil, d.into.Finish()
}
