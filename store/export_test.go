package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// Hook lets a test see the queries of the readers.
func Hook(db *DB, h bun.QueryHook) { db.reader = db.reader.WithQueryHook(h) }

// HookWriter lets a test see the statements of the writer.
func HookWriter(db *DB, h bun.QueryHook) { db.writer = db.writer.WithQueryHook(h) }

// MigrateTo gives the file at path, which it makes if there is none, the schema
// of a version.
func MigrateTo(ctx context.Context, path string, version int64) error {
	db, err := sql.Open("sqlite", dsn(path, ""))
	if err != nil {
		return err
	}
	p, err := provider(db)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	at, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
	case at < version:
		_, err = p.UpTo(ctx, version)
	default:
		_, err = p.DownTo(ctx, version)
	}
	return errors.Join(err, db.Close())
}
