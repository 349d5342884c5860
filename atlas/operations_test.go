package atlas_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas/contract"
)

// operations is a call of every operation of the document that would succeed
// or be refused by the service alone. {g} and {o} stand for a project and an
// organization, {x} for an id that is not there.
func operations() map[string]call {
	const v2 = "/api/atlas/v2"
	const group, org, shop = v2 + "/groups/{g}", v2 + "/orgs/{o}", v2 + "/groups/{g}/serverless/shop"
	const accept2024 = "application/vnd.atlas.2024-08-05+json"
	return map[string]call{
		"getSystemStatus":                  {method: "GET", path: v2},
		"listOrganizations":                {method: "GET", path: v2 + "/orgs"},
		"getOrganization":                  {method: "GET", path: org},
		"listOrganizationProjects":         {method: "GET", path: org + "/groups"},
		"listApiKeys":                      {method: "GET", path: org + "/apiKeys"},
		"createApiKey":                     {method: "POST", path: org + "/apiKeys", body: `{"desc":"a","roles":["ORG_OWNER"]}`},
		"getApiKey":                        {method: "GET", path: org + "/apiKeys/{x}"},
		"deleteApiKey":                     {method: "DELETE", path: org + "/apiKeys/{x}"},
		"createProjectApiKey":              {method: "POST", path: group + "/apiKeys", body: `{"desc":"a","roles":["GROUP_OWNER"]}`},
		"listServiceAccounts":              {method: "GET", path: org + "/serviceAccounts", accept: accept2024},
		"createServiceAccount":             {method: "POST", path: org + "/serviceAccounts", accept: accept2024, body: `{"name":"a","description":"b","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}`},
		"getServiceAccount":                {method: "GET", path: org + "/serviceAccounts/{x}", accept: accept2024},
		"deleteServiceAccount":             {method: "DELETE", path: org + "/serviceAccounts/{x}", accept: accept2024},
		"listProjects":                     {method: "GET", path: v2 + "/groups"},
		"createProject":                    {method: "POST", path: v2 + "/groups", body: `{"name":"new","orgId":"{o}"}`},
		"getProject":                       {method: "GET", path: group},
		"getProjectByName":                 {method: "GET", path: v2 + "/groups/byName/shop"},
		"deleteProject":                    {method: "DELETE", path: group},
		"listServerlessInstances":          {method: "GET", path: group + "/serverless"},
		"createServerlessInstance":         {method: "POST", path: group + "/serverless", body: `{"name":"new",` + providerJSON + `}`},
		"getServerlessInstance":            {method: "GET", path: shop},
		"updateServerlessInstance":         {method: "PATCH", path: shop, body: `{}`},
		"deleteServerlessInstance":         {method: "DELETE", path: shop},
		"listServerlessBackups":            {method: "GET", path: shop + "/backup/snapshots"},
		"getServerlessBackup":              {method: "GET", path: shop + "/backup/snapshots/{x}"},
		"listServerlessBackupRestoreJobs":  {method: "GET", path: shop + "/backup/restoreJobs"},
		"createServerlessBackupRestoreJob": {method: "POST", path: shop + "/backup/restoreJobs", body: `{"deliveryType":"download","snapshotId":"{x}"}`},
		"getServerlessBackupRestoreJob":    {method: "GET", path: shop + "/backup/restoreJobs/{x}"},
	}
}

// TestEveryOperationRefuses walks each operation through what any of them can
// be asked wrongly.
func TestEveryOperationRefuses(t *testing.T) {
	t.Parallel()
	all := operations()
	if len(all) != len(contract.Served) {
		t.Fatalf("%d operations of %d", len(all), len(contract.Served))
	}
	for id, operation := range all {
		if !slices.Contains(contract.Served, id) {
			t.Fatalf("%s is not in the document", id)
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			refuse(f, operation)
		})
	}
}

func refuse(f *fixture, operation call) {
	f.t.Helper()
	with := func(group, org tidemark.ID) call {
		c := operation
		names := strings.NewReplacer("{g}", string(group), "{o}", string(org), "{x}", string(tidemark.NewID()))
		c.path, c.body = names.Replace(c.path), names.Replace(c.body)
		return c
	}
	own := with(f.ProjectID, f.OrgID)
	f.do(own, f.checked).is(http.StatusUnauthorized)
	for _, accept := range []string{"-", "*/*", "application/vnd.atlas.2022-01-01+json"} {
		c := own
		c.accept = accept
		f.send(c).fails(http.StatusNotAcceptable, "INVALID_VERSION_DATE")
	}
	c := own
	c.path += "?pretty=perhaps"
	f.send(c).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "pretty")
	c = own
	c.method = http.MethodPut
	f.send(c).is(http.StatusMethodNotAllowed)
	if own.body != "" {
		refuseBody(f, own)
	}
	refusePath(f, operation, with)
	f.Fail(errors.New("pandora"))
	if got := f.send(own); got.status != http.StatusOK || !strings.HasSuffix(own.path, "/v2") { // the status asks nobody
		got.fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
	}
}

func refuseBody(f *fixture, own call) {
	f.t.Helper()
	for body, code := range map[string]string{"": "MALFORMED_JSON", "[]": "MALFORMED_JSON", `{"colour":1,` + own.body[1:]: "INVALID_ATTRIBUTE"} {
		c := own
		c.body = strings.Replace(body, ",}", "}", 1)
		f.send(c).fails(http.StatusBadRequest, code)
	}
	c := own
	c.body = strings.Repeat(" ", 1<<20) + own.body
	f.send(c).fails(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE")
	c = own
	c.header = http.Header{"Content-Type": {"text/plain"}}
	f.send(c).fails(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
}

// refusePath names projects and organizations that are malformed, not there,
// or not the caller's.
func refusePath(f *fixture, operation call, with func(group, org tidemark.ID) call) {
	f.t.Helper()
	other, nobody := f.AddProject("other"), tidemark.NewID()
	switch {
	case strings.Contains(operation.path, "{g}"):
		f.send(with("NOT-HEX", "")).fails(http.StatusNotFound, "INVALID_GROUP_ID", "NOT-HEX")
		f.send(with(nobody, "")).fails(http.StatusNotFound, "GROUP_NOT_FOUND", string(nobody))
		f.send(with(other.ID, "")).fails(http.StatusUnauthorized, "NOT_IN_GROUP")
	case strings.Contains(operation.path, "{o}"):
		f.send(with("", "NOT-HEX")).fails(http.StatusNotFound, "INVALID_ORG_ID", "NOT-HEX")
		f.send(with("", nobody)).fails(http.StatusNotFound, "ORG_NOT_FOUND", string(nobody))
		f.send(with("", other.OrgID)).fails(http.StatusUnauthorized, "USER_CANNOT_ACCESS_ORG")
	}
	if operation.method == http.MethodGet || strings.Contains(operation.path, "serviceAccounts/") {
		return
	}
	c := with(f.ProjectID, f.OrgID)
	c.key = f.Reader
	if got := f.send(c); !strings.Contains(string(got.body), "API_KEY_NOT_FOUND") { // looked up before it is deleted
		got.fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
	}
}
