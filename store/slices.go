package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"tidemark"
)

// AddSlice moves the capture's Position from s.After to s.Last and adds the
// slice. It is CodeConflict if the Position is not s.After, or if there is a
// slice beyond it: a position that someone put back must not have the same
// entries captured twice. Hence slices do not overlap, and one index orders
// them by First and by Last.
func (t *tx) AddSlice(ctx context.Context, s *tidemark.Slice) error {
	const doing = "adding a slice"
	if s.After.Compare(s.First) >= 0 || s.First.Compare(s.Last) > 0 {
		return tidemark.Errorf(tidemark.CodeInvalidData, "a slice after %s cannot have the entries from %s to %s", s.After, s.First, s.Last)
	}
	beyond, err := t.slices(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return endsAfter(q, s.InstanceID, s.After).Limit(1)
	})
	if err != nil {
		return err
	}
	if len(beyond) > 0 {
		return tidemark.Errorf(tidemark.CodeConflict, "the instance %s has a slice up to %s already; none can be added after %s",
			s.InstanceID, beyond[0].Last, s.After)
	}
	if err := t.moveCapture(ctx, s); err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(sliceRowOf(s)).Exec(ctx)
	return failed(err, doing)
}

// Slices lists at most limit of an instance that have entries after the one
// given and, unless upTo is zero, begin at or before upTo, by First.
func (t *tx) Slices(ctx context.Context, instanceID tidemark.ID, after, upTo tidemark.Timestamp, limit int) ([]*tidemark.Slice, error) {
	if limit < 1 {
		return nil, nil
	}
	var last *tidemark.Slice // that begins at or before upTo, or the first that does not
	if !upTo.IsZero() {
		found, err := t.slices(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("l.instance_id = ?", clean(string(instanceID))).
				Where("(l.last_t, l.last_i) >= (?, ?)", upTo.T, upTo.I).OrderExpr("l.last_t, l.last_i").Limit(1)
		})
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			last = found[0]
		}
	}
	return t.slices(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = endsAfter(q, instanceID, after).OrderExpr("l.last_t, l.last_i").Limit(int64(limit))
		if upTo.IsZero() {
			return q
		}
		if last != nil { // else every slice of the rest of the window would be looked at
			q = q.Where("(l.last_t, l.last_i) <= (?, ?)", last.Last.T, last.Last.I)
		}
		return q.Where("(l.first_t, l.first_i) <= (?, ?)", upTo.T, upTo.I)
	})
}

func endsAfter(q *bun.SelectQuery, instanceID tidemark.ID, after tidemark.Timestamp) *bun.SelectQuery {
	return q.Where("l.instance_id = ?", clean(string(instanceID))).
		Where("(l.last_t, l.last_i) > (?, ?)", after.T, after.I)
}

// ExpiredSlices lists at most limit whose Last is before the given, by Last.
func (t *tx) ExpiredSlices(ctx context.Context, instanceID tidemark.ID, before tidemark.Timestamp, limit int) ([]*tidemark.Slice, error) {
	if limit < 1 {
		return nil, nil
	}
	return t.slices(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("l.instance_id = ?", clean(string(instanceID))).
			Where("(l.last_t, l.last_i) < (?, ?)", before.T, before.I).
			OrderExpr("l.last_t, l.last_i").Limit(int64(limit))
	})
}

func (t *tx) slices(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*tidemark.Slice, error) {
	rows, err := selectAll[sliceRow](ctx, t, "listing slices", where)
	if err != nil {
		return nil, err
	}
	return convert(rows, (*sliceRow).value)
}

// DeleteSlice removes a slice, if it is there, and takes it out of the totals.
func (t *tx) DeleteSlice(ctx context.Context, id tidemark.ID) error {
	const doing = "deleting a slice"
	row := new(sliceRow)
	err := t.bun.NewRaw(`DELETE FROM slices WHERE id = ? RETURNING instance_id, entries, raw_bytes, stored_bytes`,
		clean(string(id))).Scan(ctx, &row.InstanceID, &row.Entries, &row.RawBytes, &row.StoredBytes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return failed(err, doing)
	}
	_, err = t.bun.NewUpdate().Model((*captureRow)(nil)).
		Set("slices = slices - 1").Set("entries = entries - ?", row.Entries).
		Set("raw_bytes = raw_bytes - ?", row.RawBytes).Set("stored_bytes = stored_bytes - ?", row.StoredBytes).
		Where("instance_id = ?", row.InstanceID).Exec(ctx)
	return failed(err, doing)
}

// SlicesTotal adds up all slices of an instance.
func (t *tx) SlicesTotal(ctx context.Context, instanceID tidemark.ID) (count, entries, rawBytes, storedBytes int64, err error) {
	err = t.bun.NewRaw(`SELECT c.slices, c.entries, c.raw_bytes, c.stored_bytes FROM captures AS c WHERE c.instance_id = ?`,
		clean(string(instanceID))).Scan(ctx, &count, &entries, &rawBytes, &storedBytes)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return count, entries, rawBytes, storedBytes, failed(err, "adding up slices")
}
