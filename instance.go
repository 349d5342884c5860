package tidemark

import "time"

// InstanceKind says through which family of the API an instance is seen.
type InstanceKind string

// The kinds.
const (
	KindServerless InstanceKind = "serverless"
	KindFlex       InstanceKind = "flex"
	KindDedicated  InstanceKind = "dedicated"
)

// InstanceState is stateName of the API.
type InstanceState string

// The states, in Atlas's words.
const (
	StateCreating InstanceState = "CREATING"
	StateIdle     InstanceState = "IDLE"
	StateUpdating InstanceState = "UPDATING"
	StateDeleting InstanceState = "DELETING"
)

// BackupEnabled says whether there are backups of the instance. Only those of a
// dedicated one can be turned off.
func (i *Instance) BackupEnabled() bool {
	return i.Kind != KindDedicated || i.Cluster == nil || i.Cluster.BackupEnabled == nil || *i.Cluster.BackupEnabled
}

// Scheduled says whether its schedule of snapshots is followed.
func (i *Instance) Scheduled() bool { return i.BackupEnabled() && !i.Cluster.IsPaused() }

// Instance is a deployment that Tidemark protects: an embedded server of its
// own, or a registered MongoDB.
type Instance struct {
	ID        ID
	ProjectID ID
	Name      string // unique in its project, ^[a-zA-Z0-9][a-zA-Z0-9-]*$, at most 64
	Kind      InstanceKind
	State     InstanceState
	// Embedded says that the service runs the server itself.
	Embedded bool
	// URI is the connection string, password included: never shown, never
	// logged, sealed where it is stored. Empty while an embedded server has
	// not started yet.
	URI                   string
	MongoDBVersion        string // "" until the deployment was reached
	BackingProvider       string // providerSettings.backingProviderName, echoed
	Region                string // providerSettings.regionName, echoed
	TerminationProtection bool
	// ContinuousBackup says that the oplog is captured.
	ContinuousBackup bool
	// AutoIndexing echoes performanceAdvisor/autoIndexing; it changes nothing.
	AutoIndexing bool
	// Capture is how far that has come. The service fills it in where it shows
	// an instance with continuous backup; the store leaves it nil.
	Capture   *Capture
	Tags      []Tag
	CreatedAt time.Time
	// Cluster is what a dedicated instance was asked to be beyond the fields
	// here; nil where nothing was.
	Cluster *ClusterSpec
	// RetainBackups says that its deletion leaves its snapshots, and DeletedAt
	// since when there is nothing else of it; zero before. Its state is then
	// DELETING until its last snapshot goes.
	RetainBackups bool
	DeletedAt     time.Time
	// Schedule of snapshots.
	SnapshotInterval  time.Duration // zero: none
	SnapshotRetention time.Duration
	NextSnapshotAt    time.Time // zero: none due
}
