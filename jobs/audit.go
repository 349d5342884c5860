package jobs

import (
	"context"

	"tidemark"
)

// record appends an event that nobody asked for to the audit log, in the
// transaction of the change that it tells of.
func (j *Jobs) record(ctx context.Context, tx tidemark.Tx, e tidemark.Event) error {
	e.ID, e.CreatedAt = tidemark.NewID(), j.now()
	return tx.AddEvent(ctx, &e)
}

// recordSnapshot appends an event about a snapshot; of says which of the types
// for the kind of its instance.
func (j *Jobs) recordSnapshot(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot, of func(tidemark.InstanceEvents) tidemark.EventType, why string) error {
	i, err := tx.Instance(ctx, s.InstanceID)
	if err != nil {
		return err
	}
	e := tidemark.Event{Type: of(tidemark.EventsOf(i.Kind)), ProjectID: s.ProjectID, InstanceName: s.InstanceName, SnapshotID: s.ID}
	if why != "" {
		e.Details = map[string]string{"reason": why}
	}
	return j.record(ctx, tx, e)
}

// What became of a snapshot.
func started(e tidemark.InstanceEvents) tidemark.EventType   { return e.SnapshotStarted }
func completed(e tidemark.InstanceEvents) tidemark.EventType { return e.SnapshotCompleted }
func notTaken(e tidemark.InstanceEvents) tidemark.EventType  { return e.SnapshotFailed }
func deleted(e tidemark.InstanceEvents) tidemark.EventType   { return e.SnapshotDeleted }

// retire takes a snapshot from every reader and tells why.
func (j *Jobs) retire(ctx context.Context, tx tidemark.Tx, s *tidemark.Snapshot, why string) error {
	if err := tidemark.RetireSnapshot(ctx, tx, s); err != nil {
		return err
	}
	return j.recordSnapshot(ctx, tx, s, deleted, why)
}

// recordRestore tells how a restore job ended. That the file of a download can
// be made changes nothing, so it is not told.
func (j *Jobs) recordRestore(ctx context.Context, tx tidemark.Tx, job *tidemark.RestoreJob) error {
	i, err := tx.Instance(ctx, job.InstanceID)
	if err != nil {
		return err
	}
	t := tidemark.EventsOf(i.Kind).RestoreCompleted
	switch {
	case job.DeliveryType == tidemark.DeliverDownload && job.State == tidemark.JobCompleted:
		return nil
	case job.DeliveryType == tidemark.DeliverDownload:
		t = tidemark.EventDownloadFailed
	case job.State == tidemark.JobFailed:
		t = tidemark.EventsOf(i.Kind).RestoreFailed
	}
	for _, e := range tidemark.RestoreEvents(t, job) {
		if job.FailCode != "" {
			e.Details["reason"] = string(job.FailCode)
		}
		err := j.record(ctx, tx, e)
		if err != nil && tidemark.ErrorCode(err) != tidemark.CodeProjectNotFound { // gone: nobody is left to be told
			return err
		}
	}
	return nil
}
