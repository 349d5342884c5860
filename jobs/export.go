package jobs

import (
	"context"

	"tidemark"
)

// exportTask writes a snapshot into an export bucket. An attempt begins anew:
// it writes over what one before it has left, and only the completion file,
// which comes last, says that an export is whole.
type exportTask struct{ *Jobs }

func (t *exportTask) run(ctx context.Context, id tidemark.ID) (attempt, error) {
	ctx, leave, ok := t.live.enter(ctx, id)
	if !ok {
		return attempt{}, &waitError{waitForOther}
	}
	defer leave()
	r, err := t.begin(ctx, id)
	if err != nil || r == nil {
		return attempt{}, err
	}
	a := attempt{epoch: r.Job.Epoch}
	var n int64
	if err := protect(func() (err error) {
		n, err = t.cfg.Exporter.Export(ctx, *r)
		return err
	}); err != nil {
		return a, err
	}
	return a, t.complete(ctx, r.Job, n)
}

// begin starts an attempt; nil if there is nothing to do any more.
func (t *exportTask) begin(ctx context.Context, id tidemark.ID) (*ExportRequest, error) {
	r := &ExportRequest{}
	err := t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.ExportJob(ctx, id)
		if tidemark.ErrorCode(err) == tidemark.CodeExportNotFound || err == nil && job.State.Finished() {
			r = nil
			return nil
		}
		if err != nil {
			return err
		}
		if r.Snapshot, err = tx.Snapshot(ctx, job.SnapshotID); err != nil {
			return err
		}
		if r.Bucket, err = tx.ExportBucket(ctx, job.BucketID); err != nil {
			return err
		}
		r.Job, err = tx.BeginExportJob(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (t *exportTask) complete(ctx context.Context, job *tidemark.ExportJob, n int64) error {
	ctx, cancel := forOutcome(ctx)
	defer cancel()
	job.State, job.FinishedAt = tidemark.ExportSuccessful, t.now()
	job.Exported, job.Bytes = job.Collections, n
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.UpdateExportJob(ctx, job); err != nil {
			return stale(err)
		}
		return t.recordExport(ctx, tx, job, tidemark.EventCPSExportSuccessful)
	})
}

// fail writes that the export failed.
func (t *exportTask) fail(ctx context.Context, id tidemark.ID, a attempt, why error) error {
	return t.cfg.Store.Update(ctx, func(tx tidemark.Tx) error {
		job, err := tx.ExportJob(ctx, id)
		if err != nil {
			return stale(err)
		}
		if job.State.Finished() || a.epoch != 0 && a.epoch != job.Epoch {
			return nil
		}
		job.State, job.FinishedAt = tidemark.ExportFailed, t.now()
		job.FailCode, job.FailReason = tidemark.ErrorCode(why), reason(why)
		if err := tx.UpdateExportJob(ctx, job); err != nil {
			return stale(err)
		}
		return t.recordExport(ctx, tx, job, tidemark.EventCPSExportFailed)
	})
}

func (t *exportTask) recordExport(ctx context.Context, tx tidemark.Tx, job *tidemark.ExportJob, of tidemark.EventType) error {
	e := tidemark.Event{
		Type: of, ProjectID: job.ProjectID, InstanceName: job.InstanceName, SnapshotID: job.SnapshotID, JobID: job.ID,
		Details: map[string]string{"bucketName": job.BucketName, "prefix": job.Prefix},
	}
	if job.FailCode != "" {
		e.Details["reason"] = string(job.FailCode)
	}
	return t.record(ctx, tx, e)
}
