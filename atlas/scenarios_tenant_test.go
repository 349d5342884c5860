package atlas_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	tenantRoot  = groupRoot + "/clusters/shop/backup/tenant"
	tenantWrong = groupRoot + "/clusters/other/backup/tenant"
	indexing    = shopRoot + "/performanceAdvisor/autoIndexing"
)

func init() {
	// families are the operation about a serverless instance, a dedicated
	// cluster, and one that is not there.
	families := func(rest string) []refusal {
		return []refusal{
			{path: tenantWrong + rest, edit: func(f *fixture, _ *call) { f.instance("other") }, status: wrong, code: "CANNOT_USE_SERVERLESS_INSTANCE_IN_CLUSTER_API"},
			{path: tenantWrong + rest, edit: func(f *fixture, _ *call) { f.dedicated("other") }, status: wrong, code: "INCORRECT_BACKUP_API_ENDPOINT"},
			{path: strings.Replace(tenantRoot, "shop", "missing", 1) + rest, status: notThere, code: "CLUSTER_NOT_FOUND"},
		}
	}
	register(map[string]scenario{
		"listSharedClusterBackups": {call: call{method: get, path: tenantRoot + "/snapshots"}, given: withFlex, refusals: families("/snapshots")},
		"getSharedClusterBackup": {call: call{method: get, path: tenantRoot + "/snapshots/{s}"}, given: withFlex,
			refusals: append(families("/snapshots/{s}"), refusal{path: tenantRoot + "/snapshots/{x}", status: notThere, code: "TENANT_SNAPSHOT_NOT_FOUND"})},
		"listSharedClusterBackupRestoreJobs": {call: call{method: get, path: tenantRoot + "/restores"}, given: withFlexJob, refusals: families("/restores")},
		"getSharedClusterBackupRestoreJob": {call: call{method: get, path: tenantRoot + "/restores/{j}"}, given: withFlexJob, refusals: append(families("/restores/{j}"),
			refusal{path: tenantRoot + "/restores/{x}", status: notThere, code: "TENANT_RESTORE_NOT_FOUND"},
			refusal{path: tenantRoot + "/restores/x", status: notThere, code: "INVALID_JOB_ID"})},
		"createSharedClusterBackupRestoreJob": {call: call{method: post, path: tenantRoot + "/restore", body: `{"snapshotId":"{s}","targetDeploymentItemName":"target"}`},
			given: withFlex, refusals: append(families("/restore"),
				refusal{body: `{"snapshotId":"{x}","targetDeploymentItemName":"target"}`, status: notThere, code: "TENANT_SNAPSHOT_NOT_FOUND"},
				refusal{body: `{"snapshotId":"{s}"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{body: `{"snapshotId":"{s}","targetDeploymentItemName":"target","clusterName":"shop"}`, status: wrong, code: "ATTRIBUTE_READ_ONLY"},
				refusal{edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: clash, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"})},
		"downloadSharedClusterBackup": {call: call{method: post, path: tenantRoot + "/download", body: `{"snapshotId":"{s}","targetDeploymentItemName":""}`}, given: withFlex,
			refusals: append(families("/download"), refusal{body: `{"snapshotId":"{x}"}`, status: notThere, code: "TENANT_SNAPSHOT_NOT_FOUND"})},

		"getServerlessAutoIndexing": {call: call{method: get, path: indexing}, given: withShop, refusals: indexingRefusals("")},
		"setServerlessAutoIndexing": {call: call{method: post, path: indexing + "?enable=false"}, given: withShop, refusals: append(indexingRefusals("?enable=true"),
			refusal{path: indexing, status: wrong, code: "INVALID_QUERY_PARAMETER"},
			refusal{path: indexing + "?enable=perhaps", status: wrong, code: "INVALID_QUERY_PARAMETER"})},
	})
}

func indexingRefusals(query string) []refusal {
	missing := strings.Replace(indexing, "shop", "missing", 1) + query
	flex := strings.Replace(indexing, "shop", "flex", 1) + query
	return []refusal{
		{path: missing, status: notThere, code: "CLUSTER_NOT_FOUND"},
		{path: flex, edit: func(f *fixture, _ *call) {
			f.flex(post, "", `{"name":"flex",`+flexProviderJSON+`}`).is(http.StatusCreated)
		}, status: wrong, code: "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API"},
	}
}

// dedicated makes a dedicated cluster.
func (f *fixture) dedicated(name string) {
	f.t.Helper()
	f.post(f.own(), `{"name":"`+name+`","kind":"dedicated"}`).is(http.StatusCreated)
}

// TestTenantBackups looks at what the shared tiers' words are.
func TestTenantBackups(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := string(f.flexShop())
	path := f.group() + "/clusters/shop/backup/tenant"
	a := f.get(path + "/snapshots/" + id).is(http.StatusOK)
	if a.header.Get("Sunset") != "Thu, 15 Jan 2026 00:00:00 GMT" || a.header.Get("Deprecation") == "" {
		t.Errorf("the headers are %v", a.header)
	}
	if got := a.object(); got["status"] != "COMPLETED" || len(got["links"].([]any)) != 1 {
		t.Errorf("the snapshot is %v", got)
	}
	got := f.post(path+"/restore", `{"snapshotId":"`+id+`","targetDeploymentItemName":"target"}`).is(http.StatusOK).object()
	if got["clusterName"] != "shop" || got["instanceName"] != nil || got["targetProjectId"] != string(f.ProjectID) || got["deliveryType"] != "RESTORE" {
		t.Errorf("the job is %v", got)
	}
	if got := f.post(path+"/download", `{"snapshotId":"`+id+`"}`).is(http.StatusOK).object(); got["snapshotUrl"] == nil || got["deliveryType"] != "DOWNLOAD" {
		t.Errorf("the job is %v", got)
	}
}

// TestAutoIndexing reads back what was set.
func TestAutoIndexing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	path := f.serverless() + "/shop/performanceAdvisor/autoIndexing"
	for _, want := range []string{"true", "false", "true"} {
		if got := string(f.get(path).is(http.StatusOK).body); got != want {
			t.Errorf("it is %s, not %s", got, want)
		}
		flipped := map[string]string{"true": "false", "false": "true"}[want]
		f.send(call{method: post, path: path + "?enable=" + flipped}).is(http.StatusOK)
	}
}
