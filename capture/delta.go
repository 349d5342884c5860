package capture

import (
	"context"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

// deltaSequence is that of deltas in scratch files: above any run of a base.
const deltaSequence = 1 << 30

// delta is what the fold does to one collection. It is kept in the vault as it
// is, patches too, without a look at the documents that it changes, or it is in
// scratch files to be resolved.
type delta struct {
	series  *run.Series
	kept    bool
	runs    []run.SortedRun
	more    int64            // documents, as the fold counts them
	put     tidemark.Content // of the puts
	patches int
}

// into decides what becomes of the delta of a collection.
func (r *resolver) into(c tidemark.Collection, changes oplog.Changes) oplog.Into {
	old := r.runs[c.UUID]
	d := &delta{more: changes.Documents, kept: !c.Capped() && len(old) > 0 && !r.doubts(changes)}
	if d.kept {
		d.series = run.NewSeries(run.SeriesOptions{Create: r.writer.createRun, Sequence: nextSequence(old), Writer: r.runOptions()})
	} else {
		d.series = run.NewSeries(run.SeriesOptions{Create: r.createScratch, Sequence: deltaSequence, Writer: run.WriterOptions{Scratch: true}})
	}
	r.deltas[c.UUID] = d
	return d
}

// doubts says whether documents must be counted one by one: in a torn stretch
// entries meet documents that have them already, and an embedded server logs
// what it was told to do, whether or not it did anything.
func (r *resolver) doubts(changes oplog.Changes) bool {
	return !r.TornUntil.IsZero() || changes.Doubtful || r.Base.Server.Embedded
}

// Add implements oplog.Into.
func (d *delta) Add(ctx context.Context, key []byte, edit run.Edit, value []byte) error {
	switch {
	case !d.kept:
	case edit == run.EditPut:
		d.put.Add(value)
	case edit == run.EditPatch:
		d.patches++
	}
	return d.series.Add(ctx, key, edit, value)
}

// Finish implements oplog.Into.
func (d *delta) Finish() (err error) {
	d.runs, err = d.series.Finish()
	return err
}

// refs are the runs in scratch files; none of no delta.
func (d *delta) refs() []run.RunRef {
	if d == nil {
		return nil
	}
	refs := make([]run.RunRef, len(d.runs))
	for i, s := range d.runs {
		refs[i] = s.Info.Ref(s.Sink.(*scratchRun).name, deltaSequence)
	}
	return refs
}

// changed is the content of a collection after a delta that is kept. If there
// are as many more documents as puts, and no patches, each put is of a new
// document.
func (d *delta) changed(was tidemark.Content) tidemark.Content {
	if d.patches == 0 && d.put.Documents == d.more {
		was.Merge(d.put)
		return was
	}
	return grown(was, d.put, d.more)
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
