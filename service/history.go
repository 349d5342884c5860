package service

import (
	"context"

	"tidemark"
)

// historyOf looks an instance up whose history the caller may see, as far as
// need goes.
func (s *Service) historyOf(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, need right) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		i, err = instance(ctx, tx, c, projectID, name, "", need)
		return err
	})
	if tidemark.ErrorCode(err) == tidemark.CodeForbidden && need == rightData {
		err = tidemark.Errorf(tidemark.CodeForbidden, "the roles of the key %s do not let it see documents", c.PublicID).
			WithHint("use a key with the role %s, or with one for data access such as %s", tidemark.RoleProjectOwner, tidemark.RoleDataAccessReader)
	}
	if err != nil {
		return nil, err
	}
	if s.histories == nil {
		return nil, tidemark.Errorf(tidemark.CodeUnsupported, "this service keeps no history")
	}
	return i, nil
}

// History needs any role in the project.
func (s *Service) History(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, q tidemark.HistoryQuery) (*tidemark.HistoryPage, error) {
	i, err := s.historyOf(ctx, c, projectID, name, rightRead)
	if err != nil {
		return nil, err
	}
	return s.histories.Entries(ctx, i, q)
}

// HistorySummary needs any role in the project.
func (s *Service) HistorySummary(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, q tidemark.HistoryQuery, bucket int) (*tidemark.HistorySummary, error) {
	i, err := s.historyOf(ctx, c, projectID, name, rightRead)
	if err != nil {
		return nil, err
	}
	return s.histories.Summary(ctx, i, q, bucket)
}

// Document needs GROUP_OWNER or a role for data access.
func (s *Service) Document(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, q tidemark.DocumentQuery) (*tidemark.DocumentState, error) {
	i, err := s.historyOf(ctx, c, projectID, name, rightData)
	if err != nil {
		return nil, err
	}
	return s.histories.Document(ctx, i, q)
}

// DocumentVersions needs GROUP_OWNER or a role for data access.
func (s *Service) DocumentVersions(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, q tidemark.HistoryQuery) (*tidemark.DocumentVersions, error) {
	i, err := s.historyOf(ctx, c, projectID, name, rightData)
	if err != nil {
		return nil, err
	}
	return s.histories.Versions(ctx, i, q)
}
