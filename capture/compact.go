package capture

import (
	"cmp"
	"context"
	"slices"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
	"tidemark/vault"
)

// compacted returns the content and the runs of a collection, merged if there
// are too many of them, or too much that newer ones hide.
func (r *resolver) compacted(ctx context.Context, c tidemark.Collection, runs []vault.ManifestRun, content tidemark.Content) (tidemark.Content, []vault.ManifestRun, error) {
	if r.Ephemeral || r.Once {
		return content, runs, nil // it is read once
	}
	levels := len(run.Levels(refsOf(runs)))
	switch {
	case levels > 1 && r.outgrown(runs, content):
		return r.compact(ctx, c, runs, content)
	case levels <= maxDeltas:
		return content, runs, nil
	}
	older, newer := r.split(runs, content)
	if len(older) == 0 || len(run.Levels(refsOf(older)))+1 > maxDeltas {
		return r.compact(ctx, c, runs, content)
	}
	merged, err := r.mergeDeltas(ctx, c, newer)
	return content, append(older, merged...), err
}

// outgrown says whether the runs have more than their share over what there is.
func (r *resolver) outgrown(runs []vault.ManifestRun, content tidemark.Content) bool {
	return float64(rawBytes(runs)) > (1+r.CompactShare)*float64(content.Bytes)
}

func rawBytes(runs []vault.ManifestRun) int64 {
	var n int64
	for _, r := range runs {
		n += r.RawBytes
	}
	return n
}

// split parts runs into an older part and a newer one, which has as many
// sequences as CompactShare of the collection lets it.
func (r *resolver) split(runs []vault.ManifestRun, content tidemark.Content) (older, newer []vault.ManifestRun) {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b vault.ManifestRun) int { return cmp.Compare(a.Sequence, b.Sequence) })
	room := int64(r.CompactShare * float64(content.Bytes))
	at := len(runs)
	for at > 0 {
		first := at - 1
		for first > 0 && runs[first-1].Sequence == runs[first].Sequence {
			first--
		}
		if room -= rawBytes(runs[first:at]); room < 0 {
			break
		}
		at = first
	}
	return runs[:at:at], runs[at:]
}

// mergeDeltas makes one level of the newest runs of a collection, of which
// patches stay.
func (r *resolver) mergeDeltas(ctx context.Context, c tidemark.Collection, runs []vault.ManifestRun) ([]vault.ManifestRun, error) {
	edits := run.OpenEdits(ctx, r.open, refsOf(runs), run.CollectionBounds(c.UUID), r.merger)
	defer edits.Close()
	series := run.NewSeries(run.SeriesOptions{Create: r.writer.createRun, Sequence: nextSequence(runs)})
	defer series.Abort()
	for edits.Next() {
		if err := series.Add(ctx, edits.Key(), edits.Edit(), edits.Value()); err != nil {
			return nil, err
		}
	}
	if err := edits.Err(); err != nil {
		return nil, err
	}
	written, err := series.Finish()
	return storedRuns(c, written), err
}

// compact merges all runs of a collection into one level, which gives its
// content.
func (r *resolver) compact(ctx context.Context, c tidemark.Collection, runs []vault.ManifestRun, expected tidemark.Content) (tidemark.Content, []vault.ManifestRun, error) {
	it := run.OpenMerged(ctx, r.open, refsOf(runs), run.CollectionBounds(c.UUID), oplog.NewMerger(r.catalogue))
	defer it.Close()
	series := run.NewSeries(run.SeriesOptions{Create: r.writer.createRun})
	defer series.Abort()
	var content tidemark.Content
	for it.Next() {
		content.Add(it.Doc())
		if err := series.Add(ctx, it.Key(), run.EditPut, it.Doc()); err != nil {
			return content, nil, err
		}
	}
	if err := it.Err(); err != nil {
		return content, nil, err
	}
	if content.Documents != expected.Documents || !expected.Estimated && content != expected {
		return content, nil, tidemark.Errorf(tidemark.CodeObjectDamaged, "the runs of %s hold %d documents, not the %d that were counted, or not the same", c.Namespace(), content.Documents, expected.Documents).
			WithHint("The snapshot or the captured oplog lacks something. Take a new base.").WithParams(c.Namespace())
	}
	written, err := series.Finish()
	return content, storedRuns(c, written), err
}
