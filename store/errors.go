package store

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tidemark"
)

// fault is a kind of database error that methods tell apart.
type fault int

const (
	faultOther    fault = iota
	faultUnique         // a unique constraint other than the primary key
	faultPrimary        // the primary key
	faultForeign        // a foreign key
	faultCheck          // a CHECK, or NULL where there must be none
	faultReadOnly       // a write in a read-only transaction
	faultDamaged        // the file is no database, or broken
	faultFull           // no room
)

// faultOf classifies an error of SQLite by its extended result code
// (https://www.sqlite.org/rescode.html).
func faultOf(err error) fault {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return faultOther
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return faultUnique
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return faultPrimary
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return faultForeign
	case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return faultCheck
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_READONLY:
		return faultReadOnly
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return faultDamaged
	case sqlite3.SQLITE_FULL:
		return faultFull
	default:
		return faultOther
	}
}

// failed says in the words of the domain that doing something failed. An
// error that has a code already stays as it is.
func failed(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tidemark.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return tidemark.Errorf(tidemark.CodeInternal, "%s was given up: %w", doing, err)
	}
	switch faultOf(err) {
	case faultUnique, faultPrimary:
		return tidemark.Errorf(tidemark.CodeConflict, "%s: the store has one already: %w", doing, err)
	case faultForeign:
		return tidemark.Errorf(tidemark.CodeConflict, "%s: what it refers to is not in the store: %w", doing, err)
	case faultCheck:
		return tidemark.Errorf(tidemark.CodeInvalidData, "%s: a value is not one of those allowed: %w", doing, err)
	case faultReadOnly:
		return tidemark.Errorf(tidemark.CodeInternal, "%s: the transaction is read-only: %w", doing, err)
	case faultDamaged:
		return damaged(doing, err)
	case faultFull:
		return tidemark.Errorf(tidemark.CodeInternal, "%s: the disk is full: %w", doing, err).
			WithHint("Free some space where the data directory is; nothing that was acknowledged is lost.")
	}
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return tidemark.Errorf(tidemark.CodeInternal, "%s: the transaction is over: %w", doing, err)
	}
	return tidemark.Errorf(tidemark.CodeInternal, "%s: the metadata store failed: %w", doing, err)
}

func damaged(doing string, err error) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "%s: the metadata file is damaged or is no SQLite database: %w", doing, err).
		WithHint("Stop the service, keep the file with its -wal aside, and put a copy back or recover it with sqlite3's .recover.")
}
