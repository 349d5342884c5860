package front

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/oplogstore"
)

const (
	cursorIdle = 10 * time.Minute
	maxCursors = 1000
)

// cursor is a reading of the oplog.
type cursor struct {
	mu       sync.Mutex // held by a getMore
	at       oplogstore.Range
	left     int64 // entries up to the limit; 0 for no limit
	tailable bool
	await    bool
	count    int // entries of the last batch
	ended    bool
	used     time.Time // guarded by cursors.mu
}

// moveBehind makes the cursor go on after an entry.
func (c *cursor) moveBehind(t oplogstore.Time) {
	if c.at.Reverse {
		c.at.To = t - 1
		return
	}
	c.at.From = t + 1
}

// parseFind reads the fields of find that mean anything here, and refuses those
// that would change the answer.
func parseFind(cmd bson.Raw) (*cursor, error) {
	c := &cursor{tailable: boolAt(cmd, "tailable"), await: boolAt(cmd, "awaitData")}
	if filter, err := cmd.LookupErr("filter"); err == nil {
		doc, _ := filter.DocumentOK()
		if c.at, err = parseFilter(doc); err != nil {
			return nil, err
		}
	}
	for _, field := range []string{"sort", "hint"} {
		if value, err := cmd.LookupErr(field); err == nil {
			doc, _ := value.DocumentOK()
			if err := c.order(doc); err != nil {
				return nil, err
			}
		}
	}
	if value, err := cmd.LookupErr("projection"); err == nil {
		if doc, _ := value.DocumentOK(); len(doc) > 5 {
			return nil, errors.New("the embedded server gives entries of its oplog as a whole: no projection")
		}
	}
	if skip, _ := intAt(cmd, "skip"); skip != 0 {
		return nil, errors.New("the embedded server skips no entries of its oplog")
	}
	limit, _ := intAt(cmd, "limit")
	if c.left = limit; limit < 0 {
		c.left = -limit
	}
	if c.tailable && c.at.Reverse {
		return nil, errors.New("a tailable cursor goes forward")
	}
	return c, nil
}

// order reads {$natural: 1} or {$natural: -1}; ts is the natural order.
func (c *cursor) order(doc bson.Raw) error {
	elements, err := doc.Elements()
	if err != nil {
		return err
	}
	for _, e := range elements {
		n, ok := e.Value().AsInt64OK()
		if (e.Key() != "$natural" && e.Key() != "ts") || !ok || n != 1 && n != -1 {
			return errors.New("the embedded server knows its oplog in the order of $natural only")
		}
		c.at.Reverse = n == -1
	}
	return nil
}

// parseFilter reads a filter on ts.
func parseFilter(filter bson.Raw) (oplogstore.Range, error) {
	var r oplogstore.Range
	if len(filter) == 0 {
		return r, nil
	}
	elements, err := filter.Elements()
	if err != nil {
		return r, err
	}
	for _, e := range elements {
		if e.Key() != "ts" {
			return r, fmt.Errorf("the embedded server finds entries of its oplog by ts only, not by %s", e.Key())
		}
		if sec, inc, ok := e.Value().TimestampOK(); ok {
			bound(&r, "$eq", oplogstore.MakeTime(sec, inc))
			continue
		}
		bounds, _ := e.Value().DocumentOK()
		conditions, err := bounds.Elements()
		if err != nil || len(bounds) == 0 {
			return r, errors.New("ts is compared to a timestamp")
		}
		for _, condition := range conditions {
			sec, inc, ok := condition.Value().TimestampOK()
			if !ok || !bound(&r, condition.Key(), oplogstore.MakeTime(sec, inc)) {
				return r, fmt.Errorf("the embedded server does not know the condition %s on ts", condition.Key())
			}
		}
	}
	return r, nil
}

// bound narrows a range by a condition, and says whether it is known.
func bound(r *oplogstore.Range, condition string, t oplogstore.Time) bool {
	from, to := oplogstore.Time(0), oplogstore.Time(0)
	switch condition {
	case "$gte":
		from = t
	case "$gt":
		from = t + 1
	case "$lte":
		to = t
	case "$lt":
		to = t - 1
	case "$eq":
		from, to = t, t
	default:
		return false
	}
	r.From = max(r.From, from)
	if condition == "$gte" || condition == "$gt" {
		return true
	}
	if to <= 0 { // 0 would mean no bound, and no entry is as old as 1
		to = 1
	}
	if r.To == 0 || to < r.To {
		r.To = to
	}
	return true
}

// cursors are those that clients may ask on.
type cursors struct {
	mu   *sync.Mutex
	byID map[int64]*cursor
}

func newCursors() cursors { return cursors{new(sync.Mutex), make(map[int64]*cursor)} }

// add keeps a cursor, and forgets those that were not used for long.
func (cs cursors) add(c *cursor) (int64, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c.used = time.Now()
	for id, old := range cs.byID {
		if c.used.Sub(old.used) > cursorIdle {
			delete(cs.byID, id)
		}
	}
	if len(cs.byID) >= maxCursors {
		return 0, errors.New("too many cursors on the oplog are open")
	}
	id := rand.Int64N(1<<62) + 1
	cs.byID[id] = c
	return id, nil
}

func (cs cursors) get(id int64) *cursor {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.byID[id]
	if c != nil {
		c.used = time.Now()
	}
	return c
}

func (cs cursors) remove(id int64) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.byID, id)
}
