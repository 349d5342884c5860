package service

import (
	"context"
	"fmt"
	"strings"

	"tidemark"
)

// ListExportBuckets needs any role in the project.
func (s *Service) ListExportBuckets(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, p tidemark.Page) ([]*tidemark.ExportBucket, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.ExportBucket
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightRead); err != nil {
			return err
		}
		list, total, err = tx.ExportBuckets(ctx, projectID, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetExportBucket needs any role in the project.
func (s *Service) GetExportBucket(ctx context.Context, c tidemark.Caller, projectID, id tidemark.ID) (*tidemark.ExportBucket, error) {
	var b *tidemark.ExportBucket
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, projectID, rightRead); err != nil {
			return err
		}
		b, err = bucketOf(ctx, tx, projectID, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// bucketOf is a bucket of that project and no other.
func bucketOf(ctx context.Context, tx tidemark.Tx, projectID, id tidemark.ID) (*tidemark.ExportBucket, error) {
	b, err := tx.ExportBucket(ctx, id)
	if err == nil && b.ProjectID != projectID {
		return nil, noBucket(id)
	}
	return b, err
}

func noBucket(id tidemark.ID) error {
	return tidemark.Errorf(tidemark.CodeBucketNotFound, "the project has no export bucket %s", id).
		WithHint("list the export buckets of the project").WithParams(id)
}

// CreateExportBucket needs GROUP_OWNER.
func (s *Service) CreateExportBucket(ctx context.Context, c tidemark.Caller, b tidemark.ExportBucket) (*tidemark.ExportBucket, error) {
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, b.ProjectID, rightOwn); err != nil {
			return err
		}
		if err := checkBucketName(b.BucketName); err != nil {
			return err
		}
		b.ID, b.CreatedAt = tidemark.NewID(), s.now()
		if err := tx.CreateExportBucket(ctx, &b); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{
			Type: tidemark.EventBucketCreated, ProjectID: b.ProjectID, Details: map[string]string{"bucketName": b.BucketName},
		})
	})
	if err != nil {
		return nil, err
	}
	return &b, nil
}

// checkBucketName takes the names that S3 buckets and Azure containers may
// have. They become directories where exports go into one.
func checkBucketName(name string) error {
	ok := len(name) >= 3 && len(name) <= 63
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		ok = ok && (letter || i > 0 && i < len(name)-1 && (c == '-' || c == '.'))
	}
	if !ok || strings.Contains(name, "..") {
		return invalid("bucketName", "must have 3 to 63 lower-case letters, digits, hyphens and single dots, and begin and end with a letter or digit")
	}
	return nil
}

// DeleteExportBucket needs GROUP_BACKUP_MANAGER.
func (s *Service) DeleteExportBucket(ctx context.Context, c tidemark.Caller, projectID, id tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, projectID, rightBackup); err != nil {
			return err
		}
		b, err := bucketOf(ctx, tx, projectID, id)
		if err != nil {
			return err
		}
		jobs, err := tx.UnfinishedExportsInto(ctx, id)
		if err != nil {
			return err
		}
		if len(jobs) > 0 {
			return bucketInUse(id, fmt.Sprintf("export job %s is not finished", jobs[0].ID))
		}
		err = eachDedicated(ctx, tx, projectID, func(i *tidemark.Instance) error {
			schedule, err := tx.Schedule(ctx, i.ID)
			if err == nil && schedule != nil && schedule.AutoExport && schedule.Export != nil && schedule.Export.BucketID == id {
				return bucketInUse(id, fmt.Sprintf("the schedule of instance %s exports to it", i.Name))
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := tx.DeleteExportBucket(ctx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, c, tidemark.Event{
			Type: tidemark.EventBucketDeleted, ProjectID: projectID, Details: map[string]string{"bucketName": b.BucketName},
		})
	})
}

func bucketInUse(id tidemark.ID, why string) error {
	return tidemark.Errorf(tidemark.CodeBucketInUse, "export bucket %s is in use: %s", id, why).WithParams(id)
}

// ListExportJobs needs GROUP_OWNER.
func (s *Service) ListExportJobs(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, p tidemark.Page) ([]*tidemark.ExportJob, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.ExportJob
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightOwn)
		if err != nil {
			return err
		}
		list, total, err = tx.ExportJobs(ctx, i.ID, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetExportJob needs GROUP_OWNER.
func (s *Service) GetExportJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, id tidemark.ID) (*tidemark.ExportJob, error) {
	var job *tidemark.ExportJob
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightOwn)
		if err != nil {
			return err
		}
		job, err = tx.ExportJob(ctx, id)
		if tidemark.ErrorCode(err) == tidemark.CodeExportNotFound || err == nil && job.InstanceID != i.ID {
			return tidemark.Errorf(tidemark.CodeExportNotFound, "instance %s has no export job %s", name, id).
				WithHint("list the exports of the instance").WithParams(id, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}

// CreateExportJob needs GROUP_OWNER.
func (s *Service) CreateExportJob(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.NewExportJob) (*tidemark.ExportJob, error) {
	var job *tidemark.ExportJob
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		i, err := instanceOrDeleted(ctx, tx, c, projectID, name, tidemark.KindDedicated, rightOwn)
		if err != nil {
			return err
		}
		if err := checkAlive(i); err != nil {
			return err
		}
		bucket, err := bucketOf(ctx, tx, projectID, r.BucketID)
		if err != nil {
			return err
		}
		snap, err := s.restorable(ctx, tx, i, r.SnapshotID)
		if err != nil {
			return err
		}
		running, err := tx.UnfinishedExportsOf(ctx, snap.ID)
		if err != nil {
			return err
		}
		if len(running) > 0 {
			return tidemark.Errorf(tidemark.CodeExportRunning, "export job %s of snapshot %s is not finished", running[0].ID, snap.ID).
				WithHint("wait for that job to end").WithParams(snap.ID)
		}
		job, err = tidemark.EnqueueExport(ctx, tx, i, snap, bucket, r.CustomData, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return job, nil
}
