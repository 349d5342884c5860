package jobs

import (
	"context"
	"encoding/json"
	"slices"

	"tidemark"
)

// manifest is what the job restores. For a point in time the snapshot is
// advanced to it first; what that makes is noted with the job, taken up by the
// attempts to come, and deleted when the job has ended.
func (t *restoreTask) manifest(ctx context.Context, r *restoring, saver *cursorSaver) (string, error) {
	to := r.job.DesiredTimestamp
	if r.job.DeliveryType != tidemark.DeliverPointInTime || to == r.snapshot.ClusterTime {
		return r.snapshot.Manifest, nil
	}
	before, err := t.advanced(ctx, r)
	if err != nil || before != "" {
		return before, err
	}
	between, err := t.slicesBetween(ctx, r.job.InstanceID, r.snapshot.ClusterTime, to)
	if err != nil {
		return "", err
	}
	if err := saver.write(ctx, tidemark.Progress{Phase: "folding", StartedAt: t.now(), UpdatedAt: t.now(), TotalDocuments: -1, TotalBytes: -1}, r.job.Cursor); err != nil {
		return "", err
	}
	result, err := t.cfg.Capturer.Advance(ctx, AdvanceRequest{
		ID: r.job.ID, Instance: r.job.InstanceID, Base: r.snapshot.Manifest, After: r.snapshot.ClusterTime,
		Slices: between, To: to, Once: true,
		Note:     func(ctx context.Context, object string) error { return t.noteAdvanced(ctx, r, object) },
		Progress: func(tidemark.Progress) {},
	})
	if err != nil {
		return "", err
	}
	return result.Manifest, t.change(ctx, r, func(m *made) { m.Manifest = result.Manifest })
}

// advanced is the manifest that an attempt before has made, if it is whole;
// else what there is of it is deleted.
func (t *restoreTask) advanced(ctx context.Context, r *restoring) (string, error) {
	m, err := t.made(ctx, r.job.ID)
	if err != nil || m.Manifest != "" || len(m.Objects) == 0 {
		return m.Manifest, err
	}
	if err := t.cfg.Capturer.Discard(ctx, m.Objects); err != nil {
		return "", err
	}
	return "", t.change(ctx, r, func(m *made) { *m = made{} })
}

// made is what a restore to a point in time has made for itself, kept in a
// setting. There are few objects: a run or two for each collection that changed.
type made struct {
	Objects  []string `json:"objects"`
	Manifest string   `json:"manifest,omitempty"` // once all is there
}

// all is all of its objects, the manifest last.
func (m made) all() []string {
	if m.Manifest == "" {
		return m.Objects
	}
	return append(slices.Clone(m.Objects), m.Manifest)
}

func madeNote(job tidemark.ID) string { return "restore/" + string(job) }

func (j *Jobs) made(ctx context.Context, job tidemark.ID) (m made, err error) {
	err = j.cfg.Store.View(ctx, func(tx tidemark.Tx) (err error) {
		m, err = readMade(ctx, tx, job)
		return err
	})
	return m, err
}

func readMade(ctx context.Context, tx tidemark.Tx, job tidemark.ID) (m made, err error) {
	text, err := tx.Setting(ctx, madeNote(job))
	if err != nil || text == "" {
		return m, err
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, tidemark.Errorf(tidemark.CodeInvalidData, "what restore job %s has made cannot be read: %w", job, err)
	}
	return m, nil
}

// change changes the note of what the job has made.
func (t *restoreTask) change(ctx context.Context, r *restoring, fn func(*made)) error {
	return t.current(ctx, r, func(tx tidemark.Tx, _ *tidemark.RestoreJob) error {
		m, err := readMade(ctx, tx, r.job.ID)
		if err != nil {
			return err
		}
		fn(&m)
		text, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return tx.SetSetting(ctx, madeNote(r.job.ID), string(text))
	})
}

func (t *restoreTask) noteAdvanced(ctx context.Context, r *restoring, object string) error {
	return t.change(ctx, r, func(m *made) { m.Objects = append(m.Objects, object) })
}

// current runs fn in a writing transaction if the attempt is the newest.
func (t *restoreTask) current(ctx context.Context, r *restoring, fn func(tidemark.Tx, *tidemark.RestoreJob) error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.RestoreJob(ctx, r.job.ID)
		if err != nil {
			return stale(err)
		}
		if err := r.current(job); err != nil {
			return err
		}
		return fn(tx, job)
	})
}
