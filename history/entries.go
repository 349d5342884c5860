package history

import (
	"context"
	"errors"
	"iter"

	"tidemark"
	"tidemark/oplog"
)

// scanBytes is how much BSON of the oplog one request reads.
const scanBytes = 1 << 30

// errEnough ends a walk.
var errEnough = errors.New("enough")

// scan calls fn with the operations that pass, in order, each valid during the
// call, and gap with what is not captured between them. It returns where it
// stopped because it read enough; zero at the end.
func (l *log) scan(ctx context.Context, f *filter, after, upTo tidemark.Timestamp, gap func(tidemark.HistoryGap), fn func(*operation) error) (tidemark.Timestamp, error) {
	var at tidemark.Timestamp
	flat := flattener{log: l, lost: func(e *oplog.Entry) error {
		gap(tidemark.HistoryGap{After: previous(e.Previous), Until: e.Previous})
		return nil
	}}
	flat.fn = func(op *operation) error {
		if !f.passes(op) {
			return nil
		}
		return fn(op)
	}
	read := 0
	for s, err := range l.walk(ctx, after, upTo) {
		switch {
		case err != nil:
			return at, err
		case s.raw == nil:
			gap(s.gap)
			continue
		case read > scanBytes:
			return s.before, nil
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
		read += len(s.raw)
		if err := flat.entry(ctx, s); err != nil {
			return at, err
		}
	}
	return at, nil
}

// page is what one request for entries gets.
type page struct {
	tidemark.HistoryPage
	limit int
	skip  cursor // what was shown before
	at    cursor // of the last that is shown
}

// Entries lists what happened, at most q.Limit operations.
func (r *Reader) Entries(ctx context.Context, i *tidemark.Instance, q tidemark.HistoryQuery) (*tidemark.HistoryPage, error) {
	f, err := newFilter(q)
	if err != nil {
		return nil, err
	}
	limit, err := limited(q)
	if err != nil {
		return nil, err
	}
	l, err := r.needed(ctx, i)
	if err != nil {
		return nil, err
	}
	p := &page{limit: limit, skip: cursor{done: -1}}
	p.Position = l.capture.Position
	after := previous(q.From)
	if q.Cursor != "" {
		if p.skip, err = parseCursor(q.Cursor); err != nil {
			return nil, err
		}
		if after = p.skip.at; p.skip.done >= 0 {
			after = previous(after)
		}
	}
	stopped, err := l.scan(ctx, f, after, q.To, p.gap, p.add)
	if errors.Is(err, errEnough) {
		p.Next, err = p.at.String(), nil
	} else if !stopped.IsZero() {
		p.Next = cursor{at: stopped, done: -1}.String()
	}
	if err != nil {
		return nil, err
	}
	return &p.HistoryPage, nil
}

// limited is the limit of a query.
func limited(q tidemark.HistoryQuery) (int, error) {
	switch {
	case q.Limit == 0:
		return tidemark.HistoryLimitDefault, nil
	case q.Limit < 0 || q.Limit > tidemark.HistoryLimitMax:
		return 0, invalid("limit", "it is from 1 to %d", tidemark.HistoryLimitMax)
	default:
		return q.Limit, nil
	}
}

// maxGaps is how many gaps are told.
const maxGaps = 100

func (p *page) gap(g tidemark.HistoryGap) {
	if len(p.Gaps) < maxGaps {
		p.Gaps = append(p.Gaps, g)
	}
}

// add shows an operation. Where there is no room, the page ends.
func (p *page) add(op *operation) error {
	if op.TS == p.skip.at && op.ordinal < p.skip.done {
		return nil
	}
	if len(p.Entries) == p.limit {
		return errEnough
	}
	e, err := entryOf(op)
	if err != nil {
		return err
	}
	p.Entries = append(p.Entries, e)
	p.at = cursor{at: op.TS, done: op.ordinal + 1}
	return nil
}

// entryOf shows an operation.
func entryOf(op *operation) (tidemark.HistoryEntry, error) {
	e := tidemark.HistoryEntry{
		At: op.TS, Before: op.before, Ordinal: op.ordinal, Wall: op.wall, Transaction: op.transaction,
		Kind: kindOf(&op.Entry), Namespace: namespaceOf(&op.Entry), Summary: summaryOf(&op.Entry), Bytes: op.bytes(),
	}
	if id, ok := idOf(&op.Entry); ok {
		var err error
		if e.ID, err = jsonOf(id); err != nil {
			return e, err
		}
	}
	return e, nil
}

// bytes is the size of an operation as BSON.
func (op *operation) bytes() int64 {
	if op.part != nil {
		return int64(len(op.part))
	}
	return int64(len(op.Raw))
}

// All yields every operation that q asks for, in order, whatever q.Limit and
// q.Cursor are.
func (r *Reader) All(ctx context.Context, i *tidemark.Instance, q tidemark.HistoryQuery) iter.Seq2[tidemark.HistoryEntry, error] {
	return func(yield func(tidemark.HistoryEntry, error) bool) {
		q.Cursor, q.Limit = "", tidemark.HistoryLimitDefault
		for {
			p, err := r.Entries(ctx, i, q)
			if err != nil {
				yield(tidemark.HistoryEntry{}, err)
				return
			}
			for _, e := range p.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if q.Cursor = p.Next; q.Cursor == "" {
				return
			}
		}
	}
}
