package atlas

import "tidemark"

// organization is AtlasOrganization.
type organization struct {
	ID        tidemark.ID `json:"id"`
	IsDeleted bool        `json:"isDeleted"`
	Links     []link      `json:"links"`
	Name      string      `json:"name"`
	// SkipDefaultAlertsSettings is compared by Terraform.
	SkipDefaultAlertsSettings bool `json:"skipDefaultAlertsSettings"`
}

func (q *request) organization(o *tidemark.Organization) any {
	return organization{ID: o.ID, Links: q.self("/orgs/%s", o.ID), Name: o.Name, SkipDefaultAlertsSettings: o.SkipDefaultAlerts}
}

func (a *api) listOrganizations(q *request) (any, error) {
	items, total, err := a.service.ListOrganizations(q.ctx, q.caller, q.query.Get("name"), q.page)
	return listed(q, items, total, err, q.organization)
}

func (a *api) getOrganization(q *request) (any, error) {
	o, err := a.service.GetOrganization(q.ctx, q.caller, q.orgID())
	return one(o, err, q.organization)
}

func (a *api) listOrganizationProjects(q *request) (any, error) {
	items, total, err := a.service.ListOrganizationProjects(q.ctx, q.caller, q.orgID(), q.query.Get("name"), q.page)
	return listed(q, items, total, err, q.project)
}
