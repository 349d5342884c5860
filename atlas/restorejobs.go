package atlas

import (
	"net/url"
	"strings"

	"tidemark"
)

// restoreJob is ServerlessBackupRestoreJob. Its target is shown for jobs that
// have one; the document requires it even of downloads, but what it requires
// then, an empty string, does not match its own pattern.
type restoreJob struct {
	Cancelled             bool             `json:"cancelled"`
	DeliveryType          string           `json:"deliveryType"`
	DeliveryURL           []string         `json:"deliveryUrl"`
	DesiredTimestamp      desiredTimestamp `json:"desiredTimestamp"`
	Expired               bool             `json:"expired"`
	ExpiresAt             *date            `json:"expiresAt,omitempty"`
	Failed                bool             `json:"failed"`
	FinishedAt            *date            `json:"finishedAt,omitempty"`
	ID                    tidemark.ID      `json:"id"`
	Links                 []link           `json:"links"`
	OplogInc              uint32           `json:"oplogInc,omitempty"`
	OplogTs               uint32           `json:"oplogTs,omitempty"`
	PointInTimeUTCSeconds uint32           `json:"pointInTimeUTCSeconds,omitempty"`
	SnapshotID            tidemark.ID      `json:"snapshotId,omitempty"`
	TargetClusterName     string           `json:"targetClusterName,omitempty"`
	TargetGroupID         tidemark.ID      `json:"targetGroupId,omitempty"`
	Timestamp             *date            `json:"timestamp,omitempty"`
}

// desiredTimestamp is ApiBSONTimestamp. It is always there, as in real
// answers, and empty where there is none: the nulls of real answers break the
// document's schema, and clients read both alike.
type desiredTimestamp struct {
	Date      *date  `json:"date,omitempty"`
	Increment uint32 `json:"increment,omitempty"`
}

func (q *request) restoreJob(a *api, j *tidemark.RestoreJob) restoreJob {
	out := restoreJob{
		Cancelled:             j.State == tidemark.JobCancelled,
		DeliveryType:          string(j.DeliveryType),
		DeliveryURL:           []string{},
		Failed:                j.State == tidemark.JobFailed,
		ExpiresAt:             dateOf(j.ExpiresAt),
		FinishedAt:            dateOf(j.FinishedAt),
		ID:                    j.ID,
		Links:                 q.jobLinks(j),
		OplogInc:              j.OplogInc,
		OplogTs:               j.OplogTs,
		PointInTimeUTCSeconds: j.PointInTimeUTCSeconds,
		SnapshotID:            j.SnapshotID,
		TargetClusterName:     j.TargetName,
		TargetGroupID:         j.TargetProjectID,
		Timestamp:             dateOf(j.SnapshotAt),
	}
	if t := j.DesiredTimestamp; !t.IsZero() {
		out.DesiredTimestamp = desiredTimestamp{dateOf(t.Time()), t.I}
	}
	out.Expired = !j.ExpiresAt.IsZero() && !a.config.Clock().Before(j.ExpiresAt)
	if j.DeliveryType == tidemark.DeliverDownload && j.State == tidemark.JobCompleted && !out.Expired && j.DownloadToken != "" {
		out.DeliveryURL = []string{q.downloadURL(j)}
	}
	return out
}

// downloadURL is where the file of a download is fetched.
func (q *request) downloadURL(j *tidemark.RestoreJob) string {
	return q.base + downloadPrefix + url.PathEscape(j.DownloadToken) + "/" + downloadName(j)
}

// downloadName is the name of a download's file.
func downloadName(j *tidemark.RestoreJob) string {
	return j.InstanceName + "-" + string(j.SnapshotID) + ".archive.gz"
}

func (q *request) jobLinks(j *tidemark.RestoreJob) []link {
	links := q.self(q.family()+"/restoreJobs/%s", j.ProjectID, j.InstanceName, j.ID)
	if q.endpoint.list || q.extension() {
		return links
	}
	if j.SnapshotID != "" {
		links = append(links, link{q.href(q.family()+"/snapshots/%s", j.ProjectID, j.InstanceName, j.SnapshotID), relSnapshot})
	}
	return append(links, q.clusterLinks(j.ProjectID, j.InstanceName)...)
}

// clusterLinks are those of an object to what it belongs to.
func (q *request) clusterLinks(project tidemark.ID, instance string) []link {
	return []link{
		{q.href(strings.TrimSuffix(q.family(), "/backup"), project, instance), relCluster},
		{q.href("/groups/%s", project), relGroup},
	}
}

// showJob returns what shows a job in the shape of the API that was asked.
func (a *api) showJob(q *request) func(*tidemark.RestoreJob) any {
	return func(j *tidemark.RestoreJob) any {
		if q.extension() {
			return q.ownRestoreJob(a, j)
		}
		return q.restoreJob(a, j)
	}
}

func (a *api) listRestoreJobs(q *request) (any, error) {
	items, total, err := a.service.ListRestoreJobs(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.page)
	return listed(q, items, total, err, a.showJob(q))
}

func (a *api) getRestoreJob(q *request) (any, error) {
	j, err := a.service.GetRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
	return one(j, err, a.showJob(q))
}

// cancelRestoreJob ends a job before its cut-over, or takes back a link.
func (a *api) cancelRestoreJob(q *request) (any, error) {
	j, err := a.service.CancelRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
	return one(j, err, a.showJob(q))
}

// createRestoreJob is "Restore One Snapshot of One Serverless Instance".
func (a *api) createRestoreJob(q *request) (any, error) {
	r, err := newRestoreJob(q)
	if err != nil {
		return nil, err
	}
	if q.extension() {
		p := queryReader{values: q.query}
		dryRun := p.flag("dryRun", false)
		if p.err != nil {
			return nil, p.err
		}
		if dryRun {
			return a.planRestoreJob(q, r)
		}
	}
	j, err := a.service.CreateRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	if r.DeliveryType == tidemark.DeliverDownload {
		err = recode(err, tidemark.CodeSnapshotIncomplete, codeDownloadIncomplete)
	}
	return one(j, err, a.showJob(q))
}

// firstOplogTs is the smallest time that the document allows: 2008.
const firstOplogTs = 1199145600

var jobReadOnly = strings.Fields("id cancelled deliveryUrl desiredTimestamp expired expiresAt failed finishedAt links timestamp")

// newRestoreJob reads the body and refuses what contradicts its delivery type.
func newRestoreJob(q *request) (r tidemark.NewRestoreJob, err error) {
	o, err := q.body()
	if err != nil {
		return r, err
	}
	o.readOnly(jobReadOnly...)
	r.DeliveryType = tidemark.DeliveryType(o.enum("deliveryType", required, "automated", "download", "pointInTime"))
	r.SnapshotID = o.identifier("snapshotId", optional, false)
	r.OplogTs = uint32(o.integer("oplogTs", optional, firstOplogTs))
	r.OplogInc = uint32(o.integer("oplogInc", optional, 1))
	r.PointInTimeUTCSeconds = uint32(o.integer("pointInTimeUTCSeconds", optional, firstOplogTs))
	readTarget(o, &r)
	checkTimes(o, r)
	if q.extension() {
		r.Options = restoreOptions(o)
	}
	if r.DeliveryType != tidemark.DeliverPointInTime && r.SnapshotID == "" {
		o.missing("snapshotId")
	}
	return r, o.done()
}

// readTarget reads where to. Clients send a download's target as empty strings
// or as any target at all; it has none.
func readTarget(o *object, r *tidemark.NewRestoreJob) {
	download := r.DeliveryType == tidemark.DeliverDownload
	name, _ := o.rawText("targetClusterName", presence(!download))
	if name == "" && !download && o.has("targetClusterName") {
		o.missing("targetClusterName")
	}
	if name != "" && !validInstanceName(name) {
		o.invalid("targetClusterName", "it does not match %s", instanceName)
	}
	project := o.identifier("targetGroupId", presence(!download), true)
	if project == "" && !download && o.has("targetGroupId") {
		o.missing("targetGroupId")
	}
	if !download {
		r.TargetName, r.TargetProjectID = name, project
	}
}

// checkTimes wants one form of a time for a point in time, and none for the
// others.
func checkTimes(o *object, r tidemark.NewRestoreJob) {
	if r.DeliveryType != tidemark.DeliverPointInTime {
		for _, name := range []string{"oplogTs", "oplogInc", "pointInTimeUTCSeconds"} {
			if o.has(name) {
				o.invalid(name, "it goes with deliveryType pointInTime only")
			}
		}
		return
	}
	entry := r.OplogTs != 0 || r.OplogInc != 0
	switch {
	case entry && r.PointInTimeUTCSeconds != 0:
		o.fail(tidemark.Errorf(tidemark.CodeInvalidRestoreTime, "oplogTs and pointInTimeUTCSeconds exclude each other"))
	case !entry && r.PointInTimeUTCSeconds == 0:
		o.fail(tidemark.Errorf(tidemark.CodeInvalidRestoreTime, "neither oplogTs with oplogInc nor pointInTimeUTCSeconds was given"))
	case r.OplogTs != 0 && r.OplogInc == 0:
		o.missing("oplogInc")
	case r.OplogInc != 0 && r.OplogTs == 0:
		o.missing("oplogTs")
	}
}
