package atlas_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tidemark"
)

func TestServerlessInstances(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.post(f.serverless(), `{"name":"shop",`+providerJSON+`,"serverlessBackupOptions":{"serverlessContinuousBackupEnabled":true},
		"tags":[{"key":"team","value":"a"}],"terminationProtectionEnabled":true}`).is(http.StatusCreated).object()
	if links := fmt.Sprint(created["links"]); !strings.Contains(links, f.jobs("shop")+" rel:https://cloud.mongodb.com/restoreJobs") ||
		!strings.Contains(links, f.backup("shop")+" rel:https://cloud.mongodb.com/snapshots") {
		t.Errorf("links are %s", links)
	}
	for name, want := range map[string]string{
		"name": "shop", "stateName": "IDLE", "mongoDBVersion": "7.0.42", "createDate": "2026-03-01T12:00:00Z",
		"connectionStrings":       "map[standardSrv:mongodb://127.0.0.1:27017]",
		"providerSettings":        "map[backingProviderName:AWS providerName:SERVERLESS regionName:US_EAST_1]",
		"serverlessBackupOptions": "map[serverlessContinuousBackupEnabled:true]",
		"tags":                    "[map[key:team value:a]]", "terminationProtectionEnabled": "true",
	} {
		if got := fmt.Sprint(created[name]); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	path := f.serverless() + "/shop"
	if got := f.get(path).is(http.StatusOK).object()["id"]; got != created["id"] {
		t.Errorf("another instance was read: %v", got)
	}
	f.send(call{method: http.MethodDelete, path: path}).fails(http.StatusBadRequest, "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED")
	updated := f.send(call{method: http.MethodPatch, path: path, body: `{"terminationProtectionEnabled":false,"tags":[]}`}).is(http.StatusOK).object()
	if fmt.Sprint(updated["tags"], updated["terminationProtectionEnabled"], updated["serverlessBackupOptions"]) !=
		"[] false map[serverlessContinuousBackupEnabled:true]" {
		t.Errorf("the update gave %v", updated)
	}
	if got := f.get(f.serverless()).is(http.StatusOK).results(); len(got) != 1 || len(got[0]["links"].([]any)) != 1 {
		t.Errorf("the list is %v", got)
	}
	if got := f.send(call{method: http.MethodDelete, path: path}).is(http.StatusAccepted); string(got.body) != "{}" {
		t.Errorf("the body of a deletion is %s", got.body)
	}
	f.send(call{method: http.MethodDelete, path: path}).fails(http.StatusBadRequest, "CLUSTER_ALREADY_REQUESTED_DELETION", "shop")
}

func TestServerlessInstanceRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	for name, c := range map[string]struct{ body, code, parameter string }{
		"taken":              {`{"name":"shop",` + providerJSON + `}`, "DUPLICATE_CLUSTER_NAME", "shop"},
		"no name":            {`{` + providerJSON + `}`, "MISSING_ATTRIBUTE", "name"},
		"bad name":           {`{"name":"a_b",` + providerJSON + `}`, "INVALID_ATTRIBUTE", "name"},
		"long name":          {`{"name":"` + strings.Repeat("a", 65) + `",` + providerJSON + `}`, "INVALID_ATTRIBUTE", "name"},
		"no provider":        {`{"name":"b"}`, "MISSING_ATTRIBUTE", "providerSettings"},
		"provider no object": {`{"name":"b","providerSettings":"AWS"}`, "INVALID_ATTRIBUTE", "providerSettings"},
		"no region":          {`{"name":"b","providerSettings":{"backingProviderName":"AWS"}}`, "MISSING_ATTRIBUTE", "providerSettings.regionName"},
		"unknown provider":   {`{"name":"b","providerSettings":{"backingProviderName":"X","regionName":"r"}}`, "INVALID_ENUM_VALUE", "X"},
		"unknown inside":     {`{"name":"b","providerSettings":{"backingProviderName":"AWS","regionName":"r","z":1}}`, "INVALID_ATTRIBUTE", "providerSettings.z"},
		"read-only inside":   {`{"name":"b","providerSettings":{"backingProviderName":"AWS","regionName":"r","effectiveProviderName":"x"}}`, "ATTRIBUTE_READ_ONLY", "providerSettings.effectiveProviderName"},
		"read-only":          {`{"name":"b","stateName":"IDLE",` + providerJSON + `}`, "ATTRIBUTE_READ_ONLY", "stateName"},
		"tags no array":      {`{"name":"b","tags":{},` + providerJSON + `}`, "INVALID_ATTRIBUTE", "tags"},
		"tag no object":      {`{"name":"b","tags":[1],` + providerJSON + `}`, "INVALID_ATTRIBUTE", "tags"},
		"tag no value":       {`{"name":"b","tags":[{"key":"k"}],` + providerJSON + `}`, "MISSING_ATTRIBUTE", "tags[0].value"},
		"flag a string":      {`{"name":"b","terminationProtectionEnabled":"yes",` + providerJSON + `}`, "INVALID_ATTRIBUTE", "terminationProtectionEnabled"},
	} {
		t.Run(name, func(t *testing.T) {
			f.post(f.serverless(), c.body).fails(http.StatusBadRequest, c.code, c.parameter)
		})
	}
	patch := call{method: http.MethodPatch, path: f.serverless() + "/shop", body: `{"name":"b"}`}
	f.send(patch).fails(http.StatusBadRequest, "ATTRIBUTE_READ_ONLY", "name")
	patch.body = `{"foo":1}`
	f.send(patch).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "foo")
	patch.path, patch.body = f.serverless()+"/missing", `{}`
	f.send(patch).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing")
	f.send(call{method: http.MethodDelete, path: f.serverless() + "/missing"}).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing")
	f.send(call{method: http.MethodPost, path: f.serverless(), body: `{"name":"b",` + providerJSON + `}`, key: f.Reader}).
		fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	if got := f.get(f.backup("shop")).is(http.StatusOK); len(got.results()) != 0 || got.object()["totalCount"] != 0.0 {
		t.Errorf("an empty list is %s", got.body)
	}
	first, second := f.snapshot("shop"), f.snapshot("shop")
	got := f.get(f.backup("shop") + "/" + string(first)).is(http.StatusOK).object()
	for name, want := range map[string]any{
		"id": string(first), "status": "completed", "snapshotType": "onDemand", "frequencyType": "daily", "mongodVersion": "7.0.42",
		"serverlessInstanceName": "shop", "storageSizeBytes": 4096.0, "createdAt": "2026-03-01T12:00:00Z",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, not %v", name, got[name], want)
		}
	}
	if list := f.get(f.backup("shop")).results(); len(list) != 2 || list[0]["id"] != string(second) {
		t.Errorf("the list is %v", list)
	}
	f.get(f.backup("shop")+"/"+string(tidemark.NewID())).fails(http.StatusNotFound, "SNAPSHOT_NOT_FOUND", "shop")
	f.get(f.backup("missing")).fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing")
	f.get(f.backup("shop")+"/XYZ").fails(http.StatusNotFound, "INVALID_SNAPSHOT_ID", "XYZ")
}

func TestProjects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const groups = "/api/atlas/v2/groups"
	// The very body that the command line and the Go SDK send.
	body := `{"clusterCount":0,"created":"0001-01-01T00:00:00Z","name":"p2","orgId":"` + string(f.OrgID) + `","withDefaultAlertsSettings":false,"tags":[{"key":"k","value":"v"}]}`
	p := f.post(groups+"?projectOwnerId=", body).is(http.StatusCreated).object()
	if p["name"] != "p2" || p["clusterCount"] != 0.0 || p["withDefaultAlertsSettings"] != false || fmt.Sprint(p["tags"]) != "[map[key:k value:v]]" {
		t.Errorf("the project is %v", p)
	}
	f.post(groups, body).fails(http.StatusConflict, "GROUP_ALREADY_EXISTS", "p2")
	f.instance("shop")
	if got := f.get(f.group()).is(http.StatusOK).object(); got["clusterCount"] != 1.0 || got["withDefaultAlertsSettings"] != true {
		t.Errorf("the project is %v", got)
	}
	if got := f.get(groups).is(http.StatusOK).results(); len(got) != 2 {
		t.Errorf("the list is %v", got)
	}
	if got := f.get(f.org() + "/groups").is(http.StatusOK).results(); len(got) != 2 {
		t.Errorf("the organization's list is %v", got)
	}
	if got := f.get(groups + "/byName/p2").is(http.StatusOK).object()["id"]; got != p["id"] {
		t.Errorf("byName found %v", got)
	}
	f.get(groups+"/byName/p%2F3").fails(http.StatusNotFound, "GROUP_NAME_NOT_FOUND", "p/3")
	f.send(call{method: http.MethodDelete, path: f.group()}).fails(http.StatusConflict, "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS", string(f.ProjectID))
	path := groups + "/" + p["id"].(string)
	if got := f.send(call{method: http.MethodDelete, path: path}).is(http.StatusAccepted); string(got.body) != "{}" {
		t.Errorf("the body of a deletion is %s", got.body)
	}
	f.get(path).fails(http.StatusNotFound, "GROUP_NOT_FOUND", p["id"].(string))
	f.get(groups+"/ABC").fails(http.StatusNotFound, "INVALID_GROUP_ID", "ABC")
	f.get(groups+"/"+strings.Repeat("A", 24)).fails(http.StatusNotFound, "INVALID_GROUP_ID")

	org := `"orgId":"` + string(f.OrgID) + `"`
	for _, c := range []struct{ body, code, parameter string }{
		{`{"name":"p3"}`, "MISSING_ATTRIBUTE", "orgId"},
		{`{` + org + `}`, "MISSING_ATTRIBUTE", "name"},
		{`{"name":"a/b",` + org + `}`, "INVALID_ATTRIBUTE", "name"},
		{`{"name":"",` + org + `}`, "INVALID_ATTRIBUTE", "name"},
		{`{"name":"p3","orgId":"x"}`, "INVALID_ATTRIBUTE", "orgId"},
		{`{"name":"p3","id":"x",` + org + `}`, "ATTRIBUTE_READ_ONLY", "id"},
		{`{"name":"p3","colour":"x",` + org + `}`, "INVALID_ATTRIBUTE", "colour"},
	} {
		f.post(groups, c.body).fails(http.StatusBadRequest, c.code, c.parameter)
	}
	f.post(groups+"?projectOwnerId=x", body).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "projectOwnerId")
	nobody := string(tidemark.NewID())
	f.post(groups, `{"name":"p3","orgId":"`+nobody+`"}`).fails(http.StatusNotFound, "ORG_NOT_FOUND", nobody)
	f.send(call{method: http.MethodPost, path: groups, body: body, key: f.Reader}).fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.AddProject("other")
	got := f.get("/api/atlas/v2/orgs").is(http.StatusOK).results()
	if len(got) != 1 || got[0]["id"] != string(f.OrgID) || got[0]["isDeleted"] != false {
		t.Errorf("the list is %v", got)
	}
	if got := f.get("/api/atlas/v2/orgs?name=nobody").is(http.StatusOK).results(); len(got) != 0 {
		t.Errorf("the filtered list is %v", got)
	}
	if got := f.get(f.org()).is(http.StatusOK).object()["name"]; got != "Example" {
		t.Errorf("name is %v", got)
	}
	f.get("/api/atlas/v2/orgs/"+string(other.OrgID)).fails(http.StatusUnauthorized, "USER_CANNOT_ACCESS_ORG")
	f.get("/api/atlas/v2/orgs/"+string(other.ID)).fails(http.StatusNotFound, "ORG_NOT_FOUND", string(other.ID))
	f.get("/api/atlas/v2/orgs/x/groups").fails(http.StatusNotFound, "INVALID_ORG_ID", "x")
}

func TestSystemStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/api/atlas/v2", "/api/atlas/v2/"} {
		got := f.get(path).is(http.StatusOK).object()
		key, _ := got["apiKey"].(map[string]any)
		if got["appName"] != "MongoDB Atlas" || got["throttling"] != false || key["publicKey"] != f.Owner.PublicID {
			t.Errorf("the status is %v", got)
		}
	}
}
