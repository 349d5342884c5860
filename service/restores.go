package service

import (
	"context"
	"time"

	"tidemark"
)

// tokenBytes is the length of the secret in a download link: 256 bits.
const tokenBytes = 32

// CreateRestoreJob needs GROUP_OWNER on the source and on the target, or, from
// a dedicated instance within its project, GROUP_BACKUP_MANAGER.
func (s *Service) CreateRestoreJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, r tidemark.NewRestoreJob) (*tidemark.RestoreJob, error) {
	var job *tidemark.RestoreJob
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		a, err := s.askRestore(ctx, tx, c, projectID, name, kind, r)
		if err != nil {
			return err
		}
		job = a.job
		return s.enqueueRestore(ctx, tx, c, a)
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// askedRestore is a restore that may be made.
type askedRestore struct {
	job      *tidemark.RestoreJob // not stored yet
	source   *tidemark.Instance
	snapshot *tidemark.Snapshot
	target   *tidemark.Instance // nil for a download
}

// enqueueRestore stores the job and has it run.
func (s *Service) enqueueRestore(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, a *askedRestore) error {
	if err := tx.CreateRestoreJob(ctx, a.job); err != nil {
		return err
	}
	if err := s.recordRestore(ctx, tx, c, a.source, a.job); err != nil {
		return err
	}
	return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskRestore, ID: a.job.ID})
}

// askRestore checks the request and what it names, and makes the job of it.
func (s *Service) askRestore(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, r tidemark.NewRestoreJob) (*askedRestore, error) {
	source, err := restoreSource(ctx, tx, c, projectID, name, kind)
	if err != nil {
		return nil, err
	}
	if err := checkNewRestoreJob(r); err != nil {
		return nil, err
	}
	if err := checkAlive(source); err != nil {
		return nil, err
	}
	a := &askedRestore{source: source, job: &tidemark.RestoreJob{
		ID:           tidemark.NewID(),
		ProjectID:    source.ProjectID,
		InstanceID:   source.ID,
		InstanceName: source.Name,
		DeliveryType: r.DeliveryType,
		Options:      r.Options,
		State:        tidemark.JobQueued,
		CreatedAt:    s.now(),
	}}
	job := a.job
	if r.DeliveryType != tidemark.DeliverDownload {
		if a.target, err = restoreTarget(ctx, tx, c, source, r); err != nil {
			return nil, err
		}
		job.TargetProjectID, job.TargetInstanceID, job.TargetName = a.target.ProjectID, a.target.ID, a.target.Name
	}
	if a.snapshot, err = s.restoreFrom(ctx, tx, source, r, job); err != nil {
		return nil, err
	}
	job.SnapshotID, job.SnapshotAt, job.SnapshotFinishedAt = a.snapshot.ID, a.snapshot.CreatedAt, a.snapshot.FinishedAt
	if a.target == nil {
		if err := s.checkDownload(ctx, tx, source, a.snapshot); err != nil {
			return nil, err
		}
		job.DownloadToken = tidemark.RandomHex(tokenBytes)
		job.ExpiresAt = s.linkExpiry(job.CreatedAt, source, a.snapshot)
		return a, nil
	}
	return a, checkTarget(ctx, tx, source, a.snapshot, a.target)
}

// restoreTarget looks the target up and checks that the caller may restore
// into it.
func restoreTarget(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, source *tidemark.Instance, r tidemark.NewRestoreJob) (*tidemark.Instance, error) {
	p, err := tx.Project(ctx, r.TargetProjectID)
	if err != nil {
		return nil, err
	}
	need := rightOwn
	if source.Kind == tidemark.KindDedicated && p.ID == source.ProjectID {
		need |= rightBackup
	}
	if rightsIn(c, p)&need == 0 {
		return nil, tidemark.Errorf(tidemark.CodeCannotRestoreThere, "the key %s does not own the project %s of the target", c.PublicID, p.ID).
			WithHint("use a key that is Project Owner of the source and of the target")
	}
	target, err := tx.InstanceByName(ctx, p.ID, r.TargetName)
	if err == nil && !target.DeletedAt.IsZero() {
		return nil, notFound(target)
	}
	return target, err
}

func checkTarget(ctx context.Context, tx tidemark.Tx, source *tidemark.Instance, snap *tidemark.Snapshot, target *tidemark.Instance) error {
	if err := checkReady(target); err != nil {
		return err
	}
	if target.Cluster.IsPaused() {
		return tidemark.Errorf(tidemark.CodeTargetPaused, "cluster %s is paused", target.Name).
			WithHint("resume it with paused: false").WithParams(target.Name)
	}
	if err := checkNotRestored(ctx, tx, target); err != nil {
		return err
	}
	return checkVersions(source, snap, target)
}

// restoreFrom is the snapshot that a restore begins with. For a point in time
// it also says in the job what that is.
func (s *Service) restoreFrom(ctx context.Context, tx tidemark.Tx, source *tidemark.Instance, r tidemark.NewRestoreJob, job *tidemark.RestoreJob) (*tidemark.Snapshot, error) {
	if r.DeliveryType != tidemark.DeliverPointInTime {
		return s.restorable(ctx, tx, source, r.SnapshotID)
	}
	at, snap, err := pointInTime(ctx, tx, source, r)
	if err != nil {
		return nil, err
	}
	job.OplogTs, job.OplogInc, job.PointInTimeUTCSeconds = r.OplogTs, r.OplogInc, r.PointInTimeUTCSeconds
	job.DesiredTimestamp = at
	return snap, nil
}

// restorable is a snapshot of the source whose data is there.
func (s *Service) restorable(ctx context.Context, tx tidemark.Tx, source *tidemark.Instance, id tidemark.ID) (*tidemark.Snapshot, error) {
	snap, err := snapshotOf(ctx, tx, source, id)
	if tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
		remains, rerr := tidemark.SnapshotRemains(ctx, tx, id)
		if rerr != nil {
			return nil, rerr
		}
		if remains.InstanceID == source.ID {
			return nil, gone(id, "was deleted")
		}
	}
	if err != nil {
		return nil, err
	}
	switch snap.Status {
	case tidemark.SnapshotCompleted:
	case tidemark.SnapshotFailed:
		return nil, gone(id, "failed")
	default:
		return nil, tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "snapshot %s is %s", id, snap.Status).
			WithHint("wait until it is completed").WithParams(id)
	}
	if !expired(snap, s.now()) {
		return snap, nil
	}
	// The jobs keep the newest one past its time.
	newest, err := newestCompleted(ctx, tx, source)
	if err != nil {
		return nil, err
	}
	if newest == nil || newest.ID != snap.ID {
		return nil, gone(id, "has expired")
	}
	return snap, nil
}

func gone(id tidemark.ID, why string) error {
	return tidemark.Errorf(tidemark.CodeSnapshotGone, "snapshot %s %s", id, why).
		WithHint("choose another snapshot of the instance").WithParams(id)
}

func expired(snap *tidemark.Snapshot, now time.Time) bool {
	return !snap.ExpiresAt.IsZero() && !snap.ExpiresAt.After(now)
}

func newestCompleted(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) (*tidemark.Snapshot, error) {
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, i.ID, page)
		if err != nil {
			return nil, err
		}
		for _, snap := range list {
			if snap.Status == tidemark.SnapshotCompleted {
				return snap, nil
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return nil, nil
		}
	}
}

// linkExpiry is when a link made now ends: never after the snapshot.
func (s *Service) linkExpiry(now time.Time, source *tidemark.Instance, snap *tidemark.Snapshot) time.Time {
	t := now.Add(s.downloadLife)
	if source.Kind == tidemark.KindDedicated {
		t = now.Add(s.dedicatedDownloadLife)
	}
	if snap.ExpiresAt.After(now) && snap.ExpiresAt.Before(t) {
		return snap.ExpiresAt
	}
	return t
}

// ListRestoreJobs needs GROUP_OWNER, or GROUP_BACKUP_MANAGER for a dedicated
// instance: a job may show a link to the data.
func (s *Service) ListRestoreJobs(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.RestoreJob, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.RestoreJob
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := restoreSource(ctx, tx, c, projectID, name, kind)
		if err != nil {
			return err
		}
		list, total, err = tx.RestoreJobs(ctx, i.ID, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetRestoreJob needs what ListRestoreJobs needs.
func (s *Service) GetRestoreJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	var job *tidemark.RestoreJob
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		job, err = restoreJob(ctx, tx, c, projectID, name, kind, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// restoreJob is a job of an instance whose jobs the caller may see.
func restoreJob(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	i, err := restoreSource(ctx, tx, c, projectID, name, kind)
	if err != nil {
		return nil, err
	}
	job, err := tx.RestoreJob(ctx, id)
	if err != nil && tidemark.ErrorCode(err) != tidemark.CodeJobNotFound {
		return nil, err
	}
	if err != nil || job.InstanceID != i.ID {
		return nil, tidemark.Errorf(tidemark.CodeJobNotFound, "instance %s has no restore job %s", i.Name, id).
			WithHint("list the restore jobs of the instance").WithParams(id, i.Name)
	}
	return job, nil
}

// restoreSource is the instance whose restore jobs the caller may see.
func restoreSource(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind) (*tidemark.Instance, error) {
	i, err := instanceOrDeleted(ctx, tx, c, projectID, name, kind, rightOwn|rightBackup)
	if err != nil {
		return nil, err
	}
	if i.Kind != tidemark.KindDedicated {
		if _, err := project(ctx, tx, c, projectID, rightOwn); err != nil {
			return nil, err
		}
	}
	return i, nil
}
