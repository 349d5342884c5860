package service

import (
	"context"
	"slices"
	"strings"

	"tidemark"
)

// limit is one of the limits of a project. A limit of what Tidemark does not
// have is kept and shown, since clients set it, and never reached.
type limit struct {
	name             tidemark.LimitName
	otherwise, least int64
	most             int64
}

// limits are those of the Atlas Admin API, by name, with its defaults and
// maxima; but for clusters, of which a machine of one's own has as many as it
// can bear.
var limits = []limit{
	{tidemark.LimitClusters, 10_000, 1, 100_000},
	{"atlas.project.deployment.nodesPerPrivateLinkRegion", 50, 1, 90},
	{"atlas.project.deployment.privateServiceConnectionsPerRegionGroup", 50, 1, 100},
	{"atlas.project.deployment.privateServiceConnectionsSubnetMask", 27, 20, 27},
	{"atlas.project.deployment.salesSoldM0s", 100, 1, 100},
	{"atlas.project.deployment.serverlessMTMs", 100, 1, 100},
	{"atlas.project.security.databaseAccess.customRoles", 100, 1, 1400},
	{"atlas.project.security.databaseAccess.users", 100, 1, 900},
	{"atlas.project.security.networkAccess.crossRegionEntries", 40, 1, 220},
	{tidemark.LimitNetworkEntries, 200, 1, 1000},
}

// federationLimits begins the names of the limits of Data Federation.
const federationLimits = "dataFederation.bytesProcessed."

func limitNamed(name tidemark.LimitName) (limit, error) {
	n := slices.IndexFunc(limits, func(l limit) bool { return l.name == name })
	if n >= 0 {
		return limits[n], nil
	}
	if span, ok := strings.CutPrefix(string(name), federationLimits); ok && slices.Contains([]string{"query", "daily", "weekly", "monthly"}, span) {
		return limit{}, tidemark.Errorf(tidemark.CodeUnsupported, "there is no Data Federation that %s could limit", name)
	}
	return limit{}, invalidEnum(string(name), "limitName", "the limits of a project")
}

// limitOf is the limit as a project has it.
func (s *Service) limitOf(ctx context.Context, tx tidemark.Tx, l limit, p *tidemark.Project, settings *tidemark.ProjectSettings) (*tidemark.ProjectLimit, error) {
	out := &tidemark.ProjectLimit{Name: l.name, Value: l.valueIn(settings), Default: l.otherwise, Maximum: l.most}
	switch l.name {
	case tidemark.LimitClusters:
		out.Usage = int64(p.InstanceCount)
	case tidemark.LimitNetworkEntries:
		networks, err := tx.ProjectNetworks(ctx, p.ID, s.now())
		if err != nil {
			return nil, err
		}
		out.Usage = int64(len(networks))
	}
	return out, nil
}

// ListProjectLimits needs any role in the project.
func (s *Service) ListProjectLimits(ctx context.Context, c tidemark.Caller, id tidemark.ID) ([]*tidemark.ProjectLimit, error) {
	var list []*tidemark.ProjectLimit
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, id, rightRead)
		if err != nil {
			return err
		}
		settings, err := tx.ProjectSettings(ctx, id)
		if err != nil {
			return err
		}
		for _, l := range limits {
			shown, err := s.limitOf(ctx, tx, l, p, settings)
			if err != nil {
				return err
			}
			list = append(list, shown)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// GetProjectLimit needs any role in the project.
func (s *Service) GetProjectLimit(ctx context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName) (*tidemark.ProjectLimit, error) {
	var found *tidemark.ProjectLimit
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, id, rightRead)
		if err != nil {
			return err
		}
		found, err = s.projectLimit(ctx, tx, p, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (s *Service) projectLimit(ctx context.Context, tx tidemark.Tx, p *tidemark.Project, name tidemark.LimitName) (*tidemark.ProjectLimit, error) {
	l, err := limitNamed(name)
	if err != nil {
		return nil, err
	}
	settings, err := tx.ProjectSettings(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return s.limitOf(ctx, tx, l, p, settings)
}

// SetProjectLimit needs GROUP_OWNER. A value below what there is takes nothing
// away: it keeps more from coming.
func (s *Service) SetProjectLimit(ctx context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName, value int64) (*tidemark.ProjectLimit, error) {
	return s.changeLimit(ctx, c, id, name, func(l limit, set map[tidemark.LimitName]int64) error {
		if value < l.least || value > l.most {
			return invalid("value", "is below the least or above the most that the limit may be")
		}
		set[name] = value
		return nil
	})
}

// ResetProjectLimit needs GROUP_OWNER.
func (s *Service) ResetProjectLimit(ctx context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName) error {
	_, err := s.changeLimit(ctx, c, id, name, func(_ limit, set map[tidemark.LimitName]int64) error {
		delete(set, name)
		return nil
	})
	return err
}

func (s *Service) changeLimit(ctx context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName, change func(limit, map[tidemark.LimitName]int64) error) (*tidemark.ProjectLimit, error) {
	var changed *tidemark.ProjectLimit
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, id, rightOwn)
		if err != nil {
			return err
		}
		l, err := limitNamed(name)
		if err != nil {
			return err
		}
		settings, err := tx.ProjectSettings(ctx, id)
		if err != nil {
			return err
		}
		if settings.Limits == nil {
			settings.Limits = map[tidemark.LimitName]int64{}
		}
		if err := change(l, settings.Limits); err != nil {
			return err
		}
		if err := tx.SaveProjectSettings(ctx, id, settings); err != nil {
			return err
		}
		if changed, err = s.limitOf(ctx, tx, l, p, settings); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{
			Type: tidemark.EventProjectLimitUpdated, OrgID: p.OrgID, ProjectID: id, Details: map[string]string{"limit": string(name)},
		})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// valueIn is the limit's value where it is set, else its default.
func (l limit) valueIn(settings *tidemark.ProjectSettings) int64 {
	if value, ok := settings.Limits[l.name]; ok {
		return value
	}
	return l.otherwise
}

// checkInstanceLimit refuses another instance in a project that has as many as
// it may have.
func checkInstanceLimit(ctx context.Context, tx tidemark.Tx, p *tidemark.Project) error {
	l, err := limitNamed(tidemark.LimitClusters)
	if err != nil {
		return err
	}
	settings, err := tx.ProjectSettings(ctx, p.ID)
	if err != nil || int64(p.InstanceCount) < l.valueIn(settings) {
		return err
	}
	return tidemark.Errorf(tidemark.CodeTooManyInstances, "the project %s has %d instances and may have no more", p.ID, p.InstanceCount).
		WithHint("raise the limit %s of the project, or delete an instance", l.name).WithParams(l.valueIn(settings), p.ID)
}
