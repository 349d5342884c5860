package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

// CreateInstance returns CodeDuplicateInstance for a name that the project has
// and CodeProjectNotFound for a project that is not there.
func (t *tx) CreateInstance(ctx context.Context, i *tidemark.Instance) error {
	row, err := t.instanceRow(i)
	if err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	switch faultOf(err) {
	case faultUnique:
		return duplicateInstance(i)
	case faultForeign:
		return projectNotFound(string(i.ProjectID))
	default:
		return failed(err, "creating an instance")
	}
}

// Instance reads an instance.
func (t *tx) Instance(ctx context.Context, id tidemark.ID) (*tidemark.Instance, error) {
	row, err := selectOne[instanceRow](ctx, t, "reading an instance", instanceNotFound(string(id), ""),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("i.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return t.instance(row)
}

// InstanceByName reads the instance of that name in a project.
func (t *tx) InstanceByName(ctx context.Context, projectID tidemark.ID, name string) (*tidemark.Instance, error) {
	row, err := selectOne[instanceRow](ctx, t, "reading an instance", instanceNotFound(name, projectID),
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("i.project_id = ?", clean(string(projectID))).Where("i.name = ?", clean(name))
		})
	if err != nil {
		return nil, err
	}
	return t.instance(row)
}

// Instances lists those of a project by creation; kind "" is any.
func (t *tx) Instances(ctx context.Context, projectID tidemark.ID, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	return t.instancePage(ctx, projectID, kind, false, p)
}

// InstancesWithDeleted lists as Instances does, and those with DeletedAt set, too.
func (t *tx) InstancesWithDeleted(ctx context.Context, projectID tidemark.ID, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	return t.instancePage(ctx, projectID, kind, true, p)
}

func (t *tx) instancePage(ctx context.Context, projectID tidemark.ID, kind tidemark.InstanceKind, deleted bool, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	return listPage(ctx, t, "listing instances", p, "i.created_at, i.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("i.project_id = ?", clean(string(projectID)))
			if kind != "" {
				q = q.Where("i.kind = ?", clean(string(kind)))
			}
			if !deleted {
				q = q.Where("i.deleted_at IS NULL")
			}
			return q
		}, t.instance)
}

// EmbeddedInstances lists by creation all embedded ones that are not being deleted.
func (t *tx) EmbeddedInstances(ctx context.Context) ([]*tidemark.Instance, error) {
	return t.instances(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.embedded").Where("i.state <> ?", string(tidemark.StateDeleting)).OrderExpr("i.created_at, i.id")
	})
}

// DueInstances lists, the longest due first, idle ones with NextSnapshotAt set
// and at or before u.
func (t *tx) DueInstances(ctx context.Context, u time.Time) ([]*tidemark.Instance, error) {
	return t.instances(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.next_snapshot_at <= ?", millis(u)).Where("i.state = ?", string(tidemark.StateIdle)).
			OrderExpr("i.next_snapshot_at, i.id")
	})
}

func (t *tx) instances(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*tidemark.Instance, error) {
	rows, err := selectAll[instanceRow](ctx, t, "listing instances", where)
	if err != nil {
		return nil, err
	}
	return convert(rows, t.instance)
}

// UpdateInstance writes all but ID, ProjectID and CreatedAt.
func (t *tx) UpdateInstance(ctx context.Context, i *tidemark.Instance) error {
	row, err := t.instanceRow(i)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model(row).ExcludeColumn("id", "project_id", "created_at").WherePK().Exec(ctx)
	if faultOf(err) == faultUnique {
		return duplicateInstance(i)
	}
	return changed(res, err, "updating an instance", func() error { return instanceNotFound(i.Name, i.ProjectID) })
}

// DeleteInstance removes an instance with its snapshots and restore jobs. The
// notes of its snapshots' objects stay until they are forgotten.
func (t *tx) DeleteInstance(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*instanceRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	return changed(res, err, "deleting an instance", func() error { return instanceNotFound(string(id), "") })
}

func duplicateInstance(i *tidemark.Instance) error {
	return tidemark.Errorf(tidemark.CodeDuplicateInstance, "the project has an instance named %q already", i.Name).
		WithParams(i.Name, string(i.ProjectID))
}

func instanceNotFound(name string, projectID tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeInstanceNotFound, "no instance is called %s", name).WithParams(name, string(projectID))
}
