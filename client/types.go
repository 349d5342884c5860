package client

import (
	"time"

	"tidemark"
)

// Instance is what the command line reads of an instance, of the extension API.
type Instance struct {
	ID                    string    `json:"id"`
	Name                  string    `json:"name"`
	Kind                  string    `json:"kind"`
	Embedded              bool      `json:"embedded"`
	URI                   string    `json:"uri"`
	StateName             string    `json:"stateName"`
	MongoDBVersion        string    `json:"mongoDBVersion"`
	SnapshotIntervalHours float64   `json:"snapshotIntervalHours"`
	SnapshotRetentionDays float64   `json:"snapshotRetentionDays"`
	NextSnapshotAt        time.Time `json:"nextSnapshotAt"`
	TerminationProtection bool      `json:"terminationProtectionEnabled"`
	CreatedAt             time.Time `json:"createDate"`
	ContinuousBackup      bool      `json:"continuousBackupEnabled"`
	// Capture is nil without continuous backup.
	Capture *Capture `json:"capture"`
}

// Capture is how far the continuous capture of an instance is. Oplog entries
// are written as SECONDS:ORDINAL; empty where not known.
type Capture struct {
	Position    string    `json:"position"`    // the last that is captured
	WindowStart string    `json:"windowStart"` // the earliest to restore to
	Latest      string    `json:"latest"`      // that the deployment had at SeenAt
	SeenAt      time.Time `json:"seenAt"`
	LagSeconds  float64   `json:"lagSeconds"`
	GapAfter    string    `json:"gapAfter"` // where entries were lost last
	FailCode    string    `json:"failCode"`
	FailReason  string    `json:"failReason"` // why it does not go on
}

// Progress is how far a snapshot or restore job is.
type Progress struct {
	Phase          string   `json:"phase"`
	Percent        float64  `json:"percent"`
	Documents      int64    `json:"documents"`
	TotalDocuments int64    `json:"totalDocuments"`
	Bytes          int64    `json:"bytes"`
	TotalBytes     int64    `json:"totalBytes"`
	Rate           float64  `json:"rate"` // bytes a second
	ETASeconds     *float64 `json:"etaSeconds"`
}

// Snapshot is what the command line reads of a snapshot, of the extension API.
type Snapshot struct {
	ID               string    `json:"id"`
	Status           string    `json:"status"`
	SnapshotType     string    `json:"snapshotType"`
	Description      string    `json:"description"`
	CreatedAt        time.Time `json:"createdAt"`
	FinishedAt       time.Time `json:"finishedAt"`
	ExpiresAt        time.Time `json:"expiresAt"`
	StorageSizeBytes int64     `json:"storageSizeBytes"`
	Documents        int64     `json:"documents"`
	Bytes            int64     `json:"bytes"`
	Collections      int       `json:"collections"`
	MongoDBVersion   string    `json:"mongodVersion"`
	FailReason       string    `json:"failReason"`
	Progress         Progress  `json:"progress"`
}

// Content is the fingerprint of a collection's documents.
type Content struct {
	Documents int64  `json:"documents"`
	Bytes     int64  `json:"bytes"`
	Hash      string `json:"hash"`
}

// CollectionReport is what a restore proved of a collection.
type CollectionReport struct {
	Namespace string  `json:"namespace"`
	Indexes   int     `json:"indexes"`
	Expected  Content `json:"expected"`
	ReadBack  Content `json:"readBack"`
}

// Report is what a restore did and proved.
type Report struct {
	Collections      []CollectionReport `json:"collections"`
	Dropped          []string           `json:"dropped"`
	Content          Content            `json:"content"`
	Verified         bool               `json:"verified"`
	VerifySkipped    bool               `json:"verifySkipped,omitempty"`
	Warnings         []string           `json:"warnings"`
	TornTransactions *TornTransactions  `json:"tornTransactions,omitempty"`
	LoadSeconds      float64            `json:"loadSeconds"`
	IndexSeconds     float64            `json:"indexSeconds"`
	VerifySeconds    float64            `json:"verifySeconds"`
	CutOverSeconds   float64            `json:"cutOverSeconds"`
}

// TornTransactions counts those that a restore of a part has in the target by
// half: committed before the instant that came back, and after it.
type TornTransactions struct {
	Brought int64 `json:"brought"`
	Undone  int64 `json:"undone"`
}

// Instant is an oplog entry: the second, and the ordinal within it. Zero where
// none was asked for.
type Instant struct {
	Date      time.Time `json:"date"`
	Increment uint32    `json:"increment"`
}

// RestoreJob is what the command line reads of a restore job, of the extension API.
type RestoreJob struct {
	ID                string    `json:"id"`
	DeliveryType      string    `json:"deliveryType"`
	DeliveryURL       []string  `json:"deliveryUrl"`
	SnapshotID        string    `json:"snapshotId"`
	DesiredTimestamp  Instant   `json:"desiredTimestamp"`
	TargetClusterName string    `json:"targetClusterName"`
	TargetGroupID     string    `json:"targetGroupId"`
	State             string    `json:"state"`
	Expired           bool      `json:"expired"`
	CreatedAt         time.Time `json:"createdAt"`
	FinishedAt        time.Time `json:"finishedAt"`
	ExpiresAt         time.Time `json:"expiresAt"`
	FailReason        string    `json:"failReason"`
	Progress          Progress  `json:"progress"`
	Report            *Report   `json:"report"`
	// Options are nil for a whole restore as Atlas does it.
	Options            *tidemark.RestoreOptions `json:"options"`
	CutOverAt          time.Time                `json:"cutOverAt"`
	SafetySnapshotID   string                   `json:"safetySnapshotId"`
	SafetyFailure      string                   `json:"safetyFailure"`
	SourceInstanceName string                   `json:"sourceInstanceName"`
	UndoOf             string                   `json:"undoOf"`
}

// Plan is what a restore will do.
type Plan struct {
	SnapshotID    string                       `json:"snapshotId"`
	ClusterTime   string                       `json:"clusterTime"` // SECONDS:ORDINAL; empty where not known
	SourceVersion string                       `json:"sourceVersion"`
	TargetVersion string                       `json:"targetVersion"`
	Collections   []tidemark.PlannedCollection `json:"collections"`
	Drops         []string                     `json:"drops"`
	Leftovers     []string                     `json:"leftovers"`
	Documents     int64                        `json:"documents"`
	Bytes         int64                        `json:"bytes"`
	ReadBytes     int64                        `json:"readBytes"`
	Indexes       int                          `json:"indexes"`
	OplogEntries  int64                        `json:"oplogEntries"`
	Warnings      []string                     `json:"warnings"`
}
