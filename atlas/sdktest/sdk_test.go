package sdktest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mongodb-forks/digest"
	"go.mongodb.org/atlas-sdk/v20250312001/admin"
	"go.mongodb.org/atlas-sdk/v20250312001/auth"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/atlastest"
	"tidemark/atlas/contract"
)

// drive is a client of a real server, and the contract that all it sends and
// gets is checked against.
type drive struct {
	*admin.APIClient
	service *atlastest.Service
	url     string
	next    http.RoundTripper
}

// start serves and returns a client made by connect.
func start(t *testing.T, connect func(t *testing.T, s *atlastest.Service, url string, next http.RoundTripper) *admin.APIClient) drive {
	t.Helper()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	service := atlastest.New(nil)
	server := httptest.NewServer(atlas.NewHandler(atlas.Config{Service: service, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	checked := contract.NewTransport(document, transport)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := checked.Err(); err != nil {
			t.Errorf("contract: %v", err)
		}
	})
	return drive{connect(t, service, server.URL, checked), service, server.URL, checked}
}

func byDigest(t *testing.T, s *atlastest.Service, url string, next http.RoundTripper) *admin.APIClient {
	t.Helper()
	return withKey(t, s.Owner.PublicID, s.Owner.Secret, url, next)
}

func byOAuth(t *testing.T, s *atlastest.Service, url string, next http.RoundTripper) *admin.APIClient {
	t.Helper()
	return withAccount(t, s.Account.PublicID, s.Account.Secret, url, next)
}

func withKey(t *testing.T, public, private, url string, next http.RoundTripper) *admin.APIClient {
	t.Helper()
	httpClient, err := digest.NewTransportWithHTTPRoundTripper(public, private, next).Client()
	if err != nil {
		t.Fatal(err)
	}
	return client(t, admin.UseBaseURL(url), admin.UseHTTPClient(httpClient))
}

func withAccount(t *testing.T, id, secret, url string, next http.RoundTripper) *admin.APIClient {
	t.Helper()
	ctx := context.WithValue(t.Context(), auth.HTTPClient, &http.Client{Transport: next})
	return client(t, admin.UseBaseURL(url), admin.UseOAuthAuth(ctx, id, secret))
}

func client(t *testing.T, modifiers ...admin.ClientModifier) *admin.APIClient {
	t.Helper()
	c, err := admin.NewClient(modifiers...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// both runs a test by each kind of authentication.
func both(t *testing.T, test func(t *testing.T, d drive)) {
	t.Helper()
	t.Run("digest", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, byDigest))
	})
	t.Run("OAuth", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, byOAuth))
	})
}

func must[T any](t *testing.T, v T, resp *http.Response, err error) T {
	t.Helper()
	if resp != nil && resp.Body != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	driven.note(t, resp, false)
	return v
}

func serverless(name string) *admin.ServerlessInstanceDescriptionCreate {
	return &admin.ServerlessInstanceDescriptionCreate{
		Name:             name,
		ProviderSettings: admin.ServerlessProviderSettings{BackingProviderName: "AWS", RegionName: "US_EAST_1"},
	}
}

// TestRestore is the main job as the SDK's documentation shows it.
func TestRestore(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		for _, name := range []string{"shop", "target"} {
			i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless(name)).Execute()
			if must(t, i, resp, err).GetStateName() != "IDLE" {
				t.Errorf("stateName is %s", i.GetStateName())
			}
		}
		taken := d.take(t)
		snapshots, resp, err := d.CloudBackupsApi.ListServerlessBackups(ctx, group, "shop").Execute()
		if got := must(t, snapshots, resp, err).GetResults(); len(got) != 1 || got[0].GetId() != string(taken.ID) {
			t.Fatalf("snapshots are %v", got)
		}
		snapshot, resp, err := d.CloudBackupsApi.GetServerlessBackup(ctx, group, "shop", string(taken.ID)).Execute()
		if must(t, snapshot, resp, err).GetStatus() != "completed" {
			t.Errorf("status is %s", snapshot.GetStatus())
		}

		id := string(taken.ID)
		job, resp, err := d.CloudBackupsApi.CreateServerlessBackupRestoreJobWithParams(ctx, &admin.CreateServerlessBackupRestoreJobApiParams{
			GroupId: group, ClusterName: "shop",
			ServerlessBackupRestoreJob: &admin.ServerlessBackupRestoreJob{
				DeliveryType: "automated", SnapshotId: &id, TargetClusterName: "target", TargetGroupId: group,
			},
		}).Execute()
		if must(t, job, resp, err).GetSnapshotId() != id || job.GetFailed() || job.FinishedAt != nil || job.DesiredTimestamp == nil {
			t.Errorf("the job is %+v", job)
		}
		job, resp, err = d.CloudBackupsApi.GetServerlessBackupRestoreJob(ctx, group, "shop", job.GetId()).Execute()
		if must(t, job, resp, err).GetTargetClusterName() != "target" || !job.GetTimestamp().Equal(taken.CreatedAt.UTC().Truncate(1e9)) {
			t.Errorf("the job is %+v", job)
		}
		jobs, resp, err := d.CloudBackupsApi.ListServerlessBackupRestoreJobs(ctx, group, "shop").Execute()
		if must(t, jobs, resp, err).GetTotalCount() != 1 {
			t.Errorf("totalCount is %d", jobs.GetTotalCount())
		}

		_, resp, err = d.CloudBackupsApi.CreateServerlessBackupRestoreJob(ctx, group, "shop", &admin.ServerlessBackupRestoreJob{
			DeliveryType: "automated", SnapshotId: &id, TargetClusterName: "target", TargetGroupId: group,
		}).Execute()
		refused(t, resp, err, http.StatusConflict, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS")
	})
}

// TestDownload sends the empty strings that the SDK cannot help sending, and
// fetches the link with a plain client.
func TestDownload(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless("shop")).Execute()
		must(t, i, resp, err)
		taken := d.take(t)
		id := string(taken.ID)
		job, resp, err := d.CloudBackupsApi.CreateServerlessBackupRestoreJob(ctx, group, "shop",
			&admin.ServerlessBackupRestoreJob{DeliveryType: "download", SnapshotId: &id}).Execute()
		urls := must(t, job, resp, err).GetDeliveryUrl()
		if len(urls) != 1 || job.GetExpired() {
			t.Fatalf("the job is %+v", job)
		}
		fetch(t, urls[0])
	})
}

// take takes a snapshot of shop past the API.
func (d drive) take(t *testing.T) *tidemark.Snapshot {
	t.Helper()
	s, err := d.service.TakeSnapshot(t.Context(), tidemark.Caller{Roles: d.service.Owner.Roles}, d.service.ProjectID, "shop", tidemark.NewSnapshot{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fetch reads the link of a download, which needs no key.
func fetch(t *testing.T, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != atlastest.Content {
		t.Errorf("the file is %q, %v", b, err)
	}
}

// refused checks an error as clients of the SDK read it.
func refused(t *testing.T, resp *http.Response, err error, status int, code string) {
	t.Helper()
	if resp != nil && resp.Body != nil {
		defer resp.Body.Close()
	}
	apiError, ok := admin.AsError(err)
	if !ok || apiError.GetError() != status || apiError.GetErrorCode() != code || resp.StatusCode != status {
		t.Errorf("the error is %v, %+v", err, apiError)
		return
	}
	if code != "" {
		driven.note(t, resp, true)
	}
}
