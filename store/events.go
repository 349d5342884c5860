package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

type eventRow struct {
	bun.BaseModel `bun:"table:events,alias:e"`

	ID             string `bun:"id,pk"`
	Type           string `bun:"type"`
	CreatedAt      millis `bun:"created_at"`
	OrgID          string `bun:"org_id"`
	ProjectID      string `bun:"project_id"`
	OfOrg          bool   `bun:"of_org"`
	InstanceName   string `bun:"instance_name"`
	SnapshotID     string `bun:"snapshot_id"`
	JobID          string `bun:"job_id"`
	TargetPublicID string `bun:"target_public_id"`
	KeyID          string `bun:"key_id"`
	KeyKind        string `bun:"key_kind"`
	PublicID       string `bun:"public_id"`
	RemoteAddr     string `bun:"remote_addr"`
	Details        string `bun:"details"`
}

func (r *eventRow) value() (*tidemark.Event, error) {
	var details map[string]string
	if err := fromJSON(r.Details, &details); err != nil {
		return nil, err
	}
	if len(details) == 0 {
		details = nil
	}
	return &tidemark.Event{
		ID: tidemark.ID(r.ID), Type: tidemark.EventType(r.Type), CreatedAt: stamp(r.CreatedAt),
		OrgID: tidemark.ID(r.OrgID), ProjectID: tidemark.ID(r.ProjectID),
		InstanceName: r.InstanceName, SnapshotID: tidemark.ID(r.SnapshotID), JobID: tidemark.ID(r.JobID),
		TargetPublicID: r.TargetPublicID,
		KeyID:          tidemark.ID(r.KeyID), KeyKind: tidemark.KeyKind(r.KeyKind), PublicID: r.PublicID,
		RemoteAddr: r.RemoteAddr, Details: details,
	}, nil
}

// AddEvent appends an event; an empty OrgID becomes that of the project.
func (t *tx) AddEvent(ctx context.Context, e *tidemark.Event) error {
	if e.OrgID == "" && e.ProjectID != "" {
		if err := t.ownEvent(ctx, e); err != nil {
			return err
		}
	}
	details, err := toJSON(e.Details)
	if err != nil {
		return err
	}
	row := &eventRow{
		ID: string(e.ID), Type: clean(string(e.Type)), CreatedAt: millis(e.CreatedAt),
		OrgID: clean(string(e.OrgID)), ProjectID: clean(string(e.ProjectID)), OfOrg: e.Type.OfOrganization(),
		InstanceName: clean(e.InstanceName), SnapshotID: clean(string(e.SnapshotID)), JobID: clean(string(e.JobID)),
		TargetPublicID: clean(e.TargetPublicID),
		KeyID:          clean(string(e.KeyID)), KeyKind: clean(string(e.KeyKind)), PublicID: clean(e.PublicID),
		RemoteAddr: clean(e.RemoteAddr), Details: details,
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	return failed(err, "adding an event")
}

// ownEvent sets the organization of an event to that of its project.
func (t *tx) ownEvent(ctx context.Context, e *tidemark.Event) error {
	row, err := selectOne[projectRow](ctx, t, "reading the project of an event", projectNotFound(string(e.ProjectID)),
		func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Column("p.org_id").Where("p.id = ?", clean(string(e.ProjectID)))
		})
	if err != nil {
		return err
	}
	e.OrgID = tidemark.ID(row.OrgID)
	return nil
}

// Event reads an event.
func (t *tx) Event(ctx context.Context, id tidemark.ID) (*tidemark.Event, error) {
	row, err := selectOne[eventRow](ctx, t, "reading an event", eventNotFound(id),
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("e.id = ?", clean(string(id))) })
	if err != nil {
		return nil, err
	}
	return row.value()
}

// Events lists newest first. The words of the filter are those of the partial
// indexes, which SQLite goes by.
func (t *tx) Events(ctx context.Context, f tidemark.EventFilter, p tidemark.Page) ([]*tidemark.Event, int, error) {
	if (f.ProjectID == "") == (f.OrgID == "") {
		return nil, 0, tidemark.Errorf(tidemark.CodeInvalidData, "events are listed of one project or of one organization")
	}
	return listPage(ctx, t, "listing events", p, "e.created_at DESC, e.id DESC",
		func(q *bun.SelectQuery) *bun.SelectQuery { return filtered(q, f) }, (*eventRow).value)
}

func filtered(q *bun.SelectQuery, f tidemark.EventFilter) *bun.SelectQuery {
	if f.ProjectID != "" {
		q = q.Where("e.project_id = ?", clean(string(f.ProjectID))).Where("e.project_id <> ''")
	} else {
		q = q.Where("e.org_id = ?", clean(string(f.OrgID))).Where("e.of_org")
	}
	if !f.From.IsZero() {
		// A bound between two milliseconds leaves the earlier one out.
		q = q.Where("e.created_at >= ?", f.From.Add(time.Millisecond-1).UnixMilli())
	}
	if !f.Until.IsZero() {
		q = q.Where("e.created_at <= ?", f.Until.UnixMilli())
	}
	if len(f.Instances) > 0 {
		q = q.Where("e.instance_name IN (?)", bun.List(cleaned(f.Instances)))
	}
	if len(f.Types) > 0 {
		q = q.Where("e.type IN (?)", bun.List(cleaned(f.Types)))
	}
	if len(f.Excluded) > 0 {
		q = q.Where("e.type NOT IN (?)", bun.List(cleaned(f.Excluded)))
	}
	return q
}

// cleaned makes names values of a query.
func cleaned[S ~string](names []S) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = clean(string(name))
	}
	return out
}

func eventNotFound(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeEventNotFound, "no event has the id %s", id).WithParams(string(id))
}
