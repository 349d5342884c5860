package capture

import (
	"context"
	"strconv"

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
	changes   map[tidemark.UUID]oplog.Changes
	delta     []run.RunRef
	scratch   map[string]*scratchRun // by the names in delta
	catalogue *tidemark.Catalogue
	merger    *oplog.Merger
}

func newResolver(a *advancer, folded oplog.Result) *resolver {
	r := &resolver{
		advancer: a, base: map[tidemark.UUID]*vault.ManifestCollection{}, runs: map[tidemark.UUID][]vault.ManifestRun{},
		changes: folded.Changes, scratch: map[string]*scratchRun{},
		catalogue: folded.Catalogue, merger: oplog.NewMerger(folded.Catalogue),
	}
	for i := range a.Base.Collections {
		if c := &a.Base.Collections[i]; c.HasDocuments() {
			r.base[c.UUID] = c
		}
	}
	for _, old := range a.Base.Runs {
		r.runs[old.Collection] = append(r.runs[old.Collection], old)
	}
	for i, s := range folded.Runs {
		name := strconv.Itoa(i)
		r.scratch[name] = s.Sink.(*scratchRun)
		r.delta = append(r.delta, s.Info.Ref(name, deltaSequence))
	}
	return r
}

// open opens runs of the base and of the delta.
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
	changes := r.changes[c.UUID]
	switch {
	case changes.Edits == 0 && (was == nil || was.Natural == c.Capped()):
		return content, old, nil
	case c.Capped():
		return r.rewrite(ctx, c, old)
	}
	take := r.keep
	if len(old) == 0 || r.doubts(changes) {
		take = r.resolve
	}
	fresh, err := take(ctx, c, old, &content)
	if err != nil {
		return content, nil, err
	}
	return r.compacted(ctx, c, append(append([]vault.ManifestRun{}, old...), fresh...), content)
}

// doubts says whether documents must be counted one by one: in a torn stretch
// entries meet documents that have them already, and an embedded server logs
// what it was told to do, whether or not it did anything.
func (r *resolver) doubts(changes oplog.Changes) bool {
	return !r.TornUntil.IsZero() || changes.Doubtful || r.Base.Server.Embedded
}

// keep copies what the delta does to a collection, patches too, without a look
// at the documents that it changes. How many there are the fold has counted. If
// that is as many more as there are puts, each is of a new document.
func (r *resolver) keep(ctx context.Context, c tidemark.Collection, old []vault.ManifestRun, content *tidemark.Content) ([]vault.ManifestRun, error) {
	edits := run.OpenEdits(ctx, r.open, r.delta, run.CollectionBounds(c.UUID), r.merger)
	defer edits.Close()
	series := run.NewSeries(run.SeriesOptions{Create: r.writer.createRun, Sequence: nextSequence(old)})
	defer series.Abort()
	var put tidemark.Content
	patches := 0
	for edits.Next() {
		switch edits.Edit() {
		case run.EditPut:
			put.Add(edits.Value())
		case run.EditPatch:
			patches++
		}
		if err := series.Add(ctx, edits.Key(), edits.Edit(), edits.Value()); err != nil {
			return nil, err
		}
	}
	if err := edits.Err(); err != nil {
		return nil, err
	}
	more := r.changes[c.UUID].Documents
	if patches == 0 && put.Documents == more {
		content.Merge(put)
	} else {
		*content = grown(*content, put, more)
	}
	if content.Documents < 0 {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the oplog deletes more documents of %s than the snapshot has", c.Namespace()).
			WithHint("The snapshot or the captured oplog lacks something. Take a new base.").WithParams(c.Namespace())
	}
	written, err := series.Finish()
	return storedRuns(c, written), err
}

// grown estimates a collection after puts, by which it has so many documents
// more or less: those that came are as large as the puts, those that went as
// what was there.
func grown(was, put tidemark.Content, more int64) tidemark.Content {
	sizes := was
	if more > 0 && put.Documents > 0 {
		sizes = put
	}
	out := tidemark.Estimate(was.Documents+more, was.Bytes)
	if sizes.Documents > 0 {
		out.Bytes += int64(float64(more) * float64(sizes.Bytes) / float64(sizes.Documents))
	}
	if out.Documents == 0 {
		out.Bytes = 0
	}
	return out
}

// resolve writes what the delta does to a collection as puts and deletions, and
// keeps the content up to date by the documents that go and come.
func (r *resolver) resolve(ctx context.Context, c tidemark.Collection, old []vault.ManifestRun, content *tidemark.Content) ([]vault.ManifestRun, error) {
	finder := run.NewFinder(ctx, r.open, refsOf(old), oplog.NewMerger(r.catalogue))
	defer finder.Close()
	edits := run.OpenEdits(ctx, r.open, r.delta, run.CollectionBounds(c.UUID), r.merger)
	defer edits.Close()
	series := run.NewSeries(run.SeriesOptions{Create: r.writer.createRun, Sequence: nextSequence(old)})
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
func (r *resolver) rewrite(ctx context.Context, c tidemark.Collection, old []vault.ManifestRun) (tidemark.Content, []vault.ManifestRun, error) {
	source := oplog.Source{Open: r.open, Runs: append(refsOf(old), r.delta...)}
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
