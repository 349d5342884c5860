package jobs

import (
	"context"
	"time"

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
	// Capture reads the whole deployment.
	Capture(ctx context.Context, r CaptureRequest) (CaptureResult, error)
	// Advance makes a snapshot of one before and the oplog since. It reads the
	// vault only.
	Advance(ctx context.Context, r AdvanceRequest) (CaptureResult, error)
	// Discard deletes objects by name. Those that are not there are no error.
	Discard(ctx context.Context, objects []string) error
}

// Tailer follows the oplogs of deployments. When its context ends it returns
// soon, with an error.
type Tailer interface {
	// OplogWindow is the first and the last entry that the deployment has, the
	// last as a majority has it. CodeNoOplog where it has none.
	OplogWindow(ctx context.Context, i *tidemark.Instance) (first, last tidemark.Timestamp, err error)
	// Tail follows the oplog for a while and keeps it in slices. It returns the
	// last entry that is kept, with an error too. CodeOplogGap if the deployment
	// no longer has what comes next.
	Tail(ctx context.Context, r TailRequest) (tidemark.Timestamp, error)
}

// TailRequest asks for an oplog to be followed.
type TailRequest struct {
	Instance *tidemark.Instance
	After    tidemark.Timestamp // the last entry that is in a slice
	For      time.Duration
	// Note records the name of a slice's object before it is written, which
	// must not happen if it fails.
	Note func(ctx context.Context, object string) error
	// Keep records a slice whose object is written.
	Keep func(ctx context.Context, s *tidemark.Slice) error
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

// AdvanceRequest asks for a snapshot out of another and the slices since. Note
// and Progress are as in CaptureRequest.
type AdvanceRequest struct {
	// ID is that of the snapshot, or of the restore job that the result is for.
	ID       tidemark.ID
	Instance tidemark.ID
	Base     string // the manifest to go on from
	// After is the last entry that is in the base as a whole.
	After tidemark.Timestamp
	// Slices hold all entries after After up to To, in order.
	Slices []*tidemark.Slice
	To     tidemark.Timestamp // inclusive
	// TornUntil is the last entry that may be in a base that was read while
	// writers worked; zero for one that is of one instant.
	TornUntil tidemark.Timestamp
	// Once says that what is made is restored once: it is not worth compacting.
	Once     bool
	Note     func(ctx context.Context, object string) error
	Progress func(p tidemark.Progress)
}

// CaptureResult describes a complete snapshot.
type CaptureResult struct {
	Manifest    string
	Runs        []string // the objects that the manifest lists
	Content     tidemark.Content
	Collections int
	// StorageBytes is what the snapshot added to the vault: all runs of one
	// that was read in full, the new ones of one that was advanced. So what
	// the snapshots of an instance say adds up to what they take together.
	StorageBytes int64
	ClusterTime  tidemark.Timestamp
	Version      string // of the deployment
}

// Restorer runs restores. When its context ends it returns soon, with an error.
type Restorer interface {
	// Restore brings the snapshot into the target, from the cursor on. With an
	// error it may return what it has of the report.
	Restore(ctx context.Context, r RestoreRequest) (*tidemark.RestoreReport, error)
	// CuttingOver says of a cursor whether the attempt that saves it is about to
	// change what the target has, or has begun to. A restore saves such a cursor
	// before its first change; if Save refuses it there must be none.
	CuttingOver(cursor []byte) bool
	// Torn counts the transactions that a restore of a part tears.
	Torn(ctx context.Context, r TornRequest) (tidemark.TornTransactions, error)
	// Check reads the manifest of a snapshot that is to be downloaded.
	Check(ctx context.Context, s *tidemark.Snapshot) error
	// Abandon removes what attempts at a job that has failed for good, or was
	// cancelled, have left on its target. There may be nothing.
	Abandon(ctx context.Context, j *tidemark.RestoreJob, target *tidemark.Instance) error
}

// RestoreRequest asks for a restore.
type RestoreRequest struct {
	Job      *tidemark.RestoreJob
	Snapshot *tidemark.Snapshot
	Target   *tidemark.Instance
	// Manifest is what to restore: the snapshot's, or for a point in time that
	// of what it was advanced to.
	Manifest string
	Cursor   []byte // what an attempt before saved last; nil for none
	// Save keeps progress and cursor. It may be called from many goroutines
	// and as often as it likes: with the cursor of the last call it writes at
	// most once per ProgressInterval. After an error the restore must stop:
	// another attempt may be running.
	Save func(ctx context.Context, p tidemark.Progress, cursor []byte) error
	// SaveEvery is how often progress is worth saving.
	SaveEvery time.Duration
	// BeforeCutOver must be called when all is loaded, before a cursor is saved
	// by which the cut-over has begun. After an error the target must be left as
	// it is. It may take long, since it may take a snapshot of the target.
	BeforeCutOver func(ctx context.Context) error
}

// Exporter writes snapshots to object storage. When its context ends it
// returns soon, with an error.
type Exporter interface {
	// Export writes a snapshot below the prefix of the job, over what is there,
	// and returns the bytes of its archive. CodeExportUnreachable where trying
	// again may help.
	Export(ctx context.Context, r ExportRequest) (int64, error)
}

// ExportRequest asks for an export.
type ExportRequest struct {
	Job      *tidemark.ExportJob
	Bucket   *tidemark.ExportBucket
	Snapshot *tidemark.Snapshot
}
