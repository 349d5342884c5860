package service

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"

	"tidemark"
)

// noSecret is what the secret of an unknown client is compared with.
var noSecret [sha256.Size]byte

// APIKey returns the caller of a public key and its private key.
func (s *Service) APIKey(ctx context.Context, publicKey string) (tidemark.Caller, string, error) {
	var (
		key    *tidemark.Key
		secret string
		access keyAccess
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if key, err = tx.KeyByPublicID(ctx, tidemark.KeyAPI, publicKey); err != nil {
			return err
		}
		if access, err = accessOf(ctx, tx, key); err != nil {
			return err
		}
		secret, err = tx.APIKeySecret(ctx, key.ID)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeKeyNotFound {
		return tidemark.Caller{}, "", unauthenticated("the public key is not known")
	}
	if err != nil {
		return tidemark.Caller{}, "", err
	}
	return access.of(callerOf(key)), secret, nil
}

// keyAccess is from where a key may be used.
type keyAccess struct {
	networks []netip.Prefix
	required bool // the organization wants that there are any
}

func accessOf(ctx context.Context, tx tidemark.Tx, k *tidemark.Key) (a keyAccess, err error) {
	if a.networks, err = tx.AccessNetworks(ctx, k.ID); err != nil {
		return a, err
	}
	settings, err := tx.OrganizationSettings(ctx, k.OrgID)
	if err != nil {
		return a, err
	}
	a.required = settings.APIAccessListRequired
	return a, nil
}

func (a keyAccess) of(c tidemark.Caller) tidemark.Caller {
	c.AllowedFrom, c.AccessListRequired = a.networks, a.required
	return c
}

func unauthenticated(why string) error {
	return tidemark.Errorf(tidemark.CodeUnauthenticated, "%s", why).
		WithHint("check the key; credentials.json in the data directory has the owner's")
}

func (s *Service) expired(cs *tidemark.ClientSecret) bool {
	return !cs.ExpiresAt.IsZero() && !cs.ExpiresAt.After(s.now())
}

func callerOf(k *tidemark.Key) tidemark.Caller {
	return tidemark.Caller{KeyID: k.ID, Kind: k.Kind, PublicID: k.PublicID, OrgID: k.OrgID, Roles: k.Roles}
}

// serviceAccount checks a secret and returns its service account and which of
// its secrets it is. For a client that is not known the same look-ups are made,
// and a secret is hashed and compared all the same, so that the time taken does
// not tell.
func (s *Service) serviceAccount(ctx context.Context, clientID, clientSecret string) (*tidemark.Key, *tidemark.ClientSecret, error) {
	var (
		key    *tidemark.Key
		secret *tidemark.ClientSecret
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		key, err = tx.KeyByPublicID(ctx, tidemark.KeyServiceAccount, clientID)
		switch tidemark.ErrorCode(err) {
		case "":
			secret, err = tx.FindClientSecret(ctx, key.ID, clientSecret)
		case tidemark.CodeKeyNotFound:
			_, err = tx.FindClientSecret(ctx, tidemark.NewID(), clientSecret)
			sum := sha256.Sum256([]byte(clientSecret))
			subtle.ConstantTimeCompare(sum[:], noSecret[:])
		}
		if tidemark.ErrorCode(err) == tidemark.CodeKeyNotFound {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if secret == nil || s.expired(secret) {
		return nil, nil, unauthenticated("the client id or its secret is wrong")
	}
	return key, secret, nil
}

// IssueToken checks the secret of a service account and returns a token that
// is good for an hour.
func (s *Service) IssueToken(ctx context.Context, clientID, clientSecret string) (tidemark.AccessToken, error) {
	key, secret, err := s.serviceAccount(ctx, clientID, clientSecret)
	if err != nil {
		return tidemark.AccessToken{}, err
	}
	token, err := s.issue(ctx, key)
	if err != nil {
		return tidemark.AccessToken{}, err
	}
	s.uses.addSecret(key.ID, secret.ID, s.now())
	return token, nil
}

// RevokeToken takes a token of the service account back.
func (s *Service) RevokeToken(ctx context.Context, clientID, clientSecret, token string) error {
	key, _, err := s.serviceAccount(ctx, clientID, clientSecret)
	if err != nil {
		return err
	}
	claims, err := s.readToken(ctx, token)
	if tidemark.ErrorCode(err) == tidemark.CodeUnauthenticated {
		return nil // not one of ours, or over: nothing to take back
	}
	if err != nil {
		return err
	}
	if tidemark.ID(claims.KeyID) != key.ID {
		return nil
	}
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		return tx.RevokeToken(ctx, claims.ID, claims.ExpiresAt.Time)
	})
}

// Bearer returns the caller of an access token. The token says who; what it
// may is looked up every time, so a role that was taken away is gone at once.
func (s *Service) Bearer(ctx context.Context, token string) (tidemark.Caller, error) {
	claims, err := s.readToken(ctx, token)
	if err != nil {
		return tidemark.Caller{}, err
	}
	var (
		key    *tidemark.Key
		access keyAccess
	)
	err = s.store.View(ctx, func(tx tidemark.Tx) error {
		revoked, err := tx.TokenRevoked(ctx, claims.ID)
		if err != nil {
			return err
		}
		if revoked {
			return unauthenticated("the access token was revoked")
		}
		if key, err = tx.Key(ctx, tidemark.ID(claims.KeyID)); err != nil {
			return err
		}
		access, err = accessOf(ctx, tx, key)
		return err
	})
	switch {
	case tidemark.ErrorCode(err) == tidemark.CodeKeyNotFound:
		return tidemark.Caller{}, unauthenticated("the service account of the access token is gone")
	case err != nil:
		return tidemark.Caller{}, err
	case key.Kind != tidemark.KeyServiceAccount || key.PublicID != claims.Subject:
		return tidemark.Caller{}, unauthenticated("the access token is not of a service account")
	}
	return access.of(callerOf(key)), nil
}
