package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

type organizationRow struct {
	bun.BaseModel `bun:"table:organizations,alias:o"`

	ID        string `bun:"id,pk"`
	Name      string `bun:"name"`
	CreatedAt millis `bun:"created_at"`
}

func (r *organizationRow) value() (*tidemark.Organization, error) {
	return &tidemark.Organization{
		ID: tidemark.ID(r.ID), Name: r.Name, CreatedAt: stamp(r.CreatedAt),
	}, nil
}

// CreateOrganization stores an organization.
func (t *tx) CreateOrganization(ctx context.Context, o *tidemark.Organization) error {
	row := &organizationRow{ID: string(o.ID), Name: clean(o.Name), CreatedAt: millis(o.CreatedAt)}
	_, err := t.bun.NewInsert().Model(row).Exec(ctx)
	return failed(err, "creating an organization")
}

// Organization reads an organization.
func (t *tx) Organization(ctx context.Context, id tidemark.ID) (*tidemark.Organization, error) {
	row, err := selectOne[organizationRow](ctx, t, "reading an organization", orgNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("o.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// Organizations lists by name; all of them where ids is nil, else those.
func (t *tx) Organizations(ctx context.Context, ids []tidemark.ID, p tidemark.Page) ([]*tidemark.Organization, int, error) {
	return listPage(ctx, t, "listing organizations", p, "o.name, o.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			if ids == nil {
				return q
			}
			return q.Where("o.id IN (?)", bun.List(texts(ids)))
		}, (*organizationRow).value)
}

// UpdateOrganization writes the name.
func (t *tx) UpdateOrganization(ctx context.Context, o *tidemark.Organization) error {
	res, err := t.bun.NewUpdate().Model((*organizationRow)(nil)).Set("name = ?", clean(o.Name)).
		Where("id = ?", clean(string(o.ID))).Exec(ctx)
	return changed(res, err, "updating an organization", func() error { return orgNotFound(o.ID) })
}

// DeleteOrganization is CodeOrgNotEmpty while it has projects or keys.
func (t *tx) DeleteOrganization(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*organizationRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	if faultOf(err) == faultForeign {
		return tidemark.Errorf(tidemark.CodeOrgNotEmpty, "the organization %s still has projects or keys", id).
			WithParams(string(id)).WithHint("Delete its projects first.")
	}
	return changed(res, err, "deleting an organization", func() error { return orgNotFound(id) })
}

func orgNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeOrgNotFound, "no organization has the id %s", id).WithParams(string(id))
}
