package atlastest

import (
	"context"
	"slices"

	"tidemark"
)

// CreateOrganization implements tidemark.OrganizationService.
func (s *Service) CreateOrganization(_ context.Context, c tidemark.Caller, r tidemark.NewOrganization) (*tidemark.Organization, *tidemark.Key, error) {
	unlock, err := s.org(c, c.OrgID, true)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	o := &tidemark.Organization{ID: tidemark.NewID(), Name: r.Name, CreatedAt: s.clock(), SkipDefaultAlerts: r.SkipDefaultAlerts}
	s.orgs = append(s.orgs, o)
	for _, k := range s.keys {
		if k.ID == c.KeyID {
			k.Roles = append(k.Roles, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: o.ID})
		}
	}
	if r.Key == nil {
		return clone(o), nil, nil
	}
	asked := *r.Key
	asked.Roles = slices.Clone(asked.Roles)
	for n := range asked.Roles {
		asked.Roles[n].OrgID = o.ID
		if err := fits(asked.Roles[n].Name, o.ID, ""); err != nil {
			return nil, nil, err
		}
	}
	return clone(o), clone(s.addKey(o.ID, asked)), nil
}

// UpdateOrganization implements tidemark.OrganizationService.
func (s *Service) UpdateOrganization(_ context.Context, c tidemark.Caller, id tidemark.ID, r tidemark.OrganizationUpdate) (*tidemark.Organization, error) {
	unlock, err := s.org(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	o, _ := find(s.orgs, func(o *tidemark.Organization) bool { return o.ID == id }, nil)
	set(&o.Name, r.Name)
	set(&o.SkipDefaultAlerts, r.SkipDefaultAlerts)
	return clone(o), nil
}

// DeleteOrganization implements tidemark.OrganizationService.
func (s *Service) DeleteOrganization(_ context.Context, c tidemark.Caller, id tidemark.ID) error {
	unlock, err := s.org(c, id, true)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case len(filter(s.projects, func(p *tidemark.Project) bool { return p.OrgID == id })) > 0:
		return tidemark.Errorf(tidemark.CodeOrgNotEmpty, "%s has projects", id).WithParams(id)
	case len(s.orgs) == 1:
		return tidemark.Errorf(tidemark.CodeLastOrg, "%s is the last one", id).WithParams(id)
	}
	s.orgs = without(s.orgs, func(o *tidemark.Organization) bool { return o.ID == id })
	s.keys = without(s.keys, func(k *tidemark.Key) bool { return k.OrgID == id })
	return nil
}

// GetOrganizationSettings implements tidemark.OrganizationService.
func (s *Service) GetOrganizationSettings(_ context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.OrganizationSettings, error) {
	unlock, err := s.org(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return clone(s.orgSettingsOf(id)), nil
}

// UpdateOrganizationSettings implements tidemark.OrganizationService.
func (s *Service) UpdateOrganizationSettings(_ context.Context, c tidemark.Caller, id tidemark.ID, change func(*tidemark.OrganizationSettings)) (*tidemark.OrganizationSettings, error) {
	unlock, err := s.org(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	change(s.orgSettingsOf(id))
	return clone(s.orgSettingsOf(id)), nil
}

func (s *Service) orgSettingsOf(id tidemark.ID) *tidemark.OrganizationSettings {
	if s.orgSettings[id] == nil {
		s.orgSettings[id] = tidemark.DefaultOrganizationSettings()
	}
	return s.orgSettings[id]
}
