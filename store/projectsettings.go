package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"tidemark"
)

type projectSettingsRow struct {
	bun.BaseModel `bun:"table:project_settings,alias:ps"`

	ProjectID string `bun:"project_id,pk"`
	Settings  string `bun:"settings"`
}

type organizationSettingsRow struct {
	bun.BaseModel `bun:"table:organization_settings,alias:os"`

	OrgID    string `bun:"org_id,pk"`
	Settings string `bun:"settings"`
}

// ProjectSettings are the defaults where none were saved.
func (t *tx) ProjectSettings(ctx context.Context, projectID tidemark.ID) (*tidemark.ProjectSettings, error) {
	row := new(projectSettingsRow)
	err := t.bun.NewSelect().Model(row).Where("ps.project_id = ?", clean(string(projectID))).Scan(ctx)
	return settingsOf(row.Settings, err, tidemark.DefaultProjectSettings())
}

// settingsOf decodes settings over the defaults, so that one that is newer
// than the row has its default.
func settingsOf[S any](stored string, err error, s *S) (*S, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return nil, failed(err, "reading settings")
	}
	return s, fromJSON(stored, s)
}

// SaveProjectSettings is CodeProjectNotFound for a project that is not there.
func (t *tx) SaveProjectSettings(ctx context.Context, projectID tidemark.ID, s *tidemark.ProjectSettings) error {
	text, err := toJSON(s)
	if err != nil {
		return err
	}
	row := &projectSettingsRow{ProjectID: clean(string(projectID)), Settings: text}
	_, err = t.bun.NewInsert().Model(row).On("CONFLICT (project_id) DO UPDATE").Set("settings = EXCLUDED.settings").Exec(ctx)
	if faultOf(err) == faultForeign {
		return projectNotFound(string(projectID))
	}
	return failed(err, "saving the settings of a project")
}

// OrganizationSettings are the defaults where none were saved.
func (t *tx) OrganizationSettings(ctx context.Context, orgID tidemark.ID) (*tidemark.OrganizationSettings, error) {
	row := new(organizationSettingsRow)
	err := t.bun.NewSelect().Model(row).Where("os.org_id = ?", clean(string(orgID))).Scan(ctx)
	return settingsOf(row.Settings, err, tidemark.DefaultOrganizationSettings())
}

// SaveOrganizationSettings is CodeOrgNotFound for one that is not there.
func (t *tx) SaveOrganizationSettings(ctx context.Context, orgID tidemark.ID, s *tidemark.OrganizationSettings) error {
	text, err := toJSON(s)
	if err != nil {
		return err
	}
	row := &organizationSettingsRow{OrgID: clean(string(orgID)), Settings: text}
	_, err = t.bun.NewInsert().Model(row).On("CONFLICT (org_id) DO UPDATE").Set("settings = EXCLUDED.settings").Exec(ctx)
	if faultOf(err) == faultForeign {
		return orgNotFound(orgID)
	}
	return failed(err, "saving the settings of an organization")
}
