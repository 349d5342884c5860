package atlas

import (
	"regexp"

	"tidemark"
)

// project is Group. withDefaultAlertsSettings is write-only in the OpenAPI
// document, but Atlas returns it and its Terraform provider compares it.
type project struct {
	ClusterCount              int            `json:"clusterCount"`
	Created                   date           `json:"created"`
	ID                        tidemark.ID    `json:"id"`
	Links                     []link         `json:"links"`
	Name                      string         `json:"name"`
	OrgID                     tidemark.ID    `json:"orgId"`
	Tags                      []tidemark.Tag `json:"tags"`
	WithDefaultAlertsSettings bool           `json:"withDefaultAlertsSettings"`
}

// displayName is the pattern of names of projects, organizations and so on:
// the document's, and spaces inside, as in "Project 0", the first of every
// organization.
var displayName = regexp.MustCompile(`^[\p{L}\p{N}\-_.(),:&@+']([\p{L}\p{N}\-_.(),:&@+' ]{0,62}[\p{L}\p{N}\-_.(),:&@+'])?$`)

func (q *request) project(p *tidemark.Project) any {
	return project{
		ClusterCount:              p.InstanceCount,
		Created:                   date{p.CreatedAt},
		ID:                        p.ID,
		Links:                     q.self("/groups/%s", p.ID),
		Name:                      p.Name,
		OrgID:                     p.OrgID,
		Tags:                      append([]tidemark.Tag{}, p.Tags...),
		WithDefaultAlertsSettings: p.DefaultAlerts,
	}
}

func (a *api) listProjects(q *request) (any, error) {
	items, total, err := a.service.ListProjects(q.ctx, q.caller, q.page)
	return listed(q, items, total, err, q.project)
}

func (a *api) getProject(q *request) (any, error) {
	p, err := a.service.GetProject(q.ctx, q.caller, q.projectID())
	return one(p, err, q.project)
}

func (a *api) getProjectByName(q *request) (any, error) {
	p, err := a.service.GetProjectByName(q.ctx, q.caller, q.path["groupName"])
	return one(p, recode(err, tidemark.CodeProjectNotFound, codeProjectNameNotFound), q.project)
}

func (a *api) createProject(q *request) (any, error) {
	r, err := newProject(q)
	if err != nil {
		return nil, err
	}
	p, err := a.service.CreateProject(q.ctx, q.caller, r)
	return one(p, err, q.project)
}

// newProject reads the body of createProject. The Go SDK has clusterCount and
// created as plain values, so its clients cannot help sending them.
func newProject(q *request) (r tidemark.NewProject, err error) {
	if owner := q.query.Get("projectOwnerId"); owner != "" && !validID(owner) {
		return r, invalidQuery("projectOwnerId", "it has 24 lower-case hexadecimal digits")
	}
	o, err := q.body()
	if err != nil {
		return r, err
	}
	o.readOnly("id", "links")
	o.ignored("clusterCount", "created")
	r.OrgID = o.identifier("orgId", required, false)
	r.Name = o.text("name", required, 64, displayName)
	o.enum("regionUsageRestrictions", optional, "COMMERCIAL_FEDRAMP_REGIONS_ONLY")
	alerts := o.flag("withDefaultAlertsSettings")
	r.DefaultAlerts = alerts == nil || *alerts
	if tags := o.tags("tags"); tags != nil {
		r.Tags = *tags
	}
	return r, o.done()
}

func (a *api) deleteProject(q *request) (any, error) {
	return struct{}{}, a.service.DeleteProject(q.ctx, q.caller, q.projectID())
}
