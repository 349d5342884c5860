package store

import "github.com/uptrace/bun"

// Hook lets a test see the queries of the readers.
func Hook(db *DB, h bun.QueryHook) { db.reader = db.reader.WithQueryHook(h) }
