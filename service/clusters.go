package service

import (
	"context"
	"time"

	"tidemark"
)

// ListClusters needs any role in the project.
func (s *Service) ListClusters(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, deleted bool, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	if !deleted {
		return s.ListInstances(ctx, c, projectID, tidemark.KindDedicated, p)
	}
	return s.listInstances(ctx, c, projectID, p, func(tx tidemark.Tx) ([]*tidemark.Instance, int, error) {
		return tx.InstancesWithDeleted(ctx, projectID, tidemark.KindDedicated, p)
	})
}

// ListAllInstances lists by project, a page of projects at a time.
func (s *Service) ListAllInstances(ctx context.Context, c tidemark.Caller, p tidemark.Page) ([]*tidemark.ProjectInstances, int, error) {
	projects, total, err := s.ListProjects(ctx, c, p)
	if err != nil {
		return nil, 0, err
	}
	list := make([]*tidemark.ProjectInstances, 0, len(projects))
	err = s.store.View(ctx, func(tx tidemark.Tx) error {
		for _, project := range projects {
			one, err := s.projectInstances(ctx, tx, project)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// projectInstances is what runs in a project.
func (s *Service) projectInstances(ctx context.Context, tx tidemark.Tx, project *tidemark.Project) (*tidemark.ProjectInstances, error) {
	org, err := tx.Organization(ctx, project.OrgID)
	if err != nil {
		return nil, err
	}
	one := &tidemark.ProjectInstances{Project: project, Organization: org, DataBytes: map[tidemark.ID]int64{}}
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Instances(ctx, project.ID, "", page)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			newest, err := tx.LatestSnapshot(ctx, i.ID)
			if err == nil {
				one.DataBytes[i.ID] = newest.Content.Bytes
			} else if tidemark.ErrorCode(err) != tidemark.CodeSnapshotNotFound {
				return nil, err
			}
			one.Instances = append(one.Instances, s.shown(i))
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return one, nil
		}
	}
}

// DeleteCluster needs GROUP_OWNER.
func (s *Service) DeleteCluster(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, retain bool) error {
	return s.deleteInstance(ctx, c, projectID, name, tidemark.KindDedicated, retain)
}

// UpgradeCluster needs GROUP_OWNER or GROUP_CLUSTER_MANAGER. The server stays
// the one that it is, so the cluster is ready at once.
func (s *Service) UpgradeCluster(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if i, err = instance(ctx, tx, c, projectID, name, tidemark.KindFlex, rightOwn|rightOperate); err != nil {
			return err
		}
		if err = checkReady(i); err != nil {
			return err
		}
		if r, err = withCluster(i, r); err != nil {
			return err
		}
		i.Kind = tidemark.KindDedicated
		if err = s.apply(i, r); err != nil {
			return err
		}
		if err = s.schedule(ctx, tx, i); err != nil {
			return err
		}
		if err = tx.UpdateInstance(ctx, i); err != nil {
			return err
		}
		if err = s.recordInstance(ctx, tx, c, i, tidemark.EventFlexUpgradeStarted, nil); err != nil {
			return err
		}
		return startCapture(ctx, tx, i)
	})
	if err != nil {
		return nil, err
	}
	return s.shown(i), nil
}

// withCluster is the update with what it asks of a cluster.
func withCluster(i *tidemark.Instance, r tidemark.InstanceUpdate) (tidemark.InstanceUpdate, error) {
	if r.ClusterOf == nil {
		return r, nil
	}
	now := *i
	now.URI = ""
	spec, err := r.ClusterOf(&now)
	r.Cluster = spec
	return r, err
}

// applyCluster changes what an update gives of a dedicated instance.
func applyCluster(i *tidemark.Instance, u *tidemark.ClusterSpec) error {
	if u == nil {
		return nil
	}
	if i.Kind != tidemark.KindDedicated {
		return invalid("replicationSpecs", "go with dedicated clusters only")
	}
	spec, err := i.Cluster.With(u)
	if err != nil {
		return err
	}
	if err := checkCluster(spec); err != nil {
		return err
	}
	i.Cluster = spec
	return nil
}

// follow turns the scheduled snapshots of a dedicated instance on or off after
// a change to it.
func (s *Service) follow(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) error {
	if !i.Scheduled() {
		i.NextSnapshotAt = time.Time{}
		return nil
	}
	if !i.NextSnapshotAt.IsZero() {
		return nil
	}
	schedule, err := tidemark.ScheduleOf(ctx, tx, i)
	if err == nil && schedule != nil {
		i.NextSnapshotAt = schedule.Next(s.now())
	}
	return err
}

// checkBackup applies Atlas's rule: there is no continuous backup without backup.
func checkBackup(i *tidemark.Instance) error {
	if i.ContinuousBackup && !i.BackupEnabled() {
		return invalid("pitEnabled", "needs backupEnabled")
	}
	return nil
}

// checkCluster applies the rules of a replica set: an odd number of electable
// nodes, at most seven, the regions in order of their priority from 7 down.
func checkCluster(spec *tidemark.ClusterSpec) error {
	if spec == nil || spec.ReplicationSpecs == nil {
		return nil
	}
	if len(spec.ReplicationSpecs) != 1 {
		return tidemark.Errorf(tidemark.CodeUnsupported, "sharded clusters are not served").
			WithHint("register the deployment of each shard as a cluster of its own")
	}
	electable, next := 0, 7
	for _, region := range spec.ReplicationSpecs[0].Regions {
		nodes := 0
		if region.Electable != nil {
			nodes = region.Electable.NodeCount
		}
		if nodes == 0 {
			continue
		}
		if region.Priority != next {
			return invalid("replicationSpecs.regionConfigs.priority", "must begin at 7 and go down by one with each region that has electable nodes")
		}
		electable, next = electable+nodes, next-1
	}
	if electable != 3 && electable != 5 && electable != 7 {
		return invalid("replicationSpecs.regionConfigs.electableSpecs.nodeCount", "must add up to 3, 5 or 7")
	}
	return nil
}

// checkNotPaused refuses an update of a paused cluster that does not resume it.
func checkNotPaused(i *tidemark.Instance, u *tidemark.ClusterSpec) error {
	if !i.Cluster.IsPaused() || u != nil && u.Paused != nil && !*u.Paused {
		return nil
	}
	return tidemark.Errorf(tidemark.CodePaused, "cluster %s is paused", i.Name).
		WithHint("resume it with paused: false").WithParams(i.Name)
}
