package service

import (
	"context"
	"slices"

	"tidemark"
)

// ListProjects lists the projects that the caller may see, by creation.
func (s *Service) ListProjects(ctx context.Context, c tidemark.Caller, p tidemark.Page) ([]*tidemark.Project, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	orgs := orgsWith(c, tidemark.RoleOrgOwner, tidemark.RoleOrgReadOnly)
	return s.listProjects(ctx, p, func(tidemark.Tx) ([]tidemark.ID, []tidemark.ID, error) {
		return orgs, projectsOf(c), nil
	})
}

// ListOrganizationProjects lists the projects of one organization that the
// caller may see and whose names start with name, whatever the case; it needs
// any role in the organization.
func (s *Service) ListOrganizationProjects(ctx context.Context, c tidemark.Caller, orgID tidemark.ID, name string, p tidemark.Page) ([]*tidemark.Project, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	choose := func(tx tidemark.Tx) ([]tidemark.ID, []tidemark.ID, error) {
		if _, err := organization(ctx, tx, c, orgID); err != nil {
			return nil, nil, err
		}
		if hasOrgRole(c, orgID, tidemark.RoleOrgOwner, tidemark.RoleOrgReadOnly) {
			return []tidemark.ID{orgID}, nil, nil
		}
		own, err := projectsIn(ctx, tx, projectsOf(c), orgID)
		return nil, own, err
	}
	if name == "" {
		return s.listProjects(ctx, p, choose)
	}
	var found []*tidemark.Project
	for all := firstPage; ; all.Number++ {
		list, total, err := s.listProjects(ctx, all, choose)
		if err != nil {
			return nil, 0, err
		}
		for _, project := range list {
			if startsWith(project.Name, name) {
				found = append(found, project)
			}
		}
		if len(list) == 0 || all.Offset()+len(list) >= total {
			return pageOf(found, p), len(found), nil
		}
	}
}

// listProjects lists the projects of the organizations and of the projects
// that choose returns.
func (s *Service) listProjects(ctx context.Context, p tidemark.Page, choose func(tidemark.Tx) (orgs, ids []tidemark.ID, err error)) ([]*tidemark.Project, int, error) {
	var (
		list  []*tidemark.Project
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		orgs, ids, err := choose(tx)
		if err != nil || len(orgs)+len(ids) == 0 {
			return err
		}
		list, total, err = tx.Projects(ctx, orgs, ids, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// projectsIn keeps the projects that exist and belong to the organization.
func projectsIn(ctx context.Context, tx tidemark.Tx, ids []tidemark.ID, orgID tidemark.ID) ([]tidemark.ID, error) {
	var kept []tidemark.ID
	for _, id := range ids {
		p, err := tx.Project(ctx, id)
		if tidemark.ErrorCode(err) == tidemark.CodeProjectNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.OrgID == orgID {
			kept = append(kept, id)
		}
	}
	return kept, nil
}

// GetProject needs any role in the project.
func (s *Service) GetProject(ctx context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.Project, error) {
	var p *tidemark.Project
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		p, err = project(ctx, tx, c, id, rightRead)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// GetProjectByName needs any role in the project.
func (s *Service) GetProjectByName(ctx context.Context, c tidemark.Caller, name string) (*tidemark.Project, error) {
	var p *tidemark.Project
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if p, err = tx.ProjectByName(ctx, name); err != nil {
			return err
		}
		return checkRights(c, p, rightRead)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// CreateProject needs ORG_OWNER or ORG_GROUP_CREATOR in the organization. A
// caller that is no owner of it becomes owner of the project.
func (s *Service) CreateProject(ctx context.Context, c tidemark.Caller, r tidemark.NewProject) (*tidemark.Project, error) {
	p := &tidemark.Project{
		ID:            tidemark.NewID(),
		OrgID:         r.OrgID,
		Name:          r.Name,
		CreatedAt:     s.now(),
		DefaultAlerts: r.DefaultAlerts,
		Tags:          slices.Clone(r.Tags),
	}
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		if r.OrgID == "" {
			return missing("orgId")
		}
		if _, err := organization(ctx, tx, c, r.OrgID, tidemark.RoleOrgOwner, tidemark.RoleOrgGroupCreator); err != nil {
			return err
		}
		if err := checkProjectName(r.Name); err != nil {
			return err
		}
		if err := checkTags(r.Tags); err != nil {
			return err
		}
		if err := tx.CreateProject(ctx, p); err != nil {
			return err
		}
		created := tidemark.Event{Type: tidemark.EventProjectCreated, OrgID: p.OrgID, ProjectID: p.ID}
		if err := s.record(ctx, tx, c, created); err != nil || hasOrgRole(c, p.OrgID, tidemark.RoleOrgOwner) {
			return err
		}
		return s.grant(ctx, tx, c, tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: p.ID}, p.OrgID)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// UpdateProject needs GROUP_OWNER.
func (s *Service) UpdateProject(ctx context.Context, c tidemark.Caller, id tidemark.ID, r tidemark.ProjectUpdate) (*tidemark.Project, error) {
	var p *tidemark.Project
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if p, err = project(ctx, tx, c, id, rightOwn); err != nil {
			return err
		}
		var types []tidemark.EventType
		if r.Name != nil && *r.Name != p.Name {
			if err := checkProjectName(*r.Name); err != nil {
				return err
			}
			p.Name = *r.Name
			types = append(types, tidemark.EventProjectNameChanged)
		}
		if r.Tags != nil && !slices.Equal(*r.Tags, p.Tags) {
			if err := checkTags(*r.Tags); err != nil {
				return err
			}
			p.Tags = slices.Clone(*r.Tags)
			types = append(types, tidemark.EventProjectTagsModified)
		}
		if err := tx.UpdateProject(ctx, p); err != nil {
			return err
		}
		return s.recordAll(ctx, tx, c, tidemark.Event{OrgID: p.OrgID, ProjectID: p.ID}, types)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// DeleteProject needs GROUP_OWNER. CodeProjectNotEmpty while the project has
// instances.
func (s *Service) DeleteProject(ctx context.Context, c tidemark.Caller, id tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, id, rightOwn)
		if err != nil {
			return err
		}
		_, n, err := tx.Instances(ctx, id, "", tidemark.Page{Number: 1, Size: 1})
		if err != nil {
			return err
		}
		if n > 0 {
			return tidemark.Errorf(tidemark.CodeProjectNotEmpty, "the project %s has %d instances", id, n).
				WithHint("delete its instances first").WithParams(id)
		}
		if err := forgetRolesIn(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.DeleteProject(ctx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{Type: tidemark.EventProjectDeleted, OrgID: p.OrgID, ProjectID: id})
	})
}

// forgetRolesIn takes all roles in a project from the keys that have them.
func forgetRolesIn(ctx context.Context, tx tidemark.Tx, id tidemark.ID) error {
	in := keysIn{project: &tidemark.Project{ID: id}}
	for _, kind := range []tidemark.KeyKind{tidemark.KeyAPI, tidemark.KeyServiceAccount} {
		for {
			keys, _, err := tx.ProjectKeys(ctx, id, kind, tidemark.Page{Number: 1, Size: pageMax})
			if err != nil {
				return err
			}
			if len(keys) == 0 {
				break
			}
			for _, k := range keys {
				k.Roles = in.rolesElsewhere(k)
				if err := tx.UpdateKey(ctx, k); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
