package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync/atomic"

	"github.com/uptrace/bun"

	"tidemark"
)

// Enqueuer takes tasks into durable jobs. EnqueueTx writes the task through
// tx, so that it exists only if tx commits.
type Enqueuer interface {
	EnqueueTx(ctx context.Context, tx *sql.Tx, task tidemark.Task) error
}

// DB is the store on SQLite. Its methods may be called from many goroutines.
type DB struct {
	writer   *bun.DB
	reader   *bun.DB
	box      box
	lock     *os.File
	enqueuer atomic.Pointer[Enqueuer]
	closed   atomic.Bool
}

var _ tidemark.Store = (*DB)(nil)

// Writer returns the pool of the one writing connection, for River's client.
// Whoever uses it must not do so within Update, which holds the connection.
func (db *DB) Writer() *sql.DB { return db.writer.DB }

// SetEnqueuer says where Tx.Enqueue puts tasks. Without one it is an error.
func (db *DB) SetEnqueuer(e Enqueuer) { db.enqueuer.Store(&e) }

// View runs fn on one consistent state, without writing.
func (db *DB) View(ctx context.Context, fn func(tidemark.Tx) error) error {
	return db.run(ctx, db.reader, &sql.TxOptions{ReadOnly: true}, fn)
}

// Update runs fn in a writing transaction and commits if fn returns nil. One
// runs at a time; the others wait in line.
func (db *DB) Update(ctx context.Context, fn func(tidemark.Tx) error) error {
	return db.run(ctx, db.writer, nil, fn)
}

func (db *DB) run(ctx context.Context, pool *bun.DB, opts *sql.TxOptions, fn func(tidemark.Tx) error) (err error) {
	if db.closed.Load() {
		return tidemark.Errorf(tidemark.CodeInternal, "the metadata store is closed")
	}
	btx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return failed(err, "beginning a transaction")
	}
	t := &tx{bun: btx, db: db, readOnly: opts != nil && opts.ReadOnly}
	committed := false
	defer func() {
		if !committed { // an error of fn, or its panic
			_ = btx.Rollback() // the error of fn says more
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	committed = true
	if err := btx.Commit(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err() // else sql.ErrTxDone, which says less
		}
		return failed(err, "committing a transaction")
	}
	return nil
}

// Close closes the store. The readers go first, so that the writer is the last
// to leave and folds the write-ahead log into the file.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	err := errors.Join(db.reader.Close(), db.writer.Close(), db.lock.Close())
	return failed(err, "closing the metadata store")
}
