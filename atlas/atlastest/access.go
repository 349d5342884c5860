package atlastest

import (
	"context"
	"net/netip"
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

// caller is that of a key with its access list.
func (s *Service) caller(k *tidemark.Key) tidemark.Caller {
	c := callerOf(k)
	c.AccessListRequired = s.orgSettingsOf(k.OrgID).APIAccessListRequired
	for _, e := range s.access[k.ID] {
		c.AllowedFrom = append(c.AllowedFrom, e.Network)
	}
	return c
}

// Admit implements tidemark.Authenticator. Uses are counted at once.
func (s *Service) Admit(c tidemark.Caller) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.AccessListRequired && len(c.AllowedFrom) == 0 {
		return tidemark.Errorf(tidemark.CodeAccessListRequired, "no access list")
	}
	if !on(c.AllowedFrom, c.RemoteAddr) {
		return tidemark.Errorf(tidemark.CodeAddressNotAllowed, "not from there").WithParams(c.RemoteAddr)
	}
	for _, e := range s.access[c.KeyID] {
		if on([]netip.Prefix{e.Network}, c.RemoteAddr) {
			e.Requests++
			e.LastUsedAt, e.LastUsedAddress = s.clock(), c.RemoteAddr
		}
	}
	return nil
}

// on says whether a list has an address; an empty one has all.
func on(list []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	return len(list) == 0 || err == nil && slices.ContainsFunc(list, func(n netip.Prefix) bool { return n.Contains(a) })
}

// APIKey implements tidemark.Authenticator.
func (s *Service) APIKey(_ context.Context, publicKey string) (tidemark.Caller, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := find(s.keys, func(k *tidemark.Key) bool { return k.Kind == tidemark.KeyAPI && k.PublicID == publicKey }, unauthenticated())
	if err != nil {
		return tidemark.Caller{}, "", err
	}
	return s.caller(k), k.Secret, nil
}

func (s *Service) account(id, secret string) (*tidemark.Key, error) {
	return find(s.keys, func(k *tidemark.Key) bool {
		return k.Kind == tidemark.KeyServiceAccount && k.PublicID == id && slices.ContainsFunc(k.Secrets, func(cs tidemark.ClientSecret) bool {
			return cs.Secret == secret && s.clock().Before(cs.ExpiresAt)
		})
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
	return s.caller(got.key), nil
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
