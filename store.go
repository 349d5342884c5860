package tidemark

import (
	"context"
	"time"
)

// Page asks for a part of a list.
type Page struct {
	Number int // from 1
	Size   int // items a page, 1 to 500
	// Reversed asks for the list in the other direction than its own.
	Reversed bool
}

// Offset is how many items come before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Store keeps the metadata: everything but documents and secrets of the vault.
// A transaction is whole or nothing, and what Enqueue took in it runs only if
// it commits. fn must use its Tx alone: a call on the Store from within fn
// would wait for itself.
type Store interface {
	// View runs fn on one consistent state, without writing.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a writing transaction and commits if fn returns nil.
	Update(ctx context.Context, fn func(Tx) error) error
	Close() error
}

// Tx is a transaction. Reads of what is not there return the …NotFound code
// of its kind. Lists are ordered as their comments say, and return the total
// besides the page.
type Tx interface {
	Organizations
	Projects
	Instances
	Snapshots
	RestoreJobs
	Captures
	CloudBackups
	Keys
	Events
	Settings
	Networks
	// Enqueue hands a task to the jobs when the transaction commits.
	Enqueue(ctx context.Context, task Task) error
}

// TaskKind says what a task does.
type TaskKind string

// The kinds. A task's ID is that of the instance, snapshot, restore job or
// export job.
const (
	TaskProvision   TaskKind = "provision"   // start an embedded server, learn a deployment's version
	TaskDeprovision TaskKind = "deprovision" // delete an instance, its snapshots and its server
	TaskSnapshot    TaskKind = "snapshot"    // take a snapshot
	TaskRestore     TaskKind = "restore"     // run a restore job
	TaskForget      TaskKind = "forget"      // delete the objects of an expired or deleted snapshot
	TaskCapture     TaskKind = "capture"     // tail the oplog of an instance for a while
	TaskAbandon     TaskKind = "abandon"     // remove what a failed or cancelled restore job left on its target
	TaskExport      TaskKind = "export"      // run an export job
)

// Task is a piece of durable work.
type Task struct {
	Kind TaskKind
	ID   ID
}

// Organizations is a part of Tx.
type Organizations interface {
	CreateOrganization(ctx context.Context, o *Organization) error
	Organization(ctx context.Context, id ID) (*Organization, error)
	// Organizations lists by name; all of them where ids is nil, else those.
	Organizations(ctx context.Context, ids []ID, p Page) ([]*Organization, int, error)
	// UpdateOrganization writes the name.
	UpdateOrganization(ctx context.Context, o *Organization) error
	// DeleteOrganization is CodeOrgNotEmpty while it has projects or keys.
	DeleteOrganization(ctx context.Context, id ID) error
}

// Projects is a part of Tx.
type Projects interface {
	// CreateProject returns CodeDuplicateProject for a name that is taken.
	CreateProject(ctx context.Context, p *Project) error
	Project(ctx context.Context, id ID) (*Project, error)
	ProjectByName(ctx context.Context, name string) (*Project, error)
	// Projects lists by creation. orgIDs and ids widen each other: a project
	// is listed if its organization is in orgIDs or it is in ids.
	Projects(ctx context.Context, orgIDs, ids []ID, p Page) ([]*Project, int, error)
	// UpdateProject writes name and tags, with the errors of CreateProject.
	UpdateProject(ctx context.Context, p *Project) error
	DeleteProject(ctx context.Context, id ID) error
}

// Instances is a part of Tx.
type Instances interface {
	// CreateInstance returns CodeDuplicateInstance for a name that the project has.
	CreateInstance(ctx context.Context, i *Instance) error
	Instance(ctx context.Context, id ID) (*Instance, error)
	InstanceByName(ctx context.Context, projectID ID, name string) (*Instance, error)
	// Instances lists those of a project by creation; kind "" is any. It leaves
	// out those with DeletedAt set, which InstancesWithDeleted lists, too.
	Instances(ctx context.Context, projectID ID, kind InstanceKind, p Page) ([]*Instance, int, error)
	InstancesWithDeleted(ctx context.Context, projectID ID, kind InstanceKind, p Page) ([]*Instance, int, error)
	// EmbeddedInstances lists all embedded ones that are not being deleted.
	EmbeddedInstances(ctx context.Context) ([]*Instance, error)
	// DueInstances lists idle ones with NextSnapshotAt set and at or before t.
	DueInstances(ctx context.Context, t time.Time) ([]*Instance, error)
	UpdateInstance(ctx context.Context, i *Instance) error
	DeleteInstance(ctx context.Context, id ID) error
}

// Snapshots is a part of Tx.
type Snapshots interface {
	CreateSnapshot(ctx context.Context, s *Snapshot) error
	Snapshot(ctx context.Context, id ID) (*Snapshot, error)
	// Snapshots lists those of an instance, newest first.
	Snapshots(ctx context.Context, instanceID ID, p Page) ([]*Snapshot, int, error)
	// ExpiredSnapshots lists at most limit finished ones with ExpiresAt set and at or before t.
	ExpiredSnapshots(ctx context.Context, t time.Time, limit int) ([]*Snapshot, error)
	// UnfinishedSnapshots lists the queued and inProgress ones of an instance.
	UnfinishedSnapshots(ctx context.Context, instanceID ID) ([]*Snapshot, error)
	// BeginSnapshot starts an attempt: it adds one to Epoch, sets inProgress and
	// returns the row. A finished snapshot is CodeConflict.
	BeginSnapshot(ctx context.Context, id ID) (*Snapshot, error)
	// UpdateSnapshot writes s if the stored epoch is s.Epoch, else CodeConflict.
	UpdateSnapshot(ctx context.Context, s *Snapshot) error
	// SaveSnapshotProgress writes only that, under the same condition.
	SaveSnapshotProgress(ctx context.Context, id ID, epoch int, p Progress) error
	DeleteSnapshot(ctx context.Context, id ID) error
	// NoteSnapshotObject records the name of an object before an attempt at the
	// snapshot writes it, so that a later attempt can delete what a killed one
	// left in the vault.
	NoteSnapshotObject(ctx context.Context, id ID, object string) error
	// SnapshotObjects lists the noted names.
	SnapshotObjects(ctx context.Context, id ID) ([]string, error)
	// ForgetSnapshotObjects drops the notes.
	ForgetSnapshotObjects(ctx context.Context, id ID) error
}

// RestoreJobs is a part of Tx.
type RestoreJobs interface {
	CreateRestoreJob(ctx context.Context, j *RestoreJob) error
	RestoreJob(ctx context.Context, id ID) (*RestoreJob, error)
	// RestoreJobByToken returns the job whose DownloadToken is token;
	// CodeJobNotFound, without the token, if there is none.
	RestoreJobByToken(ctx context.Context, token string) (*RestoreJob, error)
	// RestoreJobs lists those whose source is the instance, newest first.
	RestoreJobs(ctx context.Context, instanceID ID, p Page) ([]*RestoreJob, int, error)
	// UnfinishedRestoresOnto lists the unfinished jobs whose target is the instance.
	UnfinishedRestoresOnto(ctx context.Context, instanceID ID) ([]*RestoreJob, error)
	// UnfinishedRestoresOf lists the unfinished jobs, and completed downloads
	// that have not expired by t, of a snapshot.
	UnfinishedRestoresOf(ctx context.Context, snapshotID ID, t time.Time) ([]*RestoreJob, error)
	// BeginRestoreJob starts an attempt: it adds one to Epoch, sets inProgress,
	// StartedAt if it is not set, and returns the row. A finished job is CodeConflict.
	BeginRestoreJob(ctx context.Context, id ID) (*RestoreJob, error)
	// UpdateRestoreJob writes j if the stored epoch is j.Epoch, else
	// CodeConflict; not Downloads and DownloadBytes, which do not go by epoch.
	UpdateRestoreJob(ctx context.Context, j *RestoreJob) error
	// SaveRestoreProgress writes only progress and cursor, under the same
	// condition, and only while the job is inProgress: else CodeConflict.
	SaveRestoreProgress(ctx context.Context, id ID, epoch int, p Progress, cursor []byte) error
	// CountDownload adds one to Downloads, whatever the epoch.
	CountDownload(ctx context.Context, id ID) error
	// SetDownloadBytes records the length of the file, whatever the epoch.
	SetDownloadBytes(ctx context.Context, id ID, n int64) error
}

// Captures is a part of Tx: how far the continuous capture of each instance has
// come, the slices of its oplog, and what runs its snapshots share.
type Captures interface {
	// CapturedInstances lists by creation those with ContinuousBackup that are
	// not being deleted.
	CapturedInstances(ctx context.Context) ([]*Instance, error)
	// Capture returns a fresh one where there is none yet.
	Capture(ctx context.Context, instanceID ID) (*Capture, error)
	// SaveCapture writes all of c, Position included: whoever saves what was
	// read in another transaction may put it back. CodeInstanceNotFound for an
	// instance that is not there.
	SaveCapture(ctx context.Context, c *Capture) error
	// AddSlice moves the capture's Position from s.After to s.Last and adds the
	// slice. CodeConflict if the Position is not s.After, since another tailer
	// was first, or is behind a slice that there is already; CodeInvalidData
	// unless After < First <= Last; CodeInstanceNotFound as above.
	AddSlice(ctx context.Context, s *Slice) error
	// Slices lists at most limit of an instance that have entries after the one
	// given and, unless upTo is zero, begin at or before upTo, by First. Slices
	// do not overlap.
	Slices(ctx context.Context, instanceID ID, after, upTo Timestamp, limit int) ([]*Slice, error)
	// ExpiredSlices lists at most limit whose Last is before the given, by Last.
	ExpiredSlices(ctx context.Context, instanceID ID, before Timestamp, limit int) ([]*Slice, error)
	// DeleteSlice removes a slice, if it is there. Its object has to go first:
	// nothing else remembers the name.
	DeleteSlice(ctx context.Context, id ID) error
	// SlicesTotal adds up all slices of an instance.
	SlicesTotal(ctx context.Context, instanceID ID) (count, entries, rawBytes, storedBytes int64, err error)

	// SnapshotAt returns the completed snapshot of the latest ClusterTime that
	// is known and at or before t. CodeSnapshotNotFound if there is none, as for
	// the next two.
	SnapshotAt(ctx context.Context, instanceID ID, t Timestamp) (*Snapshot, error)
	// LatestSnapshot returns the completed one that was created last.
	LatestSnapshot(ctx context.Context, instanceID ID) (*Snapshot, error)
	// OldestSnapshotSince returns the completed one of the earliest ClusterTime
	// that is known and at or after t.
	OldestSnapshotSince(ctx context.Context, instanceID ID, t Timestamp) (*Snapshot, error)

	// ReferRuns adds to the objects that a snapshot needs; one that it refers to
	// already is no error. CodeSnapshotNotFound for a snapshot that is not
	// there. CodeConflict, with the object as parameter, for one that all
	// snapshots which referred to it have released, since it is about to be
	// deleted; and for a snapshot whose own references are released.
	ReferRuns(ctx context.Context, snapshotID ID, objects []string) error
	// ReleaseRuns gives up a snapshot's references, also of one that has been
	// deleted, and lists in order those objects of it that no snapshot refers to
	// any more. Until ForgetObjects it does so again when called again, so that
	// a crash before their deletion loses none.
	ReleaseRuns(ctx context.Context, snapshotID ID) (unreferred []string, err error)
	// ForgetObjects drops the references that a snapshot released, once what
	// ReleaseRuns listed is deleted. CodeConflict if they are not released.
	ForgetObjects(ctx context.Context, snapshotID ID) error
}
