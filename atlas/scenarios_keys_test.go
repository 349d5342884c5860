package atlas_test

import (
	"net/http"

	"tidemark"
)

const (
	keysRoot      = orgRoot + "/apiKeys"
	keyRoot       = keysRoot + "/{k}"
	groupKeysRoot = groupRoot + "/apiKeys"
	groupKeyRoot  = groupKeysRoot + "/{k}"
	saRoot        = orgRoot + "/serviceAccounts"
	oneSARoot     = saRoot + "/{c}"
	groupSAsRoot  = groupRoot + "/serviceAccounts"
	groupSARoot   = groupSAsRoot + "/{c}"

	noContent = http.StatusNoContent
)

// withKeys names an API key {k}, and a service account {c} with a secret {secret}.
func withKeys(f *fixture) []string {
	return []string{"{k}", string(f.Reader.ID), "{c}", f.Account.PublicID, "{secret}", string(f.Account.Secrets[0].ID)}
}

// withStrangers names keys that are not in the project yet.
func withStrangers(f *fixture) []string {
	role := tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: f.OrgID}
	return []string{
		"{k}", string(f.AddKey(tidemark.KeyAPI, f.OrgID, role).ID), "{c}", f.AddKey(tidemark.KeyServiceAccount, f.OrgID, role).PublicID,
	}
}

// looker may look only, and has no access list.
func looker(f *fixture) *tidemark.Key {
	return f.AddKey(tidemark.KeyAPI, f.OrgID,
		tidemark.Role{Name: tidemark.RoleOrgReadOnly, OrgID: f.OrgID}, tidemark.Role{Name: tidemark.RoleProjectReadOnly, ProjectID: f.ProjectID})
}

// memberOnly is not in the project.
func memberOnly(f *fixture) *tidemark.Key {
	return f.AddKey(tidemark.KeyAPI, f.OrgID, tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: f.OrgID})
}

func init() {
	const newAccount = `{"name":"a","description":"b","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}`
	const newGroupAccount = `{"name":"a","description":"b","roles":["GROUP_OWNER"],"secretExpiresAfterHours":8}`
	const owner, groupOwner, king = `{"roles":["ORG_OWNER"]}`, `{"roles":["GROUP_OWNER"]}`, `{"roles":["KING"]}`
	const hours = `{"secretExpiresAfterHours":8}`
	forOrg := refusal{body: groupOwner, status: wrong, code: "INVALID_ROLE_FOR_ORG"}
	forGroup := refusal{body: owner, status: wrong, code: "INVALID_ROLE_FOR_GROUP"}
	noRole := refusal{body: king, status: wrong, code: "INVALID_ENUM_VALUE"}
	noKey := func(path string) refusal { return refusal{path: path, status: wrong, code: "API_KEY_NOT_FOUND"} }
	noAccount := func(path string) refusal {
		return refusal{path: path, status: notThere, code: "SERVICE_ACCOUNT_NOT_FOUND"}
	}
	noSecret := func(path string) refusal {
		return refusal{path: path, status: notThere, code: "SERVICE_ACCOUNT_SECRET_NOT_FOUND"}
	}
	outside := refusal{key: memberOnly, status: notAllowed, code: "NOT_IN_GROUP"}
	lookOnly := refusal{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"}
	// lastOwner leaves the owner alone in the organization.
	lastOwner := refusal{status: http.StatusForbidden, code: "CANNOT_DEMOTE_LAST_ORG_OWNER", edit: func(f *fixture, c *call) {
		accounts := call{method: del, path: "/api/atlas/v2/orgs/" + string(f.OrgID) + "/serviceAccounts/" + f.Account.PublicID, accept: c.accept}
		accounts.accept = "application/vnd.atlas.2024-08-05+json"
		f.send(accounts).is(noContent)
		c.path = "/api/atlas/v2/orgs/" + string(f.OrgID) + "/apiKeys/" + string(f.Owner.ID)
	}}

	register(map[string]scenario{
		"listApiKeys": {call: call{method: get, path: keysRoot}},
		"createApiKey": {call: call{method: post, path: keysRoot, body: `{"desc":"a","roles":["ORG_OWNER"]}`}, refusals: []refusal{
			lookOnly, {body: `{"desc":"a","roles":["GROUP_OWNER"]}`, status: wrong, code: "INVALID_ROLE_FOR_ORG"},
			{body: `{"desc":"a","roles":["KING"]}`, status: wrong, code: "INVALID_ENUM_VALUE"}}},
		"getApiKey": {call: call{method: get, path: keyRoot}, given: withKeys, refusals: []refusal{noKey(keysRoot + "/{x}"), noKey(keysRoot + "/nonsense")}},
		"updateApiKey": {call: call{method: patch, path: keyRoot, body: `{"desc":"new","roles":["ORG_READ_ONLY"]}`}, given: withKeys,
			refusals: []refusal{noKey(keysRoot + "/{x}"), forOrg, noRole, lookOnly, lastOwner}},
		"deleteApiKey": {call: call{method: del, path: keyRoot}, given: withKeys, status: noContent,
			refusals: []refusal{noKey(keysRoot + "/{x}"), lookOnly, lastOwner}},

		"listProjectApiKeys": {call: call{method: get, path: groupKeysRoot}, refusals: []refusal{outside}},
		"createProjectApiKey": {call: call{method: post, path: groupKeysRoot, body: `{"desc":"a","roles":["GROUP_OWNER"]}`}, refusals: []refusal{
			outside, lookOnly, {body: `{"desc":"a","roles":["KING"]}`, status: wrong, code: "INVALID_ENUM_VALUE"}}},
		"addProjectApiKey": {call: call{method: post, path: groupKeyRoot, body: `[` + groupOwner + `]`}, given: withStrangers, status: noContent,
			refusals: []refusal{
				noKey(groupKeysRoot + "/{x}"), outside, lookOnly,
				{body: `[` + owner + `]`, status: wrong, code: "INVALID_ROLE_FOR_GROUP"}, {body: `[` + king + `]`, status: wrong, code: "INVALID_ENUM_VALUE"},
				{body: `[{}]`, status: wrong, code: "MISSING_ATTRIBUTE"}, {body: `[{"userId":"{x}"}]`, status: wrong, code: "ATTRIBUTE_READ_ONLY"},
			}},
		"updateApiKeyRoles": {call: call{method: patch, path: groupKeyRoot, body: groupOwner}, given: withKeys,
			refusals: []refusal{noKey(groupKeysRoot + "/{x}"), forGroup, noRole, outside, lookOnly}},
		"removeProjectApiKey": {call: call{method: del, path: groupKeyRoot}, given: withKeys, status: noContent,
			refusals: []refusal{noKey(groupKeysRoot + "/{x}"), outside, lookOnly}},

		"listServiceAccounts": {call: call{method: get, path: saRoot}},
		"createServiceAccount": {call: call{method: post, path: saRoot, body: newAccount}, status: http.StatusCreated, refusals: []refusal{
			lookOnly, {body: newGroupAccount, status: wrong, code: "INVALID_ROLE_FOR_ORG"}}},
		"getServiceAccount": {call: call{method: get, path: oneSARoot}, given: withKeys, refusals: []refusal{noAccount(saRoot + "/mdb_sa_id_x")}},
		"updateServiceAccount": {call: call{method: patch, path: oneSARoot, body: `{"name":"n","description":"d","roles":["ORG_READ_ONLY"]}`}, given: withKeys,
			refusals: []refusal{noAccount(saRoot + "/x"), forOrg, noRole, lookOnly}},
		"deleteServiceAccount": {call: call{method: del, path: oneSARoot}, given: withKeys, status: noContent,
			refusals: []refusal{noAccount(saRoot + "/x"), lookOnly}},
		"listServiceAccountProjects": {call: call{method: get, path: oneSARoot + "/groups"}, given: withKeys, refusals: []refusal{noAccount(saRoot + "/x/groups")}},
		"createServiceAccountSecret": {call: call{method: post, path: oneSARoot + "/secrets", body: hours}, given: withKeys, status: http.StatusCreated,
			refusals: []refusal{noAccount(saRoot + "/x/secrets"), lookOnly, {body: `{"secretExpiresAfterHours":7}`, status: wrong, code: "INVALID_ATTRIBUTE"}}},
		"deleteServiceAccountSecret": {call: call{method: del, path: oneSARoot + "/secrets/{secret}"}, given: withKeys, status: noContent,
			refusals: []refusal{noAccount(saRoot + "/x/secrets/{secret}"), noSecret(oneSARoot + "/secrets/{x}"), noSecret(oneSARoot + "/secrets/nonsense"), lookOnly}},

		"listProjectServiceAccounts": {call: call{method: get, path: groupSAsRoot}, refusals: []refusal{outside}},
		"createProjectServiceAccount": {call: call{method: post, path: groupSAsRoot, body: newGroupAccount}, status: http.StatusCreated, refusals: []refusal{
			outside, lookOnly, {body: newAccount, status: wrong, code: "INVALID_ROLE_FOR_GROUP"}}},
		"getProjectServiceAccount": {call: call{method: get, path: groupSARoot}, given: withKeys, refusals: []refusal{noAccount(groupSAsRoot + "/x"), outside,
			{path: groupSARoot, status: notThere, code: "SERVICE_ACCOUNT_NOT_FOUND", edit: func(f *fixture, c *call) {
				c.path = "/api/atlas/v2/groups/" + string(f.ProjectID) + "/serviceAccounts/" + withStrangers(f)[3]
			}}}},
		"updateProjectServiceAccount": {call: call{method: patch, path: groupSARoot, body: groupOwner}, given: withKeys,
			refusals: []refusal{noAccount(groupSAsRoot + "/x"), forGroup, noRole, outside, lookOnly}},
		"deleteProjectServiceAccount": {call: call{method: del, path: groupSARoot}, given: withKeys, status: noContent,
			refusals: []refusal{noAccount(groupSAsRoot + "/x"), outside, lookOnly}},
		"addProjectServiceAccount": {call: call{method: post, path: groupSARoot + ":invite", body: `[` + groupOwner + `]`}, given: withStrangers,
			refusals: []refusal{noAccount(groupSAsRoot + "/x:invite"), outside, lookOnly,
				{body: `[` + owner + `]`, status: wrong, code: "INVALID_ROLE_FOR_GROUP"}, {body: `[` + king + `]`, status: wrong, code: "INVALID_ENUM_VALUE"}}},
		"createProjectServiceAccountSecret": {call: call{method: post, path: groupSARoot + "/secrets", body: hours}, given: withKeys, status: http.StatusCreated,
			refusals: []refusal{noAccount(groupSAsRoot + "/x/secrets"), outside, lookOnly, {body: `{"secretExpiresAfterHours":8761}`, status: wrong, code: "INVALID_ATTRIBUTE"}}},
		"deleteProjectServiceAccountSecret": {call: call{method: del, path: groupSARoot + "/secrets/{secret}"}, given: withKeys, status: noContent,
			refusals: []refusal{noAccount(groupSAsRoot + "/x/secrets/{secret}"), noSecret(groupSARoot + "/secrets/{x}"), outside, lookOnly}},
	})
}
