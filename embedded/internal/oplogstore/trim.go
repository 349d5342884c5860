package oplogstore

import (
	"context"
	"database/sql"
)

const (
	// rowOverhead is about what a row takes besides its document.
	rowOverhead = 100
	// trimRows is how many rows one transaction deletes: writers wait for it.
	trimRows = 1000
)

// Size is how many entries there are and about how many bytes they take.
func (s *Store) Size(ctx context.Context) (entries, bytes int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	floor := s.floorNow()
	for _, f := range s.open() {
		var n, b int64
		const q = `SELECT count(*), coalesce(sum(octet_length(o)), 0) FROM ` + TableName + ` WHERE ts > ?`
		if err := f.sql.QueryRowContext(ctx, q, floor).Scan(&n, &b); err != nil {
			return 0, 0, err
		}
		entries, bytes = entries+n, bytes+b+n*rowOverhead
	}
	return entries, bytes, nil
}

// Trim deletes the oldest entries if there are more bytes than the limit, a
// tenth of it at a time.
func (s *Store) Trim(ctx context.Context) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	visible := s.visible()
	var total, most int64
	var largest *file
	for _, f := range s.open() {
		bytes, err := f.measure(ctx, visible)
		if err != nil {
			return err
		}
		if largest == nil || bytes > most {
			largest, most = f, bytes
		}
		total += bytes
	}
	if total > s.limit {
		// The floor cuts all files: of the largest its share has to go.
		share := float64(total-s.limit+s.limit/10) * float64(most) / float64(total)
		if err := s.raiseFloor(ctx, largest, int64(share)); err != nil {
			return err
		}
	}
	floor := s.floorNow()
	for _, f := range s.open() {
		if err := s.deleteUpTo(ctx, f, floor); err != nil {
			return err
		}
	}
	return nil
}

// measure counts the rows since it last did, and returns what all take.
func (f *file) measure(ctx context.Context, upTo Time) (int64, error) {
	f.size.Lock()
	defer f.size.Unlock()
	var n, bytes int64
	const q = `SELECT count(*), coalesce(sum(octet_length(o)), 0) FROM ` + TableName + ` WHERE ts > ? AND ts <= ?`
	if err := f.sql.QueryRowContext(ctx, q, f.measured, upTo).Scan(&n, &bytes); err != nil {
		return 0, err
	}
	f.bytes, f.measured = f.bytes+bytes+n*rowOverhead, max(f.measured, upTo)
	return f.bytes, nil
}

// remeasure forgets what was counted.
func (f *file) remeasure() {
	f.size.Lock()
	defer f.size.Unlock()
	f.bytes, f.measured = 0, 0
}

// raiseFloor puts the floor where about so many bytes of the file are below it,
// but below the newest entry of all. It is on disk before a row is deleted.
func (s *Store) raiseFloor(ctx context.Context, f *file, bytes int64) error {
	s.meta.Lock()
	defer s.meta.Unlock()
	floor := s.floor
	rows, err := f.sql.QueryContext(ctx, `SELECT ts, coalesce(octet_length(o), 0) FROM `+TableName+` WHERE ts > ? ORDER BY ts`, s.floor)
	if err != nil {
		return err
	}
	defer rows.Close()
	for bytes > 0 && rows.Next() {
		var size int64
		if err := rows.Scan(&floor, &size); err != nil {
			return err
		}
		bytes -= size + rowOverhead
	}
	if err := rows.Err(); err != nil {
		return err
	}
	newest, err := s.newest(ctx)
	if err != nil {
		return err
	}
	if floor = min(floor, newest-1); floor <= s.floor {
		return nil
	}
	s.floor = floor
	return s.inTx(ctx, s.own, func(tx *sql.Tx) error { return s.saveMeta(ctx, tx) })
}

// newest is the time of the newest entry that can be seen. s.mu is held.
func (s *Store) newest(ctx context.Context) (Time, error) {
	visible, newest := s.visible(), Time(0)
	for _, f := range s.open() {
		var last Time
		if err := f.sql.QueryRowContext(ctx, `SELECT coalesce(max(ts), 0) FROM `+TableName+` WHERE ts <= ?`, visible).Scan(&last); err != nil {
			return 0, err
		}
		newest = max(newest, last)
	}
	return newest, nil
}

// deleteUpTo deletes rows in small transactions.
func (s *Store) deleteUpTo(ctx context.Context, f *file, floor Time) error {
	f.size.Lock()
	done := f.deleted >= floor
	f.size.Unlock()
	if done {
		return nil
	}
	for {
		result, err := f.sql.ExecContext(ctx, `DELETE FROM `+TableName+` WHERE ts IN
			(SELECT ts FROM `+TableName+` WHERE ts <= ? ORDER BY ts LIMIT ?)`, floor, trimRows)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if n < trimRows {
			break
		}
	}
	f.remeasure()
	f.size.Lock()
	defer f.size.Unlock()
	f.deleted = floor
	return nil
}
