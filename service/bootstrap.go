package service

import (
	"context"
	"time"

	"tidemark"
)

// Credentials is what the first start makes: an organization, a project, and
// an API key and a service account that own the organization.
type Credentials struct {
	OrgID        tidemark.ID
	GroupID      tidemark.ID
	PublicKey    string
	PrivateKey   string
	ClientID     string
	ClientSecret string
}

// Names of what the first start makes.
const (
	firstOrganization = "Tidemark"
	firstProject      = "Project 0"
	firstKey          = "owner, made by the service"
)

// Bootstrap makes the first organization with its project and keys, in one
// transaction, unless there is an organization already. keep is given the
// credentials before the transaction commits and ends it with its error: keys
// that nobody was told of could never be used.
func (s *Service) Bootstrap(ctx context.Context, keep func(Credentials) error) (created bool, err error) {
	now := s.now()
	org := &tidemark.Organization{ID: tidemark.NewID(), Name: firstOrganization, CreatedAt: now}
	project := &tidemark.Project{ID: tidemark.NewID(), OrgID: org.ID, Name: firstProject, CreatedAt: now}
	err = s.store.Update(ctx, func(tx tidemark.Tx) error {
		_, n, err := tx.Organizations(ctx, nil, one)
		if err != nil || n > 0 {
			return err
		}
		created = true
		if err := tx.CreateOrganization(ctx, org); err != nil {
			return err
		}
		if err := tx.CreateProject(ctx, project); err != nil {
			return err
		}
		for _, e := range []tidemark.Event{
			{Type: tidemark.EventOrgCreated, OrgID: org.ID},
			{Type: tidemark.EventProjectCreated, OrgID: org.ID, ProjectID: project.ID},
		} {
			if err := s.record(ctx, tx, tidemark.Caller{}, e); err != nil {
				return err
			}
		}
		return s.newOwner(ctx, tx, org.ID, project.ID, keep)
	})
	return created && err == nil, err
}

// NewOwner makes another API key and service account that own the first
// organization, for whoever has lost the credentials but not the machine.
func (s *Service) NewOwner(ctx context.Context, keep func(Credentials) error) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		orgs, _, err := tx.Organizations(ctx, nil, one)
		if err != nil {
			return err
		}
		if len(orgs) == 0 {
			return tidemark.Errorf(tidemark.CodeOrgNotFound, "there is no organization yet")
		}
		projects, _, err := tx.Projects(ctx, []tidemark.ID{orgs[0].ID}, nil, one)
		if err != nil {
			return err
		}
		var project tidemark.ID // none where all were deleted
		if len(projects) > 0 {
			project = projects[0].ID
		}
		return s.newOwner(ctx, tx, orgs[0].ID, project, keep)
	})
}

// one asks for the first of a list.
var one = tidemark.Page{Number: 1, Size: 1}

// newOwner makes an API key and a service account that own an organization.
func (s *Service) newOwner(ctx context.Context, tx tidemark.Tx, org, project tidemark.ID, keep func(Credentials) error) error {
	now := s.now()
	owner := []tidemark.Role{{Name: tidemark.RoleOrgOwner, OrgID: org}}
	api := newKey(org, tidemark.NewKey{Kind: tidemark.KeyAPI, Description: firstKey}, owner, now)
	account := newKey(org, tidemark.NewKey{Kind: tidemark.KeyServiceAccount, Description: firstKey}, owner, now)
	// credentials.json is for good, so its secret does not end after a year.
	account.Secrets[0].ExpiresAt = time.Time{}
	for _, k := range []*tidemark.Key{api, account} {
		if err := tx.CreateKey(ctx, k); err != nil {
			return err
		}
		if err := s.recordNewKey(ctx, tx, tidemark.Caller{}, k); err != nil {
			return err
		}
	}
	return keep(Credentials{
		OrgID: org, GroupID: project, PublicKey: api.PublicID, PrivateKey: api.Secret,
		ClientID: account.PublicID, ClientSecret: account.Secrets[0].Secret,
	})
}
