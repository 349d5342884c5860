package node

import (
	"context"

	"tidemark"
	"tidemark/capture"
	"tidemark/jobs"
	"tidemark/restore"
	"tidemark/run"
)

// openRun opens a run of the vault.
func (n *Node) openRun(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return n.vault.Open(ctx, ref.Object)
}

// capturer implements jobs.Capturer.
type capturer struct{ node *Node }

// Capture takes a snapshot of an instance into the vault.
func (c capturer) Capture(ctx context.Context, req jobs.CaptureRequest) (jobs.CaptureResult, error) {
	defer memory.enter()()
	source, err := c.node.deployments.get(ctx, req.Instance)
	if err != nil {
		return jobs.CaptureResult{}, err
	}
	m, object, err := capture.Take(ctx, capture.Request{
		SnapshotID: req.Snapshot.ID, InstanceID: req.Instance.ID, Source: source, Vault: c.node.vault,
		Note: req.Note, Progress: req.Progress,
	})
	if err != nil {
		return jobs.CaptureResult{}, err
	}
	out := jobs.CaptureResult{
		Manifest: object, ClusterTime: m.ClusterTime, Version: m.Server.Version,
	}
	for _, coll := range m.Collections {
		out.Content.Merge(coll.Content)
		if coll.HasDocuments() {
			out.Collections++
		}
	}
	for _, r := range m.Runs {
		out.StorageBytes += r.StoredBytes
	}
	return out, nil
}

// Discard deletes what a dead attempt left in the vault.
func (c capturer) Discard(ctx context.Context, objects []string) error {
	return capture.Discard(ctx, c.node.vault, objects)
}

// Forget deletes the runs of a snapshot and its manifest.
func (c capturer) Forget(ctx context.Context, manifest string) error {
	return c.node.vault.DeleteSnapshot(ctx, manifest)
}

// restorer implements jobs.Restorer.
type restorer struct{ node *Node }

// Restore brings a snapshot onto its target.
func (r restorer) Restore(ctx context.Context, req jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
	defer memory.enter()()
	target, err := r.node.deployments.get(ctx, req.Target)
	if err != nil {
		return nil, err
	}
	m, err := r.node.vault.ReadManifest(ctx, req.Snapshot.Manifest)
	if err != nil {
		return nil, err
	}
	return restore.Run(ctx, restore.Request{
		JobID: req.Job.ID, Manifest: m, Open: r.node.openRun, Target: target, Cursor: req.Cursor, Save: req.Save,
	})
}

// Abandon removes what a restore that will not go on has staged.
func (r restorer) Abandon(ctx context.Context, job *tidemark.RestoreJob, target *tidemark.Instance) error {
	deployment, err := r.node.deployments.get(ctx, target)
	if err != nil {
		return err
	}
	return restore.Abandon(ctx, deployment, job.ID)
}

// Check reads the manifest of a snapshot that is to be downloaded.
func (r restorer) Check(ctx context.Context, snap *tidemark.Snapshot) error {
	_, err := r.node.vault.ReadManifest(ctx, snap.Manifest)
	return err
}

// OpenDownload implements service.Downloads.
func (n *Node) OpenDownload(ctx context.Context, job *tidemark.RestoreJob, snap *tidemark.Snapshot) (tidemark.Download, error) {
	m, err := n.vault.ReadManifest(ctx, snap.Manifest)
	if err != nil {
		return nil, err
	}
	return restore.NewArchive(snap.InstanceName, m, n.openRun, job.DownloadBytes, n.learned(job.ID)), nil
}

// learned keeps the length of a download, so that it need not be found again.
func (n *Node) learned(job tidemark.ID) func(context.Context, int64) {
	return func(ctx context.Context, size int64) {
		err := n.store.Update(ctx, func(tx tidemark.Tx) error { return tx.SetDownloadBytes(ctx, job, size) })
		if err != nil {
			n.log.Warn("the length of a download could not be kept", "job", job, "error", err)
		}
	}
}

var (
	_ jobs.Provisioner = provisioner{}
	_ jobs.Capturer    = capturer{}
	_ jobs.Restorer    = restorer{}
	_ run.OpenFunc     = (*Node)(nil).openRun
)
