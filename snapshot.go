package tidemark

import "time"

// SnapshotStatus is the status of the API.
type SnapshotStatus string

// The life of a snapshot: queued, inProgress, then completed or failed.
const (
	SnapshotQueued     SnapshotStatus = "queued"
	SnapshotInProgress SnapshotStatus = "inProgress"
	SnapshotCompleted  SnapshotStatus = "completed"
	SnapshotFailed     SnapshotStatus = "failed"
)

// SnapshotType says who asked for it.
type SnapshotType string

// The types.
const (
	SnapshotOnDemand  SnapshotType = "onDemand"
	SnapshotScheduled SnapshotType = "scheduled"
)

// Frequency is frequencyType: the rule of the schedule that made a snapshot.
// One taken on demand says ondemand, of an instance that is not dedicated daily,
// because the API knows no other there.
type Frequency string

// The frequencies.
const (
	FrequencyHourly   Frequency = "hourly"
	FrequencyDaily    Frequency = "daily"
	FrequencyWeekly   Frequency = "weekly"
	FrequencyMonthly  Frequency = "monthly"
	FrequencyYearly   Frequency = "yearly"
	FrequencyOnDemand Frequency = "ondemand"
)

// Snapshot is the data of one instance at one time, in the vault.
type Snapshot struct {
	ID           ID
	ProjectID    ID
	InstanceID   ID
	InstanceName string
	Status       SnapshotStatus
	Type         SnapshotType
	Frequency    Frequency
	// PolicyItems are the items of the schedule that it serves; none but of
	// scheduled ones of dedicated instances.
	PolicyItems []ID
	Description string
	CreatedAt   time.Time
	// FinishedAt is when it was completed or failed; zero before.
	FinishedAt time.Time
	// ExpiresAt is when it may be deleted; zero: never.
	ExpiresAt      time.Time
	MongoDBVersion string
	// Manifest is the object that has the catalogue and the runs; "" until
	// completed. Deleted snapshots lose it.
	Manifest string
	// StorageBytes is what the snapshot added to the vault, sealed: all of one
	// that was read in full, what changed for one that was folded.
	StorageBytes int64
	Content      Content // of all collections together
	Collections  int
	ClusterTime  Timestamp
	// FailReason is for a person; "" unless failed.
	FailReason string
	Progress   Progress
	// Epoch counts the attempts; a write of an outcome carries the epoch it
	// belongs to and loses against a newer one.
	Epoch int
}

// SafetyDescription begins the description of the snapshots that restores take
// of their targets; the job's ID follows.
const SafetyDescription = "before restore "

// Progress is how far a snapshot or restore job has come.
type Progress struct {
	Phase          string // "" before the start
	Percent        float64
	Documents      int64
	TotalDocuments int64 // -1: not known
	Bytes          int64
	TotalBytes     int64 // -1: not known
	StartedAt      time.Time
	UpdatedAt      time.Time
	Collections    []CollectionProgress `json:",omitempty"`
	Indexes        []IndexProgress      `json:",omitempty"` // of a restore
}

// IndexProgress is the part of one index of a restore.
type IndexProgress struct {
	Namespace string
	Name      string
	Phase     string  // waiting, building or built
	Percent   float64 // of the build, where the server tells; 100 once it is built
}

// CollectionProgress is the part of one collection.
type CollectionProgress struct {
	Namespace      string
	Phase          string
	Documents      int64
	TotalDocuments int64
	Bytes          int64
	TotalBytes     int64
}

// Rate is bytes a second since the start of the work; zero before there is one.
func (p Progress) Rate() float64 {
	d := p.UpdatedAt.Sub(p.StartedAt).Seconds()
	if d <= 0 {
		return 0
	}
	return float64(p.Bytes) / d
}

// ETA is how long the rest takes if it goes on at the speed so far, in percent
// a second; false while that cannot be told.
func (p Progress) ETA() (time.Duration, bool) {
	d := p.UpdatedAt.Sub(p.StartedAt)
	if d <= 0 || p.Percent <= 0 || p.Percent > 100 {
		return 0, false
	}
	return time.Duration(float64(d) * (100 - p.Percent) / p.Percent), true
}
