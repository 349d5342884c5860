package node

import (
	"context"
	"slices"
	"time"

	"tidemark"
	"tidemark/capture"
	"tidemark/jobs"
	"tidemark/oplog"
	"tidemark/restore"
	"tidemark/run"
	"tidemark/vault"
)

// openRun opens a run of the vault.
func (n *Node) openRun(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return n.vault.Open(ctx, ref.Object)
}

// mergerOf makes mergers for the runs of a manifest, that name its collections.
func mergerOf(m *vault.Manifest) func() run.Merger {
	catalogue := m.Catalogue()
	return func() run.Merger { return oplog.NewMerger(catalogue) }
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
	out := described(m, object)
	for _, r := range m.Runs {
		out.StorageBytes += r.StoredBytes
	}
	return out, nil
}

// described is what the jobs keep of a manifest, its size aside.
func described(m *vault.Manifest, object string) jobs.CaptureResult {
	out := jobs.CaptureResult{
		Manifest: object, ClusterTime: m.ClusterTime, Version: m.Server.Version,
	}
	for _, coll := range m.Collections {
		if staged(coll.Name) {
			continue
		}
		out.Content.Merge(coll.Content)
		if coll.HasDocuments() {
			out.Collections++
		}
	}
	for _, r := range m.Runs {
		out.Runs = append(out.Runs, r.Object)
	}
	if m.Transactions != "" {
		out.Runs = append(out.Runs, m.Transactions)
	}
	return out
}

// Advance makes a snapshot, or what a point in time is restored from, of a
// snapshot before and the oplog since.
func (c capturer) Advance(ctx context.Context, req jobs.AdvanceRequest) (jobs.CaptureResult, error) {
	defer memory.enter()()
	v := c.node.vault
	base, err := v.ReadManifest(ctx, req.Base)
	if err != nil {
		return jobs.CaptureResult{}, err
	}
	base.ClusterTime = req.After // of a torn base, the entry before its reading
	began := time.Now().UTC()
	req.Progress(tidemark.Progress{Phase: "folding", TotalDocuments: -1, TotalBytes: -1, StartedAt: began, UpdatedAt: began})
	m, object, added, err := capture.Advance(ctx, capture.AdvanceRequest{
		SnapshotID: req.ID, InstanceID: req.Instance, Base: base,
		Entries: capture.Entries(ctx, v, req.Slices, req.After, req.To),
		To:      req.To, TornUntil: req.TornUntil, Vault: v, Note: req.Note, Once: req.Once,
	})
	if err != nil {
		return jobs.CaptureResult{}, err
	}
	out := described(m, object)
	// What a mended snapshot took over from its torn base is its own, too.
	for _, r := range m.Runs {
		if !req.TornUntil.IsZero() || slices.Contains(added, r.Object) {
			out.StorageBytes += r.StoredBytes
		}
	}
	whole := out.Content
	req.Progress(tidemark.Progress{
		Phase: "folding", Percent: 100, Documents: whole.Documents, TotalDocuments: whole.Documents,
		Bytes: whole.Bytes, TotalBytes: whole.Bytes, StartedAt: began, UpdatedAt: time.Now().UTC(),
	})
	return out, nil
}

// Discard deletes objects of the vault.
func (c capturer) Discard(ctx context.Context, objects []string) error {
	return capture.Discard(ctx, c.node.vault, objects)
}

// tailer implements jobs.Tailer.
type tailer struct{ node *Node }

// OplogWindow asks the deployment of an instance how far its oplog reaches.
func (t tailer) OplogWindow(ctx context.Context, i *tidemark.Instance) (first, last tidemark.Timestamp, err error) {
	source, err := t.node.oplogSource(ctx, i)
	if err != nil {
		return first, last, err
	}
	return source.OplogWindow(ctx)
}

// Tail follows the oplog of an instance into slices.
func (t tailer) Tail(ctx context.Context, req jobs.TailRequest) (tidemark.Timestamp, error) {
	source, err := t.node.oplogSource(ctx, req.Instance)
	if err != nil {
		return req.After, err
	}
	return capture.Tail(ctx, capture.TailRequest{
		InstanceID: req.Instance.ID, Source: source, Vault: t.node.vault,
		After: req.After, Note: req.Note, Keep: req.Keep, For: req.For,
	})
}

// OpenDownload implements service.Downloads.
func (n *Node) OpenDownload(ctx context.Context, job *tidemark.RestoreJob, snap *tidemark.Snapshot) (tidemark.Download, error) {
	m, err := n.restorable(ctx, snap.Manifest)
	if err != nil {
		return nil, err
	}
	return restore.NewArchive(snap.InstanceName, m, n.openRun, mergerOf(m), job.DownloadBytes, n.learned(job.ID)), nil
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
	_ jobs.Tailer      = tailer{}
	_ run.OpenFunc     = (*Node)(nil).openRun
)
