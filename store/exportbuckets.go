package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

type exportBucketRow struct {
	bun.BaseModel `bun:"table:export_buckets,alias:b"`

	ID            string `bun:"id,pk"`
	ProjectID     string `bun:"project_id"`
	BucketName    string `bun:"bucket_name"`
	CloudProvider string `bun:"cloud_provider"`
	RoleID        string `bun:"role_id"`
	ServiceURL    string `bun:"service_url"`
	TenantID      string `bun:"tenant_id"`
	CreatedAt     millis `bun:"created_at"`
}

func (r *exportBucketRow) value() (*tidemark.ExportBucket, error) {
	return &tidemark.ExportBucket{
		ID: tidemark.ID(r.ID), ProjectID: tidemark.ID(r.ProjectID), BucketName: r.BucketName, CloudProvider: r.CloudProvider,
		RoleID: tidemark.ID(r.RoleID), ServiceURL: r.ServiceURL, TenantID: r.TenantID, CreatedAt: stamp(r.CreatedAt),
	}, nil
}

// CreateExportBucket returns CodeDuplicateBucket for a name that the project
// has and CodeProjectNotFound for a project that is not there.
func (t *tx) CreateExportBucket(ctx context.Context, b *tidemark.ExportBucket) error {
	_, err := t.bun.NewInsert().Model(&exportBucketRow{
		ID: string(b.ID), ProjectID: string(b.ProjectID), BucketName: clean(b.BucketName), CloudProvider: clean(b.CloudProvider),
		RoleID: clean(string(b.RoleID)), ServiceURL: clean(b.ServiceURL), TenantID: clean(b.TenantID), CreatedAt: millis(b.CreatedAt),
	}).Exec(ctx)
	switch faultOf(err) {
	case faultUnique:
		return tidemark.Errorf(tidemark.CodeDuplicateBucket, "the project has an export bucket %q already", b.BucketName).WithParams(b.BucketName)
	case faultForeign:
		return projectNotFound(string(b.ProjectID))
	default:
		return failed(err, "creating an export bucket")
	}
}

// ExportBucket reads an export bucket.
func (t *tx) ExportBucket(ctx context.Context, id tidemark.ID) (*tidemark.ExportBucket, error) {
	row, err := selectOne[exportBucketRow](ctx, t, "reading an export bucket", bucketNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("b.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// ExportBuckets lists those of a project by creation.
func (t *tx) ExportBuckets(ctx context.Context, projectID tidemark.ID, p tidemark.Page) ([]*tidemark.ExportBucket, int, error) {
	return listPage(ctx, t, "listing export buckets", p, "b.created_at, b.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("b.project_id = ?", clean(string(projectID)))
		}, (*exportBucketRow).value)
}

// DeleteExportBucket removes an export bucket.
func (t *tx) DeleteExportBucket(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*exportBucketRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	return changed(res, err, "deleting an export bucket", func() error { return bucketNotFound(id) })
}

func bucketNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeBucketNotFound, "no export bucket has the id %s", id).WithParams(string(id))
}
