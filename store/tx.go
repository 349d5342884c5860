package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"tidemark"
)

// tx is one transaction.
type tx struct {
	bun      bun.Tx
	db       *DB
	readOnly bool
}

var _ tidemark.Tx = (*tx)(nil)

// Enqueue hands a task to the jobs when the transaction commits.
func (t *tx) Enqueue(ctx context.Context, task tidemark.Task) error {
	if t.readOnly {
		return tidemark.Errorf(tidemark.CodeInternal, "a read-only transaction cannot enqueue a task")
	}
	e := t.db.enqueuer.Load()
	if e == nil {
		return tidemark.Errorf(tidemark.CodeInternal, "there is nobody to hand a task of kind %s to", task.Kind).
			WithHint("The jobs are not started.")
	}
	return failed((*e).EnqueueTx(ctx, t.bun.Tx, task), "enqueueing a task")
}

// selectOne reads the row that where finds; notFound is the error for none.
func selectOne[R any](ctx context.Context, t *tx, doing string, notFound error, where func(*bun.SelectQuery) *bun.SelectQuery) (*R, error) {
	row := new(R)
	err := where(t.bun.NewSelect().Model(row)).Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound
	}
	if err != nil {
		return nil, failed(err, doing)
	}
	return row, nil
}

// selectAll reads all rows that where finds, in its order.
func selectAll[R any](ctx context.Context, t *tx, doing string, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*R, error) {
	var rows []*R
	if err := where(t.bun.NewSelect().Model(&rows)).Scan(ctx); err != nil {
		return nil, failed(err, doing)
	}
	return rows, nil
}

// changed is nil if a statement changed a row, and none() if it changed none.
func changed(res sql.Result, err error, doing string, none func() error) error {
	if err != nil {
		return failed(err, doing)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return failed(err, doing)
	}
	if n == 0 {
		return none()
	}
	return nil
}

// convert turns rows into values of the domain; no rows are nil.
func convert[R, V any](rows []*R, value func(*R) (*V, error)) ([]*V, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	values := make([]*V, len(rows))
	for i, row := range rows {
		v, err := value(row)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}
