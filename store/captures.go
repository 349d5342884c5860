package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

// CapturedInstances lists by creation those with ContinuousBackup that are not
// being deleted.
func (t *tx) CapturedInstances(ctx context.Context) ([]*tidemark.Instance, error) {
	return t.instances(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.continuous_backup").Where("i.state <> ?", string(tidemark.StateDeleting)).
			OrderExpr("i.created_at, i.id")
	})
}

// Capture returns a fresh one where there is none yet.
func (t *tx) Capture(ctx context.Context, instanceID tidemark.ID) (*tidemark.Capture, error) {
	rows, err := selectAll[captureRow](ctx, t, "reading a capture", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("c.instance_id = ?", clean(string(instanceID)))
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return &tidemark.Capture{InstanceID: instanceID}, nil
	}
	return rows[0].value(), nil
}

// SaveCapture writes all of c. It is CodeInstanceNotFound for an instance that
// is not there.
func (t *tx) SaveCapture(ctx context.Context, c *tidemark.Capture) error {
	// Without a list of its own, bun sets all columns of the model, which has
	// none of the totals.
	_, err := t.bun.NewInsert().Model(captureRowOf(c)).On("CONFLICT (instance_id) DO UPDATE").Exec(ctx)
	if faultOf(err) == faultForeign {
		return instanceNotFound(string(c.InstanceID), "")
	}
	return failed(err, "saving a capture")
}

// moveCapture moves the position over a slice and counts it in, if the position
// is where the slice begins.
func (t *tx) moveCapture(ctx context.Context, s *tidemark.Slice) error {
	const doing = "moving a capture"
	if s.After.IsZero() {
		_, err := t.bun.NewRaw(`INSERT INTO captures (instance_id) VALUES (?) ON CONFLICT (instance_id) DO NOTHING`,
			clean(string(s.InstanceID))).Exec(ctx)
		if faultOf(err) == faultForeign {
			return instanceNotFound(string(s.InstanceID), "")
		}
		if err != nil {
			return failed(err, doing)
		}
	}
	res, err := t.bun.NewUpdate().Model((*captureRow)(nil)).
		Set("position_t = ?", s.Last.T).Set("position_i = ?", s.Last.I).
		Set("slices = slices + 1").Set("entries = entries + ?", s.Entries).
		Set("raw_bytes = raw_bytes + ?", s.RawBytes).Set("stored_bytes = stored_bytes + ?", s.StoredBytes).
		Where("instance_id = ?", clean(string(s.InstanceID))).
		Where("position_t = ?", s.After.T).Where("position_i = ?", s.After.I).Exec(ctx)
	return changed(res, err, doing, func() error { return t.positionLost(ctx, s) })
}

// positionLost tells a capture at another position from an instance that is gone.
func (t *tx) positionLost(ctx context.Context, s *tidemark.Slice) error {
	if _, err := t.Instance(ctx, s.InstanceID); err != nil {
		return err
	}
	c, err := t.Capture(ctx, s.InstanceID)
	if err != nil {
		return err
	}
	return tidemark.Errorf(tidemark.CodeConflict, "the capture of the instance %s is at %s, not at %s", s.InstanceID, c.Position, s.After)
}
