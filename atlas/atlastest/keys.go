package atlastest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tidemark"
)

// enter starts a call about keys, in an organization or a project.
func (s *Service) enter(c tidemark.Caller, in tidemark.KeyScope, change bool) (func(), error) {
	if in.ProjectID == "" {
		return s.org(c, in.OrgID, change)
	}
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	if _, err := s.inProject(c, in.ProjectID, change); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// within says whether a key is in a scope.
func (s *Service) within(k *tidemark.Key, in tidemark.KeyScope) bool {
	if in.ProjectID == "" {
		return k.OrgID == in.OrgID
	}
	return slices.ContainsFunc(k.Roles, func(r tidemark.Role) bool { return r.ProjectID == in.ProjectID })
}

// isKey says whether a reference means a key.
func isKey(k *tidemark.Key, ref tidemark.KeyRef) bool {
	if ref.ClientID != "" {
		return k.Kind == tidemark.KeyServiceAccount && k.PublicID == ref.ClientID
	}
	return k.Kind == tidemark.KeyAPI && k.ID == ref.ID
}

func (s *Service) keyBy(ref tidemark.KeyRef, is func(*tidemark.Key) bool) (*tidemark.Key, error) {
	missing := tidemark.Errorf(tidemark.CodeKeyNotFound, "no key %s", ref.ID).WithParams(ref.ID)
	if ref.ClientID != "" {
		missing = tidemark.Errorf(tidemark.CodeServiceAccountNotFound, "no account %s", ref.ClientID).WithParams(ref.ClientID)
	}
	return find(s.keys, func(k *tidemark.Key) bool { return isKey(k, ref) && is(k) }, missing)
}

// shown is a key as it is read: without its secrets.
func shown(k *tidemark.Key) *tidemark.Key {
	k = clone(k)
	k.Secret, k.Secrets = "", slices.Clone(k.Secrets)
	for n := range k.Secrets {
		k.Secrets[n].Secret = ""
	}
	return k
}

// with runs fn on a key of the scope.
func (s *Service) with(c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, change bool, fn func(*tidemark.Key) error) error {
	unlock, err := s.enter(c, in, change)
	if err != nil {
		return err
	}
	defer unlock()
	k, err := s.keyBy(ref, func(k *tidemark.Key) bool { return s.within(k, in) })
	if err != nil {
		return err
	}
	return fn(k)
}

// ListKeys implements tidemark.KeyService.
func (s *Service) ListKeys(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	unlock, err := s.enter(c, in, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	keys, total, err := page(filter(s.keys, func(k *tidemark.Key) bool { return s.within(k, in) && k.Kind == kind }), p)
	for n := range keys {
		keys[n] = shown(keys[n])
	}
	return keys, total, err
}

// GetKey implements tidemark.KeyService.
func (s *Service) GetKey(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef) (out *tidemark.Key, err error) {
	err = s.with(c, in, ref, false, func(k *tidemark.Key) error {
		out = shown(k)
		return nil
	})
	return out, err
}

// CreateKey implements tidemark.KeyService.
func (s *Service) CreateKey(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, r tidemark.NewKey) (*tidemark.Key, error) {
	unlock, err := s.enter(c, in, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	orgID := in.OrgID
	if in.ProjectID != "" {
		p, _ := find(s.projects, func(p *tidemark.Project) bool { return p.ID == in.ProjectID }, nil)
		orgID = p.OrgID
	}
	member := false
	for n, role := range r.Roles {
		ofOrg := strings.HasPrefix(string(role.Name), "ORG_")
		if err := fits(role.Name, orgID, role.ProjectID); err != nil {
			return nil, err
		}
		if member = member || ofOrg; ofOrg {
			r.Roles[n].OrgID = orgID
		} else {
			r.Roles[n].OrgID = ""
		}
	}
	if !member {
		r.Roles = append(r.Roles, tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: orgID})
	}
	return clone(s.addKey(orgID, r)), nil
}

// fits says whether a role is one of a project, or of an organization where
// there is none.
func fits(name tidemark.RoleName, org, project tidemark.ID) error {
	ofOrg := strings.HasPrefix(string(name), "ORG_")
	switch {
	case ofOrg && project != "":
		return tidemark.Errorf(tidemark.CodeInvalidProjectRole, "no role of projects").WithParams(name, project)
	case !ofOrg && project == "":
		return tidemark.Errorf(tidemark.CodeInvalidOrgRole, "no role of organizations").WithParams(name, org)
	}
	return nil
}

// UpdateKey implements tidemark.KeyService.
func (s *Service) UpdateKey(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, r tidemark.KeyUpdate) (out *tidemark.Key, err error) {
	err = s.with(c, in, ref, true, func(k *tidemark.Key) error {
		if r.Roles != nil {
			roles := elsewhere(k, in)
			for _, name := range *r.Roles {
				if err := fits(name, k.OrgID, in.ProjectID); err != nil {
					return err
				}
				roles = append(roles, tidemark.Role{Name: name, OrgID: in.OrgID, ProjectID: in.ProjectID})
			}
			before := k.Roles
			if k.Roles = roles; !s.owned(k.OrgID) {
				k.Roles = before
				return tidemark.Errorf(tidemark.CodeLastOwner, "the last owner").WithParams(k.OrgID)
			}
		}
		set(&k.Name, r.Name)
		set(&k.Description, r.Description)
		out = shown(k)
		return nil
	})
	return out, err
}

// elsewhere are the roles of a key outside a scope.
func elsewhere(k *tidemark.Key, in tidemark.KeyScope) []tidemark.Role {
	return slices.DeleteFunc(slices.Clone(k.Roles), func(r tidemark.Role) bool { return r.ProjectID == in.ProjectID })
}

// owned says whether a key owns the organization.
func (s *Service) owned(org tidemark.ID) bool {
	return slices.ContainsFunc(s.keys, func(k *tidemark.Key) bool {
		return slices.Contains(k.Roles, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: org})
	})
}

// DeleteKey implements tidemark.KeyService.
func (s *Service) DeleteKey(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef) error {
	return s.with(c, in, ref, true, func(gone *tidemark.Key) error {
		if in.ProjectID != "" {
			gone.Roles = elsewhere(gone, in)
			return nil
		}
		before := s.keys
		if s.keys = without(s.keys, func(k *tidemark.Key) bool { return k == gone }); !s.owned(in.OrgID) {
			s.keys = before
			return tidemark.Errorf(tidemark.CodeLastOwner, "the last owner").WithParams(in.OrgID)
		}
		return nil
	})
}

// AssignKey implements tidemark.KeyService.
func (s *Service) AssignKey(_ context.Context, c tidemark.Caller, projectID tidemark.ID, ref tidemark.KeyRef, names []tidemark.RoleName) (*tidemark.Key, error) {
	unlock, err := s.enter(c, tidemark.KeyScope{ProjectID: projectID}, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	k, err := s.keyBy(ref, func(*tidemark.Key) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		r := tidemark.Role{Name: name, ProjectID: projectID}
		if err := fits(name, k.OrgID, projectID); err != nil {
			return nil, err
		}
		if !slices.Contains(k.Roles, r) {
			k.Roles = append(slices.Clone(k.Roles), r)
		}
	}
	return shown(k), nil
}

// ListKeyProjects implements tidemark.KeyService.
func (s *Service) ListKeyProjects(_ context.Context, c tidemark.Caller, orgID tidemark.ID, ref tidemark.KeyRef, p tidemark.Page) (out []*tidemark.Project, total int, err error) {
	err = s.with(c, tidemark.KeyScope{OrgID: orgID}, ref, false, func(k *tidemark.Key) error {
		out, total, err = page(filter(s.projects, func(p *tidemark.Project) bool {
			return s.within(k, tidemark.KeyScope{ProjectID: p.ID})
		}), p)
		return err
	})
	return out, total, err
}

// CreateClientSecret implements tidemark.KeyService.
func (s *Service) CreateClientSecret(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, life time.Duration) (out *tidemark.ClientSecret, err error) {
	err = s.with(c, in, ref, true, func(k *tidemark.Key) error {
		secret := s.newSecret(life)
		out, k.Secrets = &secret, append(slices.Clone(k.Secrets), secret)
		return nil
	})
	return out, err
}

// DeleteClientSecret implements tidemark.KeyService.
func (s *Service) DeleteClientSecret(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, id tidemark.ID) error {
	return s.with(c, in, ref, true, func(k *tidemark.Key) error {
		left := slices.DeleteFunc(slices.Clone(k.Secrets), func(cs tidemark.ClientSecret) bool { return cs.ID == id })
		if len(left) == len(k.Secrets) {
			return tidemark.Errorf(tidemark.CodeSecretNotFound, "no secret %s", id).WithParams(id)
		}
		k.Secrets = left
		return nil
	})
}

// RotateSigningKey implements tidemark.KeyService. The tokens here are signed
// by none.
func (s *Service) RotateSigningKey(_ context.Context, c tidemark.Caller, revoke bool) error {
	unlock, err := s.org(c, s.OrgID, true)
	if err != nil {
		return err
	}
	defer unlock()
	if revoke {
		clear(s.tokens)
	}
	return nil
}

func (s *Service) newSecret(life time.Duration) tidemark.ClientSecret {
	secret := "mdb_sa_sk_" + tidemark.RandomHex(20)
	return tidemark.ClientSecret{
		ID: tidemark.NewID(), Secret: secret, Tail: secret[len(secret)-4:], CreatedAt: s.clock(), ExpiresAt: s.clock().Add(life),
	}
}

// addKey makes a key. A service account of the fixture has its secret in
// Secret, too.
func (s *Service) addKey(orgID tidemark.ID, r tidemark.NewKey) *tidemark.Key {
	k := &tidemark.Key{
		ID: tidemark.NewID(), OrgID: orgID, Kind: r.Kind, Name: r.Name, Description: r.Description,
		Roles: r.Roles, CreatedAt: s.clock(),
	}
	if r.Kind == tidemark.KeyAPI {
		letters := make([]byte, 8)
		for i := range letters {
			letters[i] = byte('a' + rand.IntN(26))
		}
		k.PublicID = string(letters)
		h := tidemark.RandomHex(16)
		k.Secret = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
		k.SecretTail = h[20:]
	} else {
		k.PublicID = "mdb_sa_id_" + string(tidemark.NewID())
		if r.ExpiresIn == 0 {
			r.ExpiresIn = 365 * 24 * time.Hour
		}
		k.Secrets = []tidemark.ClientSecret{s.newSecret(r.ExpiresIn)}
		k.Secret = k.Secrets[0].Secret
	}
	s.keys = append(s.keys, k)
	return k
}
