package atlas_test

import (
	"net/http"

	"tidemark"
)

const (
	apiRoot    = "/api/atlas/v2"
	groupsRoot = apiRoot + "/groups"
	groupRoot  = groupsRoot + "/{g}"
	orgRoot    = apiRoot + "/orgs/{o}"
	slsRoot    = groupRoot + "/serverless"
	shopRoot   = slsRoot + "/shop"
)

const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete

// withShop has two instances and a snapshot {s}; withJob also a restore job {j}.
func withShop(f *fixture) []string {
	f.t.Helper()
	return []string{"{s}", string(f.shop())}
}

func withJob(f *fixture) []string {
	f.t.Helper()
	id := f.shop()
	job := f.post(f.jobs("shop"), f.restore(id)).is(http.StatusOK).object()
	return []string{"{s}", string(id), "{j}", job["id"].(string)}
}

// reader may look only.
func reader(f *fixture) *tidemark.Key { return f.Reader }

const (
	notAllowed, notThere, wrong, clash = http.StatusUnauthorized, http.StatusNotFound, http.StatusBadRequest, http.StatusConflict
	automated                          = `{"deliveryType":"automated","snapshotId":"{s}","targetClusterName":"target","targetGroupId":"{g}"}`
)

func init() {
	register(map[string]scenario{
		"getSystemStatus":          {call: call{method: get, path: apiRoot}},
		"listOrganizations":        {call: call{method: get, path: apiRoot + "/orgs"}},
		"getOrganization":          {call: call{method: get, path: orgRoot}},
		"listOrganizationProjects": {call: call{method: get, path: orgRoot + "/groups"}},

		"listProjects": {call: call{method: get, path: groupsRoot}},
		"createProject": {call: call{method: post, path: groupsRoot, body: `{"name":"new","orgId":"{o}"}`}, status: http.StatusCreated,
			refusals: []refusal{{body: `{"name":"shop","orgId":"{o}"}`, status: clash, code: "GROUP_ALREADY_EXISTS"}}},
		"getProject":       {call: call{method: get, path: groupRoot}},
		"getProjectByName": {call: call{method: get, path: groupsRoot + "/byName/shop"}},
		"deleteProject": {call: call{method: del, path: groupRoot}, status: http.StatusAccepted,
			refusals: []refusal{{edit: func(f *fixture, _ *call) { f.shop() }, status: clash, code: "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS"}}},

		"listServerlessInstances": {call: call{method: get, path: slsRoot}, given: withShop},
		"createServerlessInstance": {call: call{method: post, path: slsRoot, body: `{"name":"new",` + providerJSON + `}`}, status: http.StatusCreated,
			refusals: []refusal{{edit: func(f *fixture, _ *call) { f.instance("new") }, status: wrong, code: "DUPLICATE_CLUSTER_NAME"}}},
		"getServerlessInstance": {call: call{method: get, path: shopRoot}, given: withShop,
			refusals: []refusal{{path: slsRoot + "/nobody", status: notThere, code: "CLUSTER_NOT_FOUND"}}},
		"updateServerlessInstance": {call: call{method: patch, path: shopRoot, body: `{"terminationProtectionEnabled":true}`}, given: withShop},
		"deleteServerlessInstance": {call: call{method: del, path: shopRoot}, given: withShop, status: http.StatusAccepted},

		"listServerlessBackups": {call: call{method: get, path: shopRoot + "/backup/snapshots"}, given: withShop},
		"getServerlessBackup": {call: call{method: get, path: shopRoot + "/backup/snapshots/{s}"}, given: withShop,
			refusals: []refusal{{path: shopRoot + "/backup/snapshots/{x}", status: notThere, code: "SNAPSHOT_NOT_FOUND"}}},
		"listServerlessBackupRestoreJobs": {call: call{method: get, path: shopRoot + "/backup/restoreJobs"}, given: withJob},
		"createServerlessBackupRestoreJob": {call: call{method: post, path: shopRoot + "/backup/restoreJobs", body: automated}, given: withShop,
			refusals: []refusal{
				{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"},
				{edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: clash, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"},
			}},
		"getServerlessBackupRestoreJob": {call: call{method: get, path: shopRoot + "/backup/restoreJobs/{j}"}, given: withJob,
			refusals: []refusal{{path: shopRoot + "/backup/restoreJobs/{x}", status: notThere, code: "RESTORE_JOB_NOT_FOUND"}}},
	})
}
