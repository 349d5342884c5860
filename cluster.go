package tidemark

import (
	"context"
	"encoding/json"
	"time"
)

// ClusterSpec is what a dedicated cluster was asked to be. Tidemark runs one
// server, wherever it is itself: but for backups, pauses and the protection
// against termination all of this is kept and shown, and changes nothing.
//
// The names and values are those of ClusterDescription20240805 of the Atlas
// Admin API; other versions of the resource are other views of it. What was
// not given is absent.
type ClusterSpec struct {
	BackupEnabled                    *bool             `json:"backupEnabled,omitempty"`
	BIConnector                      *BIConnector      `json:"biConnector,omitempty"`
	ConfigServerManagementMode       string            `json:"configServerManagementMode,omitempty"`
	DiskWarmingMode                  string            `json:"diskWarmingMode,omitempty"`
	EmployeeAccess                   *EmployeeAccess   `json:"mongoDBEmployeeAccessGrant,omitempty"`
	EncryptionAtRestProvider         string            `json:"encryptionAtRestProvider,omitempty"`
	GlobalClusterSelfManagedSharding *bool             `json:"globalClusterSelfManagedSharding,omitempty"`
	Labels                           []Tag             `json:"labels,omitempty"`
	MajorVersion                     string            `json:"mongoDBMajorVersion,omitempty"`
	Paused                           *bool             `json:"paused,omitempty"`
	RedactClientLogData              *bool             `json:"redactClientLogData,omitempty"`
	ReplicaSetScalingStrategy        string            `json:"replicaSetScalingStrategy,omitempty"`
	ReplicationSpecs                 []ReplicationSpec `json:"replicationSpecs,omitempty"` // one: it is a replica set
	RootCertType                     string            `json:"rootCertType,omitempty"`
	VersionReleaseSystem             string            `json:"versionReleaseSystem,omitempty"`
	ProcessArgs                      *ProcessArgs      `json:"processArgs,omitempty"`
}

// BIConnector is the connector for business intelligence.
type BIConnector struct {
	Enabled        *bool  `json:"enabled,omitempty"`
	ReadPreference string `json:"readPreference,omitempty"` // PRIMARY, SECONDARY, ANALYTICS
}

// EmployeeAccess grants employees of MongoDB access, which means nothing here.
type EmployeeAccess struct {
	ExpirationTime time.Time `json:"expirationTime"`
	GrantType      string    `json:"grantType"`
}

// ReplicationSpec says on what hardware and where the nodes are.
type ReplicationSpec struct {
	ZoneName string          `json:"zoneName,omitempty"`
	Regions  []ClusterRegion `json:"regionConfigs"`
}

// ClusterRegion is the part of one region.
type ClusterRegion struct {
	Provider             string        `json:"providerName"` // AWS, AZURE, GCP
	Region               string        `json:"regionName"`
	Priority             int           `json:"priority"` // 7 for the first, 0 for one without electable nodes
	Electable            *HardwareSpec `json:"electableSpecs,omitempty"`
	ReadOnly             *HardwareSpec `json:"readOnlySpecs,omitempty"`
	Analytics            *HardwareSpec `json:"analyticsSpecs,omitempty"`
	AutoScaling          *AutoScaling  `json:"autoScaling,omitempty"`
	AnalyticsAutoScaling *AutoScaling  `json:"analyticsAutoScaling,omitempty"`
}

// HardwareSpec is the hardware of nodes of one type.
type HardwareSpec struct {
	DiskIOPS      int     `json:"diskIOPS,omitempty"`
	DiskSizeGB    float64 `json:"diskSizeGB,omitempty"`
	EBSVolumeType string  `json:"ebsVolumeType,omitempty"` // of AWS: STANDARD, PROVISIONED
	InstanceSize  string  `json:"instanceSize,omitempty"`  // such as M10
	NodeCount     int     `json:"nodeCount"`
}

// AutoScaling says what may grow by itself.
type AutoScaling struct {
	Compute *ComputeAutoScaling `json:"compute,omitempty"`
	DiskGB  *DiskAutoScaling    `json:"diskGB,omitempty"`
}

// ComputeAutoScaling is the part of instance sizes.
type ComputeAutoScaling struct {
	Enabled           bool   `json:"enabled"`
	MaxInstanceSize   string `json:"maxInstanceSize,omitempty"`
	MinInstanceSize   string `json:"minInstanceSize,omitempty"`
	PredictiveEnabled bool   `json:"predictiveEnabled"`
	ScaleDownEnabled  bool   `json:"scaleDownEnabled"`
}

// DiskAutoScaling is the part of disks.
type DiskAutoScaling struct {
	Enabled bool `json:"enabled"`
}

// ProcessArgs is the advanced configuration of a cluster, by the names of
// ClusterDescriptionProcessArgs.
type ProcessArgs struct {
	ChangeStreamExpireAfterSeconds  *int64   `json:"changeStreamOptionsPreAndPostImagesExpireAfterSeconds,omitempty"`
	ChunkMigrationConcurrency       *int64   `json:"chunkMigrationConcurrency,omitempty"`
	CustomOpensslCipherConfigTLS12  []string `json:"customOpensslCipherConfigTls12,omitempty"`
	DefaultMaxTimeMS                *int64   `json:"defaultMaxTimeMS,omitempty"`
	DefaultReadConcern              string   `json:"defaultReadConcern,omitempty"`
	DefaultWriteConcern             string   `json:"defaultWriteConcern,omitempty"`
	FailIndexKeyTooLong             *bool    `json:"failIndexKeyTooLong,omitempty"`
	JavascriptEnabled               *bool    `json:"javascriptEnabled,omitempty"`
	MinimumEnabledTLSProtocol       string   `json:"minimumEnabledTlsProtocol,omitempty"`
	NoTableScan                     *bool    `json:"noTableScan,omitempty"`
	OplogMinRetentionHours          *float64 `json:"oplogMinRetentionHours,omitempty"`
	OplogSizeMB                     *int64   `json:"oplogSizeMB,omitempty"`
	QueryStatsLogVerbosity          *int64   `json:"queryStatsLogVerbosity,omitempty"`
	SampleRefreshIntervalBI         *int64   `json:"sampleRefreshIntervalBIConnector,omitempty"`
	SampleSizeBI                    *int64   `json:"sampleSizeBIConnector,omitempty"`
	TLSCipherConfigMode             string   `json:"tlsCipherConfigMode,omitempty"`
	TransactionLifetimeLimitSeconds *int64   `json:"transactionLifetimeLimitSeconds,omitempty"`
}

// With returns the spec with what u gives in place of what it has. Lists are
// replaced whole.
func (s *ClusterSpec) With(u *ClusterSpec) (*ClusterSpec, error) {
	out := &ClusterSpec{}
	for _, part := range []*ClusterSpec{s, u} {
		if part == nil {
			continue
		}
		if part.ReplicationSpecs != nil {
			out.ReplicationSpecs = nil // else the decoder would fill the old ones
		}
		if part.Labels != nil {
			out.Labels = nil
		}
		if part.ProcessArgs != nil && part.ProcessArgs.CustomOpensslCipherConfigTLS12 != nil && out.ProcessArgs != nil {
			out.ProcessArgs.CustomOpensslCipherConfigTLS12 = nil
		}
		b, err := json.Marshal(part)
		if err == nil {
			err = json.Unmarshal(b, out)
		}
		if err != nil {
			return nil, Errorf(CodeInvalidData, "the specification of a cluster cannot be read: %w", err)
		}
	}
	return out, nil
}

// Has says whether the spec is there and a flag of it is set.
func (s *ClusterSpec) Has(flag func(*ClusterSpec) *bool) bool {
	if s == nil {
		return false
	}
	b := flag(s)
	return b != nil && *b
}

// IsPaused says whether the cluster is paused: no snapshots are scheduled.
func (s *ClusterSpec) IsPaused() bool {
	return s.Has(func(s *ClusterSpec) *bool { return s.Paused })
}

// ProjectInstances is a project with what runs in it.
type ProjectInstances struct {
	Project      *Project
	Organization *Organization
	Instances    []*Instance
	// DataBytes is the BSON of the newest snapshot by instance; an instance
	// without one is missing.
	DataBytes map[ID]int64
}

// ClusterService is a part of Service: what dedicated clusters have and other
// instances have not.
type ClusterService interface {
	// ListClusters lists dedicated instances; where deleted says so, those too
	// that were deleted and whose snapshots were kept.
	ListClusters(ctx context.Context, c Caller, projectID ID, deleted bool, p Page) ([]*Instance, int, error)
	// ListAllInstances lists by project what the caller may see, projects
	// without instances included.
	ListAllInstances(ctx context.Context, c Caller, p Page) ([]*ProjectInstances, int, error)
	// DeleteCluster deletes a dedicated instance. Where retain says so its
	// snapshots stay until they expire or are deleted, and can be restored.
	DeleteCluster(ctx context.Context, c Caller, projectID ID, name string, retain bool) error
	// UpgradeCluster makes a dedicated instance of a Flex cluster; its data,
	// snapshots and restore jobs stay.
	UpgradeCluster(ctx context.Context, c Caller, projectID ID, name string, r InstanceUpdate) (*Instance, error)
}
