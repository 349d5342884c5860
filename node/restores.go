package node

import (
	"context"
	"slices"
	"strings"

	"tidemark"
	"tidemark/capture"
	"tidemark/jobs"
	"tidemark/oplog"
	"tidemark/restore"
	"tidemark/vault"
)

// restorer implements jobs.Restorer and service.Planner.
type restorer struct{ node *Node }

// Restore brings a snapshot onto its target.
func (r restorer) Restore(ctx context.Context, req jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
	defer memory.enter()()
	target, err := r.node.deployments.get(ctx, req.Target)
	if err != nil {
		return nil, err
	}
	m, err := r.node.restorable(ctx, req.Manifest)
	if err != nil {
		return nil, err
	}
	return restore.Run(ctx, restore.Request{
		JobID: req.Job.ID, Manifest: m, Open: r.node.openRun, Merger: mergerOf(m), Target: target, Options: req.Job.Options,
		Cursor: req.Cursor, Save: req.Save, SaveEvery: req.SaveEvery, BeforeCutOver: req.BeforeCutOver,
		RetryFor: r.node.cfg.Deployment.RetryFor,
	})
}

// PlanRestore plans a restore without side effects.
func (r restorer) PlanRestore(ctx context.Context, job *tidemark.RestoreJob, snap *tidemark.Snapshot, target *tidemark.Instance) (tidemark.RestorePlan, error) {
	deployment, err := r.node.deployments.get(ctx, target)
	if err != nil {
		return tidemark.RestorePlan{}, err
	}
	m, err := r.node.restorable(ctx, snap.Manifest)
	if err != nil {
		return tidemark.RestorePlan{}, err
	}
	return restore.DryRun(ctx, restore.Request{Manifest: m, Target: deployment, Options: job.Options})
}

// Namespaces lists the collections and views of a snapshot.
func (r restorer) Namespaces(ctx context.Context, snap *tidemark.Snapshot) ([]string, error) {
	m, err := r.node.restorable(ctx, snap.Manifest)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range m.Collections {
		out = append(out, c.Namespace())
	}
	return out, nil
}

// Torn counts the transactions that a restore of a part tears.
func (r restorer) Torn(ctx context.Context, req jobs.TornRequest) (tidemark.TornTransactions, error) {
	torn, err := oplog.CountTorn(ctx, capture.Entries(ctx, r.node.vault, req.Slices, req.From, req.Until), req.From, req.At, req.Picks)
	torn.Until = req.Until
	return torn, err
}

// CuttingOver says of a cursor whether the target is no longer as it was.
func (r restorer) CuttingOver(cursor []byte) bool { return restore.CuttingOver(cursor) }

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

// restorable reads a manifest without what restores had staged at its instant.
// The snapshot itself has that: the next one is folded out of it and the
// renaming that follows.
func (n *Node) restorable(ctx context.Context, object string) (*vault.Manifest, error) {
	m, err := n.vault.ReadManifest(ctx, object)
	if err != nil {
		return nil, err
	}
	left := map[tidemark.UUID]bool{}
	m.Collections = slices.DeleteFunc(m.Collections, func(c vault.ManifestCollection) bool {
		if staged(c.Name) {
			left[c.UUID] = true
		}
		return staged(c.Name)
	})
	m.Runs = slices.DeleteFunc(m.Runs, func(r vault.ManifestRun) bool { return left[r.Collection] })
	return m, nil
}

func staged(name string) bool { return strings.HasPrefix(name, tidemark.StagePrefix) }
