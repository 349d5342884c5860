package atlastest

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"tidemark"
)

type token struct {
	key     *tidemark.Key
	expires time.Time
}

func unauthenticated() error {
	return tidemark.Errorf(tidemark.CodeUnauthenticated, "wrong credentials")
}

func callerOf(k *tidemark.Key) tidemark.Caller {
	return tidemark.Caller{KeyID: k.ID, Kind: k.Kind, PublicID: k.PublicID, OrgID: k.OrgID, Roles: slices.Clone(k.Roles)}
}

// APIKey implements tidemark.Authenticator.
func (s *Service) APIKey(_ context.Context, publicKey string) (tidemark.Caller, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := find(s.keys, func(k *tidemark.Key) bool { return k.Kind == tidemark.KeyAPI && k.PublicID == publicKey }, unauthenticated())
	if err != nil {
		return tidemark.Caller{}, "", err
	}
	return callerOf(k), k.Secret, nil
}

func (s *Service) account(id, secret string) (*tidemark.Key, error) {
	return find(s.keys, func(k *tidemark.Key) bool {
		return k.Kind == tidemark.KeyServiceAccount && k.PublicID == id && k.Secret == secret
	}, unauthenticated())
}

// IssueToken implements tidemark.Authenticator. Tokens live an hour.
func (s *Service) IssueToken(_ context.Context, clientID, clientSecret string) (tidemark.AccessToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.account(clientID, clientSecret)
	if err != nil {
		return tidemark.AccessToken{}, err
	}
	t := tidemark.RandomHex(16)
	s.tokens[t] = token{key: k, expires: s.clock().Add(time.Hour)}
	return tidemark.AccessToken{Token: t, ExpiresIn: time.Hour}, nil
}

// RevokeToken implements tidemark.Authenticator.
func (s *Service) RevokeToken(_ context.Context, clientID, clientSecret, t string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.account(clientID, clientSecret)
	if err == nil && s.tokens[t].key == k {
		delete(s.tokens, t)
	}
	return err
}

// Bearer implements tidemark.Authenticator.
func (s *Service) Bearer(_ context.Context, t string) (tidemark.Caller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got, ok := s.tokens[t]
	if !ok || !s.clock().Before(got.expires) {
		return tidemark.Caller{}, unauthenticated()
	}
	return callerOf(got.key), nil
}

// ListKeys implements tidemark.KeyService.
func (s *Service) ListKeys(_ context.Context, c tidemark.Caller, orgID tidemark.ID, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	unlock, err := s.org(c, orgID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	keys, total, err := page(filter(s.keys, func(k *tidemark.Key) bool { return k.OrgID == orgID && k.Kind == kind }), p)
	for _, k := range keys {
		k.Secret = ""
	}
	return keys, total, err
}

// GetKey implements tidemark.KeyService.
func (s *Service) GetKey(_ context.Context, c tidemark.Caller, orgID, id tidemark.ID) (*tidemark.Key, error) {
	unlock, err := s.org(c, orgID, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	k, err := s.key(orgID, id)
	if err != nil {
		return nil, err
	}
	k = clone(k)
	k.Secret = ""
	return k, nil
}

func (s *Service) key(orgID, id tidemark.ID) (*tidemark.Key, error) {
	return find(s.keys, func(k *tidemark.Key) bool { return k.OrgID == orgID && k.ID == id },
		tidemark.Errorf(tidemark.CodeKeyNotFound, "no key %s", id).WithParams(id))
}

// CreateKey implements tidemark.KeyService.
func (s *Service) CreateKey(_ context.Context, c tidemark.Caller, orgID tidemark.ID, r tidemark.NewKey) (*tidemark.Key, error) {
	unlock, err := s.org(c, orgID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return clone(s.addKey(orgID, r)), nil
}

// DeleteKey implements tidemark.KeyService.
func (s *Service) DeleteKey(_ context.Context, c tidemark.Caller, orgID, id tidemark.ID) error {
	unlock, err := s.org(c, orgID, true)
	if err != nil {
		return err
	}
	defer unlock()
	gone, err := s.key(orgID, id)
	s.keys = without(s.keys, func(k *tidemark.Key) bool { return k == gone })
	return err
}

// org starts a call that is about an organization.
func (s *Service) org(c tidemark.Caller, id tidemark.ID, change bool) (func(), error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	if _, err = find(s.orgs, func(o *tidemark.Organization) bool { return o.ID == id },
		tidemark.Errorf(tidemark.CodeOrgNotFound, "no organization %s", id).WithParams(id)); err == nil {
		err = inOrg(c, id, change)
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

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
		k.Secret = "mdb_sa_sk_" + tidemark.RandomHex(20)
		k.SecretTail = k.Secret[len(k.Secret)-4:]
		if r.ExpiresIn == 0 {
			r.ExpiresIn = 365 * 24 * time.Hour
		}
		k.ExpiresAt = k.CreatedAt.Add(r.ExpiresIn)
	}
	s.keys = append(s.keys, k)
	return k
}
