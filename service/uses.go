package service

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"tidemark"
)

// uses gathers what keys are used for, so that a request does not write: the
// owner of the service has it written now and then, by Maintain.
type uses struct {
	mu    sync.Mutex
	byKey map[tidemark.ID]tidemark.KeyUse // guarded by mu
}

// of is what was gathered of a key, for changing it; mu is held.
func (u *uses) of(id tidemark.ID) tidemark.KeyUse {
	if u.byKey == nil {
		u.byKey = map[tidemark.ID]tidemark.KeyUse{}
	}
	k, ok := u.byKey[id]
	if !ok {
		k = tidemark.KeyUse{KeyID: id, Secrets: map[tidemark.ID]time.Time{}, Networks: map[netip.Prefix]tidemark.NetworkUse{}}
	}
	return k
}

// add gathers one more use. An entry of an access list may be none.
func (u *uses) add(id tidemark.ID, at time.Time, entry netip.Prefix, address string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	k := u.of(id)
	k.At = at
	if entry.IsValid() {
		k.Networks[entry] = tidemark.NetworkUse{Requests: k.Networks[entry].Requests + 1, At: at, Address: address}
	}
	u.byKey[id] = k
}

// addSecret gathers that a secret got a token.
func (u *uses) addSecret(key, secret tidemark.ID, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	k := u.of(key)
	k.Secrets[secret] = at
	u.byKey[key] = k
}

// take returns what was gathered and begins anew.
func (u *uses) take() map[tidemark.ID]tidemark.KeyUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.byKey
	u.byKey = nil
	return all
}

// putBack adds what could not be written to what came since.
func (u *uses) putBack(all map[tidemark.ID]tidemark.KeyUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, old := range all {
		k := u.of(id)
		if k.At.Before(old.At) {
			k.At = old.At
		}
		for secret, at := range old.Secrets {
			if k.Secrets[secret].Before(at) {
				k.Secrets[secret] = at
			}
		}
		for n, use := range old.Networks {
			newer := k.Networks[n]
			if newer.Requests > 0 {
				use.At, use.Address = newer.At, newer.Address
			}
			use.Requests += newer.Requests
			k.Networks[n] = use
		}
		u.byKey[id] = k
	}
}

// Admit checks the access list of the caller's key and notes the use.
func (s *Service) Admit(c tidemark.Caller) error {
	if c.AccessListRequired && len(c.AllowedFrom) == 0 {
		return tidemark.Errorf(tidemark.CodeAccessListRequired, "the organization wants the key %s to have an access list", c.PublicID).
			WithHint("have another key of the organization add an address to the list of this one")
	}
	entry, allowed := entryFor(c.AllowedFrom, c.RemoteAddr)
	if !allowed {
		return addressNotAllowed(c.RemoteAddr, "the key's")
	}
	s.uses.add(c.KeyID, s.now(), entry, c.RemoteAddr)
	return nil
}

// Maintain does what is due from time to time: it writes down what keys were
// used for, clears access lists of what has expired, and rotates the key that
// signs tokens. Whoever runs the service calls it once a minute, and a last
// time at the end; what was gathered since is lost in a crash.
func (s *Service) Maintain(ctx context.Context) error {
	gathered := s.uses.take()
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		for _, u := range gathered {
			if err := tx.NoteKeyUse(ctx, u); err != nil {
				return err
			}
		}
		return tx.DeleteExpiredNetworks(ctx, s.now())
	})
	if err != nil {
		s.uses.putBack(gathered)
		return err
	}
	_, err = s.signing.current(ctx)
	return err
}
