package tidemark

import "context"

// OrganizationService is a part of Service.
type OrganizationService interface {
	// ListOrganizations keeps those whose names start with name, whatever the case.
	ListOrganizations(ctx context.Context, c Caller, name string, p Page) ([]*Organization, int, error)
	GetOrganization(ctx context.Context, c Caller, id ID) (*Organization, error)
	// CreateOrganization needs a caller that owns an organization. The caller
	// owns the new one, too; the key is nil unless one was asked for, and has
	// its Secret for the only time.
	CreateOrganization(ctx context.Context, c Caller, r NewOrganization) (*Organization, *Key, error)
	UpdateOrganization(ctx context.Context, c Caller, id ID, r OrganizationUpdate) (*Organization, error)
	// DeleteOrganization deletes its keys, too. CodeOrgNotEmpty while it has
	// projects, CodeLastOrg for the only one that there is.
	DeleteOrganization(ctx context.Context, c Caller, id ID) error
	GetOrganizationSettings(ctx context.Context, c Caller, id ID) (*OrganizationSettings, error)
	// UpdateOrganizationSettings has change edit the settings and keeps them.
	UpdateOrganizationSettings(ctx context.Context, c Caller, id ID, change func(*OrganizationSettings)) (*OrganizationSettings, error)
}

// NewOrganization asks for an organization.
type NewOrganization struct {
	Name              string
	SkipDefaultAlerts bool
	// Key asks for an API key of the new organization; nil for none. Its roles
	// are names without an organization.
	Key *NewKey
}

// OrganizationUpdate changes what is not nil.
type OrganizationUpdate struct {
	Name              *string
	SkipDefaultAlerts *bool
}

// ProjectService is a part of Service.
type ProjectService interface {
	ListProjects(ctx context.Context, c Caller, p Page) ([]*Project, int, error)
	// ListOrganizationProjects keeps those whose names start with name,
	// whatever the case.
	ListOrganizationProjects(ctx context.Context, c Caller, orgID ID, name string, p Page) ([]*Project, int, error)
	GetProject(ctx context.Context, c Caller, id ID) (*Project, error)
	GetProjectByName(ctx context.Context, c Caller, name string) (*Project, error)
	// CreateProject makes a caller that does not own the organization owner of
	// the project.
	CreateProject(ctx context.Context, c Caller, r NewProject) (*Project, error)
	UpdateProject(ctx context.Context, c Caller, id ID, r ProjectUpdate) (*Project, error)
	DeleteProject(ctx context.Context, c Caller, id ID) error

	GetProjectSettings(ctx context.Context, c Caller, id ID) (*ProjectSettings, error)
	// UpdateProjectSettings has change edit the settings, but for the limits,
	// and keeps them.
	UpdateProjectSettings(ctx context.Context, c Caller, id ID, change func(*ProjectSettings)) (*ProjectSettings, error)

	// ListProjectLimits lists them by name.
	ListProjectLimits(ctx context.Context, c Caller, id ID) ([]*ProjectLimit, error)
	// GetProjectLimit is CodeInvalidEnum for a name that no limit has, and
	// CodeUnsupported for one of what Tidemark does not have; so the next two.
	GetProjectLimit(ctx context.Context, c Caller, id ID, name LimitName) (*ProjectLimit, error)
	SetProjectLimit(ctx context.Context, c Caller, id ID, name LimitName, value int64) (*ProjectLimit, error)
	// ResetProjectLimit gives a limit its default again.
	ResetProjectLimit(ctx context.Context, c Caller, id ID, name LimitName) error

	// ListProcesses lists the hosts of all instances, by instance.
	ListProcesses(ctx context.Context, c Caller, id ID, p Page) ([]*Process, int, error)
	// GetProcess is CodeProcessNotFound for a HOST:PORT that no instance has.
	GetProcess(ctx context.Context, c Caller, id ID, process string) (*Process, error)
}

// NewProject asks for a project.
type NewProject struct {
	OrgID         ID
	Name          string
	DefaultAlerts bool
	Tags          []Tag
}

// ProjectUpdate changes what is not nil.
type ProjectUpdate struct {
	Name *string
	Tags *[]Tag
}

// Process is a mongod or mongos of an instance, as its connection string
// names it: without asking the deployment, or a name server.
type Process struct {
	ProjectID ID
	Instance  *Instance
	Host      string
	Port      int
	// ReplicaSet is that of the connection string; "" where it names none.
	ReplicaSet string
	// Alone says that the connection string names no other host.
	Alone bool
}

// MongoDBVersions are the major versions that a deployment may have, ascending.
// That of the embedded server is the default.
var MongoDBVersions = []string{"5.0", "6.0", "7.0", "8.0"}

// MongoDBVersionDefault is the major version of the embedded server.
const MongoDBVersionDefault = "7.0"
