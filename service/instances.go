package service

import (
	"context"
	"slices"
	"time"

	"tidemark"
)

// The schedule of a new instance: every six hours, as Atlas takes snapshots of
// serverless instances, each kept for two days. With continuous backup the jobs
// keep them for 72 hours at least, and the first of a day for 35 days. Of a
// Flex cluster Atlas takes one a day and keeps the last eight.
const (
	SnapshotIntervalDefault  = 6 * time.Hour
	SnapshotRetentionDefault = 48 * time.Hour
	FlexIntervalDefault      = 24 * time.Hour
	FlexRetentionDefault     = 8 * 24 * time.Hour
)

// defaultSchedule is the schedule of a new instance.
func defaultSchedule(kind tidemark.InstanceKind) (interval, retention time.Duration) {
	if kind == tidemark.KindFlex {
		return FlexIntervalDefault, FlexRetentionDefault
	}
	return SnapshotIntervalDefault, SnapshotRetentionDefault
}

// ListInstances needs any role in the project.
func (s *Service) ListInstances(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, kind tidemark.InstanceKind, p tidemark.Page) ([]*tidemark.Instance, int, error) {
	return s.listInstances(ctx, c, projectID, p, func(tx tidemark.Tx) ([]*tidemark.Instance, int, error) {
		return tx.Instances(ctx, projectID, kind, p)
	})
}

// listInstances shows what find finds in a project.
func (s *Service) listInstances(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, p tidemark.Page, find func(tidemark.Tx) ([]*tidemark.Instance, int, error)) ([]*tidemark.Instance, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Instance
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightRead); err != nil {
			return err
		}
		if list, total, err = find(tx); err != nil {
			return err
		}
		for _, i := range list {
			if err := withCapture(ctx, tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for n, i := range list {
		list[n] = s.shown(i)
	}
	return list, total, nil
}

// shown is the instance as callers see it: without the secrets of its
// connection string.
func (s *Service) shown(i *tidemark.Instance) *tidemark.Instance {
	out := *i
	if out.URI != "" {
		out.URI = s.redactURI(out.URI)
	}
	return &out
}

// GetInstance needs any role in the project.
func (s *Service) GetInstance(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if i, err = instanceOrDeleted(ctx, tx, c, projectID, name, kind, rightRead); err != nil {
			return err
		}
		if kind != "" && !i.DeletedAt.IsZero() {
			return notFound(i)
		}
		return withCapture(ctx, tx, i)
	})
	if err != nil {
		return nil, err
	}
	return s.shown(i), nil
}

// withCapture fills in how far the capture of an instance is.
func withCapture(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) (err error) {
	if i.ContinuousBackup {
		i.Capture, err = tx.Capture(ctx, i.ID)
	}
	return err
}

// CreateInstance needs GROUP_OWNER. An embedded instance is CREATING until its
// server runs; a registered one is asked for its version first and IDLE at
// once. If it does not answer, nothing is changed.
func (s *Service) CreateInstance(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, r tidemark.NewInstance) (*tidemark.Instance, error) {
	if r.Kind == "" {
		r.Kind = tidemark.KindServerless
	}
	if err := s.store.View(ctx, func(tx tidemark.Tx) error {
		return checkNewInstance(ctx, tx, c, projectID, r)
	}); err != nil {
		return nil, err
	}
	i, err := s.newInstance(projectID, r)
	if err != nil {
		return nil, err
	}
	if r.URI != "" {
		info, err := s.probe(ctx, r.URI)
		if err != nil {
			return nil, err
		}
		i.State = tidemark.StateIdle
		i.MongoDBVersion = info.Version
	}
	err = s.store.Update(ctx, func(tx tidemark.Tx) error {
		// Again: the project may have gone while the deployment was asked.
		if err := checkNewInstance(ctx, tx, c, projectID, r); err != nil {
			return err
		}
		if err := s.schedule(ctx, tx, i); err != nil {
			return err
		}
		if err := tx.CreateInstance(ctx, i); err != nil {
			return err
		}
		kinds := tidemark.EventsOf(i.Kind)
		if err := s.recordInstance(ctx, tx, c, i, kinds.Created, nil); err != nil {
			return err
		}
		if i.Embedded {
			return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskProvision, ID: i.ID})
		}
		if err := s.recordInstance(ctx, tx, c, i, kinds.Ready, nil); err != nil {
			return err
		}
		return startCapture(ctx, tx, i)
	})
	if err != nil {
		return nil, err
	}
	return s.shown(i), nil
}

// startCapture has the oplog of an instance that is ready captured, or, where
// continuous backup is off, what was captured deleted.
func startCapture(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) error {
	if i.State != tidemark.StateIdle {
		return nil // the provision task starts it
	}
	if !i.ContinuousBackup {
		c, err := tx.Capture(ctx, i.ID)
		if err != nil || c.Position.IsZero() {
			return err
		}
	}
	return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskCapture, ID: i.ID})
}

func (s *Service) newInstance(projectID tidemark.ID, r tidemark.NewInstance) (*tidemark.Instance, error) {
	now := s.now()
	interval, retention := defaultSchedule(r.Kind)
	i := &tidemark.Instance{
		ID:                    tidemark.NewID(),
		ProjectID:             projectID,
		Name:                  r.Name,
		Kind:                  r.Kind,
		State:                 tidemark.StateCreating,
		Embedded:              r.URI == "",
		URI:                   r.URI,
		BackingProvider:       r.BackingProvider,
		Region:                r.Region,
		TerminationProtection: r.TerminationProtection,
		ContinuousBackup:      r.ContinuousBackup,
		AutoIndexing:          true,
		Tags:                  slices.Clone(r.Tags),
		CreatedAt:             now,
		SnapshotInterval:      interval,
		SnapshotRetention:     retention,
		NextSnapshotAt:        now.Add(interval),
	}
	if err := applyCluster(i, r.Cluster); err != nil {
		return nil, err
	}
	return i, checkBackup(i)
}

// UpdateInstance needs GROUP_OWNER, or GROUP_CLUSTER_MANAGER for a dedicated
// instance.
func (s *Service) UpdateInstance(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
	var i *tidemark.Instance
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if i, err = instance(ctx, tx, c, projectID, name, r.Kind, rightOwn|rightOperate); err != nil {
			return err
		}
		if i.Kind != tidemark.KindDedicated {
			if _, err = project(ctx, tx, c, projectID, rightOwn); err != nil {
				return err
			}
		}
		if err = checkAlive(i); err != nil {
			return err
		}
		if r, err = withCluster(i, r); err != nil {
			return err
		}
		if err = checkScheduled(ctx, tx, i, r); err != nil {
			return err
		}
		if err = checkNotPaused(i, r.Cluster); err != nil {
			return err
		}
		was := i.ContinuousBackup
		if err = s.apply(i, r); err != nil {
			return err
		}
		if r.Cluster != nil {
			if err = s.follow(ctx, tx, i); err != nil {
				return err
			}
		}
		if err = tx.UpdateInstance(ctx, i); err != nil {
			return err
		}
		if err = s.recordUpdate(ctx, tx, c, i, r); err != nil {
			return err
		}
		if i.ContinuousBackup != was {
			if err = startCapture(ctx, tx, i); err != nil {
				return err
			}
		}
		return withCapture(ctx, tx, i)
	})
	if err != nil {
		return nil, err
	}
	return s.shown(i), nil
}

// DeleteInstance needs GROUP_OWNER. The instance is DELETING until the jobs
// have removed its snapshots and its server.
// One whose snapshots were kept is found under no kind only, and loses them.
func (s *Service) DeleteInstance(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind) error {
	return s.deleteInstance(ctx, c, projectID, name, kind, false)
}

func (s *Service) deleteInstance(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, retain bool) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, kind, rightOwn)
		if err != nil {
			return err
		}
		if kind != "" && !i.DeletedAt.IsZero() {
			return notFound(i)
		}
		if err := checkAlive(i); err != nil {
			return err
		}
		if i.TerminationProtection {
			return tidemark.Errorf(tidemark.CodeTerminationProtected, "instance %s is protected against termination", name).
				WithHint("turn its termination protection off, then try again").WithParams(name)
		}
		if err := checkNotRestored(ctx, tx, i); err != nil {
			return err
		}
		if retain {
			i.RetainBackups, i.ContinuousBackup = true, false // the log is not kept
		} else {
			i.RetainBackups = false
			if err := checkSnapshotsUnused(ctx, tx, i, s.now()); err != nil {
				return err
			}
			if err := s.checkNothingProtected(ctx, tx, i); err != nil {
				return err
			}
		}
		i.State = tidemark.StateDeleting
		i.NextSnapshotAt = time.Time{}
		if err := tx.UpdateInstance(ctx, i); err != nil {
			return err
		}
		if err := s.recordInstance(ctx, tx, c, i, tidemark.EventsOf(i.Kind).DeleteSubmitted, nil); err != nil {
			return err
		}
		return tx.Enqueue(ctx, tidemark.Task{Kind: tidemark.TaskDeprovision, ID: i.ID})
	})
}

// checkSnapshotsUnused refuses an instance of which a snapshot is being restored.
func checkSnapshotsUnused(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance, now time.Time) error {
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Snapshots(ctx, i.ID, page)
		if err != nil {
			return err
		}
		for _, snap := range list {
			if err := checkUnused(ctx, tx, snap, now); err != nil {
				return err
			}
		}
		if page.Offset()+len(list) >= total || len(list) == 0 {
			return nil
		}
	}
}
