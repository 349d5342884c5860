package atlastest

import (
	"context"
	"slices"

	"tidemark"
)

// ListExportBuckets implements tidemark.ExportService.
func (s *Service) ListExportBuckets(_ context.Context, c tidemark.Caller, projectID tidemark.ID, p tidemark.Page) ([]*tidemark.ExportBucket, int, error) {
	_, unlock, err := s.project(c, projectID, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(filter(s.buckets, func(b *tidemark.ExportBucket) bool { return b.ProjectID == projectID }), p)
}

// GetExportBucket implements tidemark.ExportService.
func (s *Service) GetExportBucket(_ context.Context, c tidemark.Caller, projectID, id tidemark.ID) (*tidemark.ExportBucket, error) {
	_, unlock, err := s.project(c, projectID, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.bucket(projectID, id)
}

func (s *Service) bucket(projectID, id tidemark.ID) (*tidemark.ExportBucket, error) {
	return find(s.buckets, func(b *tidemark.ExportBucket) bool { return b.ProjectID == projectID && b.ID == id },
		tidemark.Errorf(tidemark.CodeBucketNotFound, "no bucket %s", id).WithParams(id))
}

// CreateExportBucket implements tidemark.ExportService.
func (s *Service) CreateExportBucket(_ context.Context, c tidemark.Caller, b tidemark.ExportBucket) (*tidemark.ExportBucket, error) {
	_, unlock, err := s.project(c, b.ProjectID, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if slices.ContainsFunc(s.buckets, func(o *tidemark.ExportBucket) bool {
		return o.ProjectID == b.ProjectID && o.BucketName == b.BucketName
	}) {
		return nil, tidemark.Errorf(tidemark.CodeDuplicateBucket, "bucket %s exists", b.BucketName).WithParams(b.BucketName)
	}
	b.ID, b.CreatedAt = tidemark.NewID(), s.clock()
	s.buckets = append(s.buckets, &b)
	return clone(&b), nil
}

// DeleteExportBucket implements tidemark.ExportService.
func (s *Service) DeleteExportBucket(_ context.Context, c tidemark.Caller, projectID, id tidemark.ID) error {
	_, unlock, err := s.project(c, projectID, true)
	if err != nil {
		return err
	}
	defer unlock()
	gone, err := s.bucket(projectID, id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(s.exports, func(j *tidemark.ExportJob) bool { return j.BucketID == id && !j.State.Finished() }) {
		return tidemark.Errorf(tidemark.CodeBucketInUse, "bucket %s is in use", id).WithParams(id)
	}
	s.buckets = without(s.buckets, func(b *tidemark.ExportBucket) bool { return b == gone })
	return nil
}

// ListExportJobs implements tidemark.ExportService.
func (s *Service) ListExportJobs(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, p tidemark.Page) ([]*tidemark.ExportJob, int, error) {
	i, unlock, err := s.dedicated(c, projectID, name, true)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	own := filter(s.exports, func(j *tidemark.ExportJob) bool { return j.InstanceID == i.ID })
	slices.Reverse(own)
	return page(own, p)
}

// GetExportJob implements tidemark.ExportService.
func (s *Service) GetExportJob(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, id tidemark.ID) (*tidemark.ExportJob, error) {
	i, unlock, err := s.dedicated(c, projectID, name, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	j, err := find(s.exports, func(j *tidemark.ExportJob) bool { return j.InstanceID == i.ID && j.ID == id },
		tidemark.Errorf(tidemark.CodeExportNotFound, "no export %s", id).WithParams(id, name))
	if err != nil {
		return nil, err
	}
	return clone(j), nil
}

// CreateExportJob implements tidemark.ExportService. The job stays Queued until
// ChangeExport ends it.
func (s *Service) CreateExportJob(_ context.Context, c tidemark.Caller, projectID tidemark.ID, name string, r tidemark.NewExportJob) (*tidemark.ExportJob, error) {
	i, unlock, err := s.dedicated(c, projectID, name, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	b, err := s.bucket(projectID, r.BucketID)
	if err != nil {
		return nil, err
	}
	v, err := s.snapshot(i, r.SnapshotID)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Status == tidemark.SnapshotInProgress:
		return nil, tidemark.Errorf(tidemark.CodeSnapshotIncomplete, "%s is being taken", v.ID).WithParams(v.ID)
	case slices.ContainsFunc(s.exports, func(j *tidemark.ExportJob) bool { return j.SnapshotID == v.ID && !j.State.Finished() }):
		return nil, tidemark.Errorf(tidemark.CodeExportRunning, "%s is being exported", v.ID).WithParams(v.ID)
	}
	j := &tidemark.ExportJob{
		ID: tidemark.NewID(), ProjectID: projectID, InstanceID: i.ID, InstanceName: i.Name, SnapshotID: v.ID,
		BucketID: b.ID, BucketName: b.BucketName, CustomData: r.CustomData, State: tidemark.ExportQueued, CreatedAt: s.clock(),
		Prefix: "exported_snapshots/" + string(s.OrgID) + "/" + string(projectID) + "/" + name + "/2026-03-01T1200/1", Collections: v.Collections,
	}
	s.exports = append(s.exports, j)
	return clone(j), nil
}
