package export

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// Request asks for an export.
type Request struct {
	Job          *tidemark.ExportJob
	Organization *tidemark.Organization
	Project      *tidemark.Project
	Instance     *tidemark.Instance
	SnapshotAt   time.Time
	Archive      tidemark.Download
}

// completion is the file .complete. Its attributes are Atlas's, but for what
// tells the archive.
type completion struct {
	OrgID                  tidemark.ID    `json:"orgId"`
	OrgName                string         `json:"orgName"`
	GroupID                tidemark.ID    `json:"groupId"`
	GroupName              string         `json:"groupName"`
	ClusterUniqueID        tidemark.ID    `json:"clusterUniqueId"`
	ClusterName            string         `json:"clusterName"`
	SnapshotID             tidemark.ID    `json:"snapshotId"`
	SnapshotInitiationDate time.Time      `json:"snapshotInitiationDate"`
	TotalFiles             int            `json:"totalFiles"`
	Archive                string         `json:"archive"`
	ArchiveBytes           int64          `json:"archiveBytes"`
	Labels                 []tidemark.Tag `json:"labels"`
	CustomData             []tidemark.Tag `json:"customData"`
}

// Run writes an export and returns the bytes of its archive.
func Run(ctx context.Context, s Storage, r Request) (int64, error) {
	bucket, prefix := r.Job.BucketName, r.Job.Prefix
	if err := s.Put(ctx, bucket, "exported_snapshots/.permissioncheck", bytes.NewReader(nil)); err != nil {
		return 0, err
	}
	name := r.Archive.Name()
	n, err := stream(ctx, s, bucket, prefix+"/"+name, r.Archive)
	if err != nil {
		return 0, err
	}
	done, err := json.MarshalIndent(completion{
		OrgID: r.Organization.ID, OrgName: r.Organization.Name, GroupID: r.Project.ID, GroupName: r.Project.Name,
		ClusterUniqueID: r.Instance.ID, ClusterName: r.Instance.Name,
		SnapshotID: r.Job.SnapshotID, SnapshotInitiationDate: r.SnapshotAt.UTC(),
		TotalFiles: 1, Archive: name, ArchiveBytes: n,
		Labels: append([]tidemark.Tag{}, r.Instance.Tags...), CustomData: append([]tidemark.Tag{}, r.Job.CustomData...),
	}, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("encode the completion file: %w", err)
	}
	return n, s.Put(ctx, bucket, prefix+"/.complete", bytes.NewReader(done))
}

// stream sends an archive while it is made.
func stream(ctx context.Context, s Storage, bucket, name string, d tidemark.Download) (int64, error) {
	out, in := io.Pipe()
	count := &counter{w: in}
	making, stop := context.WithCancel(ctx)
	defer stop()
	var maker errgroup.Group
	maker.Go(func() error {
		err := d.WriteRange(making, count, 0, -1)
		_ = in.CloseWithError(err) // it never fails; nil is the end of the file
		return err
	})
	err := s.Put(ctx, bucket, name, out)
	stop()
	_ = out.CloseWithError(errEnded) // it never fails
	if made := maker.Wait(); err == nil {
		err = made
	}
	return count.n, err
}

// errEnded ends the making of an archive that nobody takes any more.
var errEnded = fmt.Errorf("the storage has ended the export: %w", io.ErrClosedPipe)

// counter counts the bytes that were taken.
type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
