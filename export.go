package tidemark

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// ExportBucket is where snapshots of a project may be exported to. Which
// storage service has the bucket, and with what credentials, is set where the
// service runs, not here.
type ExportBucket struct {
	ID            ID
	ProjectID     ID
	BucketName    string
	CloudProvider string // AWS or AZURE
	RoleID        ID     // iamRoleId or roleId, echoed
	ServiceURL    string // of AZURE, echoed
	TenantID      string // of AZURE, echoed
	CreatedAt     time.Time
}

// ExportState is the state of an export job in the API's words.
type ExportState string

// The states: Queued, InProgress, then one of the others.
const (
	ExportQueued     ExportState = "Queued"
	ExportInProgress ExportState = "InProgress"
	ExportSuccessful ExportState = "Successful"
	ExportFailed     ExportState = "Failed"
	ExportCancelled  ExportState = "Cancelled"
)

// Finished says whether the state is final.
func (s ExportState) Finished() bool {
	return s == ExportSuccessful || s == ExportFailed || s == ExportCancelled
}

// ExportJob writes a snapshot into an export bucket, as a gzipped mongodump
// archive.
type ExportJob struct {
	ID           ID
	ProjectID    ID
	InstanceID   ID
	InstanceName string
	SnapshotID   ID
	BucketID     ID
	// BucketName is kept beside the ID, for the bucket may be deleted meanwhile.
	BucketName string
	CustomData []Tag // into the completion file
	// Prefix of the names of all objects, without a slash at the end.
	Prefix      string
	State       ExportState
	CreatedAt   time.Time
	FinishedAt  time.Time // zero before
	Collections int       // that the snapshot has
	Exported    int       // of them, those that are written
	Bytes       int64     // of the archive; zero before it is written
	FailCode    Code
	FailReason  string // for a person
	Epoch       int    // as in Snapshot
}

// EnqueueExport makes an export job of a completed snapshot and enqueues it.
// The names of its objects begin as Atlas's do: with organization, project and
// instance, when the snapshot was taken, and when it was exported.
func EnqueueExport(ctx context.Context, tx Tx, i *Instance, s *Snapshot, b *ExportBucket, data []Tag, now time.Time) (*ExportJob, error) {
	prefix, err := exportPrefix(ctx, tx, i, s, now)
	if err != nil {
		return nil, err
	}
	j := &ExportJob{
		ID: NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name, SnapshotID: s.ID,
		BucketID: b.ID, BucketName: b.BucketName, CustomData: data, Prefix: prefix,
		State: ExportQueued, CreatedAt: now, Collections: s.Collections,
	}
	if err := tx.CreateExportJob(ctx, j); err != nil {
		return nil, err
	}
	return j, tx.Enqueue(ctx, Task{Kind: TaskExport, ID: j.ID})
}

func exportPrefix(ctx context.Context, tx Tx, i *Instance, s *Snapshot, now time.Time) (string, error) {
	p, err := tx.Project(ctx, i.ProjectID)
	if err != nil {
		return "", err
	}
	org, project := string(p.OrgID), string(p.ID)
	schedule, err := ScheduleOf(ctx, tx, i)
	if err != nil {
		return "", err
	}
	if schedule != nil && schedule.NamesInExports {
		o, err := tx.Organization(ctx, p.OrgID)
		if err != nil {
			return "", err
		}
		org, project = pathName(o.Name, org), pathName(p.Name, project)
	}
	return fmt.Sprintf("exported_snapshots/%s/%s/%s/%s/%d", org, project, i.Name, s.CreatedAt.UTC().Format("2006-01-02T1504"), now.Unix()), nil
}

// pathName is a name as Atlas has it in the paths of exports: with underscores
// for spaces, and without what object names should not have. otherwise is for
// a name of which nothing is left.
func pathName(name, otherwise string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '_'
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_", r):
			return r
		}
		return -1
	}, name)
	if name == "" {
		return otherwise
	}
	return name
}
