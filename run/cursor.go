package run

import (
	"bytes"
	"context"
)

// cursor walks the runs of a level. While it waits, key is only a lower limit
// of the key it will stand at and the run there is not open: a run is opened
// when the merge gets to it, and closed when it is read.
type cursor struct {
	runs    []RunRef // those left, the open one not among them
	rank    int      // of the level: 0 is the newest
	key     []byte
	waits   bool
	current *table
}

// wait stands before the next run. It is false when none is left.
func (c *cursor) wait(lower []byte) bool {
	if len(c.runs) == 0 {
		return false
	}
	c.waits, c.key = true, c.runs[0].First
	if bytes.Compare(c.key, lower) < 0 {
		c.key = lower
	}
	return true
}

// enter opens the run that the cursor waits before. It is false when the level
// ends there.
func (c *cursor) enter(ctx context.Context, open OpenFunc, b Bounds, readAhead int) (bool, error) {
	ref := c.runs[0]
	c.runs = c.runs[1:]
	t, err := openTable(ctx, open, ref, b, readAhead)
	if err != nil {
		return false, err
	}
	if t == nil {
		return c.wait(b.Lower), nil
	}
	c.current, c.waits, c.key = t, false, t.entry.key
	return true, nil
}

// next moves on. It is false when the level ends.
func (c *cursor) next(lower []byte) (bool, error) {
	ok, err := c.current.next()
	if ok {
		c.key = c.current.entry.key
		return true, nil
	}
	if err != nil {
		return false, err
	}
	t := c.current
	c.current = nil
	if err := t.close(); err != nil {
		return false, err
	}
	return c.wait(lower), nil
}

// before says whether c comes before o: by key, then a cursor that waits, since
// it may have that key, then the newer level.
func (c *cursor) before(o *cursor) bool {
	if order := bytes.Compare(c.key, o.key); order != 0 {
		return order < 0
	}
	if c.waits != o.waits {
		return c.waits
	}
	return c.rank < o.rank
}

// close closes the open run.
func (c *cursor) close() error {
	if c.current == nil {
		return nil
	}
	t := c.current
	c.current = nil
	return t.close()
}
