package node

import (
	"context"

	"tidemark"
	"tidemark/export"
	"tidemark/jobs"
	"tidemark/restore"
)

// openExports opens the object storage that exports go to.
func (n *Node) openExports(context.Context) (err error) {
	if n.exports, err = export.Open(n.cfg.ExportStorage); err != nil {
		return err
	}
	n.onClose(func(context.Context) error { return n.exports.Close() })
	return nil
}

// exporter implements jobs.Exporter.
type exporter struct{ node *Node }

// Export writes the archive of a snapshot to the object storage.
func (e exporter) Export(ctx context.Context, req jobs.ExportRequest) (int64, error) {
	defer memory.enter()()
	r := export.Request{Job: req.Job, SnapshotAt: req.Snapshot.CreatedAt}
	err := e.node.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if r.Instance, err = tx.Instance(ctx, req.Job.InstanceID); err != nil {
			return err
		}
		if r.Project, err = tx.Project(ctx, r.Instance.ProjectID); err != nil {
			return err
		}
		r.Organization, err = tx.Organization(ctx, r.Project.OrgID)
		return err
	})
	if err != nil {
		return 0, err
	}
	m, err := e.node.vault.ReadManifest(ctx, req.Snapshot.Manifest)
	if err != nil {
		return 0, err
	}
	r.Archive = restore.NewArchive(req.Job.InstanceName, m, e.node.openRun, mergerOf(m), 0, nil)
	return export.Run(ctx, e.node.exports, r)
}

var _ jobs.Exporter = exporter{}
