package service

import (
	"context"

	"tidemark"
)

// ListEvents needs any role in the project or the organization.
func (s *Service) ListEvents(ctx context.Context, c tidemark.Caller, f tidemark.EventFilter, p tidemark.Page) ([]*tidemark.Event, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Event
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		if err := mayReadEvents(ctx, tx, c, f.OrgID, f.ProjectID); err != nil {
			return err
		}
		var err error
		list, total, err = tx.Events(ctx, f, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

func mayReadEvents(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, orgID, projectID tidemark.ID) error {
	if projectID != "" {
		_, err := project(ctx, tx, c, projectID, rightRead)
		return err
	}
	_, err := organization(ctx, tx, c, orgID)
	return err
}

// GetEvent needs any role in the project or, where projectID is empty, in the
// organization, which has only the events that it lists.
func (s *Service) GetEvent(ctx context.Context, c tidemark.Caller, orgID, projectID, id tidemark.ID) (*tidemark.Event, error) {
	var e *tidemark.Event
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if err = mayReadEvents(ctx, tx, c, orgID, projectID); err != nil {
			return err
		}
		if e, err = tx.Event(ctx, id); err != nil {
			return err
		}
		listed := e.ProjectID == projectID
		if projectID == "" {
			listed = e.OrgID == orgID && e.Type.OfOrganization()
		}
		if !listed {
			return tidemark.Errorf(tidemark.CodeEventNotFound, "there is no event %s", id).WithParams(id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}
