package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

// completed is a condition on a status; its text is that of the partial
// indexes, or they would not be used.
const completed = "= 'completed'"

// SnapshotAt returns the completed snapshot of the latest ClusterTime that is
// known and at or before u; of several at that time, the newest.
func (t *tx) SnapshotAt(ctx context.Context, instanceID tidemark.ID, u tidemark.Timestamp) (*tidemark.Snapshot, error) {
	return t.completedSnapshot(ctx, instanceID, "at or before "+u.String(), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("(s.cluster_t, s.cluster_i) > (0, 0)").
			Where("(s.cluster_t, s.cluster_i) <= (?, ?)", u.T, u.I).
			OrderExpr("s.cluster_t DESC, s.cluster_i DESC, s.created_at DESC, s.id DESC")
	})
}

// LatestSnapshot returns the completed one that was created last.
func (t *tx) LatestSnapshot(ctx context.Context, instanceID tidemark.ID) (*tidemark.Snapshot, error) {
	return t.completedSnapshot(ctx, instanceID, "yet", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.OrderExpr("s.created_at DESC, s.id DESC")
	})
}

// OldestSnapshotSince returns the completed one of the earliest ClusterTime
// that is known and at or after u; of several at that time, the oldest.
func (t *tx) OldestSnapshotSince(ctx context.Context, instanceID tidemark.ID, u tidemark.Timestamp) (*tidemark.Snapshot, error) {
	if u.IsZero() {
		u.I = 1 // what is not known is at no time
	}
	return t.completedSnapshot(ctx, instanceID, "at or after "+u.String(), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("(s.cluster_t, s.cluster_i) >= (?, ?)", u.T, u.I).
			OrderExpr("s.cluster_t, s.cluster_i, s.created_at, s.id")
	})
}

// completedSnapshot reads the first that where finds among the completed ones
// of an instance; when says what was asked for.
func (t *tx) completedSnapshot(ctx context.Context, instanceID tidemark.ID, when string, where func(*bun.SelectQuery) *bun.SelectQuery) (*tidemark.Snapshot, error) {
	none := tidemark.Errorf(tidemark.CodeSnapshotNotFound, "the instance %s has no completed snapshot %s", instanceID, when).
		WithParams("", string(instanceID))
	row, err := selectOne[snapshotRow](ctx, t, "reading a snapshot", none, func(q *bun.SelectQuery) *bun.SelectQuery {
		return where(q.Where("s.instance_id = ?", clean(string(instanceID))).Where("s.status " + completed))
	})
	if err != nil {
		return nil, err
	}
	return row.value()
}
