package store

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

// CreateRestoreJob returns CodeInstanceNotFound for a source that is not there.
func (t *tx) CreateRestoreJob(ctx context.Context, j *tidemark.RestoreJob) error {
	row, err := t.restoreRow(j)
	if err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	if faultOf(err) == faultForeign {
		return instanceNotFound(j.InstanceName, j.ProjectID)
	}
	return failed(err, "creating a restore job")
}

// RestoreJob reads a restore job.
func (t *tx) RestoreJob(ctx context.Context, id tidemark.ID) (*tidemark.RestoreJob, error) {
	row, err := selectOne[restoreRow](ctx, t, "reading a restore job", jobNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("j.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return t.restoreJob(row)
}

// RestoreJobByToken finds the job by the hash of the token and then compares
// the token itself, which is sealed to its row.
func (t *tx) RestoreJobByToken(ctx context.Context, token string) (*tidemark.RestoreJob, error) {
	notFound := tidemark.Errorf(tidemark.CodeJobNotFound, "no restore job has that download token").WithParams("", "")
	if token == "" {
		return nil, notFound
	}
	row, err := selectOne[restoreRow](ctx, t, "reading a restore job", notFound,
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("j.token_hash = ?", secretHash(token)) })
	if err != nil {
		return nil, err
	}
	j, err := t.restoreJob(row)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(j.DownloadToken), []byte(token)) != 1 {
		return nil, notFound
	}
	return j, nil
}

// RestoreJobs lists those whose source is the instance, newest first.
func (t *tx) RestoreJobs(ctx context.Context, instanceID tidemark.ID, p tidemark.Page) ([]*tidemark.RestoreJob, int, error) {
	rows, total, err := selectCounted[restoreRow](ctx, t, "listing restore jobs", p, "j.created_at DESC, j.id DESC",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("j.instance_id = ?", clean(string(instanceID)))
		}, func() (int, error) { return t.countOf(ctx, "restore_jobs", instanceID) })
	if err != nil {
		return nil, 0, err
	}
	values, err := convert(rows, t.restoreJob)
	return values, total, err
}

// UnfinishedRestoresOnto lists, oldest first, the unfinished jobs whose target
// is the instance.
func (t *tx) UnfinishedRestoresOnto(ctx context.Context, instanceID tidemark.ID) ([]*tidemark.RestoreJob, error) {
	return t.restoreJobs(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("j.target_instance_id = ?", clean(string(instanceID))).Where("j.state " + unfinished)
	})
}

// UnfinishedRestoresOf lists, oldest first, the jobs that still need a
// snapshot: the unfinished ones, and completed downloads whose link has not
// expired by u.
func (t *tx) UnfinishedRestoresOf(ctx context.Context, snapshotID tidemark.ID, u time.Time) ([]*tidemark.RestoreJob, error) {
	return t.restoreJobs(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("j.snapshot_id = ?", clean(string(snapshotID))).
			Where("j.state "+unfinished+" OR (j.delivery_type = ? AND j.state = ? AND (j.expires_at IS NULL OR j.expires_at > ?))",
				string(tidemark.DeliverDownload), string(tidemark.JobCompleted), millis(u))
	})
}

func (t *tx) restoreJobs(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*tidemark.RestoreJob, error) {
	rows, err := selectAll[restoreRow](ctx, t, "listing restore jobs", func(q *bun.SelectQuery) *bun.SelectQuery {
		return where(q).OrderExpr("j.created_at, j.id")
	})
	if err != nil {
		return nil, err
	}
	return convert(rows, t.restoreJob)
}

func jobNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeJobNotFound, "no restore job has the id %s", id).WithParams(string(id), "")
}
