package capture

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// task is one range of one collection to scan.
type task struct {
	of     *scanned
	part   int
	scan   tidemark.ScanRange
	weight int64 // documents of the whole collection, estimated
}

// scanned is what was read of one collection.
type scanned struct {
	collection tidemark.Collection
	parts      []sorted // in the order of the ranges
	runs       []storedRun
	content    tidemark.Content
	largest    int // bytes of a document
}

// sorted is what was read of one range.
type sorted struct {
	runs    []storedRun
	content tidemark.Content
	largest int // bytes of a document
}

// storedRun is a run in the vault.
type storedRun struct {
	ref    run.RunRef
	stored int64 // what its object takes in the bucket, in bytes
}

// scanRange reads a range into runs.
func (t *taker) scanRange(ctx context.Context, task task) error {
	c := task.of.collection
	sorter := t.newSorter(c)
	defer sorter.Abort()
	t.tally.enter(c)
	largest := 0
	err := t.Source.Scan(ctx, c, task.scan, func(doc bson.Raw) error {
		largest = max(largest, len(doc))
		if err := sorter.Add(ctx, doc); err != nil {
			return err
		}
		t.tell(c, len(doc))
		return nil
	})
	if err != nil {
		return err
	}
	task.of.parts[task.part], err = finish(ctx, sorter, largest)
	return err
}

func (t *taker) newSorter(c tidemark.Collection) *run.Sorter {
	return run.NewSorter(run.SorterOptions{
		Collection: c.UUID, Natural: c.Capped(), BufferBytes: t.BufferBytes, Create: t.createRun,
	})
}

// finish ends a sorter and tells what it wrote.
func finish(ctx context.Context, sorter *run.Sorter, largest int) (sorted, error) {
	out, err := sorter.Finish(ctx)
	if err != nil {
		return sorted{}, err
	}
	part := sorted{content: out.Content, largest: largest}
	for _, r := range out.Runs {
		w := r.Sink.(*sink).writer
		part.runs = append(part.runs, storedRun{ref: r.Info.Ref(w.Name(), r.Sequence), stored: w.StoredSize()})
	}
	return part, nil
}

// add puts runs on top of those that are there.
func (s *scanned) add(part sorted) {
	for _, r := range part.runs {
		r.ref.Sequence = len(s.runs)
		s.runs = append(s.runs, r)
	}
	s.content.Merge(part.content)
	s.largest = max(s.largest, part.largest)
}

func (s *scanned) refs() []run.RunRef {
	out := make([]run.RunRef, len(s.runs))
	for i, r := range s.runs {
		out[i] = r.ref
	}
	return out
}

func (s *scanned) manifestRuns() []vault.ManifestRun {
	var out []vault.ManifestRun
	for _, r := range s.runs {
		out = append(out, vault.ManifestRun{
			Object: r.ref.Object, Collection: s.collection.UUID, Sequence: int64(r.ref.Sequence), First: r.ref.First, Last: r.ref.Last,
			Entries: r.ref.Entries, RawBytes: r.ref.RawBytes, RunBytes: r.ref.StoredBytes, StoredBytes: r.stored,
		})
	}
	return out
}
