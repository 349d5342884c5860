package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

type projectRow struct {
	bun.BaseModel `bun:"table:projects,alias:p"`

	ID            string `bun:"id,pk"`
	OrgID         string `bun:"org_id"`
	Name          string `bun:"name"`
	CreatedAt     millis `bun:"created_at"`
	DefaultAlerts bool   `bun:"default_alerts"`
	Tags          string `bun:"tags"`
	InstanceCount int    `bun:"instance_count,scanonly"`
}

func (r *projectRow) value() (*tidemark.Project, error) {
	tags, err := sliceFromJSON[tidemark.Tag](r.Tags)
	if err != nil {
		return nil, err
	}
	return &tidemark.Project{
		ID: tidemark.ID(r.ID), OrgID: tidemark.ID(r.OrgID), Name: r.Name, CreatedAt: stamp(r.CreatedAt),
		InstanceCount: r.InstanceCount, DefaultAlerts: r.DefaultAlerts, Tags: tags,
	}, nil
}

// withCount adds the number of instances to the columns.
func withCount(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("p.*").
		ColumnExpr("(SELECT count(*) FROM instances AS i WHERE i.project_id = p.id) AS instance_count")
}

// CreateProject returns CodeDuplicateProject for a name that is taken and
// CodeOrgNotFound for an organization that is not there.
func (t *tx) CreateProject(ctx context.Context, p *tidemark.Project) error {
	tags, err := toJSON(p.Tags)
	if err != nil {
		return err
	}
	row := &projectRow{
		ID: string(p.ID), OrgID: string(p.OrgID), Name: clean(p.Name), CreatedAt: millis(p.CreatedAt),
		DefaultAlerts: p.DefaultAlerts, Tags: tags,
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	switch faultOf(err) {
	case faultUnique:
		return nameTaken(p.Name)
	case faultForeign:
		return orgNotFound(p.OrgID)
	default:
		return failed(err, "creating a project")
	}
}

// UpdateProject writes name and tags.
func (t *tx) UpdateProject(ctx context.Context, p *tidemark.Project) error {
	tags, err := toJSON(p.Tags)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model((*projectRow)(nil)).Set("name = ?", clean(p.Name)).Set("tags = ?", tags).
		Where("id = ?", clean(string(p.ID))).Exec(ctx)
	if faultOf(err) == faultUnique {
		return nameTaken(p.Name)
	}
	return changed(res, err, "updating a project", func() error { return projectNotFound(string(p.ID)) })
}

func nameTaken(name string) error {
	return tidemark.Errorf(tidemark.CodeDuplicateProject, "there is a project named %q already", name).WithParams(name)
}

// Project reads a project.
func (t *tx) Project(ctx context.Context, id tidemark.ID) (*tidemark.Project, error) {
	return t.project(ctx, string(id), "p.id = ?")
}

// ProjectByName reads the project with that name.
func (t *tx) ProjectByName(ctx context.Context, name string) (*tidemark.Project, error) {
	return t.project(ctx, name, "p.name = ?")
}

func (t *tx) project(ctx context.Context, key, condition string) (*tidemark.Project, error) {
	row, err := selectOne[projectRow](ctx, t, "reading a project", projectNotFound(key),
		func(q *bun.SelectQuery) *bun.SelectQuery { return withCount(q).Where(condition, clean(key)) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// Projects lists by creation those that are in one of the organizations or
// have one of the ids.
func (t *tx) Projects(ctx context.Context, orgIDs, ids []tidemark.ID, p tidemark.Page) ([]*tidemark.Project, int, error) {
	return listPage(ctx, t, "listing projects", p, "p.created_at, p.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return withCount(q).Where("p.org_id IN (?) OR p.id IN (?)", bun.List(texts(orgIDs)), bun.List(texts(ids)))
		}, (*projectRow).value)
}

// DeleteProject is CodeProjectNotEmpty while the project has instances.
func (t *tx) DeleteProject(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*projectRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	if faultOf(err) == faultForeign {
		return tidemark.Errorf(tidemark.CodeProjectNotEmpty, "the project %s still has instances", id).
			WithParams(string(id)).WithHint("Delete its instances first and wait until they are gone.")
	}
	return changed(res, err, "deleting a project", func() error { return projectNotFound(string(id)) })
}

func projectNotFound(key string) error {
	return tidemark.Errorf(tidemark.CodeProjectNotFound, "no project is called %s", key).WithParams(key)
}
