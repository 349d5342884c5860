package oplogstore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
)

// The file FileName has the entries of databases that were dropped, and one row
// of what the whole log has to remember.
const (
	createOwnTable = `CREATE TABLE IF NOT EXISTS ` + TableName + ` (
		ts INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, uuid TEXT, o TEXT, "to" TEXT, db TEXT NOT NULL) STRICT`
	createMeta = `CREATE TABLE IF NOT EXISTS meta (
		format INTEGER NOT NULL, floor INTEGER NOT NULL, dropping TEXT NOT NULL, drop_from INTEGER NOT NULL) STRICT`
	insertOwn = `INSERT OR IGNORE INTO ` + TableName + ` (ts, kind, name, uuid, o, "to", db) VALUES (?, ?, ?, ?, ?, ?, ?)`

	format = 1
)

// openOwn opens the file, and says whether a log was begun in it. It is written
// seldom, and then to disk: what it says must be true after a power cut.
func (s *Store) openOwn(ctx context.Context) (begun bool, err error) {
	if s.own, err = openFile(ctx, filepath.Join(s.dir, FileName), "full", "db"); err != nil {
		return false, err
	}
	for _, q := range []string{createOwnTable, createMeta} {
		if _, err := s.own.sql.ExecContext(ctx, q); err != nil {
			return false, err
		}
	}
	var found int
	err = s.own.sql.QueryRowContext(ctx, `SELECT format, floor, dropping, drop_from FROM meta`).
		Scan(&found, &s.floor, &s.dropping, &s.dropFrom)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil && found != format {
		// Of another version of this program: its entries may mean other things.
		return false, s.inTx(ctx, s.own, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM meta; DELETE FROM `+TableName)
			return err
		})
	}
	return err == nil, err
}

// begin makes a log that has one entry, of no effect.
func (s *Store) begin(ctx context.Context) error {
	s.meta.Lock()
	defer s.meta.Unlock()
	s.floor = next()
	return s.inTx(ctx, s.own, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM meta`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta VALUES (?, ?, ?, ?)`, format, s.floor, s.dropping, s.dropFrom); err != nil {
			return err
		}
		return insertOwnRow(ctx, tx, row{ts: next(), kind: kindNoop, o: "the oplog begins"})
	})
}

// Reset ends the log and begins another: readers see a gap. It is for what was
// written without an entry.
func (s *Store) Reset(ctx context.Context) error { return s.begin(ctx) }

// saveMeta writes the row. s.meta is held.
func (s *Store) saveMeta(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE meta SET floor = ?, dropping = ?, drop_from = ?`, s.floor, s.dropping, s.dropFrom)
	return err
}

func insertOwnRow(ctx context.Context, tx *sql.Tx, r row) error {
	_, err := tx.ExecContext(ctx, insertOwn, r.ts, r.kind, r.name, r.uuid, r.o, r.to, r.db)
	return err
}

// inTx runs fn in a transaction that has the write lock from its beginning.
func (s *Store) inTx(ctx context.Context, f *file, fn func(tx *sql.Tx) error) error {
	tx, err := f.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s *Store) floorNow() Time {
	s.meta.Lock()
	defer s.meta.Unlock()
	return s.floor
}
