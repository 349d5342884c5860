package atlastest

import (
	"context"
	"slices"

	"tidemark"
)

// backups is what dedicated instances have.
type backups struct {
	schedules map[tidemark.ID]*tidemark.Schedule         // by instance
	policies  map[tidemark.ID]*tidemark.CompliancePolicy // by project
	buckets   []*tidemark.ExportBucket
	exports   []*tidemark.ExportJob
}

func newBackups() backups {
	return backups{schedules: map[tidemark.ID]*tidemark.Schedule{}, policies: map[tidemark.ID]*tidemark.CompliancePolicy{}}
}

// ChangePolicy edits the compliance policy of a project.
func (s *Service) ChangePolicy(projectID tidemark.ID, edit func(*tidemark.CompliancePolicy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(s.policies[projectID])
}

// ChangeExport edits an export job.
func (s *Service) ChangeExport(id tidemark.ID, edit func(*tidemark.ExportJob)) {
	change(s, s.exports, func(j *tidemark.ExportJob) bool { return j.ID == id }, edit)
}

// dedicated starts a call that is about a dedicated instance.
func (s *Service) dedicated(c tidemark.Caller, projectID tidemark.ID, name string, owner bool) (*tidemark.Instance, func(), error) {
	return s.instance(c, projectID, name, tidemark.KindDedicated, owner)
}

func (s *Service) scheduleOf(i *tidemark.Instance) *tidemark.Schedule {
	schedule := s.schedules[i.ID]
	if schedule == nil {
		schedule = tidemark.DefaultSchedule(i)
		if p := s.policies[i.ProjectID]; p != nil {
			p.Strengthen(schedule)
		}
		s.schedules[i.ID] = schedule
	}
	out := *schedule
	out.Items = slices.Clone(schedule.Items)
	out.InstanceID, out.InstanceName, out.NextSnapshotAt = i.ID, i.Name, schedule.Next(s.clock())
	return &out
}

// GetSchedule implements tidemark.ScheduleService.
func (s *Service) GetSchedule(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string) (*tidemark.Schedule, error) {
	i, unlock, err := s.dedicated(c, projectID, name, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.scheduleOf(i), nil
}

// UpdateSchedule implements tidemark.ScheduleService.
func (s *Service) UpdateSchedule(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.ScheduleUpdate) (*tidemark.Schedule, error) {
	return s.changeSchedule(c, projectID, name, func(schedule *tidemark.Schedule) error {
		if err := schedule.Apply(r); err != nil {
			return err
		}
		if schedule.AutoExport && schedule.Export == nil {
			return tidemark.Errorf(tidemark.CodeMissingAttribute, "no bucket").WithParams("export.exportBucketId")
		}
		return schedule.Check()
	})
}

// DeleteSchedule implements tidemark.ScheduleService.
func (s *Service) DeleteSchedule(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string) (*tidemark.Schedule, error) {
	return s.changeSchedule(c, projectID, name, func(schedule *tidemark.Schedule) error {
		schedule.Items = nil
		return nil
	})
}

func (s *Service) changeSchedule(c tidemark.Caller, projectID tidemark.ID, name string, edit func(*tidemark.Schedule) error) (*tidemark.Schedule, error) {
	i, unlock, err := s.dedicated(c, projectID, name, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	schedule := s.scheduleOf(i)
	if err := edit(schedule); err != nil {
		return nil, err
	}
	if p := s.policies[projectID]; p != nil {
		if err := p.Met(schedule); err != nil {
			return nil, err
		}
	}
	s.schedules[i.ID] = schedule
	return s.scheduleOf(i), nil
}

// GetCompliancePolicy implements tidemark.ComplianceService.
func (s *Service) GetCompliancePolicy(_ context.Context, c tidemark.Caller, projectID tidemark.ID) (*tidemark.CompliancePolicy, error) {
	_, unlock, err := s.project(c, projectID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if p := s.policies[projectID]; p != nil {
		return clone(p), nil
	}
	return nil, nil
}

// SetCompliancePolicy implements tidemark.ComplianceService.
func (s *Service) SetCompliancePolicy(_ context.Context, c tidemark.Caller, p tidemark.CompliancePolicy, overwrite bool) (*tidemark.CompliancePolicy, error) {
	_, unlock, err := s.project(c, p.ProjectID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := p.Check(); err != nil {
		return nil, err
	}
	if before := s.policies[p.ProjectID]; before != nil {
		if what := p.Weaker(before); what != "" {
			return nil, tidemark.Errorf(tidemark.CodeCompliance, "%s is weaker", what).WithParams(p.ProjectID)
		}
		p.Deletable = before.Deletable
	}
	for n := range p.Scheduled {
		p.Scheduled[n].ID = tidemark.NewID()
	}
	if p.OnDemand != nil {
		p.OnDemand.ID = tidemark.NewID()
	}
	for _, i := range s.instancesOf(p.ProjectID, tidemark.KindDedicated) {
		schedule := s.scheduleOf(i)
		if err := p.Met(schedule); err != nil && !overwrite {
			return nil, err
		}
		p.Strengthen(schedule)
		s.schedules[i.ID] = schedule
	}
	p.UpdatedAt, p.UpdatedBy = s.clock(), c.PublicID
	s.policies[p.ProjectID] = &p
	return clone(&p), nil
}

// DeleteCompliancePolicy implements tidemark.ComplianceService.
func (s *Service) DeleteCompliancePolicy(_ context.Context, c tidemark.Caller, projectID tidemark.ID) error {
	_, unlock, err := s.project(c, projectID, true)
	if err != nil {
		return err
	}
	defer unlock()
	if p := s.policies[projectID]; p != nil && !p.Deletable {
		return tidemark.Errorf(tidemark.CodePolicyNotDeletable, "the policy stays").WithParams(projectID)
	}
	delete(s.policies, projectID)
	return nil
}

// protected says whether a compliance policy keeps a snapshot.
func (s *Service) protected(v *tidemark.Snapshot) error {
	if s.policies[v.ProjectID] == nil || v.Status != tidemark.SnapshotCompleted || !v.ExpiresAt.After(s.clock()) {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeSnapshotProtected, "the policy keeps %s", v.ID).WithParams(v.ID)
}

// UpdateSnapshotRetention implements tidemark.CloudBackupService.
func (s *Service) UpdateSnapshotRetention(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, id tidemark.ID, r tidemark.Retention) (*tidemark.Snapshot, error) {
	v, unlock, err := s.lockSnapshot(c, projectID, name, tidemark.KindDedicated, true, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if v.Status != tidemark.SnapshotCompleted {
		return nil, tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "%s is being taken", id).WithParams(id)
	}
	if !r.Valid() || !r.Until(v.CreatedAt).After(s.clock()) {
		return nil, tidemark.Errorf(tidemark.CodeInvalidRetention, "%d %s will not do", r.Value, r.Unit)
	}
	if r.Until(v.CreatedAt).Before(v.ExpiresAt) {
		if err := s.protected(v); err != nil {
			return nil, err
		}
	}
	v.ExpiresAt = r.Until(v.CreatedAt)
	return clone(v), nil
}
