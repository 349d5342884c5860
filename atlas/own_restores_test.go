package atlas_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/atlas"
)

// with adds attributes to the body of a restore.
func with(body, attributes string) string {
	return strings.TrimSuffix(body, "}") + "," + attributes + "}"
}

// TestOwnRestoreOptions takes and shows them; Atlas's paths know none of them.
func TestOwnRestoreOptions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	body, path := f.restore(f.shop()), f.own()+"/shop/restoreJobs"
	const all = `"namespaces":["shop.*"],"exclude":["shop.logs"],"renames":[{"from":"shop.*","to":"old.*"}],"suffix":"_x",` +
		`"existing":"refuse","noVerify":true,"maxBytesPerSecond":5000000000,"writers":3,"safetySnapshot":"always"`
	for _, attribute := range strings.Split(strings.ReplaceAll(all, `,"to"`, `;"to"`), ",") {
		attribute = strings.ReplaceAll(attribute, ";", ",")
		name, _, _ := strings.Cut(strings.TrimPrefix(attribute, `"`), `"`)
		f.post(f.jobs("shop"), with(body, attribute)).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", name)
	}
	made := f.post(path, with(body, all)).is(http.StatusCreated).object()
	want := "map[exclude:[shop.logs] existing:refuse maxBytesPerSecond:5e+09 namespaces:[shop.*] noVerify:true renames:[map[from:shop.* to:old.*]] " +
		"safetySnapshot:always suffix:_x writers:3]"
	if got := fmt.Sprint(f.get(path + "/" + made["id"].(string)).object()["options"]); got != want {
		t.Errorf("the options are %s", got)
	}
	for attribute, name := range map[string]string{
		`"namespaces":"shop"`: "namespaces", `"namespaces":[1]`: "namespaces[0]", `"renames":[{"from":"a"}]`: "renames[0].to",
		`"renames":[{"from":"a","to":"b","x":1}]`: "renames[0].x", `"renames":["a"]`: "renames", `"suffix":""`: "suffix",
		`"noVerify":1`: "noVerify", `"maxBytesPerSecond":0`: "maxBytesPerSecond", `"writers":0`: "writers", `"drop":["a.b"]`: "drop",
	} {
		got := f.post(path, with(body, attribute)).is(http.StatusBadRequest)
		if !strings.Contains(string(got.body), name) {
			t.Errorf("%s is answered with %s", attribute, got.body)
		}
	}
	f.post(path, with(body, `"existing":"keep"`)).fails(http.StatusBadRequest, "INVALID_ENUM_VALUE", "keep")
}

// TestOwnPlan answers with the plan, and makes nothing.
func TestOwnPlan(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	body, path := f.restore(f.shop()), f.own()+"/shop/restoreJobs"
	plan := f.post(path+"?dryRun=true", body).is(http.StatusOK).object()
	if plan["clusterTime"] != "1700000000:3" || plan["bytes"] != 300.0 || len(plan["collections"].([]any)) != 1 || fmt.Sprint(plan["drops"]) != "[shop.new]" {
		t.Errorf("the plan is %v", plan)
	}
	f.post(path+"?dryRun=perhaps", body).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "dryRun")
	if got := f.get(path).results(); len(got) != 0 {
		t.Errorf("a plan made %v", got)
	}
	f.post(path+"?dryRun=false", body).is(http.StatusCreated)
	f.post(path+"?dryRun=true", body).fails(http.StatusConflict, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS")
}

func TestOwnUndo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.own() + "/shop/restoreJobs"
	snapshot := f.shop()
	id := f.post(path, f.restore(snapshot)).is(http.StatusCreated).object()["id"].(string)
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) {
		j.State, j.CutOverAt, j.SafetyFailure = tidemark.JobCompleted, start, "no oplog"
	})
	if got := f.post(path+"/"+id+"/undo", "").is(http.StatusConflict).object(); got["errorCode"] != "CANNOT_UNDO_RESTORE" || got["hint"] == nil {
		t.Errorf("the refusal is %v", got)
	}
	f.ChangeInstance("target", func(i *tidemark.Instance) {})
	kept := f.post(f.own()+"/target/snapshots", `{}`).is(http.StatusCreated).object()["id"].(string)
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) { j.SafetySnapshotID, j.SafetyFailure = tidemark.ID(kept), "" })
	if got := f.get(path + "/" + id).object(); got["safetySnapshotId"] != kept || got["cutOverAt"] == nil {
		t.Errorf("the job is %v", got)
	}
	undo := f.post(path+"/"+id+"/undo", "").is(http.StatusCreated).object()
	if undo["undoOf"] != id || undo["snapshotId"] != kept || undo["sourceInstanceName"] != "target" {
		t.Errorf("the undo is %v", undo)
	}
}

// event is one server-sent event.
type event struct {
	name string
	job  map[string]any
}

// watch opens a stream and reads its events into a channel, which is closed at
// its end.
func (f *fixture) watch(ctx context.Context, path string) (*http.Response, <-chan event) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "17")
	plain := http.DefaultTransport.(*http.Transport).Clone()
	f.t.Cleanup(plain.CloseIdleConnections)
	resp, err := (&digest.Transport{Username: f.Owner.PublicID, Password: f.Owner.Secret, Transport: plain}).RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	events := make(chan event, 64)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				e.name = strings.TrimPrefix(line, "event: ")
			case strings.HasPrefix(line, "data: "):
				_ = json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &e.job)
			case line == "" && e.name != "":
				events <- e
				e = event{}
			}
		}
	}()
	return resp, events
}

func (f *fixture) next(events <-chan event) (event, bool) {
	f.t.Helper()
	select {
	case e, ok := <-events:
		return e, ok
	case <-time.After(20 * time.Second):
		f.t.Fatal("no event comes")
		return event{}, false
	}
}

// TestOwnWatch follows a job to its end.
func TestOwnWatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.own() + "/shop/restoreJobs"
	id := f.post(path, f.restore(f.shop())).is(http.StatusCreated).object()["id"].(string)
	resp, events := f.watch(t.Context(), path+"/"+id+"/events")
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("status %d, Content-Type %s", resp.StatusCode, got)
	}
	if e, _ := f.next(events); e.name != "progress" || e.job["state"] != "inProgress" {
		t.Errorf("the first event is %+v", e)
	}
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) { j.Progress = tidemark.Progress{Phase: "loading", Percent: 50} })
	if e, _ := f.next(events); e.name != "progress" || e.job["progress"].(map[string]any)["percent"] != 50.0 {
		t.Errorf("the second event is %+v", e)
	}
	f.ChangeJob(tidemark.ID(id), func(j *tidemark.RestoreJob) { j.State = tidemark.JobCompleted })
	if e, _ := f.next(events); e.name != "done" || e.job["state"] != "completed" {
		t.Errorf("the last event is %+v", e)
	}
	if e, more := f.next(events); more {
		t.Errorf("after the end comes %+v", e)
	}
	f.get(path+"/"+string(tidemark.NewID())+"/events").fails(http.StatusNotFound, "RESTORE_JOB_NOT_FOUND")
}

// TestOwnWatchEnds with the service and with the client; and there are so many
// at once.
func TestOwnWatchEnds(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	f := newFixture(t, func(c *atlas.Config) { c.MaxStreams, c.Stopping = 1, stopping })
	path := f.own() + "/shop/restoreJobs"
	id := f.post(path, f.restore(f.shop())).is(http.StatusCreated).object()["id"].(string)
	ctx, leave := context.WithCancel(t.Context())
	_, events := f.watch(ctx, path+"/"+id+"/events")
	f.next(events)
	f.get(path+"/"+id+"/events").fails(http.StatusServiceUnavailable, "TOO_MANY_STREAMS")
	leave()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, again := f.watch(t.Context(), path+"/"+id+"/events")
		if resp.StatusCode == http.StatusOK {
			f.next(again)
			close(stopping)
			if e, more := f.next(again); more {
				t.Errorf("after the stop comes %+v", e)
			}
			return
		}
		for range again {
		}
		if time.Now().After(deadline) {
			t.Fatal("the stream of a client that went is still open")
		}
		<-tick.C
	}
}
