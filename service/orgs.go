package service

import (
	"context"
	"strings"

	"tidemark"
)

// ListOrganizations lists those the caller has a role in, by name. name keeps
// the ones that start with it, whatever the case.
func (s *Service) ListOrganizations(ctx context.Context, c tidemark.Caller, name string, p tidemark.Page) ([]*tidemark.Organization, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var found []*tidemark.Organization
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		all, _, err := tx.Organizations(ctx, orgsWith(c), tidemark.Page{Number: 1, Size: pageMax})
		if err != nil {
			return err
		}
		for _, o := range all {
			if strings.HasPrefix(strings.ToLower(o.Name), strings.ToLower(name)) {
				found = append(found, o)
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return pageOf(found, p), len(found), nil
}

// pageOf cuts a page out of a whole list.
func pageOf[T any](all []T, p tidemark.Page) []T {
	from := min(p.Offset(), len(all))
	return all[from:min(from+p.Size, len(all))]
}

// GetOrganization needs any role in the organization.
func (s *Service) GetOrganization(ctx context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.Organization, error) {
	var o *tidemark.Organization
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		o, err = organization(ctx, tx, c, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// organization looks an organization up in which the caller must have one of
// the roles; any role if none are named.
func organization(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, id tidemark.ID, roles ...tidemark.RoleName) (*tidemark.Organization, error) {
	o, err := tx.Organization(ctx, id)
	if err != nil {
		return nil, err
	}
	if !hasOrgRole(c, id) {
		return nil, tidemark.Errorf(tidemark.CodeNotInOrg, "the key %s has no role in the organization %s", c.PublicID, id).
			WithHint("use a key of that organization")
	}
	if !hasOrgRole(c, id, roles...) {
		return nil, forbidden(c, "organization", id)
	}
	return o, nil
}
