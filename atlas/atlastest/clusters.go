package atlastest

import (
	"context"

	"tidemark"
)

// ListClusters implements tidemark.ClusterService. An instance with DeletedAt
// set counts as deleted.
func (s *Service) ListClusters(_ context.Context, c tidemark.Caller, projectID tidemark.ID, deleted bool, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	_, unlock, err := s.project(c, projectID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.instances, func(i *tidemark.Instance) bool {
		return i.ProjectID == projectID && i.Kind == tidemark.KindDedicated && (deleted || i.DeletedAt.IsZero())
	}), p)
}

// ListAllInstances implements tidemark.ClusterService. Every newest snapshot
// has a thousand bytes.
func (s *Service) ListAllInstances(ctx context.Context, c tidemark.Caller, p tidemark.Page) ([]*tidemark.ProjectInstances, int, error) {
	projects, total, err := s.ListProjects(ctx, c, p)
	if err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*tidemark.ProjectInstances
	for _, project := range projects {
		org, err := find(s.orgs, func(o *tidemark.Organization) bool { return o.ID == project.OrgID }, nil)
		if err != nil {
			return nil, 0, err
		}
		one := &tidemark.ProjectInstances{Project: project, Organization: org, DataBytes: map[tidemark.ID]int64{}}
		for _, i := range s.instancesOf(project.ID, "") {
			one.Instances = append(one.Instances, clone(i))
		}
		for _, v := range s.snapshots {
			one.DataBytes[v.InstanceID] = 1000
		}
		out = append(out, one)
	}
	return out, total, nil
}

// DeleteCluster implements tidemark.ClusterService. With retain the cluster
// counts as deleted at once.
func (s *Service) DeleteCluster(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, retain bool) error {
	if err := s.DeleteInstance(ctx, c, projectID, name, tidemark.KindDedicated); err != nil || !retain {
		return err
	}
	s.ChangeInstance(name, func(i *tidemark.Instance) { i.RetainBackups, i.DeletedAt = true, s.clock() })
	return nil
}

// UpgradeCluster implements tidemark.ClusterService.
func (s *Service) UpgradeCluster(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
	i, unlock, err := s.instance(c, projectID, name, tidemark.KindFlex, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r, err = withCluster(i, r); err != nil {
		return nil, err
	}
	i.Kind = tidemark.KindDedicated
	if i.Cluster, err = i.Cluster.With(r.Cluster); err != nil {
		return nil, err
	}
	return clone(i), nil
}
