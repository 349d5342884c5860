package atlas_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/atlas/atlastest"
)

const acceptFlex = "application/vnd.atlas.2024-11-13+json"

const flexProviderJSON = `"providerSettings":{"backingProviderName":"GCP","regionName":"WESTERN_EUROPE"}`

// in sends a call in a version, by the owner.
func (f *fixture) in(accept, method, path, body string) answer {
	f.t.Helper()
	return f.send(call{method: method, path: path, body: body, accept: accept})
}

// flex sends a call to the project's Flex clusters.
func (f *fixture) flex(method, path, body string) answer {
	f.t.Helper()
	return f.in(acceptFlex, method, f.group()+"/flexClusters"+path, body)
}

// flexShop makes two Flex clusters, one with a snapshot.
func (f *fixture) flexShop() tidemark.ID {
	f.t.Helper()
	for _, name := range []string{"shop", "target"} {
		f.flex("POST", "", `{"name":"`+name+`",`+flexProviderJSON+`}`).is(http.StatusCreated)
	}
	return f.snapshot("shop")
}

func TestFlexClusters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	made := f.flex("POST", "", `{"name":"shop",`+flexProviderJSON+`,"tags":[{"key":"a","value":"b"}],"terminationProtectionEnabled":true}`).is(http.StatusCreated).object()
	if made["links"] != nil || made["stateName"] != "IDLE" || made["versionReleaseSystem"] != "LTS" || made["clusterType"] != "REPLICASET" {
		t.Errorf("the cluster is %v", made)
	}
	settings := made["providerSettings"].(map[string]any)
	if settings["providerName"] != "FLEX" || settings["backingProviderName"] != "GCP" || settings["regionName"] != "WESTERN_EUROPE" || settings["diskSizeGB"] != 5.0 {
		t.Errorf("the provider settings are %v", settings)
	}
	if s := made["connectionStrings"].(map[string]any); s["standard"] != s["standardSrv"] || s["standard"] == "" {
		t.Errorf("the connection strings are %v", s)
	}
	f.flex("DELETE", "/shop", "").fails(http.StatusBadRequest, "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED")
	changed := f.flex("PATCH", "/shop", `{"terminationProtectionEnabled":false,"tags":[]}`).is(http.StatusOK).object()
	if changed["terminationProtectionEnabled"] != false || len(changed["tags"].([]any)) != 0 {
		t.Errorf("the cluster is %v", changed)
	}
	f.instance("other")
	if list := f.flex("GET", "", "").is(http.StatusOK).results(); len(list) != 1 || list[0]["name"] != "shop" {
		t.Errorf("the list is %v", list)
	}
	if got := f.flex("DELETE", "/shop", "").is(http.StatusNoContent); len(got.body) != 0 {
		t.Errorf("a 204 has the body %s", got.body)
	}
	f.flex("DELETE", "/shop", "").fails(http.StatusBadRequest, "CLUSTER_ALREADY_REQUESTED_DELETION", "shop")
	f.flex("GET", "/shop", "").is(http.StatusOK)
}

func TestFlexRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := string(f.flexShop())
	f.instance("serverless")
	f.flex("POST", "", `{"name":"shop",`+flexProviderJSON+`}`).fails(http.StatusBadRequest, "DUPLICATE_CLUSTER_NAME", "shop")
	for body, want := range map[string][2]string{
		`{"name":"a b",` + flexProviderJSON + `}`: {"INVALID_ATTRIBUTE", "name"},
		`{"name":"a"}`: {"MISSING_ATTRIBUTE", "providerSettings"},
		`{"name":"a","providerSettings":{"regionName":"X"}}`:                                        {"MISSING_ATTRIBUTE", "providerSettings.backingProviderName"},
		`{"name":"a","providerSettings":{"backingProviderName":"OCI","regionName":"X"}}`:            {"INVALID_ENUM_VALUE", "OCI"},
		`{"name":"a","links":[],` + flexProviderJSON + `}`:                                          {"ATTRIBUTE_READ_ONLY", "links"},
		`{"name":"a","clusterType":"REPLICASET",` + flexProviderJSON + `}`:                          {"INVALID_ATTRIBUTE", "clusterType"},
		`{"name":"a","providerSettings":{"providerName":"FLEX","backingProviderName":"AWS","r":1}}`: {"ATTRIBUTE_READ_ONLY", "providerSettings.providerName"},
	} {
		f.flex("POST", "", body).fails(http.StatusBadRequest, want[0], want[1])
	}
	f.flex("PATCH", "/shop", `{"name":"b"}`).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "name")
	for _, path := range []string{"", "/backup/snapshots", "/backup/restoreJobs"} {
		f.flex("GET", "/serverless"+path, "").fails(http.StatusBadRequest, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API", "serverless")
		f.flex("GET", "/missing"+path, "").fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing", string(f.ProjectID))
		f.get(f.serverless()+"/shop"+path).fails(http.StatusBadRequest, "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API", "shop")
	}
	f.flex("GET", "/shop/backup/snapshots/x", "").fails(http.StatusNotFound, "INVALID_SNAPSHOT_ID", "x")
	f.flex("GET", "/shop/backup/restoreJobs/x", "").fails(http.StatusNotFound, "INVALID_JOB_ID", "x")
	nobody := string(tidemark.NewID())
	f.flex("GET", "/shop/backup/snapshots/"+nobody, "").fails(http.StatusNotFound, "SNAPSHOT_NOT_FOUND", nobody, "shop")
	f.flex("GET", "/shop/backup/restoreJobs/"+nobody, "").fails(http.StatusNotFound, "RESTORE_JOB_NOT_FOUND", nobody, "shop")
	project := `,"targetProjectId":"` + string(f.ProjectID) + `"`
	for body, want := range map[string][2]string{
		`{"snapshotId":"` + id + `","targetDeploymentItemName":"target"}`:                                  {"MISSING_ATTRIBUTE", "targetProjectId"},
		`{"snapshotId":"` + id + `"` + project + `}`:                                                       {"MISSING_ATTRIBUTE", "targetDeploymentItemName"},
		`{"targetDeploymentItemName":"target"` + project + `}`:                                             {"MISSING_ATTRIBUTE", "snapshotId"},
		`{"snapshotId":"` + id + `","targetDeploymentItemName":"a/b"` + project + `}`:                      {"INVALID_ATTRIBUTE", "targetDeploymentItemName"},
		`{"snapshotId":"` + id + `","targetDeploymentItemName":"target","status":"QUEUED"` + project + `}`: {"ATTRIBUTE_READ_ONLY", "status"},
	} {
		f.flex("POST", "/shop/backup/restoreJobs", body).fails(http.StatusBadRequest, want[0], want[1])
	}
	f.flex("POST", "/shop/backup/restoreJobs", `{"snapshotId":"`+id+`","targetDeploymentItemName":"a_b"`+project+`}`).
		fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "a_b")
	other := f.AddProject("other")
	f.flex("POST", "/shop/backup/restoreJobs", `{"snapshotId":"`+id+`","targetDeploymentItemName":"target","targetProjectId":"`+string(other.ID)+`"}`).
		fails(http.StatusForbidden, "CANNOT_RESTORE_TO_TARGET")
}

func TestFlexSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.flexShop()
	f.clock.advance(time.Hour)
	f.Hold(true)
	second := f.snapshot("shop")
	list := f.flex("GET", "/shop/backup/snapshots", "").is(http.StatusOK).results()
	if len(list) != 2 || list[0]["id"] != string(first) || list[1]["id"] != string(second) {
		t.Fatalf("the list is %v", list)
	}
	if got := list[0]; got["status"] != "COMPLETED" || got["scheduledTime"] != "2026-03-01T12:00:00Z" || got["expiration"] != "2026-03-09T12:00:00Z" || got["finishTime"] == nil || got["links"] != nil {
		t.Errorf("the first is %v", got)
	}
	if got := f.flex("GET", "/shop/backup/snapshots/"+string(second), "").is(http.StatusOK).object(); got["status"] != "RUNNING" || got["finishTime"] != nil {
		t.Errorf("the second is %v", got)
	}
	for status, want := range map[tidemark.SnapshotStatus]string{tidemark.SnapshotQueued: "QUEUED", tidemark.SnapshotFailed: "FAILED"} {
		f.ChangeSnapshot(second, func(s *tidemark.Snapshot) { s.Status = status })
		if got := f.flex("GET", "/shop/backup/snapshots/"+string(second), "").object(); got["status"] != want {
			t.Errorf("a snapshot that is %s shows %v", status, got["status"])
		}
	}
	f.ChangeSnapshot(second, func(s *tidemark.Snapshot) { s.Status = tidemark.SnapshotInProgress })
	f.flex("POST", "/shop/backup/download", `{"snapshotId":"`+string(second)+`"}`).
		fails(http.StatusConflict, "CANNOT_DOWNLOAD_INCOMPLETE_SNAPSHOT", string(second))
}

// TestFlexRestore sends what the Atlas CLI sends, instanceName included.
func TestFlexRestore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := string(f.flexShop())
	body := `{"instanceName":"shop","snapshotId":"` + id + `","targetDeploymentItemName":"target","targetProjectId":"` + string(f.ProjectID) + `"}`
	job := f.flex("POST", "/shop/backup/restoreJobs", body).is(http.StatusOK).object()
	if job["deliveryType"] != "RESTORE" || job["status"] != "RUNNING" || job["instanceName"] != "shop" || job["snapshotUrl"] != nil ||
		job["restoreScheduledDate"] != "2026-03-01T12:00:00Z" || job["expirationDate"] != "2026-03-01T18:00:00Z" || job["snapshotFinishedDate"] == nil {
		t.Errorf("the job is %v", job)
	}
	f.flex("POST", "/shop/backup/restoreJobs", body).fails(http.StatusConflict, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS")
	first := job["id"].(string)
	for _, c := range []struct {
		state tidemark.JobState
		want  string
	}{{tidemark.JobQueued, "QUEUED"}, {tidemark.JobFailed, "FAILED"}, {tidemark.JobCancelled, "FAILED"}, {tidemark.JobCompleted, "COMPLETED"}} {
		state, want := c.state, c.want
		f.ChangeJob(tidemark.ID(first), func(j *tidemark.RestoreJob) { j.State, j.FinishedAt = state, f.clock.Now() })
		if got := f.flex("GET", "/shop/backup/restoreJobs/"+first, "").is(http.StatusOK).object(); got["status"] != want || got["restoreFinishedDate"] == nil {
			t.Errorf("a job that is %s shows %v", state, got)
		}
	}
	f.ChangeJob(tidemark.ID(first), func(j *tidemark.RestoreJob) { j.State = tidemark.JobCompleted }) // the loop's order is any
	second := f.flex("POST", "/shop/backup/restoreJobs", body).is(http.StatusOK).object()["id"]
	if list := f.flex("GET", "/shop/backup/restoreJobs", "").is(http.StatusOK).results(); len(list) != 2 || list[0]["id"] != second {
		t.Errorf("the list is %v", list)
	}
}

// TestFlexDownload fetches what the answer names, as the Atlas CLI does.
func TestFlexDownload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	job := f.flex("POST", "/"+"shop/backup/download", `{"snapshotId":"`+string(f.flexShop())+`"}`).is(http.StatusOK).object()
	url, _ := job["snapshotUrl"].(string)
	if job["deliveryType"] != "DOWNLOAD" || job["targetDeploymentItemName"] != nil || job["expirationDate"] != "2026-03-01T16:00:00Z" || url == "" {
		t.Fatalf("the job is %v", job)
	}
	got := f.do(call{method: "GET", path: strings.TrimPrefix(url, f.url), accept: "-"}, http.DefaultTransport).is(http.StatusOK)
	if string(got.body) != atlastest.Content {
		t.Errorf("the file is %q", got.body)
	}
	shown := func() any {
		return f.flex("GET", "/shop/backup/restoreJobs/"+job["id"].(string), "").is(http.StatusOK).object()["snapshotUrl"]
	}
	if shown() != url {
		t.Error("the job shows no link")
	}
	f.clock.advance(4 * time.Hour)
	if shown() != nil {
		t.Error("an expired link is shown")
	}
}
