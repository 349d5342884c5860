package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

// unfinished is a condition on a state; its text is that of the partial
// indexes, or they would not be used.
const unfinished = "IN ('queued', 'inProgress')"

// CreateSnapshot returns CodeInstanceNotFound for an instance that is not there.
func (t *tx) CreateSnapshot(ctx context.Context, s *tidemark.Snapshot) error {
	row, err := snapshotRowOf(s)
	if err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	if faultOf(err) == faultForeign {
		return instanceNotFound(s.InstanceName, s.ProjectID)
	}
	return failed(err, "creating a snapshot")
}

// Snapshot reads a snapshot.
func (t *tx) Snapshot(ctx context.Context, id tidemark.ID) (*tidemark.Snapshot, error) {
	row, err := selectOne[snapshotRow](ctx, t, "reading a snapshot", snapshotNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("s.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// Snapshots lists those of an instance, newest first.
func (t *tx) Snapshots(ctx context.Context, instanceID tidemark.ID, p tidemark.Page) ([]*tidemark.Snapshot, int, error) {
	rows, total, err := selectCounted[snapshotRow](ctx, t, "listing snapshots", p, "s.created_at DESC, s.id DESC",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("s.instance_id = ?", clean(string(instanceID)))
		}, func() (int, error) { return t.countOf(ctx, "snapshots", instanceID) })
	if err != nil {
		return nil, 0, err
	}
	values, err := convert(rows, (*snapshotRow).value)
	return values, total, err
}

// ExpiredSnapshots lists, the longest expired first, at most limit finished
// ones with ExpiresAt set and at or before u.
func (t *tx) ExpiredSnapshots(ctx context.Context, u time.Time, limit int) ([]*tidemark.Snapshot, error) {
	if limit < 1 {
		return nil, nil // bun takes a limit of zero for none
	}
	return t.snapshots(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("s.expires_at <= ?", millis(u)).Where("s.status NOT " + unfinished).
			OrderExpr("s.expires_at, s.id").Limit(int64(limit))
	})
}

// UnfinishedSnapshots lists the queued and inProgress ones of an instance,
// oldest first.
func (t *tx) UnfinishedSnapshots(ctx context.Context, instanceID tidemark.ID) ([]*tidemark.Snapshot, error) {
	return t.snapshots(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("s.instance_id = ?", clean(string(instanceID))).Where("s.status " + unfinished).
			OrderExpr("s.created_at, s.id")
	})
}

func (t *tx) snapshots(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*tidemark.Snapshot, error) {
	rows, err := selectAll[snapshotRow](ctx, t, "listing snapshots", where)
	if err != nil {
		return nil, err
	}
	return convert(rows, (*snapshotRow).value)
}

// DeleteSnapshot removes a snapshot. The notes of its objects stay until they
// are forgotten.
func (t *tx) DeleteSnapshot(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*snapshotRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	return changed(res, err, "deleting a snapshot", func() error { return snapshotNotFound(id) })
}

func snapshotNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeSnapshotNotFound, "no snapshot has the id %s", id).WithParams(string(id), "")
}
