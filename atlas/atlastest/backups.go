package atlastest

import (
	"context"
	"io"
	"slices"
	"time"

	"tidemark"
)

// ListSnapshots implements tidemark.SnapshotService.
func (s *Service) ListSnapshots(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Snapshot, int, error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	own := filter(s.snapshots, func(v *tidemark.Snapshot) bool { return v.InstanceID == i.ID })
	slices.Reverse(own)
	return page(own, p)
}

// GetSnapshot implements tidemark.SnapshotService.
func (s *Service) GetSnapshot(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.Snapshot, error) {
	v, unlock, err := s.lockSnapshot(c, projectID, instance, kind, false, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return clone(v), nil
}

// lockSnapshot finds a snapshot of an instance and keeps the lock for the caller.
func (s *Service) lockSnapshot(c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, owner bool, id tidemark.ID) (*tidemark.Snapshot, func(), error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, owner)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.snapshot(i, id)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return v, unlock, nil
}

func (s *Service) snapshot(i *tidemark.Instance, id tidemark.ID) (*tidemark.Snapshot, error) {
	return find(s.snapshots, func(v *tidemark.Snapshot) bool { return v.InstanceID == i.ID && v.ID == id },
		tidemark.Errorf(tidemark.CodeSnapshotNotFound, "no snapshot %s", id).WithParams(id, i.Name))
}

// TakeSnapshot implements tidemark.SnapshotService.
func (s *Service) TakeSnapshot(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, r tidemark.NewSnapshot) (*tidemark.Snapshot, error) {
	i, unlock, err := s.instance(c, projectID, instance, "", true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if len(filter(s.snapshots, func(v *tidemark.Snapshot) bool {
		return v.InstanceID == i.ID && v.Status == tidemark.SnapshotInProgress
	})) > 0 {
		return nil, tidemark.Errorf(tidemark.CodeSnapshotInProgress, "%s has one under way", instance).WithParams(instance)
	}
	now := s.clock()
	v := &tidemark.Snapshot{
		ID: tidemark.NewID(), ProjectID: projectID, InstanceID: i.ID, InstanceName: i.Name,
		Status: tidemark.SnapshotInProgress, Type: tidemark.SnapshotOnDemand, Frequency: tidemark.FrequencyDaily,
		Description: r.Description, CreatedAt: now, MongoDBVersion: i.MongoDBVersion,
		Progress: tidemark.Progress{Phase: "scan", Percent: 25, Bytes: 1000, TotalBytes: 4000, TotalDocuments: -1, StartedAt: now.Add(-time.Second), UpdatedAt: now,
			Collections: []tidemark.CollectionProgress{{Namespace: "shop.orders", Phase: "scan", Bytes: 1000, TotalBytes: -1, TotalDocuments: -1}}},
	}
	if i.Kind == tidemark.KindDedicated {
		v.Frequency = tidemark.FrequencyOnDemand
		if p := s.policies[projectID]; p != nil && p.OnDemand != nil && r.Retention > 0 && now.Add(r.Retention).Before(p.OnDemand.Retention.Until(now)) {
			return nil, tidemark.Errorf(tidemark.CodeCompliance, "kept too short").WithParams(projectID)
		}
	}
	if r.Retention == 0 {
		r.Retention = i.SnapshotRetention
	}
	if r.Retention > 0 {
		v.ExpiresAt = now.Add(r.Retention)
	}
	if !s.hold {
		v.Status, v.FinishedAt, v.StorageBytes, v.Collections = tidemark.SnapshotCompleted, now, 4096, 1
		v.Progress.Percent = 100
	}
	s.snapshots = append(s.snapshots, v)
	return clone(v), nil
}

// DeleteSnapshot implements tidemark.SnapshotService.
func (s *Service) DeleteSnapshot(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, id tidemark.ID) error {
	v, unlock, err := s.lockSnapshot(c, projectID, instance, "", true, id)
	if err != nil {
		return err
	}
	defer unlock()
	if v.Status == tidemark.SnapshotInProgress {
		return tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "%s is being taken", id).WithParams(id)
	}
	if err := s.protected(v); err != nil {
		return err
	}
	s.snapshots = without(s.snapshots, func(x *tidemark.Snapshot) bool { return x == v })
	return nil
}

// CreateRestoreJob implements tidemark.RestoreService. An automated job stays
// inProgress until ChangeJob ends it; a download is completed at once.
func (s *Service) CreateRestoreJob(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, r tidemark.NewRestoreJob) (*tidemark.RestoreJob, error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r.DeliveryType == tidemark.DeliverPointInTime && !i.ContinuousBackup {
		return nil, tidemark.Errorf(tidemark.CodeNoPointInTime, "%s has no continuous backup", instance).WithParams(instance)
	}
	j := s.newJob(i, r)
	if err := s.checkSnapshot(i, j); err != nil {
		return nil, err
	}
	if err := s.checkTarget(c, j); err != nil {
		return nil, err
	}
	if j.DeliveryType == tidemark.DeliverDownload {
		if i.Kind == tidemark.KindDedicated && len(filter(s.jobs, func(o *tidemark.RestoreJob) bool {
			return o.SnapshotID == j.SnapshotID && o.DownloadToken != "" && s.clock().Before(o.ExpiresAt)
		})) > 0 {
			return nil, tidemark.Errorf(tidemark.CodeDownloadRunning, "%s has a link", j.SnapshotID).WithParams(j.SnapshotID)
		}
		j.State, j.FinishedAt, j.ExpiresAt = tidemark.JobCompleted, s.clock(), s.clock().Add(4*time.Hour)
		if i.Kind == tidemark.KindDedicated {
			j.ExpiresAt = s.clock().Add(time.Hour)
		}
		j.DownloadToken = tidemark.RandomHex(24)
		s.files[j.DownloadToken] = &File{name: instance + "-" + string(j.SnapshotID) + ".archive.gz", content: []byte(Content), expires: j.ExpiresAt}
	}
	s.jobs = append(s.jobs, j)
	return clone(j), nil
}

// newJob makes the job of a request. A point in time begins with the newest
// completed snapshot of its instance.
func (s *Service) newJob(i *tidemark.Instance, r tidemark.NewRestoreJob) *tidemark.RestoreJob {
	j := &tidemark.RestoreJob{
		ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name, SnapshotID: r.SnapshotID,
		DeliveryType: r.DeliveryType, TargetProjectID: r.TargetProjectID, TargetName: r.TargetName,
		OplogTs: r.OplogTs, OplogInc: r.OplogInc, PointInTimeUTCSeconds: r.PointInTimeUTCSeconds,
		DesiredTimestamp: tidemark.Timestamp{T: max(r.OplogTs, r.PointInTimeUTCSeconds), I: r.OplogInc},
		Options:          r.Options,
		State:            tidemark.JobInProgress, CreatedAt: s.clock(), StartedAt: s.clock(),
	}
	if r.DeliveryType == tidemark.DeliverPointInTime {
		for _, v := range s.snapshots {
			if v.InstanceID == i.ID && v.Status == tidemark.SnapshotCompleted {
				j.SnapshotID = v.ID
			}
		}
	}
	return j
}

func (s *Service) checkSnapshot(i *tidemark.Instance, j *tidemark.RestoreJob) error {
	if j.SnapshotID == "" {
		return nil
	}
	v, err := s.snapshot(i, j.SnapshotID)
	if err != nil {
		return err
	}
	j.SnapshotAt, j.SnapshotFinishedAt = v.CreatedAt, v.FinishedAt
	switch {
	case v.Status == tidemark.SnapshotInProgress:
		return tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "%s is being taken", v.ID).WithParams(v.ID)
	case v.Status == tidemark.SnapshotFailed, !v.ExpiresAt.IsZero() && !s.clock().Before(v.ExpiresAt):
		return tidemark.Errorf(tidemark.CodeSnapshotGone, "%s is gone", v.ID).WithParams(v.ID)
	}
	return nil
}

func (s *Service) checkTarget(c tidemark.Caller, j *tidemark.RestoreJob) error {
	if j.DeliveryType == tidemark.DeliverDownload {
		return nil
	}
	if _, err := s.inProject(c, j.TargetProjectID, true); err != nil {
		if tidemark.ErrorCode(err) == tidemark.CodeProjectNotFound {
			return err
		}
		return tidemark.Errorf(tidemark.CodeCannotRestoreThere, "no owner of project %s", j.TargetProjectID)
	}
	t, err := s.find(j.TargetProjectID, j.TargetName, "")
	if err != nil {
		return err
	}
	j.TargetInstanceID = t.ID
	if len(filter(s.jobs, func(o *tidemark.RestoreJob) bool { return o.TargetInstanceID == t.ID && !o.State.Finished() })) > 0 {
		return tidemark.Errorf(tidemark.CodeInstanceBusy, "%s is busy", t.Name).WithParams(t.Name).
			WithHint("Wait for the restore that is under way.")
	}
	return nil
}

// ListRestoreJobs implements tidemark.RestoreService.
func (s *Service) ListRestoreJobs(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.RestoreJob, int, error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, true)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	own := filter(s.jobs, func(j *tidemark.RestoreJob) bool { return j.InstanceID == i.ID })
	slices.Reverse(own)
	return page(own, p)
}

// GetRestoreJob implements tidemark.RestoreService.
func (s *Service) GetRestoreJob(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	j, unlock, err := s.lockJob(c, projectID, instance, kind, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return clone(j), nil
}

// lockJob finds a restore job of an instance and keeps the lock for the caller.
func (s *Service) lockJob(c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, func(), error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, true)
	if err != nil {
		return nil, nil, err
	}
	j, err := find(s.jobs, func(j *tidemark.RestoreJob) bool { return j.InstanceID == i.ID && j.ID == id },
		tidemark.Errorf(tidemark.CodeJobNotFound, "no job %s", id).WithParams(id, instance))
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return j, unlock, nil
}

// PlanRestore implements tidemark.RestoreService. It plans one collection.
func (s *Service) PlanRestore(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, r tidemark.NewRestoreJob) (*tidemark.RestorePlan, error) {
	i, unlock, err := s.instance(c, projectID, instance, kind, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r.DeliveryType == tidemark.DeliverDownload {
		return nil, tidemark.Errorf(tidemark.CodeUnsupportedDelivery, "a download has no plan").WithParams(string(r.DeliveryType))
	}
	j := s.newJob(i, r)
	if err := s.checkSnapshot(i, j); err != nil {
		return nil, err
	}
	if err := s.checkTarget(c, j); err != nil {
		return nil, err
	}
	return &tidemark.RestorePlan{
		SnapshotID: j.SnapshotID, ClusterTime: tidemark.Timestamp{T: 1700000000, I: 3}, SourceVersion: i.MongoDBVersion, TargetVersion: i.MongoDBVersion,
		Collections: []tidemark.PlannedCollection{{
			Namespace: "shop.orders", Type: tidemark.TypeCollection, Documents: 3, Bytes: 300, Indexes: []string{"by_day"}, Replaces: true,
		}},
		Drops: []string{"shop.new"}, Documents: 3, Bytes: 300, ReadBytes: 100, Indexes: 1, Warnings: []string{"it is a fake"},
	}, nil
}

// UndoRestoreJob implements tidemark.RestoreService. A job whose
// SafetySnapshotID ChangeJob has set can be undone.
func (s *Service) UndoRestoreJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	j, err := s.GetRestoreJob(ctx, c, projectID, instance, kind, id)
	if err != nil {
		return nil, err
	}
	if !j.State.Finished() || j.SafetySnapshotID == "" {
		return nil, tidemark.Errorf(tidemark.CodeCannotUndo, "%s has no safety snapshot", id).WithParams(id).
			WithHint("Restore another snapshot.")
	}
	undo, err := s.CreateRestoreJob(ctx, c, j.TargetProjectID, j.TargetName, "", tidemark.NewRestoreJob{
		DeliveryType: tidemark.DeliverAutomated, SnapshotID: j.SafetySnapshotID, TargetProjectID: j.TargetProjectID, TargetName: j.TargetName,
	})
	if err != nil {
		return nil, err
	}
	s.ChangeJob(undo.ID, func(u *tidemark.RestoreJob) { u.UndoOf = id })
	undo.UndoOf = id
	return undo, nil
}

// CancelRestoreJob implements tidemark.RestoreService. A job whose CutOverAt
// ChangeJob has set cannot be cancelled.
func (s *Service) CancelRestoreJob(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, kind tidemark.InstanceKind, id tidemark.ID) (*tidemark.RestoreJob, error) {
	j, unlock, err := s.lockJob(c, projectID, instance, kind, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	link := j.DeliveryType == tidemark.DeliverDownload && j.State == tidemark.JobCompleted && s.clock().Before(j.ExpiresAt)
	switch {
	case j.State == tidemark.JobCancelled:
		return clone(j), nil
	case !j.CutOverAt.IsZero() || j.State.Finished() && !link:
		return nil, tidemark.Errorf(tidemark.CodeCannotCancel, "%s is %s", id, j.State).WithParams(id)
	}
	delete(s.files, j.DownloadToken)
	j.State, j.FinishedAt, j.DownloadToken = tidemark.JobCancelled, s.clock(), ""
	return clone(j), nil
}

// Content is what every download has.
const Content = "0123456789abcdefghijklmnopqrstuvwxyz"

// File implements tidemark.Download.
type File struct {
	name    string
	content []byte
	expires time.Time
	known   bool
	// breakAt makes WriteRange fail there; 0 for never.
	breakAt int64
}

// ChangeFile edits the file of a download job: whether its size is known, and
// after how many bytes reading it fails (0: never).
func (s *Service) ChangeFile(token string, known bool, breakAt int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[token].known, s.files[token].breakAt = known, breakAt
}

// OpenDownload implements tidemark.RestoreService.
func (s *Service) OpenDownload(_ context.Context, token, remoteAddr string) (tidemark.Download, error) {
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	f, ok := s.files[token]
	if !ok || !s.clock().Before(f.expires) {
		return nil, tidemark.Errorf(tidemark.CodeResourceNotFound, "no download %s", token).WithParams(token)
	}
	if !on(s.projectNetworks(s.ProjectID), remoteAddr) {
		return nil, tidemark.Errorf(tidemark.CodeAddressNotAllowed, "not from there").WithParams(remoteAddr)
	}
	return clone(f), nil
}

// Name implements tidemark.Download.
func (f *File) Name() string { return f.name }

// Size implements tidemark.Download.
func (f *File) Size(context.Context) (int64, error) { return int64(len(f.content)), nil }

// Known implements tidemark.Download.
func (f *File) Known() bool { return f.known }

// WriteRange implements tidemark.Download.
func (f *File) WriteRange(_ context.Context, w io.Writer, from, to int64) error {
	if to < 0 {
		to = int64(len(f.content))
	}
	if f.breakAt > 0 && f.breakAt < to {
		if _, err := w.Write(f.content[from:f.breakAt]); err != nil {
			return err
		}
		return tidemark.Errorf(tidemark.CodeObjectDamaged, "the file breaks off")
	}
	_, err := w.Write(f.content[from:to])
	return err
}
