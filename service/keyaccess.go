package service

import (
	"context"
	"net/netip"

	"tidemark"
)

// accessMax bounds the access list of a key, as Atlas has it for projects,
// which have a limit that can be set.
const accessMax = 200

// ListAccess needs what GetKey needs.
func (s *Service) ListAccess(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, p tidemark.Page) ([]*tidemark.AccessEntry, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.AccessEntry
		total int
	)
	err := s.readAccess(ctx, c, in, ref, func(tx tidemark.Tx, key *tidemark.Key) (err error) {
		list, total, err = tx.AccessEntries(ctx, key.ID, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetAccess needs what GetKey needs.
func (s *Service) GetAccess(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, network netip.Prefix) (*tidemark.AccessEntry, error) {
	var e *tidemark.AccessEntry
	err := s.readAccess(ctx, c, in, ref, func(tx tidemark.Tx, key *tidemark.Key) (err error) {
		e, err = tx.AccessEntry(ctx, key.ID, network)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (s *Service) readAccess(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, read func(tidemark.Tx, *tidemark.Key) error) error {
	return s.store.View(ctx, func(tx tidemark.Tx) error {
		k, err := keyReader(ctx, tx, c, in, kindOf(ref))
		if err != nil {
			return err
		}
		key, err := k.find(ctx, tx, ref)
		if err != nil {
			return err
		}
		return read(tx, key)
	})
}

// AddAccess needs the role of an owner; the owner of a project only may not
// change from where a key with power beyond the project is used.
func (s *Service) AddAccess(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, networks []netip.Prefix) error {
	return s.changeKeyFor(ctx, c, in, ref, func(tx tidemark.Tx, k keysIn, key *tidemark.Key) error {
		if len(networks) == 0 {
			return missing("ipAddress")
		}
		have, err := tx.AccessNetworks(ctx, key.ID)
		if err != nil {
			return err
		}
		if len(have)+len(networks) > accessMax {
			return accessFull(accessMax)
		}
		now := s.now()
		for _, n := range networks {
			if err := checkNetwork(n); err != nil {
				return err
			}
			if err := tx.AddAccessEntry(ctx, key.ID, &tidemark.AccessEntry{Network: n, CreatedAt: now}); err != nil {
				return err
			}
			if err := s.recordInKeys(ctx, tx, c, k, key, keyEventsOf(key).entryAdded, networkDetail(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

func accessFull(most int64) error {
	return tidemark.Errorf(tidemark.CodeAccessListFull, "the access list may have at most %d entries", most).
		WithHint("delete some, or put ranges in their place").WithParams(most)
}

// checkNetwork refuses what could not have come from ParseNetwork.
func checkNetwork(n netip.Prefix) error {
	if same, ok := tidemark.ParseNetwork(n.String()); !ok || same != n {
		return tidemark.Errorf(tidemark.CodeInvalidNetwork, "%s is neither an address nor a network", n).WithParams(n.String())
	}
	return nil
}

// DeleteAccess needs what AddAccess needs. A key cannot shut itself out.
func (s *Service) DeleteAccess(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, network netip.Prefix) error {
	return s.changeKeyFor(ctx, c, in, ref, func(tx tidemark.Tx, k keysIn, key *tidemark.Key) error {
		if err := tx.DeleteAccessEntry(ctx, key.ID, network); err != nil {
			return err
		}
		if err := s.recordInKeys(ctx, tx, c, k, key, keyEventsOf(key).entryDeleted, networkDetail(network)); err != nil || key.ID != c.KeyID {
			return err
		}
		left, err := tx.AccessNetworks(ctx, key.ID)
		if err != nil {
			return err
		}
		if _, allowed := entryFor(left, c.RemoteAddr); !allowed {
			return tidemark.Errorf(tidemark.CodeCallerOnAccessList, "this key is being used from %s, which would not be on its access list", c.RemoteAddr).
				WithHint("use another key, or add the address first").WithParams(c.RemoteAddr)
		}
		return nil
	})
}

// entryFor finds the narrowest network that has the address. An empty list
// allows all, by no entry.
func entryFor(list []netip.Prefix, address string) (entry netip.Prefix, allowed bool) {
	if len(list) == 0 {
		return netip.Prefix{}, true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.Unmap().WithZone("")
	for _, n := range list {
		if n.Contains(a) && (!allowed || n.Bits() > entry.Bits()) {
			entry, allowed = n, true
		}
	}
	return entry, allowed
}
