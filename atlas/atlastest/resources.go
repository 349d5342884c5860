package atlastest

import (
	"context"
	"strings"
	"time"

	"tidemark"
)

// ListOrganizations implements tidemark.OrganizationService.
func (s *Service) ListOrganizations(_ context.Context, c tidemark.Caller, name string, p tidemark.Page) ([]*tidemark.Organization, int, error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.orgs, func(o *tidemark.Organization) bool {
		return inOrg(c, o.ID, false) == nil && (name == "" || o.Name == name)
	}), p)
}

// GetOrganization implements tidemark.OrganizationService.
func (s *Service) GetOrganization(_ context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.Organization, error) {
	unlock, err := s.org(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return find(s.orgs, func(o *tidemark.Organization) bool { return o.ID == id }, nil)
}

// ListProjects implements tidemark.ProjectService.
func (s *Service) ListProjects(_ context.Context, c tidemark.Caller, p tidemark.Page) ([]*tidemark.Project, int, error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.projects, func(v *tidemark.Project) bool {
		_, err := s.inProject(c, v.ID, false)
		return err == nil
	}), p)
}

// ListOrganizationProjects implements tidemark.ProjectService.
func (s *Service) ListOrganizationProjects(_ context.Context, c tidemark.Caller, orgID tidemark.ID, name string, p tidemark.Page) ([]*tidemark.Project, int, error) {
	unlock, err := s.org(c, orgID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.projects, func(v *tidemark.Project) bool { return v.OrgID == orgID && strings.HasPrefix(v.Name, name) }), p)
}

// project starts a call that is about a project.
func (s *Service) project(c tidemark.Caller, id tidemark.ID, owner bool) (*tidemark.Project, func(), error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, nil, err
	}
	p, err := s.inProject(c, id, owner)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return p, unlock, nil
}

// GetProject implements tidemark.ProjectService.
func (s *Service) GetProject(_ context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.Project, error) {
	p, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p = clone(p)
	p.InstanceCount = len(s.instancesOf(id, ""))
	return p, nil
}

// GetProjectByName implements tidemark.ProjectService.
func (s *Service) GetProjectByName(ctx context.Context, c tidemark.Caller, name string) (*tidemark.Project, error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	p, err := find(s.projects, func(p *tidemark.Project) bool { return p.Name == name },
		tidemark.Errorf(tidemark.CodeProjectNotFound, "no project %s", name).WithParams(name))
	unlock()
	if err != nil {
		return nil, err
	}
	return s.GetProject(ctx, c, p.ID)
}

// CreateProject implements tidemark.ProjectService.
func (s *Service) CreateProject(_ context.Context, c tidemark.Caller, r tidemark.NewProject) (*tidemark.Project, error) {
	unlock, err := s.org(c, r.OrgID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if len(filter(s.projects, func(p *tidemark.Project) bool { return p.Name == r.Name })) > 0 {
		return nil, tidemark.Errorf(tidemark.CodeDuplicateProject, "project %s exists", r.Name).WithParams(r.Name)
	}
	p := &tidemark.Project{ID: tidemark.NewID(), OrgID: r.OrgID, Name: r.Name, CreatedAt: s.clock(), DefaultAlerts: r.DefaultAlerts, Tags: r.Tags}
	s.projects = append(s.projects, p)
	return clone(p), nil
}

// DeleteProject implements tidemark.ProjectService.
func (s *Service) DeleteProject(_ context.Context, c tidemark.Caller, id tidemark.ID) error {
	_, unlock, err := s.project(c, id, true)
	if err != nil {
		return err
	}
	defer unlock()
	if len(s.instancesOf(id, "")) > 0 {
		return tidemark.Errorf(tidemark.CodeProjectNotEmpty, "project %s has instances", id).WithParams(id)
	}
	s.projects = without(s.projects, func(p *tidemark.Project) bool { return p.ID == id })
	return nil
}

func (s *Service) instancesOf(projectID tidemark.ID, kind tidemark.InstanceKind) []*tidemark.Instance {
	return filter(s.instances, func(i *tidemark.Instance) bool {
		return i.ProjectID == projectID && (kind == "" || i.Kind == kind)
	})
}

func (s *Service) find(projectID tidemark.ID, name string, kind tidemark.InstanceKind) (*tidemark.Instance, error) {
	i, err := find(s.instancesOf(projectID, ""), func(i *tidemark.Instance) bool { return i.Name == name },
		tidemark.Errorf(tidemark.CodeInstanceNotFound, "no instance %s", name).WithParams(name, projectID))
	if err == nil && kind != "" && i.Kind != kind {
		return nil, tidemark.Errorf(tidemark.CodeWrongInstanceKind, "%s is %s", name, i.Kind).WithParams(name, string(i.Kind), string(kind))
	}
	return i, err
}

// ListInstances implements tidemark.InstanceService.
func (s *Service) ListInstances(_ context.Context, c tidemark.Caller, projectID tidemark.ID, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	_, unlock, err := s.project(c, projectID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.instancesOf(projectID, kind), func(i *tidemark.Instance) bool { return i.DeletedAt.IsZero() }), p)
}

// instance starts a call that is about an instance.
func (s *Service) instance(c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, owner bool) (*tidemark.Instance, func(), error) {
	_, unlock, err := s.project(c, projectID, owner)
	if err != nil {
		return nil, nil, err
	}
	i, err := s.find(projectID, name, kind)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return i, unlock, nil
}

// GetInstance implements tidemark.InstanceService.
func (s *Service) GetInstance(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind) (*tidemark.Instance, error) {
	i, unlock, err := s.instance(c, projectID, name, kind, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if kind != "" && !i.DeletedAt.IsZero() {
		return nil, tidemark.Errorf(tidemark.CodeInstanceNotFound, "%s was deleted", name).WithParams(name, projectID)
	}
	return clone(i), nil
}

// CreateInstance implements tidemark.InstanceService. The instance is IDLE at once.
func (s *Service) CreateInstance(_ context.Context, c tidemark.Caller, projectID tidemark.ID, r tidemark.NewInstance) (*tidemark.Instance, error) {
	_, unlock, err := s.project(c, projectID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := s.find(projectID, r.Name, ""); err == nil {
		return nil, tidemark.Errorf(tidemark.CodeDuplicateInstance, "instance %s exists", r.Name).WithParams(r.Name, projectID)
	}
	i := &tidemark.Instance{
		ID: tidemark.NewID(), ProjectID: projectID, Name: r.Name, Kind: r.Kind, State: tidemark.StateIdle,
		Embedded: r.URI == "", URI: r.URI, MongoDBVersion: "7.0.42", BackingProvider: r.BackingProvider, Region: r.Region,
		TerminationProtection: r.TerminationProtection, ContinuousBackup: r.ContinuousBackup, AutoIndexing: true, Tags: r.Tags, Cluster: r.Cluster,
		CreatedAt: s.clock(), SnapshotInterval: 6 * time.Hour, SnapshotRetention: 48 * time.Hour,
	}
	if i.Kind == tidemark.KindFlex {
		i.SnapshotInterval, i.SnapshotRetention = 24*time.Hour, 8*24*time.Hour
	}
	if i.Embedded {
		i.URI = "mongodb://127.0.0.1:27017/"
	}
	s.instances = append(s.instances, i)
	return clone(i), nil
}

// withCluster settles what a change makes of the cluster that there is.
func withCluster(i *tidemark.Instance, r tidemark.InstanceUpdate) (_ tidemark.InstanceUpdate, err error) {
	if r.ClusterOf != nil {
		r.Cluster, err = r.ClusterOf(i)
	}
	return r, err
}

// UpdateInstance implements tidemark.InstanceService.
func (s *Service) UpdateInstance(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
	i, unlock, err := s.instance(c, projectID, name, r.Kind, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r, err = withCluster(i, r); err != nil {
		return nil, err
	}
	if i.Cluster.IsPaused() && (r.Cluster == nil || r.Cluster.Paused == nil || *r.Cluster.Paused) {
		return nil, tidemark.Errorf(tidemark.CodePaused, "%s is paused", name).WithParams(name)
	}
	if r.Cluster != nil {
		if i.Cluster, err = i.Cluster.With(r.Cluster); err != nil {
			return nil, err
		}
	}
	set(&i.TerminationProtection, r.TerminationProtection)
	set(&i.ContinuousBackup, r.ContinuousBackup)
	set(&i.AutoIndexing, r.AutoIndexing)
	set(&i.Tags, r.Tags)
	set(&i.SnapshotInterval, r.SnapshotInterval)
	set(&i.SnapshotRetention, r.SnapshotRetention)
	return clone(i), nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// DeleteInstance implements tidemark.InstanceService.
func (s *Service) DeleteInstance(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind) error {
	i, unlock, err := s.instance(c, projectID, name, kind, true)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case i.TerminationProtection:
		return tidemark.Errorf(tidemark.CodeTerminationProtected, "%s is protected", name).WithParams(name)
	case i.State == tidemark.StateDeleting:
		return tidemark.Errorf(tidemark.CodeDeletionRequested, "%s is being deleted", name).WithParams(name)
	}
	i.State = tidemark.StateDeleting
	return nil
}
