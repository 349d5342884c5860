package atlas_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark"
)

func TestOwnInstances(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const uri = "mongodb://ann:h%40rd-to-guess@db1.example:27017,db2.example:27018/admin?replicaSet=rs0&tlsCertificateKeyFilePassword=hunter2"
	made := f.send(call{method: http.MethodPost, path: f.own(), body: `{"name":"prod","uri":"` + uri + `","kind":"dedicated"}`, accept: "-"}).is(http.StatusCreated)
	if got := made.header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	for name, want := range map[string]any{
		"kind": "dedicated", "embedded": false, "name": "prod", "stateName": "IDLE", "deploymentVersion": "7.0.42",
		"uri":                   "mongodb://ann:****@db1.example:27017,db2.example:27018/admin?replicaSet=rs0&tlsCertificateKeyFilePassword=****",
		"snapshotIntervalHours": 6.0, "snapshotRetentionDays": 2.0,
	} {
		if got := made.object()[name]; got != want {
			t.Errorf("%s is %v, not %v", name, got, want)
		}
	}
	f.instance("shop")
	all := f.get(f.own()).is(http.StatusOK)
	if len(all.results()) != 2 || strings.Contains(string(all.body)+f.log.String(), "guess") || strings.Contains(string(all.body), "hunter2") {
		t.Errorf("the list is %s", all.body)
	}
	if got := f.get(f.serverless()).results(); len(got) != 1 || got[0]["name"] != "shop" {
		t.Errorf("the serverless ones are %v", got)
	}
	f.get(f.serverless()+"/prod").fails(http.StatusBadRequest, "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API", "prod")

	patch := call{method: http.MethodPatch, path: f.own() + "/prod", body: `{"snapshotIntervalHours":0.5,"snapshotRetentionDays":7}`}
	if got := f.send(patch).is(http.StatusOK).object(); got["snapshotIntervalHours"] != 0.5 || got["snapshotRetentionDays"] != 7.0 {
		t.Errorf("the schedule is %v", got)
	}
	for body, parameter := range map[string]string{
		`{"snapshotIntervalHours":-1}`: "snapshotIntervalHours", `{"snapshotIntervalHours":"1"}`: "snapshotIntervalHours",
		`{"snapshotRetentionDays":1e9}`: "snapshotRetentionDays", `{"uri":"x"}`: "uri",
	} {
		patch.body = body
		f.send(patch).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", parameter)
	}
	patch.path = f.own() + "/missing"
	patch.body = `{}`
	f.send(patch).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing")
	f.send(call{method: http.MethodDelete, path: f.own() + "/prod"}).is(http.StatusAccepted)
	if got := f.get(f.own() + "/prod").object()["stateName"]; got != "DELETING" {
		t.Errorf("stateName is %v", got)
	}
}

// TestOwnCapture shows how far the capture of an instance is.
func TestOwnCapture(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	if got := f.get(f.own() + "/shop").is(http.StatusOK).object()["capture"]; got != nil {
		t.Errorf("without continuous backup capture is %v", got)
	}
	shows := func(c tidemark.Capture, want string) {
		t.Helper()
		f.ChangeInstance("shop", func(i *tidemark.Instance) { i.ContinuousBackup, i.Capture = true, &c })
		got := f.get(f.own() + "/shop").is(http.StatusOK).object()
		if got["continuousBackupEnabled"] != true || fmt.Sprint(got["capture"]) != want {
			t.Errorf("capture is %v", got["capture"])
		}
	}
	shows(tidemark.Capture{}, "map[lagSeconds:0]")
	shows(tidemark.Capture{
		Position: tidemark.Timestamp{T: 1700000000, I: 3}, WindowStart: tidemark.Timestamp{T: 1600000000, I: 1},
		GapAfter: tidemark.Timestamp{T: 1500000000, I: 2}, SourceTime: tidemark.Timestamp{T: 1700000065, I: 1},
		SeenAt: time.Unix(1700000066, 0), FailCode: tidemark.CodeTargetUnreachable, FailReason: "nobody answers",
	}, "map[failCode:target_unreachable failReason:nobody answers gapAfter:1500000000:2 lagSeconds:65 latest:1700000065:1 "+
		"position:1700000000:3 seenAt:2023-11-14T22:14:26Z windowStart:1600000000:1]")
}

// TestOwnInstanceSecret: a connection string that cannot be understood is not
// repeated, whatever is wrong with it.
func TestOwnInstanceSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, uri := range []string{"ann:hunter2@db", "http://ann:hunter2@db", "mongodb://ann:hunter2/x@db", "mongodb://ann:hunter2@", "mongodb://an:n:hunter2@db@c"} {
		got := f.post(f.own(), `{"name":"prod","uri":"`+uri+`"}`)
		got.fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "uri")
		if strings.Contains(string(got.body)+f.log.String(), "hunter2") {
			t.Errorf("the password is told: %s", got.body)
		}
	}
	f.post(f.own(), `{"name":"prod","kind":"huge"}`).fails(http.StatusBadRequest, "INVALID_ENUM_VALUE", "huge")
}

func TestOwnSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	path := f.own() + "/shop/snapshots"
	taken := f.post(path, `{"description":"before the change","retentionInDays":3}`).is(http.StatusCreated).object()
	if taken["description"] != "before the change" || taken["expiresAt"] != "2026-03-04T12:00:00Z" || taken["status"] != "completed" {
		t.Errorf("the snapshot is %v", taken)
	}
	f.Hold(true)
	held := f.send(call{method: http.MethodPost, path: path}).is(http.StatusCreated).object()
	progress, _ := held["progress"].(map[string]any)
	if progress["phase"] != "scan" || progress["percent"] != 25.0 || progress["rate"] != 1000.0 || progress["etaSeconds"] != 3.0 ||
		progress["totalBytes"] != 4000.0 || progress["totalDocuments"] != nil || len(progress["collections"].([]any)) != 1 {
		t.Errorf("the progress is %v", progress)
	}
	one := path + "/" + held["id"].(string)
	f.post(path, `{}`).fails(http.StatusBadRequest, "UNFINISHED_ON_DEMAND_SNAPSHOT", "shop")
	f.send(call{method: http.MethodDelete, path: one}).fails(http.StatusBadRequest, "CANNOT_DELETE_IN_PROGRESS_SNAPSHOT", held["id"].(string))
	f.ChangeSnapshot(tidemark.ID(held["id"].(string)), func(s *tidemark.Snapshot) {
		s.Status, s.FailReason, s.FinishedAt = tidemark.SnapshotFailed, "the server went away", start
	})
	if got := f.get(one).is(http.StatusOK).object(); got["failReason"] != "the server went away" || got["status"] != "failed" || got["finishedAt"] == nil {
		t.Errorf("the failed snapshot is %v", got)
	}
	if got := f.get(path).is(http.StatusOK).results(); len(got) != 2 {
		t.Errorf("the list is %v", got)
	}
	f.send(call{method: http.MethodDelete, path: one}).is(http.StatusNoContent)
	f.get(one).fails(http.StatusNotFound, "SNAPSHOT_NOT_FOUND")
	for body, parameter := range map[string]string{
		`{"retentionInDays":0}`: "retentionInDays", `{"retentionInDays":99999}`: "retentionInDays",
		`{"description":1}`: "description", `{"description":"` + strings.Repeat("x", 1025) + `"}`: "description", `{"x":1}`: "x",
	} {
		f.post(path, body).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", parameter)
	}
}

func TestOwnRestoreJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.shop()
	path := f.own() + "/shop/restoreJobs"
	made := f.post(path, f.restore(id)).is(http.StatusCreated).object()
	if made["state"] != "inProgress" || made["sourceInstanceName"] != "shop" || made["targetClusterName"] != "target" {
		t.Errorf("the job is %v", made)
	}
	one := path + "/" + made["id"].(string)
	f.ChangeJob(tidemark.ID(made["id"].(string)), func(j *tidemark.RestoreJob) {
		j.State, j.FinishedAt, j.FailCode, j.FailReason = tidemark.JobFailed, start.Add(time.Minute), tidemark.CodeTargetUnreachable, "the target went away"
		j.Progress = tidemark.Progress{
			Phase: "load", Percent: 50, TotalBytes: -1, TotalDocuments: -1,
			Indexes: []tidemark.IndexProgress{{Namespace: "a.b", Name: "x_1", Phase: "building", Percent: 25}},
		}
		j.Report = &tidemark.RestoreReport{Verified: true, Dropped: []string{"a.b"}}
	})
	got := f.get(one).is(http.StatusOK).object()
	if got["state"] != "failed" || got["failCode"] != "target_unreachable" || got["failReason"] != "the target went away" ||
		got["report"].(map[string]any)["verified"] != true || got["progress"].(map[string]any)["percent"] != 50.0 ||
		fmt.Sprint(got["progress"].(map[string]any)["indexes"]) != "[map[name:x_1 namespace:a.b percent:25 phase:building]]" {
		t.Errorf("the job is %v", got)
	}
	if got := f.get(path).is(http.StatusOK).results(); len(got) != 1 {
		t.Errorf("the list is %v", got)
	}
	// Atlas's body has five members; the extension API's tells what to do, too.
	f.post(path, f.restore(id)).is(http.StatusCreated)
	atlas := f.post(f.jobs("shop"), f.restore(id)).is(http.StatusConflict).object()
	own := f.post(path, f.restore(id)).is(http.StatusConflict).object()
	if len(atlas) != 5 || len(own) != 6 || own["hint"] != "Wait for the restore that is under way." {
		t.Errorf("the errors are %v and %v", atlas, own)
	}
}

// TestOwnCancel shows the job as it is then, or why it cannot be cancelled.
func TestOwnCancel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.own() + "/shop/restoreJobs"
	made := f.post(path, f.restore(f.shop())).is(http.StatusCreated).object()
	id := made["id"].(string)
	cancel := call{method: http.MethodDelete, path: path + "/" + id}
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) { j.CutOverAt = start })
	f.send(cancel).fails(http.StatusBadRequest, "CANNOT_CANCEL_AUTOMATED_RESTORE")
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) { j.CutOverAt = time.Time{} })
	for range 2 {
		if got := f.send(cancel).is(http.StatusOK).object(); got["state"] != "cancelled" || got["cancelled"] != true || got["finishedAt"] == nil {
			t.Errorf("the job is %v", got)
		}
	}
	cancel.path = path + "/" + string(tidemark.NewID())
	f.send(cancel).fails(http.StatusNotFound, "RESTORE_JOB_NOT_FOUND")
}

func TestLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get(f.group() + "?envelope=true").is(http.StatusOK)
	log := f.log.String()
	want := fmt.Sprintf("method=GET path=%s operation=getProject status=200", f.group())
	if !strings.Contains(log, want) || !strings.Contains(log, "key="+f.Owner.PublicID) {
		t.Errorf("no line %q in\n%s", want, log)
	}
	for _, secret := range []string{"envelope", "Digest", f.Owner.Secret} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log:\n%s", secret, log)
		}
	}
}
