package oplogstore

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"tidemark/embedded/internal/sjson"
)

// Range says which entries to read, and in which order.
type Range struct {
	From, To Time // both inclusive; To is open if zero
	Reverse  bool // newest first
}

// Read calls fn with entries in order of time until it returns false. entry is
// valid only during the call.
func (s *Store) Read(ctx context.Context, r Range, fn func(t Time, entry []byte) bool) (err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r.To == 0 {
		r.To = math.MaxInt64
	}
	r.To, r.From = min(r.To, s.visible()), max(r.From, s.floorNow()+1)
	if s.own == nil || r.From > r.To {
		return nil
	}
	var all []*stream
	defer func() {
		for _, st := range all {
			err = errors.Join(err, st.rows.Close())
		}
	}()
	for _, f := range s.open() {
		rows, err := f.rows(ctx, r) //nolint:rowserrcheck // next does
		if err != nil {
			return err
		}
		all = append(all, &stream{rows: rows})
		if err := all[len(all)-1].next(); err != nil {
			return err
		}
	}
	return merge(all, r.Reverse, fn)
}

// open are all files with entries. s.mu is held.
func (s *Store) open() []*file {
	list := []*file{s.own}
	for _, f := range s.files {
		if f.ready.Load() {
			list = append(list, f)
		}
	}
	return list
}

// stream is the rows of one file, of which one is at hand unless it has ended.
type stream struct {
	rows  *sql.Rows
	at    row
	ended bool
}

func (f *file) rows(ctx context.Context, r Range) (*sql.Rows, error) {
	order := ""
	if r.Reverse {
		order = " DESC"
	}
	return f.sql.QueryContext(ctx, `SELECT `+f.from+` WHERE ts BETWEEN ? AND ? ORDER BY ts`+order, r.From, r.To)
}

func (st *stream) next() error {
	if !st.rows.Next() {
		st.ended = true
		return st.rows.Err()
	}
	return st.at.scan(st.rows)
}

func (r *row) scan(rows *sql.Rows) error {
	return rows.Scan(&r.ts, &r.kind, &r.name, &r.uuid, &r.o, &r.to, &r.db)
}

// merge calls fn with the rows of all streams in order. A row that is in two of
// them, because its database was about to be dropped, counts once.
func merge(all []*stream, reverse bool, fn func(t Time, entry []byte) bool) error {
	var decoder sjson.Decoder
	var buf []byte
	last := Time(-1)
	for {
		var first *stream
		for _, st := range all {
			if !st.ended && (first == nil || (st.at.ts < first.at.ts) != reverse) {
				first = st
			}
		}
		if first == nil {
			return nil
		}
		if first.at.ts != last {
			last = first.at.ts
			var err error
			if buf, err = first.at.appendEntry(buf[:0], &decoder); err != nil {
				return err
			}
			if !fn(last, buf) {
				return nil
			}
		}
		if err := first.next(); err != nil {
			return err
		}
	}
}
