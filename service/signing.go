package service

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"tidemark"
)

const (
	// signingKeysSetting holds the keys that sign tokens, as JSON, sealed.
	signingKeysSetting = "tokenSigningKeys"
	// oldSigningKeySetting held one key, 64 hexadecimal digits, before they
	// rotated. Its tokens name no key.
	oldSigningKeySetting = "tokenSigningKey"
	signingKeyBytes      = 32
	// signingKeyLife is how long a key signs. It checks for tokenLife longer.
	signingKeyLife = 30 * 24 * time.Hour
	// signingFresh is how long keys in memory are good: another process may have
	// rotated them.
	signingFresh = time.Minute
)

// signingKey is a key of HS256.
type signingKey struct {
	ID        string    `json:"id"` // "kid" of the tokens
	Key       string    `json:"key"`
	CreatedAt time.Time `json:"createdAt"`
	// RetiredAt is when the next one took its place; zero: it signs.
	RetiredAt time.Time `json:"retiredAt,omitzero"`
}

// signing keeps the keys that sign tokens. The newest is the last.
type signing struct {
	store tidemark.Store
	now   func() time.Time

	mu     sync.Mutex
	keys   []signingKey // guarded by mu, as is readAt
	readAt time.Time
}

// current returns the key that signs, and makes one when there is none or it
// is too old.
func (s *signing) current(ctx context.Context) (signingKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx, false); err != nil {
		return signingKey{}, err
	}
	if !s.signs(s.keys) {
		// In a writing transaction, so that two processes agree on one.
		if err := s.change(ctx, func(keys []signingKey) []signingKey {
			if s.signs(keys) {
				return keys
			}
			return s.rotated(keys)
		}); err != nil {
			return signingKey{}, err
		}
	}
	return s.keys[len(s.keys)-1], nil
}

// signs says whether the last key is there and not too old.
func (s *signing) signs(keys []signingKey) bool {
	return len(keys) > 0 && s.now().Before(keys[len(keys)-1].CreatedAt.Add(signingKeyLife))
}

// find returns the key that a token names. One that is not known may be of
// another process, so that the store is asked.
func (s *signing) find(ctx context.Context, id string) (signingKey, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, force := range []bool{false, true} {
		if err := s.refresh(ctx, force); err != nil {
			return signingKey{}, false, err
		}
		i := slices.IndexFunc(s.keys, func(k signingKey) bool { return k.ID == id })
		if i >= 0 {
			return s.keys[i], s.checks(s.keys[i]), nil
		}
	}
	return signingKey{}, false, nil
}

// checks says whether tokens of a key may still be good.
func (s *signing) checks(k signingKey) bool {
	return k.RetiredAt.IsZero() || s.now().Before(k.RetiredAt.Add(tokenLife))
}

// rotate makes another key. The others go if no token of theirs is to be good.
func (s *signing) rotate(ctx context.Context, revoke bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(ctx, func(keys []signingKey) []signingKey {
		if revoke {
			keys = nil
		}
		return s.rotated(keys)
	})
}

// rotated retires the key that signs, drops those that check no more, and adds
// a new one.
func (s *signing) rotated(keys []signingKey) []signingKey {
	now := s.now()
	var kept []signingKey
	for _, k := range keys {
		if k.RetiredAt.IsZero() {
			k.RetiredAt = now
		}
		if s.checks(k) {
			kept = append(kept, k)
		}
	}
	return append(kept, signingKey{ID: tidemark.RandomHex(8), Key: tidemark.RandomHex(signingKeyBytes), CreatedAt: now})
}

// refresh reads the keys, unless they were read a moment ago; mu is held.
func (s *signing) refresh(ctx context.Context, force bool) error {
	now := s.now()
	if age := now.Sub(s.readAt); !force && s.keys != nil && age >= 0 && age < signingFresh {
		return nil
	}
	var keys []signingKey
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		keys, err = readSigning(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	s.keys, s.readAt = keys, now
	return nil
}

// change writes what fn makes of the keys in the store; mu is held.
func (s *signing) change(ctx context.Context, fn func([]signingKey) []signingKey) error {
	var keys []signingKey
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if keys, err = readSigning(ctx, tx); err != nil {
			return err
		}
		keys = fn(keys)
		text, err := json.Marshal(keys)
		if err != nil {
			return tidemark.Errorf(tidemark.CodeInternal, "the keys that sign access tokens cannot be written: %w", err)
		}
		if err := tx.SetSetting(ctx, oldSigningKeySetting, ""); err != nil {
			return err
		}
		return tx.SetSetting(ctx, signingKeysSetting, string(text))
	})
	if err != nil {
		return err
	}
	s.keys, s.readAt = keys, s.now()
	return nil
}

// readSigning reads the keys, or the one that there was before they rotated.
func readSigning(ctx context.Context, tx tidemark.Tx) ([]signingKey, error) {
	text, err := tx.Setting(ctx, signingKeysSetting)
	if err != nil {
		return nil, err
	}
	if text == "" {
		old, err := tx.Setting(ctx, oldSigningKeySetting)
		if err != nil || old == "" {
			return nil, err
		}
		return []signingKey{{Key: old}}, nil // of long ago: the next token rotates it
	}
	var keys []signingKey
	if err := json.Unmarshal([]byte(text), &keys); err != nil {
		return nil, malformedSigning()
	}
	return keys, nil
}

// bytes decodes the key.
func (k signingKey) bytes() ([]byte, error) {
	b, err := hex.DecodeString(k.Key)
	if err != nil || len(b) != signingKeyBytes {
		return nil, malformedSigning()
	}
	return b, nil
}

func malformedSigning() error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "the stored keys that sign access tokens are malformed")
}

// RotateSigningKey needs an owner of the oldest organization.
func (s *Service) RotateSigningKey(ctx context.Context, c tidemark.Caller, revoke bool) error {
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		oldest, err := oldestOrganization(ctx, tx)
		if err != nil {
			return err
		}
		_, err = organization(ctx, tx, c, oldest, tidemark.RoleOrgOwner)
		return err
	})
	if err != nil {
		return err
	}
	return s.signing.rotate(ctx, revoke)
}

// oldestOrganization is the one that the first start made.
func oldestOrganization(ctx context.Context, tx tidemark.Tx) (tidemark.ID, error) {
	var oldest *tidemark.Organization
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Organizations(ctx, nil, page)
		if err != nil {
			return "", err
		}
		for _, o := range list {
			if oldest == nil || o.CreatedAt.Before(oldest.CreatedAt) {
				oldest = o
			}
		}
		if len(list) > 0 && page.Offset()+len(list) < total {
			continue
		}
		if oldest == nil {
			return "", tidemark.Errorf(tidemark.CodeOrgNotFound, "there is no organization yet")
		}
		return oldest.ID, nil
	}
}
