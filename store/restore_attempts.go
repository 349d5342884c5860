package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

// BeginRestoreJob starts an attempt: it adds one to Epoch, sets inProgress,
// StartedAt if it is not set, and returns the row. A finished job is
// CodeConflict.
func (t *tx) BeginRestoreJob(ctx context.Context, id tidemark.ID) (*tidemark.RestoreJob, error) {
	const doing = "beginning a restore job"
	res, err := t.updateJob(id).Set("epoch = epoch + 1").Set("state = ?", string(tidemark.JobInProgress)).
		Set("started_at = COALESCE(started_at, ?)", millis(time.Now())).
		Where("state " + unfinished).Exec(ctx)
	err = changed(res, err, doing, func() error {
		j, err := t.RestoreJob(ctx, id)
		if err != nil {
			return err
		}
		return tidemark.Errorf(tidemark.CodeConflict, "the restore job %s is %s already", id, j.State)
	})
	if err != nil {
		return nil, err
	}
	return t.RestoreJob(ctx, id)
}

// UpdateRestoreJob writes all but ID, ProjectID, InstanceID, CreatedAt,
// Downloads, DownloadBytes and Epoch if the stored epoch is j.Epoch, else it
// is CodeConflict. The two of a download have methods of their own, which do
// not wait for an epoch, and a value read before would undo them.
func (t *tx) UpdateRestoreJob(ctx context.Context, j *tidemark.RestoreJob) error {
	row, err := t.restoreRow(j)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model(row).
		ExcludeColumn("id", "project_id", "instance_id", "created_at", "downloads", "download_bytes", "epoch").
		WherePK().Where("epoch = ?", j.Epoch).Exec(ctx)
	return changed(res, err, "updating a restore job", func() error { return t.restoreEpochLost(ctx, j.ID, j.Epoch) })
}

// SaveRestoreProgress writes only progress and cursor, under the same condition
// and while the job is inProgress.
func (t *tx) SaveRestoreProgress(ctx context.Context, id tidemark.ID, epoch int, p tidemark.Progress, cursor []byte) error {
	progress, err := progressJSON(p)
	if err != nil {
		return err
	}
	res, err := t.updateJob(id).Set("progress = ?", progress).Set("resume_at = ?", toBase64(cursor)).
		Where("epoch = ?", epoch).Where("state = ?", string(tidemark.JobInProgress)).Exec(ctx)
	return changed(res, err, "saving a restore job's progress", func() error { return t.restoreEpochLost(ctx, id, epoch) })
}

// CountDownload adds one to Downloads, whatever the epoch.
func (t *tx) CountDownload(ctx context.Context, id tidemark.ID) error {
	res, err := t.updateJob(id).Set("downloads = downloads + 1").Exec(ctx)
	return changed(res, err, "counting a download", func() error { return jobNotFound(id) })
}

// SetDownloadBytes records the length of the file, whatever the epoch.
func (t *tx) SetDownloadBytes(ctx context.Context, id tidemark.ID, n int64) error {
	res, err := t.updateJob(id).Set("download_bytes = ?", n).Exec(ctx)
	return changed(res, err, "recording a download's length", func() error { return jobNotFound(id) })
}

func (t *tx) updateJob(id tidemark.ID) *bun.UpdateQuery {
	return t.bun.NewUpdate().Model((*restoreRow)(nil)).Where("id = ?", clean(string(id)))
}

// restoreEpochLost tells a job of another epoch from one that is gone or has
// another state.
func (t *tx) restoreEpochLost(ctx context.Context, id tidemark.ID, epoch int) error {
	j, err := t.RestoreJob(ctx, id)
	if err != nil {
		return err
	}
	if j.Epoch == epoch {
		return tidemark.Errorf(tidemark.CodeConflict, "the restore job %s is %s", id, j.State)
	}
	return epochLost("restore job", id, epoch, j.Epoch)
}
