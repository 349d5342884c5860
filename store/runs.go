package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"tidemark"
)

// runsAStatement is how many objects a statement names.
const runsAStatement = 500

// referred is whether a snapshot refers to the object of p.
const referred = `EXISTS (SELECT 1 FROM run_spans AS o JOIN run_holders AS h
	ON h.instance_id = o.instance_id AND h.seq BETWEEN o.first_seq AND o.last_seq AND NOT h.released
	WHERE o.object = p.object)`

// ofInstance is instance_id, written so that no index is searched by it: a span
// is found by its object, or all runs of the instance would be looked at.
const ofInstance = `(instance_id || '')`

// runHolder is a snapshot that refers to runs.
type runHolder struct {
	bun.BaseModel `bun:"table:run_holders,alias:h"`

	SnapshotID string `bun:"snapshot_id,pk"`
	InstanceID string `bun:"instance_id"`
	Seq        int64  `bun:"seq"`
	Released   bool   `bun:"released"`
}

// runSpan says that the holders from FirstSeq to LastSeq refer to Object. The
// spans of an object in an instance are disjoint, and each has a holder in it.
type runSpan struct {
	bun.BaseModel `bun:"table:run_spans,alias:p"`

	Object     string `bun:"object,pk"`
	InstanceID string `bun:"instance_id,pk"`
	FirstSeq   int64  `bun:"first_seq,pk"`
	LastSeq    int64  `bun:"last_seq"`
}

// ReferRuns adds to the objects that a snapshot needs. It is CodeConflict for
// one that all snapshots which referred to it have released.
func (t *tx) ReferRuns(ctx context.Context, snapshotID tidemark.ID, objects []string) error {
	s, err := t.Snapshot(ctx, snapshotID)
	if err != nil {
		return err
	}
	h, err := t.holder(ctx, s.ID)
	if err != nil {
		return err
	}
	if h == nil {
		if h, err = t.addHolder(ctx, s); err != nil {
			return err
		}
	}
	if h.Released {
		return tidemark.Errorf(tidemark.CodeConflict, "the snapshot %s has released its runs", snapshotID)
	}
	var before int64
	err = t.bun.NewRaw(`SELECT COALESCE(MAX(h.seq), 0) FROM run_holders AS h WHERE h.instance_id = ? AND h.seq < ?`,
		h.InstanceID, h.Seq).Scan(ctx, &before)
	if err != nil {
		return failed(err, "reading the holders of runs")
	}
	names := make([]string, len(objects))
	for i, object := range objects {
		names[i] = clean(object)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for some := range slices.Chunk(names, runsAStatement) {
		if err := t.noneCondemned(ctx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(names, runsAStatement) {
		if err := t.referSome(ctx, h, before, some); err != nil {
			return err
		}
	}
	return nil
}

// holder reads the holder; nil if there is none.
func (t *tx) holder(ctx context.Context, snapshotID tidemark.ID) (*runHolder, error) {
	rows, err := selectAll[runHolder](ctx, t, "reading the holders of runs", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("h.snapshot_id = ?", clean(string(snapshotID)))
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// addHolder gives the snapshot a number above all of its instance, also above
// those in a span whose holder is forgotten, which the span would hand on.
func (t *tx) addHolder(ctx context.Context, s *tidemark.Snapshot) (*runHolder, error) {
	const doing = "adding a holder of runs"
	var held, spanned int64
	err := t.bun.NewRaw(`SELECT
		(SELECT COALESCE(MAX(h.seq), 0) FROM run_holders AS h WHERE h.instance_id = ?0),
		(SELECT COALESCE(MAX(p.last_seq), 0) FROM run_spans AS p WHERE p.instance_id = ?0)`,
		string(s.InstanceID)).Scan(ctx, &held, &spanned)
	if err != nil {
		return nil, failed(err, doing)
	}
	h := &runHolder{SnapshotID: string(s.ID), InstanceID: string(s.InstanceID), Seq: 1 + max(held, spanned)}
	_, err = t.bun.NewInsert().Model(h).Exec(ctx)
	return h, failed(err, doing)
}

// noneCondemned is CodeConflict if only released references to an object are left.
func (t *tx) noneCondemned(ctx context.Context, objects []string) error {
	var condemned []string
	err := t.bun.NewRaw(`SELECT p.object FROM run_spans AS p WHERE p.object IN (?) AND NOT `+referred+` LIMIT 1`,
		bun.List(objects)).Scan(ctx, &condemned)
	if err != nil {
		return failed(err, "referring to runs")
	}
	if len(condemned) > 0 {
		return tidemark.Errorf(tidemark.CodeConflict, "the run %s is about to be deleted", condemned[0]).WithParams(condemned[0]).
			WithHint("No snapshot refers to it any more; take one that does not build on it.")
	}
	return nil
}

// referSome refers to some objects, in order; before is the number of the
// holder before h. A span that reaches it is lengthened to h, so that a run
// which one snapshot takes over from another costs no row.
func (t *tx) referSome(ctx context.Context, h *runHolder, before int64, objects []string) error {
	const doing = "referring to runs"
	var have, taken []string
	err := t.bun.NewRaw(`SELECT p.object FROM run_spans AS p WHERE p.object IN (?0) AND `+ofInstance+` = ?1
		AND p.first_seq <= ?2 AND p.last_seq >= ?2`, bun.List(objects), h.InstanceID, h.Seq).Scan(ctx, &have)
	if err != nil {
		return failed(err, doing)
	}
	if objects = lacking(objects, have); len(objects) == 0 {
		return nil
	}
	err = t.bun.NewRaw(`UPDATE run_spans SET last_seq = ?0 WHERE object IN (?1) AND `+ofInstance+` = ?2
		AND last_seq < ?0 AND last_seq >= ?3 RETURNING object`,
		h.Seq, bun.List(objects), h.InstanceID, before).Scan(ctx, &taken)
	if err != nil {
		return failed(err, doing)
	}
	var fresh []*runSpan
	for _, object := range lacking(objects, taken) {
		fresh = append(fresh, &runSpan{Object: object, InstanceID: h.InstanceID, FirstSeq: h.Seq, LastSeq: h.Seq})
	}
	if len(fresh) == 0 {
		return nil
	}
	_, err = t.bun.NewInsert().Model(&fresh).Exec(ctx)
	return failed(err, doing)
}

// lacking lists those of all that some, in any order, does not have.
func lacking(all, some []string) []string {
	slices.Sort(some)
	var rest []string
	for _, s := range all {
		if _, ok := slices.BinarySearch(some, s); !ok {
			rest = append(rest, s)
		}
	}
	return rest
}

// ReleaseRuns marks a snapshot's references as released and lists in order the
// objects of it that no snapshot refers to any more.
func (t *tx) ReleaseRuns(ctx context.Context, snapshotID tidemark.ID) ([]string, error) {
	const doing = "releasing runs"
	var h runHolder
	err := t.bun.NewRaw(`UPDATE run_holders SET released = TRUE WHERE snapshot_id = ? RETURNING instance_id, seq`,
		clean(string(snapshotID))).Scan(ctx, &h.InstanceID, &h.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, doing)
	}
	var names []string
	err = t.bun.NewRaw(`SELECT p.object FROM run_spans AS p WHERE p.instance_id = ?0
		AND p.first_seq <= ?1 AND p.last_seq >= ?1 AND NOT `+referred, h.InstanceID, h.Seq).Scan(ctx, &names)
	if err != nil {
		return nil, failed(err, doing)
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.Sort(names)
	return names, nil
}

// ForgetObjects drops the references that a snapshot released, if there are
// any. It is CodeConflict if they are not released.
func (t *tx) ForgetObjects(ctx context.Context, snapshotID tidemark.ID) error {
	const doing = "forgetting released runs"
	h, err := t.holder(ctx, snapshotID)
	if err != nil || h == nil {
		return err
	}
	if !h.Released {
		return tidemark.Errorf(tidemark.CodeConflict, "the snapshot %s has not released its runs", snapshotID)
	}
	if _, err := t.bun.NewDelete().Model(h).WherePK().Exec(ctx); err != nil {
		return failed(err, doing)
	}
	_, err = t.bun.NewRaw(`DELETE FROM run_spans WHERE instance_id = ?0 AND first_seq <= ?1 AND last_seq >= ?1
		AND NOT EXISTS (SELECT 1 FROM run_holders AS h WHERE h.instance_id = ?0
			AND h.seq BETWEEN run_spans.first_seq AND run_spans.last_seq)`, h.InstanceID, h.Seq).Exec(ctx)
	return failed(err, doing)
}
