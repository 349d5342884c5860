package tidemark

import "time"

// DeliveryType is deliveryType of a restore job.
type DeliveryType string

// The delivery types.
const (
	DeliverAutomated   DeliveryType = "automated"
	DeliverDownload    DeliveryType = "download"
	DeliverPointInTime DeliveryType = "pointInTime"
)

// JobState is the state of a restore job. The API shows it as the flags
// cancelled, expired and failed and the date finishedAt.
type JobState string

// The states: queued, inProgress, then one of the others.
const (
	JobQueued     JobState = "queued"
	JobInProgress JobState = "inProgress"
	JobCompleted  JobState = "completed"
	JobFailed     JobState = "failed"
	JobCancelled  JobState = "cancelled"
)

// Finished says whether the state is final.
func (s JobState) Finished() bool {
	return s == JobCompleted || s == JobFailed || s == JobCancelled
}

// RestoreJob brings a snapshot back, into a target or as a file to download.
type RestoreJob struct {
	ID           ID
	ProjectID    ID // of the source
	InstanceID   ID // the source
	InstanceName string
	SnapshotID   ID
	SnapshotAt   time.Time // when the snapshot was taken: timestamp of the API
	// SnapshotFinishedAt is when the snapshot was completed.
	SnapshotFinishedAt time.Time
	DeliveryType       DeliveryType
	// The target; zero for a download.
	TargetProjectID  ID
	TargetInstanceID ID
	TargetName       string
	// What a point in time was asked by; zero where not given.
	OplogTs               uint32
	OplogInc              uint32
	PointInTimeUTCSeconds uint32
	DesiredTimestamp      Timestamp
	Options               RestoreOptions
	UndoOf                ID // the job that this one takes back; "" for others

	State      JobState
	CreatedAt  time.Time
	StartedAt  time.Time // zero before
	FinishedAt time.Time // zero before
	// CutOverAt is when an attempt first began to change what the target has;
	// zero before. From then on the job cannot be cancelled.
	CutOverAt time.Time
	// SafetySnapshotID is the snapshot of the target that was taken before the
	// cut-over, from which it can be undone; "" for none. SafetyFailure says
	// why there is none where one was due.
	SafetySnapshotID ID
	SafetyFailure    string
	// ExpiresAt ends the life of a download link; zero for other jobs.
	ExpiresAt time.Time
	// DownloadToken is the secret part of the link; sealed where it is stored.
	DownloadToken string
	Downloads     int // how often the file was asked for
	// DownloadBytes is the length of the file; zero until it was made once.
	DownloadBytes int64
	FailCode      Code
	FailReason    string // for a person
	Progress      Progress
	Report        *RestoreReport
	// Cursor is where a next attempt goes on; opaque to all but restore.
	Cursor []byte
	Epoch  int // as in Snapshot
}

// StagePrefix begins the names of the collections that a restore loads beside
// the live ones; the job's ID follows. Snapshots leave them out, and a restore
// removes those of jobs that died.
const StagePrefix = "tidemark_restore_"

// RestoreReport is what a restore did and proved. It is kept with the job.
type RestoreReport struct {
	Collections []CollectionReport `json:"collections"`
	Dropped     []string           `json:"dropped,omitempty"` // namespaces the snapshot does not have
	Content     Content            `json:"content"`           // of all collections together
	Verified    bool               `json:"verified"`          // every collection read back equal
	// VerifySkipped says that nothing was read back because nobody asked for it.
	VerifySkipped bool     `json:"verifySkipped,omitempty"`
	Warnings      []string `json:"warnings,omitempty"`
	// TornTransactions is of a restore of a part, where the oplog tells; else nil.
	TornTransactions *TornTransactions `json:"tornTransactions,omitempty"`
	LoadSeconds      float64           `json:"loadSeconds"`
	IndexSeconds     float64           `json:"indexSeconds"`
	VerifySeconds    float64           `json:"verifySeconds"`
	CutOverSeconds   float64           `json:"cutOverSeconds"`
}

// TornTransactions counts transactions that wrote both to what a restore of a
// part brings and to what it leaves, by the names that collections had then, as
// far as the oplog was captured. Those that wrote to one side only come back
// whole, or are left whole.
type TornTransactions struct {
	// Brought committed after From, the snapshot that was gone on from, up to At,
	// the instant that came back. Of them the part in what was chosen is in the
	// target now. Elsewhere than on the source itself the rest is not.
	Brought int64 `json:"brought"`
	// Undone committed after At, up to Until. On the source itself their part in
	// what was chosen is gone, and the rest is still there.
	Undone int64     `json:"undone"`
	From   Timestamp `json:"from"`
	At     Timestamp `json:"at"`
	Until  Timestamp `json:"until"`
}

// CollectionReport is the part of one collection or view.
type CollectionReport struct {
	Namespace string         `json:"namespace"`
	From      string         `json:"from,omitempty"` // in the snapshot, where that differs
	Type      CollectionType `json:"type"`
	Indexes   int            `json:"indexes"`
	Expected  Content        `json:"expected"` // of the snapshot
	ReadBack  Content        `json:"readBack"` // of the target
}
