package capture

import (
	"context"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

// resolver takes the folded delta over into the vault, one collection at a
// time.
type resolver struct {
	*advancer
	base      map[tidemark.UUID]*vault.ManifestCollection
	runs      map[tidemark.UUID][]vault.ManifestRun
	deltas    map[tidemark.UUID]*delta
	catalogue *tidemark.Catalogue // after the fold
	merger    *oplog.Merger
}

func newResolver(a *advancer) *resolver {
	r := &resolver{
		advancer: a, base: map[tidemark.UUID]*vault.ManifestCollection{},
		runs: map[tidemark.UUID][]vault.ManifestRun{}, deltas: map[tidemark.UUID]*delta{},
	}
	for i := range a.Base.Collections {
		if c := &a.Base.Collections[i]; c.HasDocuments() {
			r.base[c.UUID] = c
		}
	}
	for _, old := range a.Base.Runs {
		r.runs[old.Collection] = append(r.runs[old.Collection], old)
	}
	return r
}

// abort gives up what was not finished.
func (r *resolver) abort() {
	for _, d := range r.deltas {
		d.series.Abort()
	}
}

// open opens runs of the vault and of the scratch files.
func (r *resolver) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	if s, ok := r.scratch[ref.Object]; ok {
		return s, nil
	}
	return r.Vault.Open(ctx, ref.Object)
}

// collection returns the content and the runs of a collection after the fold.
func (r *resolver) collection(ctx context.Context, c tidemark.Collection) (tidemark.Content, []vault.ManifestRun, error) {
	var content tidemark.Content
	if !c.HasDocuments() {
		return content, nil, nil
	}
	old := r.runs[c.UUID]
	was := r.base[c.UUID]
	if was != nil {
		content = was.Content
	}
	d := r.deltas[c.UUID]
	switch {
	case d == nil && (was == nil || was.Natural == c.Capped()):
		return content, old, nil
	case c.Capped():
		return r.rewrite(ctx, c, old, d)
	}
	var fresh []vault.ManifestRun
	var err error
	if d.kept {
		fresh, content, err = storedRuns(c, d.runs), d.changed(content), nil
	} else {
		fresh, err = r.resolve(ctx, c, old, d, &content)
	}
	if err == nil && content.Documents < 0 {
		err = tidemark.Errorf(tidemark.CodeInvalidData, "the oplog deletes more documents of %s than the snapshot has", c.Namespace()).
			WithHint("The snapshot or the captured oplog lacks something. Take a new base.").WithParams(c.Namespace())
	}
	if err != nil {
		return content, nil, err
	}
	return r.compacted(ctx, c, append(append([]vault.ManifestRun{}, old...), fresh...), content)
}

// resolve writes what the delta does to a collection as puts and deletions, and
// keeps the content up to date by the documents that go and come.
func (r *resolver) resolve(ctx context.Context, c tidemark.Collection, old []vault.ManifestRun, d *delta, content *tidemark.Content) ([]vault.ManifestRun, error) {
	finder := run.NewFinder(ctx, r.open, refsOf(old), oplog.NewMerger(r.catalogue))
	defer finder.Close()
	edits := run.OpenEdits(ctx, r.open, d.refs(), run.CollectionBounds(c.UUID), r.merger)
	defer edits.Close()
	series := run.NewSeries(run.SeriesOptions{Create: r.writer.createRun, Sequence: nextSequence(old), Writer: r.runOptions()})
	defer series.Abort()
	for edits.Next() {
		before, err := finder.Find(edits.Key())
		if err != nil {
			return nil, err
		}
		kind, after, err := r.outcome(edits, before)
		if err != nil {
			return nil, err
		}
		if before == nil && after == nil {
			continue // it came and went
		}
		if before != nil {
			content.Remove(before)
		}
		if after != nil {
			content.Add(after)
		}
		if err := series.Add(ctx, edits.Key(), kind, after); err != nil {
			return nil, err
		}
	}
	if err := edits.Err(); err != nil {
		return nil, err
	}
	written, err := series.Finish()
	return storedRuns(c, written), err
}

// outcome is what an edit makes of the document before it.
func (r *resolver) outcome(edits *run.Edits, before []byte) (run.Edit, []byte, error) {
	switch edits.Edit() {
	case run.EditPut:
		return run.EditPut, edits.Value(), nil
	case run.EditDelete:
		return run.EditDelete, nil, nil
	default:
		after, ok, err := r.merger.Apply(edits.Key(), before, [][]byte{edits.Value()})
		if err != nil || !ok {
			return run.EditDelete, nil, err
		}
		return run.EditPut, after, nil
	}
}

// rewrite writes a capped collection anew: its order is that of its documents
// now, and it is bounded in size.
func (r *resolver) rewrite(ctx context.Context, c tidemark.Collection, old []vault.ManifestRun, d *delta) (tidemark.Content, []vault.ManifestRun, error) {
	source := oplog.Source{Open: r.open, Runs: append(refsOf(old), d.refs()...)}
	documents, err := source.Documents(ctx, c, run.CollectionBounds(c.UUID))
	if err != nil {
		return tidemark.Content{}, nil, err
	}
	defer documents.Close()
	sorter := run.NewSorter(run.SorterOptions{Collection: c.UUID, Natural: true, Create: r.writer.createRun})
	defer sorter.Abort()
	for documents.Next() {
		if err := sorter.Add(ctx, documents.Doc()); err != nil {
			return tidemark.Content{}, nil, err
		}
	}
	if err := documents.Err(); err != nil {
		return tidemark.Content{}, nil, err
	}
	written, err := sorter.Finish(ctx)
	return written.Content, storedRuns(c, written.Runs), err
}

// nextSequence is above that of all runs.
func nextSequence(runs []vault.ManifestRun) int {
	next := int64(0)
	for _, r := range runs {
		next = max(next, r.Sequence+1)
	}
	return int(next)
}

// refsOf are the runs of a manifest as a merge takes them.
func refsOf(runs []vault.ManifestRun) []run.RunRef {
	out := make([]run.RunRef, len(runs))
	for i, r := range runs {
		out[i] = run.RunRef{
			Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
			Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes,
		}
	}
	return out
}

// storedRuns are runs that were written to the vault, as a manifest has them.
func storedRuns(c tidemark.Collection, runs []run.SortedRun) []vault.ManifestRun {
	var out []vault.ManifestRun
	for _, r := range runs {
		w := r.Sink.(*sink).writer
		out = append(out, vault.ManifestRun{
			Object: w.Name(), Collection: c.UUID, Sequence: int64(r.Sequence), First: r.Info.First, Last: r.Info.Last,
			Entries: r.Info.Entries, RawBytes: r.Info.RawBytes, RunBytes: r.Info.StoredBytes, StoredBytes: w.StoredSize(),
		})
	}
	return out
}
