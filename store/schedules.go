package store

import (
	"context"
	"database/sql"
	"errors"

	"tidemark"
)

// Schedule returns what was set for an instance; nil where nothing was.
func (t *tx) Schedule(ctx context.Context, instanceID tidemark.ID) (*tidemark.Schedule, error) {
	return whole[tidemark.Schedule](ctx, t, "reading a schedule",
		`SELECT schedule FROM backup_schedules WHERE instance_id = ?`, instanceID)
}

// SaveSchedule sets the schedule of an instance.
func (t *tx) SaveSchedule(ctx context.Context, instanceID tidemark.ID, s *tidemark.Schedule) error {
	err := t.saveWhole(ctx, instanceID, s,
		`INSERT INTO backup_schedules (instance_id, schedule) VALUES (?, ?)
		ON CONFLICT (instance_id) DO UPDATE SET schedule = excluded.schedule`)
	if faultOf(err) == faultForeign {
		return instanceNotFound(string(instanceID), "")
	}
	return failed(err, "storing a schedule")
}

// CompliancePolicy returns the policy of a project; nil where it has none.
func (t *tx) CompliancePolicy(ctx context.Context, projectID tidemark.ID) (*tidemark.CompliancePolicy, error) {
	p, err := whole[tidemark.CompliancePolicy](ctx, t, "reading a compliance policy",
		`SELECT policy FROM compliance_policies WHERE project_id = ?`, projectID)
	if p != nil {
		p.UpdatedAt = p.UpdatedAt.UTC()
	}
	return p, err
}

// SaveCompliancePolicy sets the policy of a project.
func (t *tx) SaveCompliancePolicy(ctx context.Context, p *tidemark.CompliancePolicy) error {
	kept := *p
	kept.UpdatedAt = cut(p.UpdatedAt)
	err := t.saveWhole(ctx, p.ProjectID, kept,
		`INSERT INTO compliance_policies (project_id, policy) VALUES (?, ?)
		ON CONFLICT (project_id) DO UPDATE SET policy = excluded.policy`)
	if faultOf(err) == faultForeign {
		return projectNotFound(string(p.ProjectID))
	}
	return failed(err, "storing a compliance policy")
}

// DeleteCompliancePolicy removes the policy of a project, if there is one.
func (t *tx) DeleteCompliancePolicy(ctx context.Context, projectID tidemark.ID) error {
	_, err := t.bun.NewRaw(`DELETE FROM compliance_policies WHERE project_id = ?`, clean(string(projectID))).Exec(ctx)
	return failed(err, "deleting a compliance policy")
}

// whole reads a value that is kept as JSON; nil for no row.
func whole[V any](ctx context.Context, t *tx, doing, query string, id tidemark.ID) (*V, error) {
	var text string
	err := t.bun.NewRaw(query, clean(string(id))).Scan(ctx, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, doing)
	}
	v := new(V)
	return v, fromJSON(text, v)
}

// saveWhole runs a statement with an id and a value as JSON. Its error is the
// database's.
func (t *tx) saveWhole(ctx context.Context, id tidemark.ID, v any, statement string) error {
	text, err := toJSON(v)
	if err != nil {
		return err
	}
	_, err = t.bun.NewRaw(statement, clean(string(id)), clean(text)).Exec(ctx)
	return err
}
