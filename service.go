package tidemark

import (
	"context"
	"io"
	"time"
)

// Service is what a request means, once the wire is off it: who may, whether
// it makes sense, what is to be done. Its methods check the caller's roles
// first. atlas calls it; package service implements it.
type Service interface {
	Authenticator
	OrganizationService
	ProjectService
	InstanceService
	ClusterService
	SnapshotService
	RestoreService
	CloudBackupService
	HistoryService
	KeyService
	EventService
	NetworkService
}

// Authenticator turns credentials into callers.
type Authenticator interface {
	// APIKey returns the caller of a public key and its private key, for
	// digest authentication. CodeUnauthenticated for an unknown one.
	APIKey(ctx context.Context, publicKey string) (Caller, string, error)
	// IssueToken checks a service account's secret. CodeUnauthenticated if it is wrong.
	IssueToken(ctx context.Context, clientID, clientSecret string) (AccessToken, error)
	// RevokeToken takes a token of that service account back. A token that is
	// not known or not its own is left alone without an error (RFC 7009).
	RevokeToken(ctx context.Context, clientID, clientSecret, token string) error
	// Bearer returns the caller of an access token. CodeUnauthenticated if it
	// is malformed, expired or revoked, or its service account is gone.
	Bearer(ctx context.Context, token string) (Caller, error)
	// Admit notes a use of the caller's key from its RemoteAddr. It is
	// CodeAddressNotAllowed if the key's access list does not have the address.
	Admit(c Caller) error
}

// InstanceService is a part of Service.
type InstanceService interface {
	// ListInstances lists instances of one kind; "" is any.
	ListInstances(ctx context.Context, c Caller, projectID ID, kind InstanceKind, p Page) ([]*Instance, int, error)
	// GetInstance is CodeWrongInstanceKind for one of another kind; "" is any.
	GetInstance(ctx context.Context, c Caller, projectID ID, name string, kind InstanceKind) (*Instance, error)
	CreateInstance(ctx context.Context, c Caller, projectID ID, r NewInstance) (*Instance, error)
	UpdateInstance(ctx context.Context, c Caller, projectID ID, name string, r InstanceUpdate) (*Instance, error)
	DeleteInstance(ctx context.Context, c Caller, projectID ID, name string, kind InstanceKind) error
}

// NewInstance asks for an instance: an embedded server where URI is empty,
// else the registration of the deployment there.
type NewInstance struct {
	Name                  string
	Kind                  InstanceKind
	URI                   string
	BackingProvider       string
	Region                string
	TerminationProtection bool
	ContinuousBackup      bool
	Tags                  []Tag
	// Cluster is the rest of what a dedicated instance may be asked to be.
	Cluster *ClusterSpec
}

// InstanceUpdate changes what is not nil. Its kind must match the instance's.
type InstanceUpdate struct {
	Kind                  InstanceKind
	TerminationProtection *bool
	ContinuousBackup      *bool
	AutoIndexing          *bool
	Tags                  *[]Tag
	// Cluster changes what it gives of a dedicated instance. ClusterOf, where
	// there is one, returns that of the instance as it is: it is called in the
	// transaction, once the caller was found to be allowed the change.
	Cluster   *ClusterSpec
	ClusterOf func(now *Instance) (*ClusterSpec, error)
	// SnapshotInterval and SnapshotRetention are the schedule; an interval of
	// zero turns it off.
	SnapshotInterval  *time.Duration
	SnapshotRetention *time.Duration
}

// SnapshotService is a part of Service.
type SnapshotService interface {
	ListSnapshots(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, p Page) ([]*Snapshot, int, error)
	GetSnapshot(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, id ID) (*Snapshot, error)
	// TakeSnapshot takes one on demand. CodeSnapshotInProgress while another
	// of the instance is unfinished.
	TakeSnapshot(ctx context.Context, c Caller, projectID ID, instance string, r NewSnapshot) (*Snapshot, error)
	// DeleteSnapshot is CodeSnapshotIncomplete for one that is being taken and
	// CodeInstanceBusy for one that is being restored.
	DeleteSnapshot(ctx context.Context, c Caller, projectID ID, instance string, id ID) error
}

// NewSnapshot asks for a snapshot.
type NewSnapshot struct {
	Description string
	Retention   time.Duration // zero: the schedule's of the instance
}

// RestoreService is a part of Service.
type RestoreService interface {
	CreateRestoreJob(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, r NewRestoreJob) (*RestoreJob, error)
	ListRestoreJobs(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, p Page) ([]*RestoreJob, int, error)
	GetRestoreJob(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, id ID) (*RestoreJob, error)
	// PlanRestore says what the restore would do, by the same checks, and does
	// nothing. CodeUnsupportedDelivery for a download.
	PlanRestore(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, r NewRestoreJob) (*RestorePlan, error)
	// UndoRestoreJob starts a restore that brings the target of a job back to
	// what it was before the job's cut-over, from its safety snapshot.
	// CodeCannotUndo where there is none, CodeSnapshotGone once it has expired.
	UndoRestoreJob(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, id ID) (*RestoreJob, error)
	// CancelRestoreJob ends a job that has not begun to change its target, and
	// takes back the link of a download. CodeCannotCancel once the cut-over has
	// begun, or the job has ended otherwise; one that is cancelled already is
	// returned as it is.
	CancelRestoreJob(ctx context.Context, c Caller, projectID ID, instance string, kind InstanceKind, id ID) (*RestoreJob, error)
	// OpenDownload returns the file of a download job. The token stands for
	// all permission: no caller. CodeResourceNotFound unless the token is
	// right and the link has not expired; CodeAddressNotAllowed if the project
	// has an access list without the client's address.
	OpenDownload(ctx context.Context, token, remoteAddr string) (Download, error)
}

// NewRestoreJob asks for a restore.
type NewRestoreJob struct {
	DeliveryType          DeliveryType
	SnapshotID            ID
	TargetProjectID       ID
	TargetName            string
	OplogTs               uint32
	OplogInc              uint32
	PointInTimeUTCSeconds uint32
	Options               RestoreOptions
}

// Download is a file that is made while it is read.
type Download interface {
	// Name is the file's name, such as "shop-65f0….archive.gz".
	Name() string
	// Size is the whole length in bytes. It may have to make the file once to
	// know; known says whether it is at hand already.
	Size(ctx context.Context) (int64, error)
	Known() bool
	// WriteRange writes the bytes from, inclusive, to to, exclusive; to < 0
	// is the end. Every call writes the same bytes.
	WriteRange(ctx context.Context, w io.Writer, from, to int64) error
}
