package node_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"
	"go.mongodb.org/atlas-sdk/v20250312001/auth"

	"tidemark/client"
	"tidemark/mongo"
	"tidemark/restore/restoretest"
)

// atlas is Atlas's own client in one project.
type atlas struct {
	*admin.APIClient
	group string
}

func byDigest(t *testing.T, c client.Credentials) *admin.APIClient {
	t.Helper()
	a, err := admin.NewClient(admin.UseBaseURL(c.BaseURL), admin.UseDigestAuth(c.PublicKey, c.PrivateKey))
	must(t, err)
	return a
}

func byOAuth(t *testing.T, c client.Credentials) *admin.APIClient {
	t.Helper()
	// Without a client of its own the SDK changes the one that all of the process shares.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	ctx := context.WithValue(t.Context(), auth.HTTPClient, &http.Client{Transport: transport})
	a, err := admin.NewClient(admin.UseBaseURL(c.BaseURL), admin.UseOAuthAuth(ctx, c.ClientID, c.ClientSecret))
	must(t, err)
	return a
}

// answer is what an operation of the SDK must return.
func answer[T any](t *testing.T, v T, resp *http.Response, err error) T {
	t.Helper()
	if resp != nil && resp.Body != nil {
		defer resp.Body.Close()
	}
	must(t, err)
	return v
}

// newProject makes a project to work in.
func newProject(t *testing.T, a *admin.APIClient, org, name string) atlas {
	t.Helper()
	g, resp, err := a.ProjectsApi.CreateProject(t.Context(), &admin.Group{Name: name, OrgId: org}).Execute()
	return atlas{a, answer(t, g, resp, err).GetId()}
}

// instance makes a serverless instance, waits until it is idle and connects to it.
func (a atlas) instance(t *testing.T, s *service, name string) *mongo.Deployment {
	t.Helper()
	made, resp, err := a.ServerlessInstancesApi.CreateServerlessInstance(t.Context(), a.group, &admin.ServerlessInstanceDescriptionCreate{
		Name:             name,
		ProviderSettings: admin.ServerlessProviderSettings{BackingProviderName: "AWS", RegionName: "US_EAST_1"},
	}).Execute()
	if state := answer(t, made, resp, err).GetStateName(); state != "CREATING" {
		t.Errorf("a new instance is %s", state)
	}
	until(t, "instance "+name, func() bool {
		got, resp, err := a.ServerlessInstancesApi.GetServerlessInstance(t.Context(), a.group, name).Execute()
		return answer(t, got, resp, err).GetStateName() == "IDLE"
	})
	return api{s.Client, a.group}.deployment(t, name)
}

// begin asks for a restore job.
func (a atlas) begin(t *testing.T, source string, job *admin.ServerlessBackupRestoreJob) *admin.ServerlessBackupRestoreJob {
	t.Helper()
	got, resp, err := a.CloudBackupsApi.CreateServerlessBackupRestoreJob(t.Context(), a.group, source, job).Execute()
	return answer(t, got, resp, err)
}

// await waits for the end of a restore job as Atlas's CLI does.
func (a atlas) await(t *testing.T, source, id string) *admin.ServerlessBackupRestoreJob {
	t.Helper()
	var job *admin.ServerlessBackupRestoreJob
	until(t, "restore job "+id, func() bool {
		got, resp, err := a.CloudBackupsApi.GetServerlessBackupRestoreJob(t.Context(), a.group, source, id).Execute()
		job = answer(t, got, resp, err)
		return job.GetExpired() || job.GetCancelled() || job.GetFailed() || job.FinishedAt != nil
	})
	if job.GetExpired() || job.GetCancelled() || job.GetFailed() {
		t.Fatalf("restore job %+v", job)
	}
	return job
}

// TestMainJobBySDK is what the project is for, as Atlas's Go SDK does it.
func TestMainJobBySDK(t *testing.T) {
	t.Parallel()
	for name, connect := range map[string]func(*testing.T, client.Credentials) *admin.APIClient{"digest": byDigest, "oauth": byOAuth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, config(t))
			mainJob(t, s, connect(t, s.Credentials()))
		})
	}
}

func mainJob(t *testing.T, s *service, sdk *admin.APIClient) {
	ctx, org := t.Context(), s.Credentials().OrgID
	a, other := newProject(t, sdk, org, "main"), newProject(t, sdk, org, "other")
	shop, spare, far := a.instance(t, s, "shop"), a.instance(t, s, "spare"), other.instance(t, s, "far")
	restoretest.Fill(t, shop, 600/slowness, 200)
	want := restoretest.Read(t, shop)

	taken := time.Now().Add(-time.Second)
	id := api{s.Client, a.group}.snapshot(t, "shop").ID
	snapshot, resp, err := sdk.CloudBackupsApi.GetServerlessBackup(ctx, a.group, "shop", id).Execute()
	snapshot = answer(t, snapshot, resp, err)
	if snapshot.GetStatus() != "completed" || snapshot.GetServerlessInstanceName() != "shop" || snapshot.GetSnapshotType() != "onDemand" ||
		snapshot.GetStorageSizeBytes() == 0 || snapshot.GetCreatedAt().Before(taken) || !snapshot.GetExpiresAt().After(time.Now()) {
		t.Errorf("the snapshot is %+v", snapshot)
	}
	snapshots, resp, err := sdk.CloudBackupsApi.ListServerlessBackups(ctx, a.group, "shop").Execute()
	if got := answer(t, snapshots, resp, err).GetResults(); len(got) != 1 || got[0].GetId() != id || snapshots.GetTotalCount() != 1 {
		t.Errorf("the snapshots are %+v", got)
	}

	wreck(t, shop)
	wreck(t, far)
	var jobs []string
	for _, target := range []struct {
		name, group string
		deployment  *mongo.Deployment
	}{{"shop", a.group, shop}, {"spare", a.group, spare}, {"far", other.group, far}} {
		job := a.begin(t, "shop", &admin.ServerlessBackupRestoreJob{
			DeliveryType: "automated", SnapshotId: &id, TargetClusterName: target.name, TargetGroupId: target.group,
		})
		if job.FinishedAt != nil || job.GetFailed() || job.GetSnapshotId() != id || job.TargetClusterName != target.name || job.TargetGroupId != target.group {
			t.Errorf("the new job is %+v", job)
		}
		done := a.await(t, "shop", job.GetId())
		if !done.GetTimestamp().Equal(snapshot.GetCreatedAt()) || len(done.GetDeliveryUrl()) != 0 {
			t.Errorf("the finished job is %+v", done)
		}
		restoretest.Same(t, restoretest.Read(t, target.deployment), want)
		if left := restoretest.Staged(t, target.deployment); len(left) > 0 {
			t.Errorf("left staged on %s: %v", target.name, left)
		}
		jobs = append(jobs, job.GetId())
	}
	jobs = append(jobs, a.download(t, shop, id))
	a.listed(t, jobs)
	a.remove(t)
}

// listed checks the list of restore jobs, which is newest first.
func (a atlas) listed(t *testing.T, want []string) {
	t.Helper()
	list, resp, err := a.CloudBackupsApi.ListServerlessBackupRestoreJobs(t.Context(), a.group, "shop").Execute()
	got := answer(t, list, resp, err).GetResults()
	if len(got) != len(want) {
		t.Fatalf("%d restore jobs are listed, not %d", len(got), len(want))
	}
	for i, id := range want {
		if j := got[len(got)-1-i]; j.GetId() != id || j.FinishedAt == nil {
			t.Errorf("in the place of job %s is %+v", id, j)
		}
	}
}

// remove deletes the instances and the project, which has to be in that order.
func (a atlas) remove(t *testing.T) {
	t.Helper()
	_, resp, err := a.ProjectsApi.DeleteProject(t.Context(), a.group).Execute()
	if resp != nil {
		resp.Body.Close()
	}
	if !admin.IsErrorCode(err, "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS") {
		t.Errorf("deleting a project with instances: %v", err)
	}
	for _, name := range []string{"shop", "spare"} {
		gone, resp, err := a.ServerlessInstancesApi.DeleteServerlessInstance(t.Context(), a.group, name).Execute()
		answer(t, gone, resp, err)
	}
	until(t, "the deletion of the instances", func() bool {
		list, resp, err := a.ServerlessInstancesApi.ListServerlessInstances(t.Context(), a.group).Execute()
		return answer(t, list, resp, err).GetTotalCount() == 0
	})
	gone, resp, err := a.ProjectsApi.DeleteProject(t.Context(), a.group).Execute()
	answer(t, gone, resp, err)
	_, resp, err = a.ProjectsApi.GetProject(t.Context(), a.group).Execute()
	if resp != nil {
		resp.Body.Close()
	}
	if !admin.IsErrorCode(err, "GROUP_NOT_FOUND") {
		t.Errorf("a deleted project: %v", err)
	}
}
