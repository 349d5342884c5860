package node_test

import (
	"encoding/json"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/client"
	"tidemark/mongo"
	"tidemark/restore/restoretest"
)

// patience bounds every wait for something that takes a second at most on a
// machine that has nothing else to do.
const patience = slowness * time.Minute

// until asks until the answer is yes.
func until(t testing.TB, what string, ask func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !ask() {
		select {
		case <-ticker.C:
		case <-limit.C:
			t.Fatalf("%s has not come about in %s", what, patience)
		case <-t.Context().Done():
			t.Fatalf("%s has not come about before the end of the test", what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (code %s, hint %q)", err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
	}
}

// decoded is an answer of the API that must be there.
func decoded[T any](t testing.TB, answer json.RawMessage, err error) T {
	t.Helper()
	must(t, err)
	v, err := client.Decode[T](answer)
	must(t, err)
	return v
}

// api is a service as one of its clients sees it, in one project.
type api struct {
	*client.Client
	project string
}

func connect(c client.Credentials) api { return api{client.New(c), c.GroupID} }

// create makes an instance, an embedded one where uri is empty.
func (a api) create(t testing.TB, name, uri string) {
	t.Helper()
	_, err := a.CreateInstance(t.Context(), a.project, client.NewInstance{Name: name, URI: uri})
	must(t, err)
	until(t, "instance "+name, func() bool { return a.instance(t, name).StateName == string(tidemark.StateIdle) })
}

func (a api) instance(t testing.TB, name string) client.Instance {
	t.Helper()
	answer, err := a.GetInstance(t.Context(), a.project, name)
	return decoded[client.Instance](t, answer, err)
}

// embedded makes an instance and connects to its server.
func (a api) embedded(t testing.TB, name string) *mongo.Deployment {
	t.Helper()
	a.create(t, name, "")
	return a.deployment(t, name)
}

// deployment connects to the server of an instance as a user of it would.
func (a api) deployment(t testing.TB, name string) *mongo.Deployment {
	t.Helper()
	return restoretest.Connect(t, a.instance(t, name).URI)
}

func (a api) getSnapshot(t testing.TB, name, id string) client.Snapshot {
	t.Helper()
	answer, err := a.GetSnapshot(t.Context(), a.project, name, id)
	return decoded[client.Snapshot](t, answer, err)
}

// beginSnapshot asks for a snapshot and returns its ID.
func (a api) beginSnapshot(t testing.TB, name string) string {
	t.Helper()
	answer, err := a.TakeSnapshot(t.Context(), a.project, name, client.NewSnapshot{})
	return decoded[client.Snapshot](t, answer, err).ID
}

// awaitSnapshot waits for a snapshot, which must be completed.
func (a api) awaitSnapshot(t testing.TB, name, id string) client.Snapshot {
	t.Helper()
	var s client.Snapshot
	until(t, "snapshot "+id, func() bool {
		s = a.getSnapshot(t, name, id)
		if s.Status == string(tidemark.SnapshotFailed) {
			t.Fatalf("snapshot of %s failed: %s", name, s.FailReason)
		}
		return s.Status == string(tidemark.SnapshotCompleted)
	})
	return s
}

// snapshot takes a snapshot and waits for it.
func (a api) snapshot(t testing.TB, name string) client.Snapshot {
	t.Helper()
	return a.awaitSnapshot(t, name, a.beginSnapshot(t, name))
}

func (a api) getJob(t testing.TB, source, id string) client.RestoreJob {
	t.Helper()
	answer, err := a.GetRestoreJob(t.Context(), a.project, source, id)
	return decoded[client.RestoreJob](t, answer, err)
}

// beginRestore asks for a restore onto an instance of the same project and
// returns the job's ID.
func (a api) beginRestore(t testing.TB, source, snapshot, target string) string {
	t.Helper()
	answer, err := a.CreateRestoreJob(t.Context(), a.project, source, client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverAutomated), SnapshotID: snapshot, TargetClusterName: target, TargetGroupID: a.project,
	})
	return decoded[client.RestoreJob](t, answer, err).ID
}

// finished waits until a restore job has ended, however it did.
func (a api) finished(t testing.TB, source, id string) client.RestoreJob {
	t.Helper()
	var j client.RestoreJob
	until(t, "restore job "+id, func() bool {
		j = a.getJob(t, source, id)
		return tidemark.JobState(j.State).Finished()
	})
	return j
}

// awaitRestore waits for a restore job, which must be completed and proven.
func (a api) awaitRestore(t testing.TB, source, id string) client.RestoreJob {
	t.Helper()
	j := a.finished(t, source, id)
	if j.State != string(tidemark.JobCompleted) {
		t.Fatalf("restore job %s: %s", j.State, j.FailReason)
	}
	if j.Report == nil || !j.Report.Verified {
		t.Errorf("the restore job is completed, but has proved nothing: %+v", j.Report)
	}
	return j
}

// restore restores a snapshot onto an instance and waits for it.
func (a api) restore(t testing.TB, source, snapshot, target string) client.RestoreJob {
	t.Helper()
	return a.awaitRestore(t, source, a.beginRestore(t, source, snapshot, target))
}

// wreck changes a deployment that restoretest.Fill has filled: collections are
// dropped, added and replaced.
func wreck(t testing.TB, d *mongo.Deployment) {
	t.Helper()
	for _, name := range []string{"orders", "empty"} {
		must(t, d.Drop(t.Context(), "shop", name))
	}
	rubbish := func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}, {Key: "rubbish", Value: true}} }
	restoretest.Collection(t, d, "shop", "orders", 7, nil, rubbish, bson.D{{Key: "rubbish", Value: 1}})
	restoretest.Collection(t, d, "elsewhere", "things", 5, nil, rubbish)
	must(t, d.Insert(t.Context(), "shop", "people", restoretest.Raw(t, rubbish(1)), 1))
}
