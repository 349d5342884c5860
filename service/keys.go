package service

import (
	"context"
	"slices"

	"tidemark"
)

// ListKeys needs any role in the organization; in a project it needs that of an
// owner for API keys, as Atlas has it, and any for service accounts. In an
// organization kind "" is any.
func (s *Service) ListKeys(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Key
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		k, err := keyReader(ctx, tx, c, in, kind)
		if err != nil {
			return err
		}
		if k.project == nil {
			list, total, err = tx.Keys(ctx, k.orgID, kind, p)
		} else {
			list, total, err = tx.ProjectKeys(ctx, k.project.ID, kind, p)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetKey needs what ListKeys needs.
func (s *Service) GetKey(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef) (*tidemark.Key, error) {
	var key *tidemark.Key
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		k, err := keyReader(ctx, tx, c, in, kindOf(ref))
		if err == nil {
			key, err = k.find(ctx, tx, ref)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// CreateKey needs the role of an owner. A key that has roles in projects only
// becomes a member of the organization besides.
func (s *Service) CreateKey(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, r tidemark.NewKey) (*tidemark.Key, error) {
	var key *tidemark.Key
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, in)
		if err != nil {
			return err
		}
		if err := checkNewKey(r); err != nil {
			return err
		}
		if r.Kind == tidemark.KeyServiceAccount {
			if r.ExpiresIn, err = secretLife(ctx, tx, k.orgID, r.ExpiresIn); err != nil {
				return err
			}
		}
		roles, err := k.checkRoles(ctx, tx, r.Roles)
		if err != nil {
			return err
		}
		if err := mayGrant(ctx, tx, c, roles); err != nil {
			return err
		}
		key = newKey(k.orgID, r, roles, s.now())
		if err := tx.CreateKey(ctx, key); err != nil {
			return err
		}
		return s.recordNewKey(ctx, tx, c, key)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

func checkNewKey(r tidemark.NewKey) error {
	if err := checkDescription("description", r.Description); err != nil {
		return err
	}
	switch r.Kind {
	case tidemark.KeyAPI:
		if r.ExpiresIn != 0 {
			return invalid("secretExpiresAfterHours", "is of service accounts only")
		}
	case tidemark.KeyServiceAccount:
	default:
		return invalidEnum(string(r.Kind), "kind", "apiKey, serviceAccount")
	}
	return nil
}

// UpdateKey needs the role of an owner. Who is an owner of a project only may
// change the roles there of any key; name and description only of one that has
// no power beyond the project.
func (s *Service) UpdateKey(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, r tidemark.KeyUpdate) (*tidemark.Key, error) {
	var key *tidemark.Key
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, in)
		if err != nil {
			return err
		}
		if key, err = k.find(ctx, tx, ref); err != nil {
			return err
		}
		if r.Name != nil || r.Description != nil {
			if err := mayGrant(ctx, tx, c, key.Roles); err != nil {
				return err
			}
		}
		if r.Name != nil {
			key.Name = *r.Name
		}
		if r.Description != nil {
			if err := checkDescription("description", *r.Description); err != nil {
				return err
			}
			key.Description = *r.Description
		}
		if r.Roles != nil {
			if err := s.replaceRoles(ctx, tx, k, key, *r.Roles); err != nil {
				return err
			}
		}
		if err := tx.UpdateKey(ctx, key); err != nil {
			return err
		}
		return s.recordKeyUpdate(ctx, tx, c, k, key, r)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// DeleteKey needs the role of an owner. The last key that owns an organization
// stays: without it nobody could make another.
func (s *Service) DeleteKey(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, in)
		if err != nil {
			return err
		}
		key, err := k.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		if k.project != nil {
			key.Roles = k.rolesElsewhere(key)
			if err := tx.UpdateKey(ctx, key); err != nil {
				return err
			}
			return s.recordInKeys(ctx, tx, c, k, key, keyEventsOf(key).removed, nil)
		}
		if err := s.checkOtherOwner(ctx, tx, key); err != nil {
			return err
		}
		if err := s.checkOrgsElsewhere(ctx, tx, key); err != nil {
			return err
		}
		if err := tx.DeleteKey(ctx, key.ID); err != nil {
			return err
		}
		return s.recordKeyDeletion(ctx, tx, c, key)
	})
}

// AssignKey needs the role of an owner in the project.
func (s *Service) AssignKey(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, ref tidemark.KeyRef, names []tidemark.RoleName) (*tidemark.Key, error) {
	var key *tidemark.Key
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, tidemark.KeyScope{ProjectID: projectID})
		if err != nil {
			return err
		}
		roles, err := k.named(names)
		if err != nil {
			return err
		}
		if key, err = keyOf(ctx, tx, k.orgID, ref); err != nil {
			return err
		}
		told := keyEventsOf(key).roles
		if !slices.ContainsFunc(key.Roles, k.has) {
			told = keyEventsOf(key).added
		}
		key.Roles = union(key.Roles, roles)
		if err := tx.UpdateKey(ctx, key); err != nil {
			return err
		}
		return s.recordInKeys(ctx, tx, c, k, key, told, rolesDetail(names))
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// ListKeyProjects needs any role in the organization.
func (s *Service) ListKeyProjects(ctx context.Context, c tidemark.Caller, orgID tidemark.ID, ref tidemark.KeyRef, p tidemark.Page) ([]*tidemark.Project, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Project
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		k, err := keyReader(ctx, tx, c, tidemark.KeyScope{OrgID: orgID}, kindOf(ref))
		if err != nil {
			return err
		}
		key, err := k.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		ids := projectsOf(callerOf(key))
		if len(ids) == 0 {
			return nil
		}
		list, total, err = tx.Projects(ctx, nil, ids, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}
