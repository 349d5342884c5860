package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"tidemark"
)

func instances(project string) string { return "/groups/" + url.PathEscape(project) + "/instances" }

func instance(project, name string) string { return instances(project) + "/" + url.PathEscape(name) }

func snapshots(project, name string) string { return instance(project, name) + "/snapshots" }

func restoreJobs(project, name string) string { return instance(project, name) + "/restoreJobs" }

// serverless is the path of an instance in the Atlas Admin API.
func serverless(project, name string) string {
	return "/groups/" + url.PathEscape(project) + "/serverless/" + url.PathEscape(name)
}

// ListInstances lists the instances of a project.
func (c *Client) ListInstances(ctx context.Context, project string) (json.RawMessage, error) {
	return listAll(ctx, c.Extension, instances(project))
}

// GetInstance reads an instance.
func (c *Client) GetInstance(ctx context.Context, project, name string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, instance(project, name), nil)
}

// NewInstance asks for an instance: an embedded server where URI is empty.
type NewInstance struct {
	Name string `json:"name"`
	URI  string `json:"uri,omitempty"`
	Kind string `json:"kind,omitempty"`
	// ContinuousBackup has the oplog captured.
	ContinuousBackup bool `json:"continuousBackupEnabled,omitempty"`
}

// CreateInstance makes or registers an instance.
func (c *Client) CreateInstance(ctx context.Context, project string, r NewInstance) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, instances(project), r)
}

// Schedule changes when snapshots are taken and how long they are kept.
type Schedule struct {
	SnapshotIntervalHours *float64 `json:"snapshotIntervalHours,omitempty"`
	SnapshotRetentionDays *float64 `json:"snapshotRetentionDays,omitempty"`
}

// UpdateSchedule changes the schedule of an instance.
func (c *Client) UpdateSchedule(ctx context.Context, project, name string, s Schedule) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPatch, instance(project, name), s)
}

// SetContinuousBackup turns the capture of an instance's oplog on or off.
func (c *Client) SetContinuousBackup(ctx context.Context, project, name string, on bool) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPatch, instance(project, name), map[string]bool{"continuousBackupEnabled": on})
}

// DeleteInstance deletes an instance with all its snapshots.
func (c *Client) DeleteInstance(ctx context.Context, project, name string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodDelete, instance(project, name), nil)
}

// ListSnapshots lists the snapshots of an instance.
func (c *Client) ListSnapshots(ctx context.Context, project, name string) (json.RawMessage, error) {
	return listAll(ctx, c.Extension, snapshots(project, name))
}

// GetSnapshot reads a snapshot.
func (c *Client) GetSnapshot(ctx context.Context, project, name, id string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, snapshots(project, name)+"/"+url.PathEscape(id), nil)
}

// NewSnapshot asks for a snapshot.
type NewSnapshot struct {
	Description     string `json:"description,omitempty"`
	RetentionInDays int    `json:"retentionInDays,omitempty"`
}

// TakeSnapshot takes a snapshot on demand.
func (c *Client) TakeSnapshot(ctx context.Context, project, name string, r NewSnapshot) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, snapshots(project, name), r)
}

// DeleteSnapshot deletes a snapshot.
func (c *Client) DeleteSnapshot(ctx context.Context, project, name, id string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodDelete, snapshots(project, name)+"/"+url.PathEscape(id), nil)
}

// ListRestoreJobs lists the restore jobs whose source is an instance.
func (c *Client) ListRestoreJobs(ctx context.Context, project, name string) (json.RawMessage, error) {
	return listAll(ctx, c.Extension, restoreJobs(project, name))
}

// GetRestoreJob reads a restore job.
func (c *Client) GetRestoreJob(ctx context.Context, project, name, id string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, restoreJobs(project, name)+"/"+url.PathEscape(id), nil)
}

// CancelRestoreJob ends a restore job before its cut-over, or takes the link of
// a download back.
func (c *Client) CancelRestoreJob(ctx context.Context, project, name, id string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodDelete, restoreJobs(project, name)+"/"+url.PathEscape(id), nil)
}

// UndoRestoreJob starts a restore that takes another back.
func (c *Client) UndoRestoreJob(ctx context.Context, project, name, id string) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, restoreJobs(project, name)+"/"+url.PathEscape(id)+"/undo", nil)
}

// PlanRestoreJob says what a restore would do.
func (c *Client) PlanRestoreJob(ctx context.Context, project, name string, r NewRestoreJob) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, restoreJobs(project, name)+"?dryRun=true", r)
}

// NewRestoreJob is the body of the Atlas Admin API's request, and of the
// extension API's, which alone knows the options.
type NewRestoreJob struct {
	DeliveryType          string `json:"deliveryType"`
	SnapshotID            string `json:"snapshotId,omitempty"`
	TargetClusterName     string `json:"targetClusterName"`
	TargetGroupID         string `json:"targetGroupId"`
	OplogTs               int64  `json:"oplogTs,omitempty"`
	OplogInc              int64  `json:"oplogInc,omitempty"`
	PointInTimeUTCSeconds int64  `json:"pointInTimeUTCSeconds,omitempty"`
	tidemark.RestoreOptions
}

// CreateRestoreJob sends the very request that an Atlas client sends for a
// serverless instance.
func (c *Client) CreateRestoreJob(ctx context.Context, project, name string, r NewRestoreJob) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodPost, serverless(project, name)+"/backup/restoreJobs", r)
}

// StartRestoreJob asks for the same of an instance of any kind.
func (c *Client) StartRestoreJob(ctx context.Context, project, name string, r NewRestoreJob) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, restoreJobs(project, name), r)
}
