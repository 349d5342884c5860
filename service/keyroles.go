package service

import (
	"context"
	"fmt"
	"slices"

	"tidemark"
)

const rolesMax = 100

// checkRoles returns the roles, each once, all of them within the organization;
// with that of a member of it, which every key is.
func (k keysIn) checkRoles(ctx context.Context, tx tidemark.Tx, asked []tidemark.Role) ([]tidemark.Role, error) {
	switch {
	case len(asked) == 0:
		return nil, missing("roles")
	case len(asked) > rolesMax:
		return nil, invalid("roles", "may have at most 100 entries")
	}
	var roles []tidemark.Role
	for _, r := range asked {
		r, err := k.checkRole(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		roles = union(roles, []tidemark.Role{r})
	}
	return member(roles, k.orgID), nil
}

// member makes a key with these roles a member of its organization.
func member(roles []tidemark.Role, orgID tidemark.ID) []tidemark.Role {
	if slices.ContainsFunc(roles, func(r tidemark.Role) bool { return r.ProjectID == "" }) {
		return roles
	}
	return append(roles, tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: orgID})
}

// union adds the roles that are not there yet.
func union(roles, more []tidemark.Role) []tidemark.Role {
	for _, r := range more {
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	return roles
}

func (k keysIn) checkRole(ctx context.Context, tx tidemark.Tx, r tidemark.Role) (tidemark.Role, error) {
	switch {
	case !isOrgRole(r.Name) && !isProjectRole(r.Name):
		return r, unknownRole(r.Name)
	case isOrgRole(r.Name) && r.ProjectID != "":
		return r, noProjectRole(r.Name, r.ProjectID)
	case isOrgRole(r.Name):
		if r.OrgID != "" && r.OrgID != k.orgID {
			return r, invalid("roles", fmt.Sprintf("must give %s in the key's organization", r.Name))
		}
		return tidemark.Role{Name: r.Name, OrgID: k.orgID}, nil
	case r.ProjectID == "":
		return r, noOrgRole(r.Name, k.orgID)
	}
	p, err := tx.Project(ctx, r.ProjectID)
	if err != nil && tidemark.ErrorCode(err) != tidemark.CodeProjectNotFound {
		return r, err
	}
	if err != nil || p.OrgID != k.orgID {
		return r, invalid("roles", "must name projects of the key's organization")
	}
	return tidemark.Role{Name: r.Name, ProjectID: r.ProjectID}, nil
}

func unknownRole(name tidemark.RoleName) error {
	return invalidEnum(string(name), "roles", "the roles of organizations and projects, such as GROUP_OWNER")
}

func noProjectRole(name tidemark.RoleName, project tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeInvalidProjectRole, "%s is not a role in the project %s", name, project).WithParams(name, project)
}

func noOrgRole(name tidemark.RoleName, org tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeInvalidOrgRole, "%s is not a role in the organization %s", name, org).WithParams(name, org)
}

// named makes roles in the scope of names.
func (k keysIn) named(names []tidemark.RoleName) ([]tidemark.Role, error) {
	switch {
	case len(names) == 0:
		return nil, missing("roles")
	case len(names) > rolesMax:
		return nil, invalid("roles", "may have at most 100 entries")
	}
	var roles []tidemark.Role
	for _, name := range names {
		r := tidemark.Role{Name: name}
		switch {
		case !isOrgRole(name) && !isProjectRole(name):
			return nil, unknownRole(name)
		case k.project == nil && !isOrgRole(name):
			return nil, noOrgRole(name, k.orgID)
		case k.project == nil:
			r.OrgID = k.orgID
		case !isProjectRole(name):
			return nil, noProjectRole(name, k.project.ID)
		default:
			r.ProjectID = k.project.ID
		}
		roles = union(roles, []tidemark.Role{r})
	}
	return roles, nil
}

// replaceRoles gives a key other roles in the scope.
func (s *Service) replaceRoles(ctx context.Context, tx tidemark.Tx, k keysIn, key *tidemark.Key, names []tidemark.RoleName) error {
	roles, err := k.named(names)
	if err != nil {
		return err
	}
	before := *key
	key.Roles = union(k.rolesElsewhere(key), roles)
	if ownsOrg(key) {
		return nil
	}
	return s.checkOtherOwner(ctx, tx, &before)
}

// mayGrant refuses a caller that would give out a role it could not have given
// itself: an owner of an organization may give all there, the owner of a project
// those in it, and anybody that of a member.
func mayGrant(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, roles []tidemark.Role) error {
	for _, r := range roles {
		may := r.Name == tidemark.RoleOrgMember || r.ProjectID == "" && hasOrgRole(c, r.OrgID, tidemark.RoleOrgOwner)
		if r.ProjectID != "" {
			p, err := tx.Project(ctx, r.ProjectID)
			if tidemark.ErrorCode(err) == tidemark.CodeProjectNotFound {
				continue // a role in nothing
			}
			if err != nil {
				return err
			}
			may = rightsIn(c, p)&rightOwn != 0
		}
		if !may {
			return tidemark.Errorf(tidemark.CodeForbidden, "the key %s cannot give out %s", c.PublicID, r.Name).
				WithHint("use a key that owns the organization")
		}
	}
	return nil
}

func ownsOrg(k *tidemark.Key) bool {
	return slices.Contains(k.Roles, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: k.OrgID})
}

// checkOtherOwner looks for another key that owns the organization of one that
// does, and can still be used.
func (s *Service) checkOtherOwner(ctx context.Context, tx tidemark.Tx, k *tidemark.Key) error {
	if !ownsOrg(k) {
		return nil
	}
	return s.checkOwnerBeside(ctx, tx, k, k.OrgID)
}

// checkOrgsElsewhere looks for owners of the other organizations that a key
// owns, which are those it has created, before it is deleted.
func (s *Service) checkOrgsElsewhere(ctx context.Context, tx tidemark.Tx, k *tidemark.Key) error {
	for _, r := range k.Roles {
		if r.Name != tidemark.RoleOrgOwner || r.ProjectID != "" || r.OrgID == k.OrgID {
			continue
		}
		_, err := tx.Organization(ctx, r.OrgID)
		if tidemark.ErrorCode(err) == tidemark.CodeOrgNotFound {
			continue
		}
		if err == nil {
			err = s.checkOwnerBeside(ctx, tx, k, r.OrgID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkOwnerBeside looks among the keys of an organization for one beside k
// that owns it and can still be used.
func (s *Service) checkOwnerBeside(ctx context.Context, tx tidemark.Tx, k *tidemark.Key, orgID tidemark.ID) error {
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Keys(ctx, orgID, "", page)
		if err != nil {
			return err
		}
		for _, other := range list {
			if other.ID != k.ID && ownsOrg(other) && s.usable(other) {
				return nil
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return tidemark.Errorf(tidemark.CodeLastOwner, "%s is the last key that owns the organization %s", k.PublicID, orgID).
				WithHint("make another key with the role ORG_OWNER first").WithParams(orgID)
		}
	}
}

// usable says whether a key has a secret that has not expired.
func (s *Service) usable(k *tidemark.Key) bool {
	return k.Kind == tidemark.KeyAPI || slices.ContainsFunc(k.Secrets, func(cs tidemark.ClientSecret) bool { return !s.expired(&cs) })
}
