package oplogstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// BeginDrop saves the entries of a database that is about to be dropped, and
// adds those of the drop. It says whether the database is there at all; if so
// EndDrop must follow. No other command may run on the database until then, and
// drops of other databases wait.
func (s *Store) BeginDrop(ctx context.Context, db string) (there bool, err error) {
	s.drops.Lock()
	defer func() {
		if !there {
			s.drops.Unlock()
		}
	}()
	if err := s.finishDrop(ctx); err != nil { // one whose EndDrop failed
		return false, err
	}
	if _, err := s.Sync(ctx, db); err != nil {
		return false, err
	}
	f, err := s.file(ctx, db)
	if err != nil || f == nil {
		return false, err
	}
	if err := s.saveDrop(ctx, f, db); err != nil {
		return false, err
	}
	s.own.remeasure()

	// SQLite keeps what is beside a file for as long as anyone has it open.
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, db)
	if err := f.sql.Close(); err != nil {
		return false, err
	}
	return true, nil
}

// saveDrop writes all that has to outlive the file.
func (s *Store) saveDrop(ctx context.Context, f *file, db string) error {
	s.meta.Lock()
	defer s.meta.Unlock()
	s.dropping, s.dropFrom = db, now()
	err := s.inTx(ctx, s.own, func(tx *sql.Tx) error {
		if err := s.saveMeta(ctx, tx); err != nil {
			return err
		}
		if err := f.copyRows(ctx, tx, s.floor); err != nil {
			return err
		}
		return f.addDrops(ctx, tx, db)
	})
	if err != nil {
		s.dropping = ""
	}
	return err
}

// copyRows copies all rows above the floor.
func (f *file) copyRows(ctx context.Context, tx *sql.Tx, floor Time) error {
	rows, err := f.sql.QueryContext(ctx, `SELECT `+f.from+` WHERE ts > ?`, floor)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return err
		}
		if err := insertOwnRow(ctx, tx, r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// addDrops adds a drop for each collection and one for the database, as a
// server of MongoDB does.
func (f *file) addDrops(ctx context.Context, tx *sql.Tx, db string) error {
	list, err := catalogue(ctx, f.sql.QueryContext)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := insertOwnRow(ctx, tx, row{ts: next(), kind: kindDrop, name: c.name, uuid: c.uuid, db: db}); err != nil {
			return err
		}
	}
	return insertOwnRow(ctx, tx, row{ts: next(), kind: kindDropDatabase, db: db})
}

// EndDrop settles a drop that was begun by whether the database is still there.
func (s *Store) EndDrop(ctx context.Context) error {
	defer s.drops.Unlock()
	return s.finishDrop(ctx)
}

// finishDrop does that for the drop that is not settled, if there is one.
func (s *Store) finishDrop(ctx context.Context) error {
	s.meta.Lock()
	defer s.meta.Unlock()
	if s.dropping == "" {
		return nil
	}
	path := filepath.Join(s.dir, s.dropping+dataSuffix)
	_, err := os.Stat(path)
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !gone {
		return err
	}
	db, from := s.dropping, s.dropFrom
	s.dropping = ""
	err = s.inTx(ctx, s.own, func(tx *sql.Tx) error {
		if err := s.saveMeta(ctx, tx); err != nil || gone {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM `+TableName+` WHERE db = ? AND ts > ?`, db, from)
		return err
	})
	if err != nil {
		s.dropping = db
		return err
	}
	if gone {
		return removeFile(path) // what SQLite left beside it
	}
	return nil
}
