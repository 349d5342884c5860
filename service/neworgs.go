package service

import (
	"context"
	"slices"

	"tidemark"
)

// CreateOrganization needs ORG_OWNER in any organization. There are no users
// here who could own the new one, so the calling key does.
func (s *Service) CreateOrganization(ctx context.Context, c tidemark.Caller, r tidemark.NewOrganization) (*tidemark.Organization, *tidemark.Key, error) {
	o := &tidemark.Organization{ID: tidemark.NewID(), Name: r.Name, CreatedAt: s.now(), SkipDefaultAlerts: r.SkipDefaultAlerts}
	var key *tidemark.Key
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		if len(orgsWith(c, tidemark.RoleOrgOwner)) == 0 {
			return forbidden(c, "organization", c.OrgID)
		}
		if err := checkProjectName(r.Name); err != nil {
			return err
		}
		if err := tx.CreateOrganization(ctx, o); err != nil {
			return err
		}
		settings := tidemark.DefaultOrganizationSettings()
		settings.SkipDefaultAlerts = r.SkipDefaultAlerts
		if err := tx.SaveOrganizationSettings(ctx, o.ID, settings); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, tidemark.Event{Type: tidemark.EventOrgCreated, OrgID: o.ID}); err != nil {
			return err
		}
		if err := s.grant(ctx, tx, c, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: o.ID}, o.ID); err != nil || r.Key == nil {
			return err
		}
		var err error
		key, err = s.firstKeyOf(ctx, tx, c, o.ID, *r.Key)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return o, key, nil
}

// firstKeyOf makes the key that comes with an organization.
func (s *Service) firstKeyOf(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, orgID tidemark.ID, r tidemark.NewKey) (*tidemark.Key, error) {
	r.Roles = slices.Clone(r.Roles)
	for n := range r.Roles {
		r.Roles[n].OrgID = orgID
	}
	if err := checkNewKey(r); err != nil {
		return nil, err
	}
	roles, err := keysIn{orgID: orgID}.checkRoles(ctx, tx, r.Roles)
	if err != nil {
		return nil, err
	}
	k := newKey(orgID, r, roles, s.now())
	if err := tx.CreateKey(ctx, k); err != nil {
		return nil, err
	}
	return k, s.recordNewKey(ctx, tx, c, k)
}

// grant gives the caller's key another role, for what it has made.
func (s *Service) grant(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, role tidemark.Role, orgID tidemark.ID) error {
	k, err := tx.Key(ctx, c.KeyID)
	if err != nil {
		return err
	}
	k.Roles = append(k.Roles, role)
	if err := tx.UpdateKey(ctx, k); err != nil {
		return err
	}
	t := tidemark.EventAPIKeyRolesChanged
	if k.Kind == tidemark.KeyServiceAccount {
		t = tidemark.EventServiceAccountRolesChanged
	}
	return s.record(ctx, tx, c, tidemark.Event{Type: t, OrgID: orgID, ProjectID: role.ProjectID, TargetPublicID: k.PublicID})
}

// UpdateOrganization needs ORG_OWNER.
func (s *Service) UpdateOrganization(ctx context.Context, c tidemark.Caller, id tidemark.ID, r tidemark.OrganizationUpdate) (*tidemark.Organization, error) {
	var o *tidemark.Organization
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if o, err = organization(ctx, tx, c, id, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		if r.Name != nil && *r.Name != o.Name {
			if err := checkProjectName(*r.Name); err != nil {
				return err
			}
			o.Name = *r.Name
			if err := tx.UpdateOrganization(ctx, o); err != nil {
				return err
			}
			if err := s.record(ctx, tx, c, tidemark.Event{Type: tidemark.EventOrgRenamed, OrgID: id}); err != nil {
				return err
			}
		}
		if r.SkipDefaultAlerts != nil {
			change := func(settings *tidemark.OrganizationSettings) { settings.SkipDefaultAlerts = *r.SkipDefaultAlerts }
			if _, err := s.changeOrgSettings(ctx, tx, c, id, change); err != nil {
				return err
			}
		}
		return withSettings(ctx, tx, o)
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// DeleteOrganization needs ORG_OWNER. The keys of the organization go with it,
// the caller's among them if it is one; the last organization stays, because
// nobody could make another.
func (s *Service) DeleteOrganization(ctx context.Context, c tidemark.Caller, id tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := organization(ctx, tx, c, id, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		if _, n, err := tx.Projects(ctx, []tidemark.ID{id}, nil, one); err != nil || n > 0 {
			if err == nil {
				err = tidemark.Errorf(tidemark.CodeOrgNotEmpty, "the organization %s has %d projects", id, n).
					WithHint("delete its projects first").WithParams(id)
			}
			return err
		}
		if _, n, err := tx.Organizations(ctx, nil, one); err != nil || n == 1 {
			if err == nil {
				err = tidemark.Errorf(tidemark.CodeLastOrg, "%s is the only organization of the service", id).
					WithHint("create another organization first").WithParams(id)
			}
			return err
		}
		if err := s.deleteKeys(ctx, tx, c, id); err != nil {
			return err
		}
		if err := tx.DeleteOrganization(ctx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{Type: tidemark.EventOrgSettingsDeleted, OrgID: id, Details: map[string]string{"reason": "the organization was deleted"}})
	})
}

// deleteKeys deletes all keys of an organization.
func (s *Service) deleteKeys(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, orgID tidemark.ID) error {
	for {
		keys, _, err := tx.Keys(ctx, orgID, "", firstPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, k := range keys {
			if err := s.checkOrgsElsewhere(ctx, tx, k); err != nil {
				return err
			}
			if err := tx.DeleteKey(ctx, k.ID); err != nil {
				return err
			}
			if err := s.recordKeyDeletion(ctx, tx, c, k); err != nil {
				return err
			}
		}
	}
}
