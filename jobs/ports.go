package jobs

import (
	"context"

	"tidemark"
)

// Provisioner runs the embedded servers. Calls for one instance never overlap.
type Provisioner interface {
	// Provision starts the server of an instance, or finds it running, and
	// returns its connection string and version.
	Provision(ctx context.Context, i *tidemark.Instance) (uri, version string, err error)
	// Deprovision stops the server and deletes its data. One that is not there
	// is no error.
	Deprovision(ctx context.Context, i *tidemark.Instance) error
}

// Capturer takes snapshots. When its context ends it returns soon, with an
// error, and writes nothing more.
type Capturer interface {
	Capture(ctx context.Context, r CaptureRequest) (CaptureResult, error)
	// Discard deletes objects by name. Those that are not there are no error.
	Discard(ctx context.Context, objects []string) error
	// Forget deletes what only this manifest refers to, and the manifest. One
	// that is not there is no error.
	Forget(ctx context.Context, manifest string) error
}

// CaptureRequest asks for a snapshot. Note and Progress may be called from
// many goroutines.
type CaptureRequest struct {
	Instance *tidemark.Instance
	Snapshot *tidemark.Snapshot
	// Note records the name of an object; it is called before the object is
	// written, which must not happen if it fails.
	Note func(ctx context.Context, object string) error
	// Progress may be called as often as it likes; it does not block.
	Progress func(p tidemark.Progress)
}

// CaptureResult describes a complete snapshot.
type CaptureResult struct {
	Manifest     string
	Content      tidemark.Content
	Collections  int
	StorageBytes int64
	ClusterTime  tidemark.Timestamp
	Version      string // of the deployment
}

// Restorer runs restores. When its context ends it returns soon, with an error.
type Restorer interface {
	// Restore brings the snapshot into the target, from the cursor on. With an
	// error it may return what it has of the report.
	Restore(ctx context.Context, r RestoreRequest) (*tidemark.RestoreReport, error)
	// Check reads the manifest of a snapshot that is to be downloaded.
	Check(ctx context.Context, s *tidemark.Snapshot) error
	// Abandon removes what attempts at a job that has failed for good have left
	// on its target. There may be nothing.
	Abandon(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error
}

// RestoreRequest asks for a restore.
type RestoreRequest struct {
	Job      *tidemark.RestoreJob
	Snapshot *tidemark.Snapshot
	Target   *tidemark.Instance
	Cursor   []byte // what an attempt before saved last; nil for none
	// Save keeps progress and cursor. It may be called from many goroutines
	// and as often as it likes: with the cursor of the last call it writes at
	// most once per ProgressInterval. After an error the restore must stop:
	// another attempt may be running.
	Save func(ctx context.Context, p tidemark.Progress, cursor []byte) error
}
