package atlastest

import (
	"context"
	"slices"

	"tidemark"
)

// AddEvent puts an event into the log; empty ids and times are filled in. The
// calls of the service write none.
func (s *Service) AddEvent(e tidemark.Event) *tidemark.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.ID == "" {
		e.ID = tidemark.NewID()
	}
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.clock()
	}
	s.events = append(s.events, &e)
	return clone(&e)
}

// ListEvents implements tidemark.EventService.
func (s *Service) ListEvents(_ context.Context, c tidemark.Caller, f tidemark.EventFilter, p tidemark.Page) ([]*tidemark.Event, int, error) {
	unlock, err := s.eventScope(c, f.OrgID, f.ProjectID)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	found := filter(s.events, func(e *tidemark.Event) bool {
		return inScope(e, f.OrgID, f.ProjectID) &&
			(len(f.Instances) == 0 || slices.Contains(f.Instances, e.InstanceName)) &&
			(len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) && !slices.Contains(f.Excluded, e.Type) &&
			(f.From.IsZero() || !e.CreatedAt.Before(f.From)) && (f.Until.IsZero() || !e.CreatedAt.After(f.Until))
	})
	slices.Reverse(found)
	return page(found, p)
}

// GetEvent implements tidemark.EventService.
func (s *Service) GetEvent(_ context.Context, c tidemark.Caller, orgID, projectID, id tidemark.ID) (*tidemark.Event, error) {
	unlock, err := s.eventScope(c, orgID, projectID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	e, err := find(s.events, func(e *tidemark.Event) bool { return e.ID == id && inScope(e, orgID, projectID) },
		tidemark.Errorf(tidemark.CodeEventNotFound, "no event %s", id).WithParams(id))
	if err != nil {
		return nil, err
	}
	return clone(e), nil
}

func (s *Service) eventScope(c tidemark.Caller, orgID, projectID tidemark.ID) (func(), error) {
	if projectID == "" {
		return s.org(c, orgID, false)
	}
	_, unlock, err := s.project(c, projectID, false)
	return unlock, err
}

func inScope(e *tidemark.Event, orgID, projectID tidemark.ID) bool {
	if projectID == "" {
		return e.OrgID == orgID && e.Type.OfOrganization()
	}
	return e.ProjectID == projectID
}
