package atlas_test

import (
	"net/http"
	"strings"
	"testing"

	"tidemark"
)

// cluster sends a call about the project's clusters in a version.
func (f *fixture) cluster(version, method, path, body string) answer {
	f.t.Helper()
	return f.in("application/vnd.atlas."+version+"+json", method, f.group()+"/clusters"+path, body)
}

// dig follows names and, by [0], first items.
func dig(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		name, first := strings.CutSuffix(name, "[0]")
		m, _ := v.(map[string]any)
		v = m[name]
		if first {
			list, _ := v.([]any)
			if len(list) == 0 {
				return nil
			}
			v = list[0]
		}
	}
	return v
}

// expect compares what is at some paths; nil is nothing.
func expect(t *testing.T, got map[string]any, want map[string]any) {
	t.Helper()
	for path, w := range want {
		if g := dig(got, path); g != w {
			t.Errorf("%s is %v, not %v", path, g, w)
		}
	}
}

const hardwareAt = "replicationSpecs[0].regionConfigs[0].electableSpecs."

// TestClusterVersions creates a cluster in each version and reads it in each:
// whatever it was told in, each version tells it in its own words.
func TestClusterVersions(t *testing.T) {
	t.Parallel()
	for version, body := range bodiesOf(clusterAt2301, clusterAt2302, clusterAt2024) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.cluster(version, post, "", strings.Replace(body, "{n}", "shop", 1)).is(http.StatusCreated)
			legacy := f.cluster("2023-01-01", get, "/shop", "").is(http.StatusOK)
			if legacy.header.Get("Sunset") != "Mon, 30 Nov 2026 00:00:00 GMT" || legacy.header.Get("Deprecation") == "" {
				t.Errorf("the headers are %v", legacy.header)
			}
			expect(t, legacy.object(), map[string]any{
				"diskSizeGB": 20.0, "numShards": 1.0, "replicationFactor": 3.0, "providerBackupEnabled": true, "clusterType": "REPLICASET",
				"providerSettings.instanceSizeName": "M10", "providerSettings.regionName": "EU_WEST_1", "providerSettings.providerName": "AWS",
				"replicationSpecs[0].regionsConfig.EU_WEST_1.electableNodes": 3.0, "replicationSpecs[0].zoneName": "Zone 1", "replicationSpecs[0].zoneId": nil,
			})
			advanced := f.cluster("2023-02-01", get, "/shop", "").is(http.StatusOK).object()
			expect(t, advanced, map[string]any{
				"diskSizeGB": 20.0, "backupEnabled": true, "numShards": nil, "replicationSpecs[0].numShards": 1.0, hardwareAt + "diskSizeGB": nil,
				hardwareAt + "instanceSize": "M10", hardwareAt + "nodeCount": 3.0, "redactClientLogData": nil, "replicationSpecs[0].zoneId": nil,
			})
			flat := f.cluster("2024-08-05", get, "/shop", "").is(http.StatusOK)
			if flat.header.Get("Sunset") != "" {
				t.Errorf("the newest version ends %s", flat.header.Get("Sunset"))
			}
			got := flat.object()
			expect(t, got, map[string]any{
				"diskSizeGB": nil, hardwareAt + "diskSizeGB": 20.0, "replicationSpecs[0].numShards": nil, "redactClientLogData": false,
				"replicationSpecs[0].regionConfigs[0].regionName": "EU_WEST_1", "replicationSpecs[0].regionConfigs[0].analyticsSpecs.nodeCount": 0.0,
				"versionReleaseSystem": "LTS", "encryptionAtRestProvider": "NONE", "rootCertType": "ISRGROOTX1", "paused": false, "stateName": "IDLE",
			})
			if id := dig(got, "replicationSpecs[0].id"); id == nil || id != dig(advanced, "replicationSpecs[0].id") || dig(got, "replicationSpecs[0].zoneId") == nil {
				t.Errorf("the ids of the replication spec are %v", dig(got, "replicationSpecs[0]"))
			}
			f.cluster("2024-08-05", get, "", "").is(http.StatusOK)
		})
	}
}

// TestClusterUpdates changes a cluster in each version's words.
func TestClusterUpdates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clusterIn("shop")
	f.cluster("2023-01-01", patch, "/shop", `{"providerSettings":{"providerName":"AWS","instanceSizeName":"M30"},"replicationSpecs":[{"numShards":1,"zoneName":"Z","regionsConfig":{
		"US_EAST_1":{"electableNodes":2,"priority":6},"EU_WEST_1":{"electableNodes":3,"priority":7,"readOnlyNodes":1}}}],"autoScaling":{"diskGBEnabled":true,"compute":{"enabled":true}}}`).is(http.StatusOK)
	f.cluster("2023-02-01", patch, "/shop", `{"diskSizeGB":80,"biConnector":{"enabled":true}}`).is(http.StatusOK)
	got := f.cluster("2024-10-23", patch, "/shop", `{"redactClientLogData":true,"labels":[{"key":"a","value":"b"}],"mongoDBMajorVersion":"7.0","advancedConfiguration":{"minimumEnabledTlsProtocol":"TLS1_1"},
		"mongoDBEmployeeAccessGrant":{"grantType":"CLUSTER_INFRASTRUCTURE","expirationTime":"2027-01-01T00:00:00Z"}}`).is(http.StatusOK).object()
	const region = "replicationSpecs[0].regionConfigs[0]."
	expect(t, got, map[string]any{
		hardwareAt + "instanceSize": "M30", hardwareAt + "diskSizeGB": 80.0, region + "regionName": "EU_WEST_1", region + "readOnlySpecs.nodeCount": 1.0,
		region + "autoScaling.diskGB.enabled": true, region + "autoScaling.compute.enabled": true, "replicationSpecs[0].zoneName": "Z",
		"biConnector.enabled": true, "biConnector.readPreference": "secondary", "redactClientLogData": true, "labels[0].key": "a",
		"mongoDBMajorVersion": "7.0", "advancedConfiguration.minimumEnabledTlsProtocol": "TLS1_1", "mongoDBEmployeeAccessGrant.grantType": "CLUSTER_INFRASTRUCTURE",
	})
	if regions := dig(got, "replicationSpecs[0]").(map[string]any)["regionConfigs"].([]any); len(regions) != 2 {
		t.Errorf("the regions are %v", regions)
	}
	args := f.cluster("2023-01-01", patch, "/shop/processArgs", `{"failIndexKeyTooLong":false}`).is(http.StatusOK).object()
	expect(t, args, map[string]any{"failIndexKeyTooLong": false, "minimumEnabledTlsProtocol": "TLS1_1", "javascriptEnabled": true})
	f.cluster("2024-10-23", patch, "/shop", `{"pitEnabled":true}`).is(http.StatusOK)
	expect(t, f.get(f.own()+"/shop").is(http.StatusOK).object(), map[string]any{"continuousBackupEnabled": true, "kind": "dedicated"})
	for body, code := range map[string]string{
		`{"numShards":2}`: "UNSUPPORTED_FEATURE",
		`{"providerSettings":{"providerName":"TENANT","instanceSizeName":"M2"}}`:                        "UNSUPPORTED_FEATURE",
		`{"replicationSpecs":[{"numShards":2}]}`:                                                        "UNSUPPORTED_FEATURE",
		`{"providerSettings":{"instanceSizeName":"M30"}}`:                                               "MISSING_ATTRIBUTE",
		`{"providerSettings":{"providerName":"GCP","instanceSizeName":"R700"}}`:                         "INVALID_ENUM_VALUE",
		`{"providerSettings":{"providerName":"GCP","instanceSizeName":"M10"}}`:                          "MISSING_ATTRIBUTE",
		`{"providerSettings":{"providerName":"GCP","instanceSizeName":"M10","regionName":"EU_WEST_1"}}`: "INVALID_ATTRIBUTE",
		`{"replicationSpec":{"EU_WEST_1":{"colour":1}}}`:                                                "INVALID_ATTRIBUTE",
	} {
		a := f.cluster("2023-01-01", patch, "/shop", body)
		if got := a.object()["errorCode"]; got != code {
			t.Errorf("%s is answered %v, not %s", body, got, code)
		}
	}
}

// TestLegacyProvider changes a cluster that is not at the first provider.
func TestLegacyProvider(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const settings = `"providerSettings":{"providerName":"GCP","instanceSizeName":"M10"`
	f.cluster("2023-01-01", post, "", `{"name":"shop",`+settings+`}}`).fails(http.StatusBadRequest, "MISSING_ATTRIBUTE", "providerSettings.regionName")
	f.cluster("2023-01-01", post, "", `{"name":"shop",`+settings+`,"regionName":"WESTERN_EUROPE"}}`).is(http.StatusCreated)
	got := f.cluster("2023-01-01", patch, "/shop", `{"providerSettings":{"providerName":"GCP"},"replicationFactor":5}`).is(http.StatusOK).object()
	expect(t, got, map[string]any{
		"replicationFactor": 5.0, "providerSettings.regionName": "WESTERN_EUROPE", "providerSettings.diskIOPS": nil, "providerSettings.encryptEBSVolume": nil,
	})
}

// TestRegisteredCluster is a deployment that was registered, of which Atlas's
// attributes are not known: clients find a whole object all the same.
func TestRegisteredCluster(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.post(f.own(), `{"name":"mine","kind":"dedicated","uri":"mongodb://u:p@db.example/?replicaSet=rs"}`).is(http.StatusCreated)
	for _, version := range []string{"2023-01-01", "2023-02-01", "2024-08-05"} {
		got := f.cluster(version, get, "/mine", "").is(http.StatusOK).object()
		expect(t, got, map[string]any{"backupEnabled": true, "clusterType": "REPLICASET"})
		if uri, _ := dig(got, "connectionStrings.standard").(string); !strings.Contains(uri, "db.example") || strings.Contains(uri, "u:p") {
			t.Errorf("the connection string is %s", uri)
		}
	}
}

// TestRetainedClusters lists what is left of a deleted cluster where it is asked for.
func TestRetainedClusters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clusterIn("shop")
	id := f.snapshot("shop")
	f.cluster("2023-02-01", del, "/shop?retainBackups=true", "").is(http.StatusAccepted)
	f.cluster("2024-08-05", get, "/shop", "").fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "shop")
	if list := f.cluster("2024-08-05", get, "", "").is(http.StatusOK).results(); len(list) != 0 {
		t.Errorf("the list is %v", list)
	}
	if list := f.cluster("2024-08-05", get, "?includeDeletedWithRetainedBackups=true", "").is(http.StatusOK).results(); len(list) != 1 {
		t.Errorf("the list is %v", list)
	}
	f.get(f.own() + "/shop/snapshots/" + string(id)).is(http.StatusOK)
	if list := f.get(f.group() + "/clusters/shop/backup/snapshots").is(http.StatusOK).results(); len(list) != 1 {
		t.Errorf("the snapshots are %v", list)
	}
	f.clusterIn("target")
	names := []string{"{s}", string(id)}
	f.send(call{method: patch, path: f.path(cloudSnapshots+"/{s}", names), body: `{"retentionUnit":"WEEKS","retentionValue":5}`}).is(http.StatusOK)
	f.post(f.path(cloudRestores, names), f.path(automated, names)).is(http.StatusOK)
	link := f.post(f.path(cloudRestores, names), f.path(`{"deliveryType":"download","snapshotId":"{s}"}`, names)).is(http.StatusOK).object()
	if link["expiresAt"] != "2026-03-01T13:00:00Z" {
		t.Errorf("the link lives until %v", link["expiresAt"])
	}
	bucket := f.post(f.path(exportBuckets, nil), f.path(awsBucketJSON, nil)).is(http.StatusOK).object()
	names = append(names, "{b}", bucket["_id"].(string))
	job := f.post(f.path(cloudExports, names), f.path(exportJSON, names)).is(http.StatusOK).object()
	f.get(f.path(cloudExports, nil) + "/" + job["id"].(string)).is(http.StatusOK)
	f.ChangeExport(tidemark.ID(job["id"].(string)), func(j *tidemark.ExportJob) { j.State = tidemark.ExportSuccessful })
	f.send(call{method: http.MethodPut, path: f.path(complianceRoot, nil), body: f.path(complianceJSON, nil)}).is(http.StatusOK)
	f.send(call{method: del, path: f.path(cloudSnapshots+"/{s}", names)}).fails(http.StatusForbidden, "CANNOT_MODIFY_SNAPSHOT")
	f.ChangePolicy(f.ProjectID, func(p *tidemark.CompliancePolicy) { p.Deletable = true })
	f.send(call{method: del, path: f.path(complianceRoot, nil), accept: "application/vnd.atlas.2024-11-13+json"}).is(http.StatusNoContent)
	f.send(call{method: del, path: f.path(cloudSnapshots+"/{s}", names)}).is(http.StatusNoContent)
}

func TestUpgrades(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.flexShop()
	expect(t, f.flex(post, ":tenantUpgrade", upgradeTo2024).is(http.StatusOK).object(), map[string]any{"name": "shop", "providerSettings.providerName": "FLEX", "backupSettings.enabled": true})
	f.flex(get, "/shop", "").fails(http.StatusBadRequest, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API", "shop")
	expect(t, f.cluster("2024-08-05", get, "/shop", "").is(http.StatusOK).object(), map[string]any{hardwareAt + "diskSizeGB": 20.0})
	got := f.cluster("2023-01-01", post, "/tenantUpgrade", strings.Replace(upgradeTo2301, "shop", "target", 1)).is(http.StatusOK).object()
	expect(t, got, map[string]any{"name": "target", "providerSettings.regionName": "EU_WEST_1"})
	states := f.cluster("2023-01-01", get, "/target/status", "").is(http.StatusOK).object()
	expect(t, states, map[string]any{"changeStatus": "APPLIED"})
	f.ChangeInstance("target", func(i *tidemark.Instance) { i.State = tidemark.StateCreating })
	expect(t, f.cluster("2023-01-01", get, "/target/status", "").object(), map[string]any{"changeStatus": "PENDING"})
	all := f.in(accept2023, get, apiRoot+"/clusters", "").is(http.StatusOK).results()
	if len(all) != 1 || len(all[0]["clusters"].([]any)) != 2 {
		t.Errorf("the projects are %v", all)
	}
}
