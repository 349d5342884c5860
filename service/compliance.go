package service

import (
	"context"
	"time"

	"tidemark"
)

// GetCompliancePolicy needs GROUP_OWNER.
func (s *Service) GetCompliancePolicy(ctx context.Context, c tidemark.Caller, projectID tidemark.ID) (*tidemark.CompliancePolicy, error) {
	var policy *tidemark.CompliancePolicy
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightOwn); err != nil {
			return err
		}
		policy, err = tx.CompliancePolicy(ctx, projectID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return policy, nil
}

// SetCompliancePolicy needs GROUP_OWNER. A policy that is there is only ever
// replaced by one that asks for as much: CodeCompliance.
func (s *Service) SetCompliancePolicy(ctx context.Context, c tidemark.Caller, p tidemark.CompliancePolicy, overwrite bool) (*tidemark.CompliancePolicy, error) {
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, p.ProjectID, rightOwn); err != nil {
			return err
		}
		if err := p.Check(); err != nil {
			return err
		}
		before, err := tx.CompliancePolicy(ctx, p.ProjectID)
		if err != nil {
			return err
		}
		event := tidemark.EventDataProtectionEnabled
		if before != nil {
			event = tidemark.EventDataProtectionUpdated
			p.Deletable = before.Deletable
			if what := p.Weaker(before); what != "" {
				return tidemark.Errorf(tidemark.CodeCompliance, "the backup compliance policy cannot be weakened: %s asks for less than before", what).
					WithParams(string(p.ProjectID))
			}
		}
		identifyPolicy(&p, before)
		p.UpdatedAt, p.UpdatedBy = s.now(), c.PublicID
		if !overwrite {
			if err := checkCompliant(ctx, tx, &p); err != nil {
				return err
			}
		}
		if err := tx.SaveCompliancePolicy(ctx, &p); err != nil {
			return err
		}
		if err := s.enforce(ctx, tx, &p); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{Type: event, ProjectID: p.ProjectID})
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// identifyPolicy gives the items of a policy the IDs that they had, or new ones.
func identifyPolicy(p, before *tidemark.CompliancePolicy) {
	ids := map[tidemark.Frequency]tidemark.ID{}
	if before != nil {
		for _, item := range before.Scheduled {
			ids[item.Frequency] = item.ID
		}
		if before.OnDemand != nil {
			ids[tidemark.FrequencyOnDemand] = before.OnDemand.ID
		}
	}
	identify := func(item *tidemark.PolicyItem) {
		if item.ID = ids[item.Frequency]; item.ID == "" {
			item.ID = tidemark.NewID()
		}
	}
	for n := range p.Scheduled {
		identify(&p.Scheduled[n])
	}
	if p.OnDemand != nil {
		identify(p.OnDemand)
	}
}

// eachDedicated calls fn with the dedicated instances of a project that are
// not being deleted.
func eachDedicated(ctx context.Context, tx tidemark.Tx, projectID tidemark.ID, fn func(*tidemark.Instance) error) error {
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Instances(ctx, projectID, tidemark.KindDedicated, page)
		if err != nil {
			return err
		}
		for _, i := range list {
			if i.State == tidemark.StateDeleting {
				continue
			}
			if err := fn(i); err != nil {
				return err
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return nil
		}
	}
}

// checkCompliant refuses a policy that an instance of the project does not meet.
func checkCompliant(ctx context.Context, tx tidemark.Tx, p *tidemark.CompliancePolicy) error {
	return eachDedicated(ctx, tx, p.ProjectID, func(i *tidemark.Instance) error {
		schedule, err := tidemark.ScheduleOf(ctx, tx, i)
		if err != nil {
			return err
		}
		if p.PointInTime && !i.ContinuousBackup {
			return noContinuousBackup(i)
		}
		return p.Met(schedule)
	})
}

func noContinuousBackup(i *tidemark.Instance) error {
	return tidemark.Errorf(tidemark.CodeCompliance, "the backup compliance policy of the project is not met: instance %s has no continuous backup", i.Name).
		WithParams(string(i.ProjectID))
}

// enforce makes all instances of the project meet a policy that is stored.
func (s *Service) enforce(ctx context.Context, tx tidemark.Tx, p *tidemark.CompliancePolicy) error {
	return eachDedicated(ctx, tx, p.ProjectID, func(i *tidemark.Instance) error {
		schedule, err := tidemark.ScheduleOf(ctx, tx, i)
		if err != nil {
			return err
		}
		p.Strengthen(schedule)
		start := p.PointInTime && !i.ContinuousBackup
		if start {
			i.ContinuousBackup = true
		}
		if err := s.keepSchedule(ctx, tx, i, schedule); err != nil {
			return err
		}
		if start {
			return startCapture(ctx, tx, i)
		}
		return nil
	})
}

// DeleteCompliancePolicy needs GROUP_OWNER, and that somebody with the
// service's machine has allowed it.
func (s *Service) DeleteCompliancePolicy(ctx context.Context, c tidemark.Caller, projectID tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, projectID, rightOwn); err != nil {
			return err
		}
		policy, err := tx.CompliancePolicy(ctx, projectID)
		if err != nil || policy == nil {
			return err
		}
		if !policy.Deletable {
			return tidemark.Errorf(tidemark.CodePolicyNotDeletable, "the backup compliance policy of project %s is not to be disabled", projectID).
				WithHint("whoever runs the service allows it with tidemark compliance release, while the service is stopped").WithParams(projectID)
		}
		if err := tx.DeleteCompliancePolicy(ctx, projectID); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{Type: tidemark.EventDataProtectionDisabled, ProjectID: projectID})
	})
}

// ReleaseCompliancePolicy lets the policy of a project be disabled. It is for
// whoever has the service's machine, not for callers of the API: it stands for
// the support ticket that Atlas wants.
func ReleaseCompliancePolicy(ctx context.Context, store tidemark.Store, projectID tidemark.ID) error {
	return store.Update(ctx, func(tx tidemark.Tx) error {
		policy, err := tx.CompliancePolicy(ctx, projectID)
		if err != nil {
			return err
		}
		if policy == nil {
			return tidemark.Errorf(tidemark.CodeInvalidAttribute, "project %s has no backup compliance policy", projectID).WithParams("project")
		}
		policy.Deletable = true
		if err := tx.SaveCompliancePolicy(ctx, policy); err != nil {
			return err
		}
		return tx.AddEvent(ctx, &tidemark.Event{
			ID: tidemark.NewID(), CreatedAt: time.Now().UTC().Truncate(time.Millisecond),
			Type: tidemark.EventDataProtectionDisableRequest, ProjectID: projectID,
		})
	})
}
