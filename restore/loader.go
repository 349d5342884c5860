package restore

import (
	"context"
	"time"

	"tidemark"
	"tidemark/run"
)

// mostInMessage is how many documents an insert may have where the server does
// not say (maxWriteBatchSize).
const mostInMessage = 100_000

// loader is one writer. Its buffer is reused from part to part.
type loader struct {
	*restorer
	c     *Collection
	batch []byte
	count int
	size  int // that the batch may have, but for one larger document
	in    bool
}

// part streams one part into the target.
func (l *loader) part(ctx context.Context, p part) error {
	l.c = p.collection
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()
	if l.c.Natural {
		// Half of a capped collection cannot be gone on with: its order is that
		// of insertion.
		if err := l.makeEmpty(ctx, l.c.Collection, l.c.Load); err != nil {
			return err
		}
	}
	it := run.OpenMerged(ctx, l.Open, l.c.Runs, p.bounds, l.Merger())
	defer it.Close() // its errors are those of Err
	var streamed tidemark.Content
	most := mostInMessage
	if n := l.plan.Target.MaxBatchCount; n > 0 {
		most = n
	}
	l.begin()
	for it.Next() {
		doc := it.Doc()
		if l.count > 0 && len(l.batch)+len(doc) > l.size || l.count == most {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
		streamed.Add(doc)
		l.batch, l.count = append(l.batch, doc...), l.count+1
	}
	if err := it.Err(); err != nil {
		return err
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	l.note(func(cur *cursor) { cur.of(l.c.Namespace()).finish(p.number, streamed) })
	return nil
}

// flush inserts the batch.
func (l *loader) flush(ctx context.Context) error {
	if l.count == 0 {
		return nil
	}
	if err := l.throttle.wait(ctx, len(l.batch)); err != nil {
		return err
	}
	begin := time.Now()
	err := again(ctx, l.RetryFor, func(ctx context.Context) error {
		err := l.Target.Insert(ctx, l.c.DB, l.c.Load, l.batch, l.count)
		if unreachable(err) {
			l.pace.faulted()
		}
		return err
	})
	if err != nil {
		return err
	}
	l.pace.done(len(l.batch), time.Since(begin))
	l.tally.inserted(l.c, l.count, len(l.batch))
	var crowded bool
	if l.size, crowded = l.pace.crowded(); crowded {
		l.leave()
		if err := l.enter(ctx); err != nil {
			return err
		}
	}
	l.begin()
	return nil
}

// begin empties the batch, makes room where batches have grown, and gives up
// what one large document has taken.
func (l *loader) begin() {
	if cap(l.batch) < l.size || cap(l.batch) > 2*max(l.size, mostBatch) {
		l.batch = make([]byte, 0, l.size)
	}
	l.batch, l.count = l.batch[:0], 0
}

// enter waits until the pace lets one more load, and has room for a batch.
func (l *loader) enter(ctx context.Context) (err error) {
	if l.size, err = l.pace.enter(ctx); err != nil {
		return err
	}
	l.in = true
	return nil
}

func (l *loader) leave() {
	if l.in {
		l.in = false
		l.pace.leave()
	}
}
