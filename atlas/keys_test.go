package atlas_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tidemark"
)

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.org() + "/apiKeys"
	made := f.post(path, `{"desc":"ci","roles":["ORG_OWNER"]}`).is(http.StatusOK).object()
	if want := fmt.Sprintf("[map[orgId:%s roleName:ORG_OWNER]]", f.OrgID); fmt.Sprint(made["roles"]) != want {
		t.Errorf("roles are %v", made["roles"])
	}
	key := &tidemark.Key{PublicID: made["publicKey"].(string), Secret: made["privateKey"].(string)}
	f.send(call{method: http.MethodGet, path: path, key: key}).is(http.StatusOK)

	one := path + "/" + made["id"].(string)
	masked := "********-****-****-" + key.Secret[len(key.Secret)-12:]
	if got := f.get(one).is(http.StatusOK).object()["privateKey"]; got != masked {
		t.Errorf("the private key is shown as %v, not %s", got, masked)
	}
	if list := f.get(path).is(http.StatusOK); strings.Contains(string(list.body), key.Secret) || len(list.results()) != 3 {
		t.Errorf("the list is %s", list.body)
	}
	if got := f.send(call{method: http.MethodDelete, path: one}).is(http.StatusNoContent); len(got.body) > 0 ||
		got.header.Get("Content-Type") != accept2023+";charset=utf-8" {
		t.Errorf("a deletion answers %v %s", got.header, got.body)
	}
	f.send(call{method: http.MethodGet, path: path, key: key}).is(http.StatusUnauthorized)

	f.get(one).fails(http.StatusBadRequest, "API_KEY_NOT_FOUND", made["id"].(string))
	f.get(path+"/"+string(f.Account.ID)).fails(http.StatusBadRequest, "API_KEY_NOT_FOUND")
	f.get(path+"/x").fails(http.StatusBadRequest, "API_KEY_NOT_FOUND", "x")
	f.send(call{method: http.MethodDelete, path: one}).fails(http.StatusBadRequest, "API_KEY_NOT_FOUND")
	f.post(path, `{"desc":"ci","roles":[]}`).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "roles")
	f.post(path, `{"desc":"ci","roles":"ORG_OWNER"}`).fails(http.StatusBadRequest, "INVALID_ATTRIBUTE", "roles")
	f.post(path, `{"desc":"ci","roles":[null]}`).fails(http.StatusBadRequest, "MISSING_ATTRIBUTE", "roles[0]")
	f.post(path, `{"desc":"ci","roles":["GROUP_OWNER"]}`).fails(http.StatusBadRequest, "INVALID_ROLE_FOR_ORG", "GROUP_OWNER")
	f.post(path, `{"roles":["ORG_OWNER"]}`).fails(http.StatusBadRequest, "MISSING_ATTRIBUTE", "desc")
	f.send(call{method: http.MethodPost, path: path, body: `{"desc":"ci","roles":["ORG_OWNER"]}`, key: f.Reader}).
		fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
}

func TestProjectAPIKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	made := f.post(f.group()+"/apiKeys", `{"desc":"drill","roles":["GROUP_READ_ONLY"]}`).is(http.StatusOK).object()
	want := fmt.Sprintf("[map[groupId:%s roleName:GROUP_READ_ONLY] map[orgId:%s roleName:ORG_MEMBER]]", f.ProjectID, f.OrgID)
	if fmt.Sprint(made["roles"]) != want {
		t.Errorf("roles are %v", made["roles"])
	}
	f.instance("shop")
	key := &tidemark.Key{PublicID: made["publicKey"].(string), Secret: made["privateKey"].(string)}
	f.send(call{method: http.MethodGet, path: f.serverless(), key: key}).is(http.StatusOK)
	f.send(call{method: http.MethodDelete, path: f.serverless() + "/shop", key: key}).fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
	f.post(f.group()+"/apiKeys", `{"desc":"drill","roles":["KING"]}`).fails(http.StatusBadRequest, "INVALID_ENUM_VALUE", "KING")
}

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const accept = "application/vnd.atlas.2025-03-12+json"
	path := f.org() + "/serviceAccounts"
	send := func(method, path, body string) answer {
		t.Helper()
		return f.send(call{method: method, path: path, body: body, accept: accept})
	}
	body := `{"name":"ci","description":"drills","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}`
	made := send(http.MethodPost, path, body).is(http.StatusCreated)
	if got := made.header.Get("Content-Type"); got != "application/vnd.atlas.2024-08-05+json;charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	account := made.object()
	secret := account["secrets"].([]any)[0].(map[string]any)
	if account["name"] != "ci" || account["description"] != "drills" || fmt.Sprint(account["roles"]) != "[ORG_MEMBER]" ||
		secret["expiresAt"] != "2026-03-01T20:00:00Z" {
		t.Errorf("the account is %v", account)
	}
	one := path + "/" + account["clientId"].(string)
	got := send(http.MethodGet, one, "").is(http.StatusOK)
	if strings.Contains(string(got.body), secret["secret"].(string)) || !strings.Contains(string(got.body), `"maskedSecretValue":"mdb_sa_sk_...`) {
		t.Errorf("a secret is shown: %s", got.body)
	}
	if got := send(http.MethodGet, path, "").is(http.StatusOK).results(); len(got) != 2 {
		t.Errorf("the list is %v", got)
	}
	send(http.MethodDelete, one, "").is(http.StatusNoContent)
	send(http.MethodGet, one, "").fails(http.StatusNotFound, "SERVICE_ACCOUNT_NOT_FOUND", account["clientId"].(string))
	send(http.MethodDelete, one, "").fails(http.StatusNotFound, "SERVICE_ACCOUNT_NOT_FOUND")
	for _, c := range []struct{ body, code, parameter string }{
		{strings.Replace(body, "8}", "7}", 1), "INVALID_ATTRIBUTE", "secretExpiresAfterHours"},
		{strings.Replace(body, "8}", "8761}", 1), "INVALID_ATTRIBUTE", "secretExpiresAfterHours"},
		{strings.Replace(body, `"name":"ci",`, "", 1), "MISSING_ATTRIBUTE", "name"},
		{strings.Replace(body, `ci`, "c/i", 1), "INVALID_ATTRIBUTE", "name"},
	} {
		send(http.MethodPost, path, c.body).fails(http.StatusBadRequest, c.code, c.parameter)
	}
	// The resource has no version of 2023.
	f.get(path).fails(http.StatusNotAcceptable, "INVALID_VERSION_DATE")
}
