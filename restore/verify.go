package restore

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark"
)

// verifyRangeBytes is about how much of a collection one scan reads.
const verifyRangeBytes = 64 << 20

// reading is a collection that is being read back, range by range.
type reading struct {
	*Collection
	loaded tidemark.Collection // as it is named now
	ranges []tidemark.ScanRange

	mu   sync.Mutex
	left int // ranges
	got  tidemark.Content
}

// verify reads the collections back from the target, ranges of all of them at
// once, and compares each as its last range is read.
func (r *restorer) verify(ctx context.Context, collections []Collection) error {
	readings, err := r.readings(ctx, collections)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(min(r.Writers, beside))
	for _, c := range readings {
		for _, part := range c.ranges {
			g.Go(func() error {
				if err := gctx.Err(); err != nil {
					return err
				}
				return r.readBack(gctx, c, part)
			})
		}
	}
	return g.Wait()
}

// readings lists what is not yet known to be equal.
func (r *restorer) readings(ctx context.Context, collections []Collection) ([]*reading, error) {
	var out []*reading
	for i := range collections {
		c := &collections[i]
		if saved := r.saved(c); saved.ReadBack != nil && *saved.ReadBack == r.expected(c) {
			r.tally.verified(int(saved.ReadBack.Bytes))
			r.tally.now(c, phaseVerified)
			continue
		}
		reading := &reading{Collection: c, loaded: c.Collection}
		reading.loaded.Name = c.Load
		var err error
		if reading.ranges, err = r.Target.Partition(ctx, reading.loaded, verifyRangeBytes); err != nil {
			return nil, err
		}
		if len(reading.ranges) == 0 {
			reading.ranges = []tidemark.ScanRange{{}} // nothing goes unread
		}
		reading.left = len(reading.ranges)
		out = append(out, reading)
	}
	return out, nil
}

// readBack reads one range, and compares the collection if it was the last.
func (r *restorer) readBack(ctx context.Context, c *reading, part tidemark.ScanRange) error {
	var content tidemark.Content
	r.tally.now(c.Collection, stepVerify)
	err := again(ctx, r.RetryFor, func(ctx context.Context) error {
		r.tally.verified(-int(content.Bytes)) // of the try before
		content = tidemark.Content{}
		return r.Target.Scan(ctx, c.loaded, part, func(doc bson.Raw) error {
			content.Add(doc)
			r.tally.verified(len(doc))
			return nil
		})
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got.Merge(content)
	if c.left--; c.left > 0 {
		return nil
	}
	r.note(func(cur *cursor) { cur.of(c.Namespace()).ReadBack = &c.got })
	if want := r.expected(c.Collection); c.got != want {
		return tidemark.Errorf(tidemark.CodeNotEqual,
			"%s reads back as %s, the snapshot has %s", c.Namespace(), describe(c.got), describe(want)).
			WithHint("It was not put in place. See whether something else writes to the target, or whether the target changes what it is given.").
			WithParams(c.Namespace())
	}
	r.tally.now(c.Collection, phaseVerified)
	return nil
}
