package atlas_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/atlastest"
	"tidemark/atlas/contract"
)

// anybody lets every bearer in as the owner.
type anybody struct{ *atlastest.Service }

func (s anybody) Bearer(context.Context, string) (tidemark.Caller, error) {
	return tidemark.Caller{KeyID: s.Account.ID, Kind: s.Account.Kind, PublicID: s.Account.PublicID, OrgID: s.OrgID, Roles: s.Account.Roles}, nil
}

// FuzzHandler sends any request at all. Whatever comes, there is no panic and
// no 500, every error has the error shape, and every answer fits Atlas's
// document. {g}, {o}, {s}, {j} and {d} stand for what is there: a project, an
// organization, a snapshot, a restore job, a download.
func FuzzHandler(f *testing.F) {
	document, err := contract.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range fuzzSeeds() {
		f.Add(seed.method, seed.path, seed.accept, "application/json", "Bearer x", "", seed.body)
	}
	f.Add("GET", "/api/atlas/v2/groups", accept2023, "", "", "", "")
	f.Add("GET", "/api/atlas/v2/groups", accept2023, "", `Digest username="a", realm="MMS Public API", nonce="b", uri="/", response="c", qop=auth, nc=00000001, cnonce="d"`, "", "")
	f.Add("POST", "/api/oauth/token", "", "application/x-www-form-urlencoded", "Basic eDp5", "", "grant_type=client_credentials")
	f.Add("POST", "/api/oauth/revoke", "", "application/x-www-form-urlencoded", "", "", "client_id=a&client_secret=b&token=c")
	f.Add("GET", "/api/tidemark/v1/downloads/{d}/x", "", "", "", "bytes=1-4", "")
	f.Fuzz(func(t *testing.T, method, path, accept, contentType, authorization, byteRange, body string) {
		service := atlastest.New(nil)
		handler := atlas.NewHandler(atlas.Config{
			Service: anybody{service}, MaxFailures: -1, MaxBody: 1 << 14, NonceKey: []byte("key"),
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		names := fill(t, service)
		target := "http://host" + names.Replace(path)
		body = names.Replace(body)
		if u, err := url.ParseRequestURI(target); err != nil || u.Host != "host" {
			return // net/http refuses it before any handler sees it
		}
		req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		if err != nil {
			return
		}
		req.RequestURI = strings.TrimPrefix(target, "http://host")
		req.RemoteAddr = "192.0.2.1:1234"
		for name, value := range map[string]string{"Accept": accept, "Content-Type": contentType, "Authorization": authorization, "Range": byteRange} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		judge(t, document, req, body, w)
	})
}

func judge(t *testing.T, document *contract.Document, req *http.Request, body string, w *httptest.ResponseRecorder) {
	t.Helper()
	answer := w.Body.Bytes()
	if w.Code >= http.StatusInternalServerError {
		t.Fatalf("%s %s: status %d: %s", req.Method, req.URL, w.Code, answer)
	}
	oauth := strings.HasPrefix(req.URL.Path, "/api/oauth/")
	if w.Code >= http.StatusBadRequest && w.Code != http.StatusMethodNotAllowed && req.Method != http.MethodHead {
		var p struct{ Error any }
		if err := json.Unmarshal(answer, &p); err != nil || !oauth && p.Error != float64(w.Code) {
			t.Fatalf("%s %s: status %d without the error shape: %s", req.Method, req.URL, w.Code, answer)
		}
	}
	if strings.HasPrefix(req.URL.Path, "/api/atlas/v2") {
		if err := document.Check(req, []byte(body), w.Result(), answer); err != nil {
			t.Fatal(err)
		}
	}
}

// fill makes something of each kind and returns what puts their names in.
func fill(t *testing.T, s *atlastest.Service) *strings.Replacer {
	t.Helper()
	ctx, c := t.Context(), tidemark.Caller{Roles: s.Owner.Roles}
	for _, name := range []string{"shop", "target"} {
		if _, err := s.CreateInstance(ctx, c, s.ProjectID, tidemark.NewInstance{Name: name, Kind: tidemark.KindServerless}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.TakeSnapshot(ctx, c, s.ProjectID, "shop", tidemark.NewSnapshot{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.CreateRestoreJob(ctx, c, s.ProjectID, "shop", tidemark.KindServerless,
		tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: v.ID})
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{g}", string(s.ProjectID), "{o}", string(s.OrgID), "{s}", string(v.ID), "{j}", string(j.ID),
		"{d}", j.DownloadToken, "{k}", string(s.Reader.ID), "{c}", s.Account.PublicID)
}

func fuzzSeeds() []call {
	const v2, own, shop = "/api/atlas/v2", "/api/tidemark/v1/groups/{g}/instances", "/api/atlas/v2/groups/{g}/serverless/shop"
	return []call{
		{method: "GET", path: v2, accept: accept2023},
		{method: "GET", path: v2 + "/orgs?name=x&pageNum=1&itemsPerPage=2&includeCount=false", accept: accept2023},
		{method: "GET", path: v2 + "/orgs/{o}/groups?envelope=true&pretty=true", accept: accept2023},
		{method: "POST", path: v2 + "/orgs/{o}/apiKeys", accept: accept2023, body: `{"desc":"a","roles":["ORG_OWNER"]}`},
		{method: "DELETE", path: v2 + "/orgs/{o}/apiKeys/{k}", accept: accept2023},
		{method: "POST", path: v2 + "/orgs/{o}/serviceAccounts", accept: "application/vnd.atlas.2025-03-12+json",
			body: `{"name":"a","description":"b","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}`},
		{method: "GET", path: v2 + "/orgs/{o}/serviceAccounts/{c}", accept: "application/vnd.atlas.2024-08-05+json"},
		{method: "POST", path: v2 + "/groups", accept: accept2023, body: `{"clusterCount":0,"created":"0001-01-01T00:00:00Z","name":"p","orgId":"{o}"}`},
		{method: "GET", path: v2 + "/groups/byName/shop", accept: accept2023},
		{method: "DELETE", path: v2 + "/groups/{g}", accept: accept2023},
		{method: "POST", path: v2 + "/groups/{g}/serverless", accept: accept2023, body: `{"name":"a","tags":[{"key":"k","value":"v"}],` + providerJSON + `}`},
		{method: "PATCH", path: shop, accept: accept2023, body: `{"terminationProtectionEnabled":true,"serverlessBackupOptions":{"serverlessContinuousBackupEnabled":true}}`},
		{method: "GET", path: shop + "/backup/snapshots/{s}", accept: accept2023},
		{method: "GET", path: shop + "/backup/restoreJobs/{j}", accept: accept2023},
		{method: "POST", path: shop + "/backup/restoreJobs", accept: accept2023, body: `{"deliveryType":"automated","targetClusterName":"target"}`},
		{method: "POST", path: shop + "/backup/restoreJobs", accept: accept2023, body: `{"deliveryType":"pointInTime","oplogTs":1700000000,"oplogInc":1}`},
		{method: "POST", path: own, body: `{"name":"a","uri":"mongodb://u:p@h/?tls=true","kind":"flex"}`},
		{method: "PATCH", path: own + "/shop", body: `{"snapshotIntervalHours":0.5,"snapshotRetentionDays":2}`},
		{method: "POST", path: own + "/shop/snapshots", body: `{"description":"x","retentionInDays":1}`},
		{method: "GET", path: own + "/shop/restoreJobs/{j}"},
	}
}
