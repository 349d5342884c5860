package atlastest

import (
	"context"
	"net/netip"
	"slices"

	"tidemark"
)

// ListAccess implements tidemark.KeyService.
func (s *Service) ListAccess(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, p tidemark.Page) (out []*tidemark.AccessEntry, total int, err error) {
	err = s.with(c, in, ref, false, func(k *tidemark.Key) (err error) {
		out, total, err = page(s.access[k.ID], p)
		return err
	})
	return out, total, err
}

// GetAccess implements tidemark.KeyService.
func (s *Service) GetAccess(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, network netip.Prefix) (out *tidemark.AccessEntry, err error) {
	err = s.with(c, in, ref, false, func(k *tidemark.Key) error {
		e, err := s.entry(k, network)
		if err == nil {
			out = clone(e)
		}
		return err
	})
	return out, err
}

func (s *Service) entry(k *tidemark.Key, network netip.Prefix) (*tidemark.AccessEntry, error) {
	return find(s.access[k.ID], func(e *tidemark.AccessEntry) bool { return e.Network == network },
		tidemark.Errorf(tidemark.CodeAccessEntryNotFound, "%s is not on the list", network).WithParams(network.String()))
}

// AddAccess implements tidemark.KeyService.
func (s *Service) AddAccess(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, networks []netip.Prefix) error {
	return s.with(c, in, ref, true, func(k *tidemark.Key) error {
		list := s.access[k.ID]
		for _, n := range networks {
			if slices.ContainsFunc(list, func(e *tidemark.AccessEntry) bool { return e.Network == n }) {
				return tidemark.Errorf(tidemark.CodeDuplicateAddress, "%s is on the list", n).WithParams(n.String())
			}
			list = append(list, &tidemark.AccessEntry{Network: n, CreatedAt: s.clock()})
		}
		if len(list) > 200 {
			return tidemark.Errorf(tidemark.CodeAccessListFull, "the list is full").WithParams(200)
		}
		s.access[k.ID] = list
		return nil
	})
}

// DeleteAccess implements tidemark.KeyService.
func (s *Service) DeleteAccess(_ context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, network netip.Prefix) error {
	return s.with(c, in, ref, true, func(k *tidemark.Key) error {
		gone, err := s.entry(k, network)
		if err != nil {
			return err
		}
		left := without(s.access[k.ID], func(e *tidemark.AccessEntry) bool { return e == gone })
		var networks []netip.Prefix
		for _, e := range left {
			networks = append(networks, e.Network)
		}
		if k.ID == c.KeyID && !on(networks, c.RemoteAddr) {
			return tidemark.Errorf(tidemark.CodeCallerOnAccessList, "the caller would be out").WithParams(c.RemoteAddr)
		}
		s.access[k.ID] = left
		return nil
	})
}

// inNetworks starts a call about the access list of a project, and drops what
// has expired of it.
func (s *Service) inNetworks(c tidemark.Caller, projectID tidemark.ID, change bool) (func(), error) {
	unlock, err := s.enter(c, tidemark.KeyScope{ProjectID: projectID}, change)
	if err != nil {
		return nil, err
	}
	s.networks[projectID] = without(s.networks[projectID], func(e *tidemark.NetworkEntry) bool {
		return !e.DeleteAfter.IsZero() && !s.clock().Before(e.DeleteAfter)
	})
	return unlock, nil
}

// projectNetworks is the access list of a project.
func (s *Service) projectNetworks(id tidemark.ID) []netip.Prefix {
	var out []netip.Prefix
	for _, e := range s.networks[id] {
		if e.DeleteAfter.IsZero() || s.clock().Before(e.DeleteAfter) {
			out = append(out, e.Network)
		}
	}
	return out
}

// ListNetworkEntries implements tidemark.NetworkService.
func (s *Service) ListNetworkEntries(_ context.Context, c tidemark.Caller, projectID tidemark.ID, p tidemark.Page) ([]*tidemark.NetworkEntry, int, error) {
	unlock, err := s.inNetworks(c, projectID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(s.networks[projectID], p)
}

// GetNetworkEntry implements tidemark.NetworkService.
func (s *Service) GetNetworkEntry(_ context.Context, c tidemark.Caller, projectID tidemark.ID, network netip.Prefix) (*tidemark.NetworkEntry, error) {
	unlock, err := s.inNetworks(c, projectID, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	e, err := s.network(projectID, network)
	if err != nil {
		return nil, err
	}
	return clone(e), nil
}

func (s *Service) network(projectID tidemark.ID, network netip.Prefix) (*tidemark.NetworkEntry, error) {
	return find(s.networks[projectID], func(e *tidemark.NetworkEntry) bool { return e.Network == network },
		tidemark.Errorf(tidemark.CodeNetworkEntryNotFound, "%s is not on the list", network).WithParams(network.String(), projectID))
}

// AddNetworkEntries implements tidemark.NetworkService.
func (s *Service) AddNetworkEntries(_ context.Context, c tidemark.Caller, projectID tidemark.ID, entries []tidemark.NewNetworkEntry) error {
	unlock, err := s.inNetworks(c, projectID, true)
	if err != nil {
		return err
	}
	defer unlock()
	for _, e := range entries {
		if !e.DeleteAfter.IsZero() && !s.clock().Before(e.DeleteAfter) {
			return tidemark.Errorf(tidemark.CodeInvalidAttribute, "it is over").WithParams("deleteAfterDate")
		}
	}
	for _, e := range entries {
		there, err := s.network(projectID, e.Network)
		if err != nil {
			there = &tidemark.NetworkEntry{ProjectID: projectID, Network: e.Network, CreatedAt: s.clock()}
			s.networks[projectID] = append(s.networks[projectID], there)
		}
		there.Comment, there.DeleteAfter = e.Comment, e.DeleteAfter
	}
	return nil
}

// DeleteNetworkEntry implements tidemark.NetworkService.
func (s *Service) DeleteNetworkEntry(_ context.Context, c tidemark.Caller, projectID tidemark.ID, network netip.Prefix) error {
	unlock, err := s.inNetworks(c, projectID, true)
	if err != nil {
		return err
	}
	defer unlock()
	gone, err := s.network(projectID, network)
	s.networks[projectID] = without(s.networks[projectID], func(e *tidemark.NetworkEntry) bool { return e == gone })
	return err
}
