package service

import (
	"context"
	"net/netip"
	"time"
	"unicode/utf8"

	"tidemark"
)

const (
	commentMax = 80
	// temporaryMax is how far ahead an entry's end may be, as Atlas has it.
	temporaryMax = 7 * 24 * time.Hour
)

// ListNetworkEntries needs any role in the project.
func (s *Service) ListNetworkEntries(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, p tidemark.Page) ([]*tidemark.NetworkEntry, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.NetworkEntry
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightRead); err != nil {
			return err
		}
		list, total, err = tx.NetworkEntries(ctx, projectID, s.now(), p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetNetworkEntry needs any role in the project.
func (s *Service) GetNetworkEntry(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, network netip.Prefix) (*tidemark.NetworkEntry, error) {
	var e *tidemark.NetworkEntry
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightRead); err != nil {
			return err
		}
		e, err = tx.NetworkEntry(ctx, projectID, network, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// AddNetworkEntries needs the role of an owner or of a Charts admin.
func (s *Service) AddNetworkEntries(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, entries []tidemark.NewNetworkEntry) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, projectID, rightNetwork)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return missing("ipAddress")
		}
		now := s.now()
		if err := tx.DeleteExpiredNetworks(ctx, now); err != nil {
			return err
		}
		for _, e := range entries {
			if err := checkNetworkEntry(e, now); err != nil {
				return err
			}
			if err := s.putNetwork(ctx, tx, c, projectID, e, now); err != nil {
				return err
			}
		}
		l, err := s.projectLimit(ctx, tx, p, tidemark.LimitNetworkEntries)
		if err == nil && l.Usage > l.Value {
			return accessFull(l.Value)
		}
		return err
	})
}

func (s *Service) putNetwork(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, e tidemark.NewNetworkEntry, now time.Time) error {
	told := tidemark.EventNetworkEntryUpdated
	_, err := tx.NetworkEntry(ctx, projectID, e.Network, now)
	if tidemark.ErrorCode(err) == tidemark.CodeNetworkEntryNotFound {
		told, err = tidemark.EventNetworkEntryAdded, nil
	}
	if err != nil {
		return err
	}
	err = tx.PutNetworkEntry(ctx, &tidemark.NetworkEntry{
		ProjectID: projectID, Network: e.Network, Comment: e.Comment, CreatedAt: now, DeleteAfter: e.DeleteAfter,
	})
	if err != nil {
		return err
	}
	return s.record(ctx, tx, c, tidemark.Event{Type: told, ProjectID: projectID, Details: networkDetail(e.Network)})
}

func checkNetworkEntry(e tidemark.NewNetworkEntry, now time.Time) error {
	if utf8.RuneCountInString(e.Comment) > commentMax {
		return invalid("comment", "may have at most 80 characters")
	}
	if end := e.DeleteAfter; !end.IsZero() && (!end.After(now) || end.After(now.Add(temporaryMax))) {
		return invalid("deleteAfterDate", "must be in the future, and at most a week ahead")
	}
	return checkNetwork(e.Network)
}

// DeleteNetworkEntry needs the role of an owner.
func (s *Service) DeleteNetworkEntry(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, network netip.Prefix) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, projectID, rightOwn); err != nil {
			return err
		}
		if err := tx.DeleteExpiredNetworks(ctx, s.now()); err != nil {
			return err
		}
		if err := tx.DeleteNetworkEntry(ctx, projectID, network); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{
			Type: tidemark.EventNetworkEntryRemoved, ProjectID: projectID, Details: networkDetail(network),
		})
	})
}

// checkProjectNetwork refuses an address that a project's access list, if it
// has one, does not have.
func (s *Service) checkProjectNetwork(ctx context.Context, tx tidemark.Tx, projectID tidemark.ID, address string) error {
	list, err := tx.ProjectNetworks(ctx, projectID, s.now())
	if err != nil {
		return err
	}
	if _, allowed := entryFor(list, address); !allowed {
		return addressNotAllowed(address, "the project's")
	}
	return nil
}

func addressNotAllowed(address, whose string) error {
	return tidemark.Errorf(tidemark.CodeAddressNotAllowed, "%s is not on %s access list", address, whose).
		WithHint("add the address to the list, from one that is on it").WithParams(address)
}
