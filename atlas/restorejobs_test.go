package atlas_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark"
)

// restore is the body of an automated restore.
func (f *fixture) restore(snapshot tidemark.ID) string {
	return fmt.Sprintf(`{"deliveryType":"automated","snapshotId":"%s","targetClusterName":"target","targetGroupId":"%s"}`, snapshot, f.ProjectID)
}

func TestRestoreJobAutomated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	created := f.post(f.jobs("shop"), f.restore(id)).is(http.StatusOK)
	if got := created.header.Get("Content-Type"); got != accept2023+";charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	job := created.object()
	for name, want := range map[string]any{
		"cancelled": false, "deliveryType": "automated", "expired": false, "failed": false, "snapshotId": string(id),
		"targetClusterName": "target", "targetGroupId": string(f.ProjectID), "timestamp": "2026-03-01T12:00:00Z",
	} {
		if job[name] != want {
			t.Errorf("%s is %v, not %v", name, job[name], want)
		}
	}
	for _, name := range []string{"finishedAt", "expiresAt", "oplogTs", "oplogInc", "pointInTimeUTCSeconds"} {
		if _, ok := job[name]; ok {
			t.Errorf("%s is set before its time", name)
		}
	}
	if urls := job["deliveryUrl"].([]any); len(urls) != 0 {
		t.Errorf("deliveryUrl is %v", urls)
	}
	path := f.jobs("shop") + "/" + job["id"].(string)
	links := fmt.Sprint(job["links"])
	for _, rel := range []string{"self", "https://cloud.mongodb.com/snapshot", "https://cloud.mongodb.com/cluster", "https://cloud.mongodb.com/group"} {
		if !strings.Contains(links, rel+"]") {
			t.Errorf("no link %s in %s", rel, links)
		}
	}
	if !strings.Contains(links, f.url+path) {
		t.Errorf("no link to %s in %s", path, links)
	}

	f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) {
		j.State, j.FinishedAt = tidemark.JobCompleted, start.Add(90*time.Second+500*time.Millisecond)
	})
	if got := f.get(path).is(http.StatusOK).object()["finishedAt"]; got != "2026-03-01T12:01:30Z" {
		t.Errorf("finishedAt is %v", got)
	}
	if got := f.get(f.jobs("shop")).is(http.StatusOK).results(); len(got) != 1 || len(got[0]["links"].([]any)) != 1 {
		t.Errorf("the list is %v", got)
	}
	f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) { j.State = tidemark.JobFailed })
	if got := f.get(path).object()["failed"]; got != true {
		t.Errorf("failed is %v", got)
	}
	f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) { j.State = tidemark.JobCancelled })
	if got := f.get(path).object()["cancelled"]; got != true {
		t.Errorf("cancelled is %v", got)
	}
}

func TestRestoreJobPointInTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.shop()
	f.ChangeInstance("shop", func(i *tidemark.Instance) { i.ContinuousBackup = true })
	target := fmt.Sprintf(`"targetClusterName":"target","targetGroupId":"%s"`, f.ProjectID)

	job := f.post(f.jobs("shop"), `{"deliveryType":"pointInTime","oplogTs":1700000000,"oplogInc":3,`+target+`}`).is(http.StatusOK).object()
	if job["oplogTs"] != 1.7e9 || job["oplogInc"] != 3.0 || job["snapshotId"] == nil {
		t.Errorf("the echo is %v", job)
	}
	if got := fmt.Sprint(job["desiredTimestamp"]); got != "map[date:2023-11-14T22:13:20Z increment:3]" {
		t.Errorf("desiredTimestamp is %s", got)
	}
	f.ChangeJob(tidemark.ID(job["id"].(string)), func(j *tidemark.RestoreJob) { j.State = tidemark.JobCompleted })
	job = f.post(f.jobs("shop"), `{"deliveryType":"pointInTime","pointInTimeUTCSeconds":1700000000,`+target+`}`).is(http.StatusOK).object()
	if job["pointInTimeUTCSeconds"] != 1.7e9 {
		t.Errorf("the echo is %v", job)
	}
}

// TestRestoreJobBody is every way in which the body can be wrong. Nothing may
// come of any of them.
func TestRestoreJobBody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	target := fmt.Sprintf(`"targetClusterName":"target","targetGroupId":"%s"`, f.ProjectID)
	automated := fmt.Sprintf(`"deliveryType":"automated","snapshotId":"%s",`, id)
	const pit = `"deliveryType":"pointInTime",`
	for name, c := range map[string]struct {
		body, code string
		parameter  string
	}{
		"not JSON":             {`{"deliveryType":`, "MALFORMED_JSON", ""},
		"not JSON at all":      {`deliveryType=automated`, "MALFORMED_JSON", ""},
		"an array":             {`[]`, "MALFORMED_JSON", ""},
		"a string":             {`"automated"`, "MALFORMED_JSON", ""},
		"two objects":          {`{}{}`, "MALFORMED_JSON", ""},
		"an attribute twice":   {`{` + automated + `"deliveryType":"download",` + target + `}`, "MALFORMED_JSON", ""},
		"empty":                {` `, "MALFORMED_JSON", ""},
		"no deliveryType":      {`{` + target + `}`, "MISSING_ATTRIBUTE", "deliveryType"},
		"null deliveryType":    {`{"deliveryType":null,` + target + `}`, "MISSING_ATTRIBUTE", "deliveryType"},
		"unknown deliveryType": {`{"deliveryType":"teleport",` + target + `}`, "INVALID_ENUM_VALUE", "teleport"},
		"deliveryType number":  {`{"deliveryType":1,` + target + `}`, "INVALID_ATTRIBUTE", "deliveryType"},
		"no snapshotId":        {`{"deliveryType":"automated",` + target + `}`, "MISSING_ATTRIBUTE", "snapshotId"},
		"no snapshotId to download": {`{"deliveryType":"download","targetClusterName":"","targetGroupId":""}`,
			"MISSING_ATTRIBUTE", "snapshotId"},
		"malformed snapshotId":    {`{"deliveryType":"automated","snapshotId":"XYZ",` + target + `}`, "INVALID_ATTRIBUTE", "snapshotId"},
		"empty snapshotId":        {`{"deliveryType":"automated","snapshotId":"",` + target + `}`, "INVALID_ATTRIBUTE", "snapshotId"},
		"upper-case snapshotId":   {`{"deliveryType":"automated","snapshotId":"32B6E34B3D91647ABB20E7B8",` + target + `}`, "INVALID_ATTRIBUTE", "snapshotId"},
		"no target":               {`{` + strings.TrimSuffix(automated, ",") + `}`, "MISSING_ATTRIBUTE", "targetClusterName"},
		"empty target":            {`{` + automated + `"targetClusterName":"","targetGroupId":""}`, "MISSING_ATTRIBUTE", "targetClusterName"},
		"no target project":       {`{` + automated + `"targetClusterName":"target"}`, "MISSING_ATTRIBUTE", "targetGroupId"},
		"empty target project":    {`{` + automated + `"targetClusterName":"target","targetGroupId":""}`, "MISSING_ATTRIBUTE", "targetGroupId"},
		"malformed target":        {`{` + automated + `"targetClusterName":"-x","targetGroupId":"` + string(f.ProjectID) + `"}`, "INVALID_ATTRIBUTE", "targetClusterName"},
		"long target":             {`{` + automated + `"targetClusterName":"` + strings.Repeat("x", 65) + `","targetGroupId":"` + string(f.ProjectID) + `"}`, "INVALID_ATTRIBUTE", "targetClusterName"},
		"malformed project":       {`{` + automated + `"targetClusterName":"target","targetGroupId":"p"}`, "INVALID_ATTRIBUTE", "targetGroupId"},
		"unknown attribute":       {`{` + automated + `"foo":1,` + target + `}`, "INVALID_ATTRIBUTE", "foo"},
		"other case":              {`{` + automated + `"SnapshotId":"x",` + target + `}`, "INVALID_ATTRIBUTE", "SnapshotId"},
		"read-only id":            {`{` + automated + `"id":"` + string(id) + `",` + target + `}`, "ATTRIBUTE_READ_ONLY", "id"},
		"read-only finishedAt":    {`{` + automated + `"finishedAt":"2025-05-04T09:42:00Z",` + target + `}`, "ATTRIBUTE_READ_ONLY", "finishedAt"},
		"read-only links":         {`{` + automated + `"links":[],` + target + `}`, "ATTRIBUTE_READ_ONLY", "links"},
		"time of a snapshot":      {`{` + automated + `"pointInTimeUTCSeconds":1700000000,` + target + `}`, "INVALID_ATTRIBUTE", "pointInTimeUTCSeconds"},
		"entry of a snapshot":     {`{` + automated + `"oplogTs":1700000000,"oplogInc":1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogTs"},
		"no time":                 {`{` + pit + target + `}`, "INVALID_PIT_RESTORE_TIME", ""},
		"both forms of time":      {`{` + pit + `"oplogTs":1700000000,"oplogInc":1,"pointInTimeUTCSeconds":1700000000,` + target + `}`, "INVALID_PIT_RESTORE_TIME", ""},
		"oplogTs alone":           {`{` + pit + `"oplogTs":1700000000,` + target + `}`, "MISSING_ATTRIBUTE", "oplogInc"},
		"oplogInc alone":          {`{` + pit + `"oplogInc":1,` + target + `}`, "MISSING_ATTRIBUTE", "oplogTs"},
		"oplogTs too small":       {`{` + pit + `"oplogTs":1199145599,"oplogInc":1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogTs"},
		"oplogTs of the page":     {`{` + pit + `"oplogTs":42,"oplogInc":1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogTs"},
		"oplogTs no int32":        {`{` + pit + `"oplogTs":2147483648,"oplogInc":1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogTs"},
		"oplogTs no int64":        {`{` + pit + `"oplogTs":99999999999999999999,"oplogInc":1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogTs"},
		"oplogInc zero":           {`{` + pit + `"oplogTs":1700000000,"oplogInc":0,` + target + `}`, "INVALID_ATTRIBUTE", "oplogInc"},
		"oplogInc negative":       {`{` + pit + `"oplogTs":1700000000,"oplogInc":-1,` + target + `}`, "INVALID_ATTRIBUTE", "oplogInc"},
		"time too small":          {`{` + pit + `"pointInTimeUTCSeconds":1199145599,` + target + `}`, "INVALID_ATTRIBUTE", "pointInTimeUTCSeconds"},
		"time a fraction":         {`{` + pit + `"pointInTimeUTCSeconds":1700000000.5,` + target + `}`, "INVALID_ATTRIBUTE", "pointInTimeUTCSeconds"},
		"time a string":           {`{` + pit + `"pointInTimeUTCSeconds":"1700000000",` + target + `}`, "INVALID_ATTRIBUTE", "pointInTimeUTCSeconds"},
		"point in time no target": {`{` + pit + `"pointInTimeUTCSeconds":1700000000}`, "MISSING_ATTRIBUTE", "targetClusterName"},
	} {
		t.Run(name, func(t *testing.T) {
			var wanted []string
			if c.parameter != "" {
				wanted = append(wanted, c.parameter)
			}
			f.post(f.jobs("shop"), c.body).fails(http.StatusBadRequest, c.code, wanted...)
		})
	}
	if jobs := f.get(f.jobs("shop")).results(); len(jobs) != 0 {
		t.Errorf("something came of it: %v", jobs)
	}
}

// TestRestoreJobRefused is what the service refuses.
func TestRestoreJobRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	group := string(f.ProjectID)
	other := f.AddProject("other")
	nobody := tidemark.NewID()
	body := func(target string, project, snapshot tidemark.ID) string {
		return fmt.Sprintf(`{"deliveryType":"automated","snapshotId":"%s","targetClusterName":"%s","targetGroupId":"%s"}`, snapshot, target, project)
	}
	post := func(body string) answer { t.Helper(); return f.post(f.jobs("shop"), body) }

	post(body("target", f.ProjectID, nobody)).fails(http.StatusNotFound, "SNAPSHOT_NOT_FOUND", string(nobody), "shop")
	post(body("missing", f.ProjectID, id)).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing", group)
	post(body("target", nobody, id)).fails(http.StatusNotFound, "GROUP_NOT_FOUND", string(nobody))
	post(body("target", other.ID, id)).fails(http.StatusForbidden, "CANNOT_RESTORE_TO_TARGET")
	f.post(f.jobs("missing"), f.restore(id)).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing", group)
	f.post("/api/atlas/v2/groups/"+string(nobody)+"/serverless/shop/backup/restoreJobs", f.restore(id)).
		fails(http.StatusNotFound, "GROUP_NOT_FOUND", string(nobody))
	f.post("/api/atlas/v2/groups/"+string(other.ID)+"/serverless/shop/backup/restoreJobs", f.restore(id)).
		fails(http.StatusUnauthorized, "NOT_IN_GROUP")
	f.send(call{method: http.MethodPost, path: f.jobs("shop"), body: f.restore(id), key: f.Reader}).
		fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
	post(fmt.Sprintf(`{"deliveryType":"pointInTime","pointInTimeUTCSeconds":1700000000,"targetClusterName":"target","targetGroupId":"%s"}`, group)).
		fails(http.StatusConflict, "NO_CHECKPOINT_FOR_PIT_RESTORE", "shop")

	f.ChangeSnapshot(id, func(s *tidemark.Snapshot) { s.Status = tidemark.SnapshotInProgress })
	post(f.restore(id)).fails(http.StatusConflict, "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT", string(id))
	post(`{"deliveryType":"download","snapshotId":"`+string(id)+`"}`).fails(http.StatusConflict, "CANNOT_DOWNLOAD_INCOMPLETE_SNAPSHOT", string(id))
	f.ChangeSnapshot(id, func(s *tidemark.Snapshot) { s.Status, s.ExpiresAt = tidemark.SnapshotCompleted, start })
	post(f.restore(id)).fails(http.StatusConflict, "CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", string(id))
	f.ChangeSnapshot(id, func(s *tidemark.Snapshot) { s.ExpiresAt = time.Time{} })

	if jobs := f.get(f.jobs("shop")).results(); len(jobs) != 0 {
		t.Fatalf("something came of it: %v", jobs)
	}
	post(f.restore(id)).is(http.StatusOK)
	post(f.restore(id)).fails(http.StatusConflict, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS")
	f.get(f.jobs("shop")+"/"+string(nobody)).fails(http.StatusNotFound, "RESTORE_JOB_NOT_FOUND", string(nobody), "shop")
	f.get(f.jobs("missing")).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND")
	f.ChangeInstance("shop", func(i *tidemark.Instance) { i.Kind = tidemark.KindDedicated })
	f.get(f.jobs("shop")).fails(http.StatusBadRequest, "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API", "shop")
}
