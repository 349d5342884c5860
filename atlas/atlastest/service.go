package atlastest

import (
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark"
)

// Service implements tidemark.Service. Its exported fields are the fixture:
// one organization with one project, an owner of each kind of key, and a key
// that may only read.
type Service struct {
	OrgID     tidemark.ID
	ProjectID tidemark.ID
	Owner     *tidemark.Key // API key, ORG_OWNER and GROUP_OWNER, with its Secret
	Reader    *tidemark.Key // API key, ORG_READ_ONLY and GROUP_READ_ONLY
	Account   *tidemark.Key // service account, ORG_OWNER and GROUP_OWNER

	mu        sync.Mutex
	clock     func() time.Time
	hold      bool
	failure   error
	orgs      []*tidemark.Organization
	projects  []*tidemark.Project
	instances []*tidemark.Instance
	snapshots []*tidemark.Snapshot
	jobs      []*tidemark.RestoreJob
	keys      []*tidemark.Key
	access    map[tidemark.ID][]*tidemark.AccessEntry  // by key
	networks  map[tidemark.ID][]*tidemark.NetworkEntry // by project
	tokens    map[string]token
	files     map[string]*File // by download token
	events    []*tidemark.Event

	settings    map[tidemark.ID]*tidemark.ProjectSettings
	orgSettings map[tidemark.ID]*tidemark.OrganizationSettings
	backups

	asked         tidemark.HistoryQuery
	askedDocument tidemark.DocumentQuery
	askedBucket   int
}

var _ tidemark.Service = (*Service)(nil)

// New returns a service with its fixture. clock is time.Now where nil.
func New(clock func() time.Time) *Service {
	if clock == nil {
		clock = time.Now
	}
	s := &Service{clock: clock, tokens: map[string]token{}, files: map[string]*File{}, backups: newBackups(),
		access: map[tidemark.ID][]*tidemark.AccessEntry{}, networks: map[tidemark.ID][]*tidemark.NetworkEntry{}}
	s.settings, s.orgSettings = map[tidemark.ID]*tidemark.ProjectSettings{}, map[tidemark.ID]*tidemark.OrganizationSettings{}
	org := &tidemark.Organization{ID: tidemark.NewID(), Name: "Example", CreatedAt: clock()}
	project := &tidemark.Project{ID: tidemark.NewID(), OrgID: org.ID, Name: "shop", CreatedAt: clock(), DefaultAlerts: true}
	s.orgs, s.projects = append(s.orgs, org), append(s.projects, project)
	s.OrgID, s.ProjectID = org.ID, project.ID
	owner := []tidemark.Role{{Name: tidemark.RoleOrgOwner, OrgID: org.ID}, {Name: tidemark.RoleProjectOwner, ProjectID: project.ID}}
	reader := []tidemark.Role{{Name: tidemark.RoleOrgReadOnly, OrgID: org.ID}, {Name: tidemark.RoleProjectReadOnly, ProjectID: project.ID}}
	s.Owner = s.AddKey(tidemark.KeyAPI, org.ID, owner...)
	s.Reader = s.AddKey(tidemark.KeyAPI, org.ID, reader...)
	s.Account = s.AddKey(tidemark.KeyServiceAccount, org.ID, owner...)
	return s
}

// AddKey makes a key of any roles and returns it with its Secret.
func (s *Service) AddKey(kind tidemark.KeyKind, orgID tidemark.ID, roles ...tidemark.Role) *tidemark.Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addKey(orgID, tidemark.NewKey{Kind: kind, Name: "fixture", Description: "fixture", Roles: roles})
}

// AddProject makes a project in an organization that nobody of the fixture has
// a role in.
func (s *Service) AddProject(name string) *tidemark.Project {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := &tidemark.Organization{ID: tidemark.NewID(), Name: name + "-org", CreatedAt: s.clock()}
	project := &tidemark.Project{ID: tidemark.NewID(), OrgID: org.ID, Name: name, CreatedAt: s.clock()}
	s.orgs, s.projects = append(s.orgs, org), append(s.projects, project)
	return clone(project)
}

// Hold makes later snapshots stay inProgress, or lets them complete again.
func (s *Service) Hold(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = hold
}

// Fail makes every later call return err; nil ends that.
func (s *Service) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

// ChangeInstance, ChangeSnapshot and ChangeJob edit what is there.
func (s *Service) ChangeInstance(name string, edit func(*tidemark.Instance)) {
	change(s, s.instances, func(i *tidemark.Instance) bool { return i.Name == name }, edit)
}

// ChangeSnapshot edits a snapshot.
func (s *Service) ChangeSnapshot(id tidemark.ID, edit func(*tidemark.Snapshot)) {
	change(s, s.snapshots, func(v *tidemark.Snapshot) bool { return v.ID == id }, edit)
}

// ChangeJob edits a restore job.
func (s *Service) ChangeJob(id tidemark.ID, edit func(*tidemark.RestoreJob)) {
	change(s, s.jobs, func(j *tidemark.RestoreJob) bool { return j.ID == id }, edit)
}

// Settle completes, at a time, every restore job that is under way.
func (s *Service) Settle(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.State == tidemark.JobQueued || j.State == tidemark.JobInProgress {
			j.State, j.FinishedAt = tidemark.JobCompleted, at
		}
	}
}

func change[T any](s *Service, items []*T, is func(*T) bool, edit func(*T)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(items[slices.IndexFunc(items, is)])
}

// lock starts a call; the returned function ends it.
func (s *Service) lock() (func(), error) {
	s.mu.Lock()
	if s.failure != nil {
		defer s.mu.Unlock()
		return nil, s.failure
	}
	return s.mu.Unlock, nil
}

// page cuts a page out and copies its items.
func page[T any](items []*T, p tidemark.Page) ([]*T, int, error) {
	total := len(items)
	if p.Reversed {
		items = slices.Clone(items)
		slices.Reverse(items)
	}
	from := min(p.Offset(), total)
	out := make([]*T, 0, p.Size)
	for _, item := range items[from:min(from+p.Size, total)] {
		out = append(out, clone(item))
	}
	return out, total, nil
}

func clone[T any](v *T) *T {
	c := *v
	return &c
}

func filter[T any](items []*T, keep func(*T) bool) []*T {
	var out []*T
	for _, item := range items {
		if keep(item) {
			out = append(out, item)
		}
	}
	return out
}

func without[T any](items []*T, gone func(*T) bool) []*T {
	return filter(items, func(v *T) bool { return !gone(v) })
}

func find[T any](items []*T, is func(*T) bool, otherwise error) (*T, error) {
	if i := slices.IndexFunc(items, is); i >= 0 {
		return items[i], nil
	}
	return nil, otherwise
}

// inOrg wants any role in an organization, or the right to change it.
func inOrg(c tidemark.Caller, id tidemark.ID, change bool) error {
	in := false
	for _, r := range c.Roles {
		if r.OrgID == id {
			in = true
			if r.Name == tidemark.RoleOrgOwner {
				return nil
			}
		}
	}
	switch {
	case !in:
		return tidemark.Errorf(tidemark.CodeNotInOrg, "no role in organization %s", id)
	case change:
		return tidemark.Errorf(tidemark.CodeForbidden, "not an owner of organization %s", id)
	}
	return nil
}

// inProject wants any role in a project, or that of an owner.
func (s *Service) inProject(c tidemark.Caller, id tidemark.ID, owner bool) (*tidemark.Project, error) {
	p, err := find(s.projects, func(p *tidemark.Project) bool { return p.ID == id },
		tidemark.Errorf(tidemark.CodeProjectNotFound, "no project %s", id).WithParams(id))
	if err != nil {
		return nil, err
	}
	in := false
	for _, r := range c.Roles {
		if r.ProjectID == id || r.OrgID == p.OrgID && r.Name == tidemark.RoleOrgOwner {
			in = true
			if strings.HasSuffix(string(r.Name), "OWNER") {
				return p, nil
			}
		}
	}
	switch {
	case !in:
		return nil, tidemark.Errorf(tidemark.CodeNotInProject, "no role in project %s", id)
	case owner:
		return nil, tidemark.Errorf(tidemark.CodeForbidden, "not an owner of project %s", id)
	}
	return p, nil
}
