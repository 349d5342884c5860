package tidemark

import "context"

// OrganizationSettings is what an owner sets of an organization. What is about
// users, or about features that Tidemark does not have, is kept and shown.
type OrganizationSettings struct {
	APIAccessListRequired bool `json:"apiAccessListRequired"`
	GenAIFeatures         bool `json:"genAIFeatures"`
	// MaxSecretHours bounds the life of new secrets of service accounts; zero: a year.
	MaxSecretHours         int    `json:"maxSecretHours,omitempty"`
	MFARequired            bool   `json:"mfaRequired"`
	RestrictEmployeeAccess bool   `json:"restrictEmployeeAccess"`
	SecurityContact        string `json:"securityContact,omitempty"` // an email address
	SkipDefaultAlerts      bool   `json:"skipDefaultAlerts"`
}

// DefaultOrganizationSettings is what an organization has until they are set.
func DefaultOrganizationSettings() *OrganizationSettings {
	return &OrganizationSettings{GenAIFeatures: true}
}

// ProjectSettings is what an owner sets of a project. They are about features
// of Atlas that Tidemark does not have, and are kept and shown.
type ProjectSettings struct {
	DatabaseStatistics   bool `json:"databaseStatistics"`
	DataExplorer         bool `json:"dataExplorer"`
	DataExplorerGenAI    bool `json:"dataExplorerGenAI"`
	GenAISamples         bool `json:"genAISamples"`
	ExtendedStorageSizes bool `json:"extendedStorageSizes"`
	PerformanceAdvisor   bool `json:"performanceAdvisor"`
	RealtimePanel        bool `json:"realtimePanel"`
	SchemaAdvisor        bool `json:"schemaAdvisor"`
	ManagedSlowMs        bool `json:"managedSlowMs"`
	// Limits are those that were set.
	Limits map[LimitName]int64 `json:"limits,omitempty"`
}

// DefaultProjectSettings is what a project has until they are set, as Atlas
// makes a project.
func DefaultProjectSettings() *ProjectSettings {
	return &ProjectSettings{
		DatabaseStatistics: true, DataExplorer: true, DataExplorerGenAI: true, PerformanceAdvisor: true,
		RealtimePanel: true, SchemaAdvisor: true, ManagedSlowMs: true,
	}
}

// LimitName is limitName of the API.
type LimitName string

// The limits that mean something here.
const (
	LimitClusters       LimitName = "atlas.project.deployment.clusters"
	LimitNetworkEntries LimitName = "atlas.project.security.networkAccess.entries"
)

// ProjectLimit is how much of something a project may have.
type ProjectLimit struct {
	Name    LimitName
	Value   int64
	Usage   int64
	Default int64
	Maximum int64
}

// Settings is a part of Tx.
type Settings interface {
	// ProjectSettings are the defaults where none were saved.
	ProjectSettings(ctx context.Context, projectID ID) (*ProjectSettings, error)
	// SaveProjectSettings is CodeProjectNotFound for a project that is not there.
	SaveProjectSettings(ctx context.Context, projectID ID, s *ProjectSettings) error
	// OrganizationSettings are the defaults where none were saved.
	OrganizationSettings(ctx context.Context, orgID ID) (*OrganizationSettings, error)
	// SaveOrganizationSettings is CodeOrgNotFound for one that is not there.
	SaveOrganizationSettings(ctx context.Context, orgID ID, s *OrganizationSettings) error
}
