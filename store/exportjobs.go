package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

// unfinishedExport is a condition on a state; its text is that of the partial
// indexes, or they would not be used.
const unfinishedExport = "IN ('Queued', 'InProgress')"

type exportJobRow struct {
	bun.BaseModel `bun:"table:export_jobs,alias:e"`

	ID           string `bun:"id,pk"`
	ProjectID    string `bun:"project_id"`
	InstanceID   string `bun:"instance_id"`
	InstanceName string `bun:"instance_name"`
	SnapshotID   string `bun:"snapshot_id"`
	BucketID     string `bun:"bucket_id"`
	BucketName   string `bun:"bucket_name"`
	CustomData   string `bun:"custom_data"`
	Prefix       string `bun:"prefix"`
	State        string `bun:"state"`
	CreatedAt    millis `bun:"created_at"`
	FinishedAt   millis `bun:"finished_at"`
	Collections  int    `bun:"collections"`
	Exported     int    `bun:"exported"`
	Bytes        int64  `bun:"bytes"`
	FailCode     string `bun:"fail_code"`
	FailReason   string `bun:"fail_reason"`
	Epoch        int    `bun:"epoch"`
}

func exportJobRowOf(j *tidemark.ExportJob) (*exportJobRow, error) {
	data, err := toJSON(j.CustomData)
	if err != nil {
		return nil, err
	}
	return &exportJobRow{
		ID: string(j.ID), ProjectID: string(j.ProjectID), InstanceID: string(j.InstanceID), InstanceName: clean(j.InstanceName),
		SnapshotID: clean(string(j.SnapshotID)), BucketID: clean(string(j.BucketID)), BucketName: clean(j.BucketName),
		CustomData: clean(data), Prefix: clean(j.Prefix), State: string(j.State),
		CreatedAt: millis(j.CreatedAt), FinishedAt: millis(j.FinishedAt),
		Collections: j.Collections, Exported: j.Exported, Bytes: j.Bytes,
		FailCode: clean(string(j.FailCode)), FailReason: clean(j.FailReason), Epoch: j.Epoch,
	}, nil
}

func (r *exportJobRow) value() (*tidemark.ExportJob, error) {
	data, err := sliceFromJSON[tidemark.Tag](r.CustomData)
	if err != nil {
		return nil, err
	}
	return &tidemark.ExportJob{
		ID: tidemark.ID(r.ID), ProjectID: tidemark.ID(r.ProjectID), InstanceID: tidemark.ID(r.InstanceID), InstanceName: r.InstanceName,
		SnapshotID: tidemark.ID(r.SnapshotID), BucketID: tidemark.ID(r.BucketID), BucketName: r.BucketName,
		CustomData: data, Prefix: r.Prefix, State: tidemark.ExportState(r.State),
		CreatedAt: stamp(r.CreatedAt), FinishedAt: stamp(r.FinishedAt),
		Collections: r.Collections, Exported: r.Exported, Bytes: r.Bytes,
		FailCode: tidemark.Code(r.FailCode), FailReason: r.FailReason, Epoch: r.Epoch,
	}, nil
}

// CreateExportJob returns CodeInstanceNotFound for a source that is not there.
func (t *tx) CreateExportJob(ctx context.Context, j *tidemark.ExportJob) error {
	row, err := exportJobRowOf(j)
	if err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	if faultOf(err) == faultForeign {
		return instanceNotFound(j.InstanceName, j.ProjectID)
	}
	return failed(err, "creating an export job")
}

// ExportJob reads an export job.
func (t *tx) ExportJob(ctx context.Context, id tidemark.ID) (*tidemark.ExportJob, error) {
	row, err := selectOne[exportJobRow](ctx, t, "reading an export job", exportNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("e.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// ExportJobs lists those of an instance, newest first.
func (t *tx) ExportJobs(ctx context.Context, instanceID tidemark.ID, p tidemark.Page) ([]*tidemark.ExportJob, int, error) {
	return listPage(ctx, t, "listing export jobs", p, "e.created_at DESC, e.id DESC",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("e.instance_id = ?", clean(string(instanceID)))
		}, (*exportJobRow).value)
}

// UnfinishedExportsOf lists those of a snapshot, oldest first.
func (t *tx) UnfinishedExportsOf(ctx context.Context, snapshotID tidemark.ID) ([]*tidemark.ExportJob, error) {
	return t.unfinishedExports(ctx, "e.snapshot_id = ?", snapshotID)
}

// UnfinishedExportsInto lists those into a bucket, oldest first.
func (t *tx) UnfinishedExportsInto(ctx context.Context, bucketID tidemark.ID) ([]*tidemark.ExportJob, error) {
	return t.unfinishedExports(ctx, "e.bucket_id = ?", bucketID)
}

func (t *tx) unfinishedExports(ctx context.Context, where string, id tidemark.ID) ([]*tidemark.ExportJob, error) {
	rows, err := selectAll[exportJobRow](ctx, t, "listing export jobs", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where(where, clean(string(id))).Where("e.state " + unfinishedExport).OrderExpr("e.created_at, e.id")
	})
	if err != nil {
		return nil, err
	}
	return convert(rows, (*exportJobRow).value)
}

// BeginExportJob starts an attempt: it adds one to Epoch, sets InProgress and
// returns the row. A finished job is CodeConflict.
func (t *tx) BeginExportJob(ctx context.Context, id tidemark.ID) (*tidemark.ExportJob, error) {
	res, err := t.bun.NewUpdate().Model((*exportJobRow)(nil)).Where("id = ?", clean(string(id))).
		Set("epoch = epoch + 1").Set("state = ?", string(tidemark.ExportInProgress)).
		Where("state " + unfinishedExport).Exec(ctx)
	err = changed(res, err, "beginning an export job", func() error {
		j, err := t.ExportJob(ctx, id)
		if err != nil {
			return err
		}
		return tidemark.Errorf(tidemark.CodeConflict, "the export job %s is %s already", id, j.State)
	})
	if err != nil {
		return nil, err
	}
	return t.ExportJob(ctx, id)
}

// UpdateExportJob writes all but ID, ProjectID, InstanceID, CreatedAt and Epoch
// if the stored epoch is j.Epoch, else it is CodeConflict.
func (t *tx) UpdateExportJob(ctx context.Context, j *tidemark.ExportJob) error {
	row, err := exportJobRowOf(j)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model(row).
		ExcludeColumn("id", "project_id", "instance_id", "created_at", "epoch").
		WherePK().Where("epoch = ?", j.Epoch).Exec(ctx)
	return changed(res, err, "updating an export job", func() error {
		stored, err := t.ExportJob(ctx, j.ID)
		if err != nil {
			return err
		}
		return epochLost("export job", j.ID, j.Epoch, stored.Epoch)
	})
}

func exportNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeExportNotFound, "no export job has the id %s", id).WithParams(string(id), "")
}
