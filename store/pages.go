package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"tidemark"
)

// maxPageSize is the largest page of tidemark.Page.
const maxPageSize = 500

// selectPage reads a page of the rows that where finds, and counts them all.
func selectPage[R any](ctx context.Context, t *tx, doing string, p tidemark.Page, order string, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*R, int, error) {
	return selectCounted[R](ctx, t, doing, p, order, where, func() (int, error) {
		n, err := where(t.bun.NewSelect().Model((*R)(nil))).Count(ctx)
		return int(n), err
	})
}

// listPage is selectPage in values of the domain.
func listPage[R, V any](ctx context.Context, t *tx, doing string, p tidemark.Page, order string,
	where func(*bun.SelectQuery) *bun.SelectQuery, value func(*R) (*V, error),
) ([]*V, int, error) {
	rows, total, err := selectPage[R](ctx, t, doing, p, order, where)
	if err != nil {
		return nil, 0, err
	}
	values, err := convert(rows, value)
	return values, total, err
}

// selectCounted is selectPage where somebody else knows how many rows there are.
// A page of the second half is read from the end, since the rows before a page
// have to be walked.
func selectCounted[R any](ctx context.Context, t *tx, doing string, p tidemark.Page, order string,
	where func(*bun.SelectQuery) *bun.SelectQuery, count func() (int, error),
) ([]*R, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	total, err := count()
	if err != nil {
		return nil, 0, failed(err, doing)
	}
	// Dividing instead of multiplying: the offset of a huge page number would overflow.
	if p.Number-1 > total/p.Size || p.Offset() >= total {
		return nil, total, nil
	}
	if p.Reversed {
		order = reversed(order)
	}
	offset, limit := p.Offset(), min(p.Size, total-p.Offset())
	fromEnd := offset > total/2
	if fromEnd {
		order, offset = reversed(order), total-offset-limit
	}
	rows, err := selectAll[R](ctx, t, doing, func(q *bun.SelectQuery) *bun.SelectQuery {
		return where(q).OrderExpr(order).Limit(int64(limit)).Offset(int64(offset))
	})
	if fromEnd {
		slices.Reverse(rows)
	}
	return rows, total, err
}

func checkPage(p tidemark.Page) error {
	if p.Number < 1 {
		return tidemark.Errorf(tidemark.CodeInvalidQuery, "pages count from 1, not %d", p.Number).WithParams("pageNum")
	}
	if p.Size < 1 || p.Size > maxPageSize {
		return tidemark.Errorf(tidemark.CodeInvalidQuery, "a page has 1 to %d items, not %d", maxPageSize, p.Size).WithParams("itemsPerPage")
	}
	return nil
}

// reversed is an ORDER BY list in the other direction.
func reversed(order string) string {
	terms := strings.Split(order, ", ")
	for n, term := range terms {
		column, descending := strings.CutSuffix(term, " DESC")
		if !descending {
			column += " DESC"
		}
		terms[n] = column
	}
	return strings.Join(terms, ", ")
}

// countOf reads one of an instance's counts; none of an instance that is not there.
func (t *tx) countOf(ctx context.Context, column string, instanceID tidemark.ID) (n int, err error) {
	err = t.bun.NewSelect().Table("instance_counts").Column(column).
		Where("instance_id = ?", clean(string(instanceID))).Scan(ctx, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
