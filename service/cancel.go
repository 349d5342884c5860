package service

import (
	"context"

	"tidemark"
)

// CancelRestoreJob needs GROUP_OWNER, or GROUP_BACKUP_MANAGER for a dedicated
// instance. Whether it or the cut-over was first is decided by the transaction:
// an attempt notes CutOverAt in one of its own before it changes the target.
func (s *Service) CancelRestoreJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	var job *tidemark.RestoreJob
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if job, err = restoreJob(ctx, tx, c, projectID, name, kind, id); err != nil {
			return err
		}
		if job.State == tidemark.JobCancelled {
			return nil
		}
		if err := s.checkCancel(job); err != nil {
			return err
		}
		job.State, job.FinishedAt, job.DownloadToken = tidemark.JobCancelled, s.now(), ""
		if err := tidemark.EndRestoreJob(ctx, tx, job); err != nil {
			return err
		}
		return s.recordCancel(ctx, tx, c, job)
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// checkCancel says why a job cannot be cancelled any more. A download that is
// completed can, as long as its link works.
func (s *Service) checkCancel(job *tidemark.RestoreJob) error {
	switch {
	case job.DeliveryType == tidemark.DeliverDownload && job.State == tidemark.JobCompleted && job.ExpiresAt.After(s.now()):
		return nil
	case job.State.Finished():
		return cannotCancel(job, "is "+string(job.State)+" already", "")
	case !job.CutOverAt.IsZero():
		return cannotCancel(job, "is being put in place", "wait for its end; if it has a safety snapshot it can be undone then")
	}
	return nil
}

func cannotCancel(job *tidemark.RestoreJob, why, hint string) error {
	e := tidemark.Errorf(tidemark.CodeCannotCancel, "restore job %s %s", job.ID, why).WithParams(job.ID)
	if hint != "" {
		return e.WithHint("%s", hint)
	}
	return e
}
