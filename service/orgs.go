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
	var found, shown []*tidemark.Organization
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		for all := firstPage; ; all.Number++ {
			list, total, err := tx.Organizations(ctx, orgsWith(c), all)
			if err != nil {
				return err
			}
			for _, o := range list {
				if startsWith(o.Name, name) {
					found = append(found, o)
				}
			}
			if len(list) == 0 || all.Offset()+len(list) >= total {
				break
			}
		}
		shown = pageOf(found, p)
		for _, o := range shown {
			if err := withSettings(ctx, tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return shown, len(found), nil
}

// firstPage begins a walk over a whole list.
var firstPage = tidemark.Page{Number: 1, Size: pageMax}

func startsWith(name, start string) bool {
	return strings.HasPrefix(strings.ToLower(name), strings.ToLower(start))
}

// withSettings fills in what of an organization is in its settings.
func withSettings(ctx context.Context, tx tidemark.Tx, o *tidemark.Organization) error {
	settings, err := tx.OrganizationSettings(ctx, o.ID)
	if err != nil {
		return err
	}
	o.SkipDefaultAlerts = settings.SkipDefaultAlerts
	return nil
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
		if o, err = organization(ctx, tx, c, id); err != nil {
			return err
		}
		return withSettings(ctx, tx, o)
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
