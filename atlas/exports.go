package atlas

import (
	"strings"

	"tidemark"
)

// exportBucket is DiskBackupSnapshotExportBucketResponse. Version 2023-01-01
// knows AWS only, and what its role is called.
type exportBucket struct {
	ID            tidemark.ID `json:"_id"`
	BucketName    string      `json:"bucketName"`
	CloudProvider string      `json:"cloudProvider"`
	IAMRoleID     tidemark.ID `json:"iamRoleId,omitempty"`
	Links         []link      `json:"links"`
	RoleID        tidemark.ID `json:"roleId,omitempty"`
	ServiceURL    string      `json:"serviceUrl,omitempty"`
	TenantID      string      `json:"tenantId,omitempty"`
}

// noTenant stands where the document requires a tenant and none was given.
const noTenant = "00000000-0000-0000-0000-000000000000"

func (q *request) showBucket(b *tidemark.ExportBucket) any {
	out := exportBucket{
		ID: b.ID, BucketName: b.BucketName, CloudProvider: b.CloudProvider,
		Links: q.self("/groups/%s/backup/exportBuckets/%s", b.ProjectID, b.ID),
	}
	if b.CloudProvider != "AZURE" || q.version == v20230101 {
		out.IAMRoleID = b.RoleID
		return out
	}
	out.RoleID, out.ServiceURL, out.TenantID = b.RoleID, b.ServiceURL, b.TenantID
	if out.TenantID == "" {
		out.TenantID = noTenant
	}
	return out
}

func (a *api) listExportBuckets(q *request) (any, error) {
	items, total, err := a.service.ListExportBuckets(q.ctx, q.caller, q.projectID(), q.page)
	return listed(q, items, total, err, q.showBucket)
}

func (a *api) getExportBucket(q *request) (any, error) {
	b, err := a.service.GetExportBucket(q.ctx, q.caller, q.projectID(), q.id("exportBucketId"))
	return one(b, err, q.showBucket)
}

func (a *api) deleteExportBucket(q *request) (any, error) {
	return nil, a.service.DeleteExportBucket(q.ctx, q.caller, q.projectID(), q.id("exportBucketId"))
}

func (a *api) createExportBucket(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("_id", "links")
	providers := []string{"AWS", "AZURE"}
	if q.version == v20230101 {
		providers = providers[:1]
	}
	r := tidemark.ExportBucket{
		ProjectID:     q.projectID(),
		BucketName:    o.text("bucketName", required, 63, nil),
		CloudProvider: o.enum("cloudProvider", required, providers...),
	}
	if r.CloudProvider == "AZURE" {
		r.RoleID = o.identifier("roleId", required, false)
		r.ServiceURL = o.text("serviceUrl", required, 2048, nil)
		r.TenantID = strings.ToLower(o.optionalText("tenantId"))
	} else {
		r.RoleID = o.identifier("iamRoleId", required, false)
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	b, err := a.service.CreateExportBucket(q.ctx, q.caller, r)
	return one(b, err, q.showBucket)
}

// optionalText is text of at most 64 bytes that may be left out.
func (o *object) optionalText(name string) string {
	s, _ := o.rawText(name, optional)
	if len(s) > 64 {
		o.invalid(name, "it has at most 64 bytes")
	}
	return s
}

// exportJob is DiskBackupExportJob.
type exportJob struct {
	Components     []exportMember `json:"components"`
	CreatedAt      date           `json:"createdAt"`
	CustomData     []tidemark.Tag `json:"customData"`
	ExportBucketID tidemark.ID    `json:"exportBucketId"`
	ExportStatus   exportStatus   `json:"exportStatus"`
	FinishedAt     *date          `json:"finishedAt,omitempty"`
	ID             tidemark.ID    `json:"id"`
	Links          []link         `json:"links"`
	Prefix         string         `json:"prefix"`
	SnapshotID     tidemark.ID    `json:"snapshotId"`
	State          string         `json:"state"`
	StateReason    *stateReason   `json:"stateReason,omitempty"`
}

type exportMember struct {
	ExportID       tidemark.ID `json:"exportId"`
	ReplicaSetName string      `json:"replicaSetName"`
}

type exportStatus struct {
	ExportedCollections int `json:"exportedCollections"`
	TotalCollections    int `json:"totalCollections"`
}

type stateReason struct {
	ErrorCode string `json:"errorCode"`
	Message   string `json:"message"`
}

func (q *request) showExport(j *tidemark.ExportJob) any {
	out := exportJob{
		Components:     []exportMember{{j.ID, j.InstanceName}},
		CreatedAt:      date{j.CreatedAt},
		CustomData:     append([]tidemark.Tag{}, j.CustomData...),
		ExportBucketID: j.BucketID,
		ExportStatus:   exportStatus{j.Exported, j.Collections},
		FinishedAt:     dateOf(j.FinishedAt),
		ID:             j.ID,
		Links:          q.self(q.family()+"/exports/%s", j.ProjectID, j.InstanceName, j.ID),
		Prefix:         j.Prefix,
		SnapshotID:     j.SnapshotID,
		State:          string(j.State),
	}
	if j.State == tidemark.ExportFailed {
		out.StateReason = &stateReason{strings.ToUpper(string(j.FailCode)), j.FailReason}
	}
	return out
}

func (a *api) listExportJobs(q *request) (any, error) {
	items, total, err := a.service.ListExportJobs(q.ctx, q.caller, q.projectID(), q.instance(), q.page)
	return listed(q, items, total, err, q.showExport)
}

func (a *api) getExportJob(q *request) (any, error) {
	j, err := a.service.GetExportJob(q.ctx, q.caller, q.projectID(), q.instance(), q.id("exportId"))
	return one(j, err, q.showExport)
}

func (a *api) createExportJob(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("links")
	r := tidemark.NewExportJob{
		SnapshotID: o.identifier("snapshotId", required, false),
		BucketID:   o.identifier("exportBucketId", required, false),
	}
	if data := o.tags("customData"); data != nil {
		r.CustomData = *data
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	j, err := a.service.CreateExportJob(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(j, err, q.showExport)
}
