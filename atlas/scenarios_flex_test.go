package atlas_test

import "net/http"

const (
	flexRoot        = groupRoot + "/flexClusters"
	flexShopRoot    = flexRoot + "/shop"
	flexSnapshots   = flexShopRoot + "/backup/snapshots"
	flexRestores    = flexShopRoot + "/backup/restoreJobs"
	flexRestoreJSON = `{"snapshotId":"{s}","targetDeploymentItemName":"target","targetProjectId":"{g}"}`
)

func withFlex(f *fixture) []string {
	f.t.Helper()
	return []string{"{s}", string(f.flexShop())}
}

func withFlexJob(f *fixture) []string {
	f.t.Helper()
	id := string(f.flexShop())
	body := `{"snapshotId":"` + id + `","targetDeploymentItemName":"target","targetProjectId":"` + string(f.ProjectID) + `"}`
	return []string{"{s}", id, "{j}", f.flex(post, "/shop/backup/restoreJobs", body).is(http.StatusOK).object()["id"].(string)}
}

func init() {
	const (
		notFlex = "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"
		noShop  = "CLUSTER_NOT_FOUND"
	)
	// other is the operation about a serverless instance, missing about one that is not there.
	other := func(path string) refusal {
		return refusal{path: path, edit: func(f *fixture, _ *call) { f.instance("other") }, status: wrong, code: notFlex}
	}
	missing := func(path string) refusal { return refusal{path: path, status: notThere, code: noShop} }
	both := func(rest string) []refusal {
		return []refusal{other(flexRoot + "/other" + rest), missing(flexRoot + "/missing" + rest)}
	}
	register(map[string]scenario{
		"listFlexClusters": {call: call{method: get, path: flexRoot}, given: withFlex},
		"createFlexCluster": {call: call{method: post, path: flexRoot, body: `{"name":"new",` + flexProviderJSON + `}`}, status: http.StatusCreated,
			refusals: []refusal{
				{edit: func(f *fixture, _ *call) { f.instance("new") }, status: wrong, code: "DUPLICATE_CLUSTER_NAME"},
				{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"},
			}},
		"getFlexCluster":    {call: call{method: get, path: flexShopRoot}, given: withFlex, refusals: both("")},
		"updateFlexCluster": {call: call{method: patch, path: flexShopRoot, body: `{"terminationProtectionEnabled":true}`}, given: withFlex, refusals: both("")},
		"deleteFlexCluster": {call: call{method: del, path: flexShopRoot}, given: withFlex, status: http.StatusNoContent, refusals: both("")},

		"listFlexBackups": {call: call{method: get, path: flexSnapshots}, given: withFlex, refusals: both("/backup/snapshots")},
		"getFlexBackup": {call: call{method: get, path: flexSnapshots + "/{s}"}, given: withFlex,
			refusals: append(both("/backup/snapshots/{s}"), refusal{path: flexSnapshots + "/{x}", status: notThere, code: "SNAPSHOT_NOT_FOUND"})},
		"downloadFlexBackup": {call: call{method: post, path: flexShopRoot + "/backup/download", body: `{"snapshotId":"{s}"}`}, given: withFlex,
			refusals: append(both("/backup/download"), refusal{body: `{"snapshotId":"{x}"}`, status: notThere, code: "SNAPSHOT_NOT_FOUND"})},

		"listFlexBackupRestoreJobs": {call: call{method: get, path: flexRestores}, given: withFlexJob, refusals: both("/backup/restoreJobs")},
		"createFlexBackupRestoreJob": {call: call{method: post, path: flexRestores, body: flexRestoreJSON}, given: withFlex,
			refusals: append(both("/backup/restoreJobs"),
				refusal{body: `{"snapshotId":"{x}","targetDeploymentItemName":"target","targetProjectId":"{g}"}`, status: notThere, code: "SNAPSHOT_NOT_FOUND"},
				refusal{edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: clash, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"})},
		"getFlexBackupRestoreJob": {call: call{method: get, path: flexRestores + "/{j}"}, given: withFlexJob,
			refusals: append(both("/backup/restoreJobs/{j}"), refusal{path: flexRestores + "/{x}", status: notThere, code: "RESTORE_JOB_NOT_FOUND"})},
	})
}
