package atlas

import (
	"regexp"
	"strings"
	"time"

	"tidemark"
)

// flexSnapshot is FlexBackupSnapshot20241113, and, with links,
// BackupTenantSnapshot.
type flexSnapshot struct {
	Expiration     *date       `json:"expiration,omitempty"`
	FinishTime     *date       `json:"finishTime,omitempty"`
	ID             tidemark.ID `json:"id"`
	Links          []link      `json:"links,omitempty"`
	MongoDBVersion string      `json:"mongoDBVersion,omitempty"`
	ScheduledTime  date        `json:"scheduledTime"`
	StartTime      *date       `json:"startTime,omitempty"`
	Status         string      `json:"status"`
}

// The words of the flex family for how far something is.
const (
	flexQueued    = "QUEUED"
	flexRunning   = "RUNNING"
	flexFailed    = "FAILED"
	flexCompleted = "COMPLETED"
)

func newFlexSnapshot(s *tidemark.Snapshot) flexSnapshot {
	out := flexSnapshot{
		Expiration:     dateOf(s.ExpiresAt),
		FinishTime:     dateOf(s.FinishedAt),
		ID:             s.ID,
		MongoDBVersion: s.MongoDBVersion,
		ScheduledTime:  date{s.CreatedAt},
		StartTime:      dateOf(s.Progress.StartedAt),
	}
	switch s.Status {
	case tidemark.SnapshotQueued:
		out.Status = flexQueued
	case tidemark.SnapshotInProgress:
		out.Status = flexRunning
	case tidemark.SnapshotCompleted:
		out.Status = flexCompleted
	default:
		out.Status = flexFailed
	}
	if out.StartTime == nil && s.Status != tidemark.SnapshotQueued {
		out.StartTime = &out.ScheduledTime
	}
	return out
}

func showFlexSnapshot(s *tidemark.Snapshot) any { return newFlexSnapshot(s) }

// listFlexSnapshots lists them oldest first, as Atlas does in this family.
func (a *api) listFlexSnapshots(q *request) (any, error) {
	page := q.page
	page.Reversed = true
	items, total, err := a.service.ListSnapshots(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), page)
	return listed(q, items, total, err, showFlexSnapshot)
}

func (a *api) getFlexSnapshot(q *request) (any, error) {
	s, err := a.service.GetSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("snapshotId"))
	return one(s, err, showFlexSnapshot)
}

// flexRestoreJob is FlexBackupRestoreJob20241113 and, with clusterName instead
// of instanceName, TenantRestore.
type flexRestoreJob struct {
	ClusterName              string      `json:"clusterName,omitempty"`
	DeliveryType             string      `json:"deliveryType"`
	ExpirationDate           *date       `json:"expirationDate,omitempty"`
	ID                       tidemark.ID `json:"id"`
	InstanceName             string      `json:"instanceName,omitempty"`
	Links                    []link      `json:"links,omitempty"`
	ProjectID                tidemark.ID `json:"projectId"`
	RestoreFinishedDate      *date       `json:"restoreFinishedDate,omitempty"`
	RestoreScheduledDate     date        `json:"restoreScheduledDate"`
	SnapshotFinishedDate     *date       `json:"snapshotFinishedDate,omitempty"`
	SnapshotID               tidemark.ID `json:"snapshotId"`
	SnapshotURL              string      `json:"snapshotUrl,omitempty"`
	Status                   string      `json:"status"`
	TargetDeploymentItemName string      `json:"targetDeploymentItemName,omitempty"`
	TargetProjectID          tidemark.ID `json:"targetProjectId,omitempty"`
}

// flexJobLife is how long after its creation Atlas lets a restore of this
// family expire.
const flexJobLife = 6 * time.Hour

// newFlexRestoreJob shows a job. A download has its link from the first, since
// clients fetch what the answer to their request names, at once.
func (q *request) newFlexRestoreJob(a *api, j *tidemark.RestoreJob) flexRestoreJob {
	out := flexRestoreJob{
		DeliveryType:             "RESTORE",
		ExpirationDate:           &date{j.CreatedAt.Add(flexJobLife)},
		ID:                       j.ID,
		InstanceName:             j.InstanceName,
		ProjectID:                j.ProjectID,
		RestoreFinishedDate:      dateOf(j.FinishedAt),
		RestoreScheduledDate:     date{j.CreatedAt},
		SnapshotFinishedDate:     dateOf(j.SnapshotFinishedAt),
		SnapshotID:               j.SnapshotID,
		Status:                   flexJobStatus(j.State),
		TargetDeploymentItemName: j.TargetName,
		TargetProjectID:          j.TargetProjectID,
	}
	if j.DeliveryType == tidemark.DeliverDownload {
		out.DeliveryType = "DOWNLOAD"
		out.ExpirationDate = dateOf(j.ExpiresAt)
		if out.Status != flexFailed && a.config.Clock().Before(j.ExpiresAt) {
			out.SnapshotURL = q.downloadURL(j)
		}
	}
	return out
}

func flexJobStatus(s tidemark.JobState) string {
	switch s {
	case tidemark.JobQueued:
		return flexQueued
	case tidemark.JobInProgress:
		return flexRunning
	case tidemark.JobCompleted:
		return flexCompleted
	default:
		return flexFailed
	}
}

func (a *api) showFlexJob(q *request) func(*tidemark.RestoreJob) any {
	return func(j *tidemark.RestoreJob) any { return q.newFlexRestoreJob(a, j) }
}

// listFlexRestoreJobs lists them newest first, as Atlas does.
func (a *api) listFlexRestoreJobs(q *request) (any, error) {
	items, total, err := a.service.ListRestoreJobs(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.page)
	return listed(q, items, total, err, a.showFlexJob(q))
}

func (a *api) getFlexRestoreJob(q *request) (any, error) {
	j, err := a.service.GetRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
	return one(j, err, a.showFlexJob(q))
}

// flexJobReadOnly are the attributes that only answers have. instanceName is
// one, too, but the Atlas CLI sends it.
var flexJobReadOnly = strings.Fields("deliveryType expirationDate id links projectId restoreFinishedDate restoreScheduledDate snapshotFinishedDate snapshotUrl status")

func (a *api) createFlexRestoreJob(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly(flexJobReadOnly...)
	o.ignored("instanceName")
	r := readFlexTarget(o, required)
	if err := o.done(); err != nil {
		return nil, err
	}
	j, err := a.service.CreateRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	return one(j, err, a.showFlexJob(q))
}

var deploymentItemName = regexp.MustCompile(`^[\p{L}\p{N}\-_.(),:&@+']{1,64}$`)

// readFlexTarget reads which snapshot is restored and where to. Real Atlas
// demands targetProjectId of Flex clusters, which its document leaves optional.
func readFlexTarget(o *object, project presence) tidemark.NewRestoreJob {
	r := tidemark.NewRestoreJob{
		DeliveryType:    tidemark.DeliverAutomated,
		SnapshotID:      o.identifier("snapshotId", required, false),
		TargetName:      o.text("targetDeploymentItemName", required, 64, deploymentItemName),
		TargetProjectID: o.identifier("targetProjectId", project, false),
	}
	if *o.fault == nil && !validInstanceName(r.TargetName) { // Atlas's pattern allows names that no instance can have
		o.fail(tidemark.Errorf(tidemark.CodeInstanceNotFound, "no instance is called %s", r.TargetName).WithParams(r.TargetName, r.TargetProjectID))
	}
	return r
}

func (a *api) downloadFlexSnapshot(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("links")
	r := tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: o.identifier("snapshotId", required, false)}
	if err := o.done(); err != nil {
		return nil, err
	}
	j, err := a.service.CreateRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	return one(j, recode(err, tidemark.CodeSnapshotIncomplete, codeDownloadIncomplete), a.showFlexJob(q))
}
