package atlas_test

import (
	"net/http"
	"strings"

	"tidemark"
)

const (
	clustersRoot   = groupRoot + "/clusters"
	dedicatedRoot  = clustersRoot + "/shop"
	regionsAt2024  = `"regionConfigs":[{"providerName":"AWS","regionName":"EU_WEST_1","priority":7,"electableSpecs":{"instanceSize":"M10","nodeCount":3,"diskSizeGB":20}}]`
	clusterAt2024  = `{"name":"{n}","clusterType":"REPLICASET","backupEnabled":true,"replicationSpecs":[{` + regionsAt2024 + `}]}`
	clusterAt2302  = `{"name":"{n}","clusterType":"REPLICASET","backupEnabled":true,"diskSizeGB":20,"labels":[{"key":"Infrastructure Tool","value":"Atlas CLI"}],"replicationSpecs":[{"numShards":1,"zoneName":"Zone 1","regionConfigs":[{"providerName":"AWS","regionName":"EU_WEST_1","priority":7,"electableSpecs":{"instanceSize":"M10","nodeCount":3}}]}]}`
	clusterAt2301  = `{"name":"{n}","providerBackupEnabled":true,"diskSizeGB":20,"providerSettings":{"providerName":"AWS","regionName":"EU_WEST_1","instanceSizeName":"M10"}}`
	upgradeTo2024  = `{"name":"shop","clusterType":"REPLICASET","replicationSpecs":[{` + regionsAt2024 + `}]}`
	upgradeTo2301  = `{"name":"shop","providerSettings":{"providerName":"AWS","regionName":"EU_WEST_1","instanceSizeName":"M10"}}`
	inClusterAPI   = "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"
	serverlessInIt = "CANNOT_USE_SERVERLESS_INSTANCE_IN_CLUSTER_API"
)

// clusterIn makes a dedicated cluster.
func (f *fixture) clusterIn(name string) {
	f.t.Helper()
	f.in("application/vnd.atlas.2024-10-23+json", post, f.group()+"/clusters", strings.Replace(clusterAt2024, "{n}", name, 1)).is(http.StatusCreated)
}

func withDedicated(f *fixture) []string {
	f.t.Helper()
	f.clusterIn("shop")
	return []string{"{n}", "new"}
}

// bodiesOf names the bodies of all versions of a cluster.
func bodiesOf(legacy, advanced, flat string) map[string]string {
	return map[string]string{"2023-01-01": legacy, "2023-02-01": advanced, "2024-08-05": flat, "2024-10-23": flat}
}

func init() {
	families := func(rest string) []refusal {
		return []refusal{
			{path: clustersRoot + "/other" + rest, edit: func(f *fixture, _ *call) {
				f.flex(post, "", `{"name":"other",`+flexProviderJSON+`}`).is(http.StatusCreated)
			}, status: wrong, code: inClusterAPI},
			{path: clustersRoot + "/other" + rest, edit: func(f *fixture, _ *call) { f.instance("other") }, status: wrong, code: serverlessInIt},
			{path: clustersRoot + "/missing" + rest, status: notThere, code: "CLUSTER_NOT_FOUND"},
			{path: clustersRoot + "/a_b" + rest, status: wrong, code: "CLUSTER_NAME_INVALID"},
		}
	}
	paused := refusal{
		edit: func(f *fixture, _ *call) {
			f.in("application/vnd.atlas.2024-10-23+json", patch, f.group()+"/clusters/shop", `{"paused":true}`).is(http.StatusOK)
		}, status: clash, code: "CANNOT_UPDATE_PAUSED_CLUSTER",
	}
	register(map[string]scenario{
		"listClustersForAllProjects": {call: call{method: get, path: apiRoot + "/clusters"}, given: withDedicated},
		"listCloudProviderRegions": {call: call{method: get, path: clustersRoot + "/provider/regions?providers=AWS&tier=M10"},
			refusals: []refusal{{path: clustersRoot + "/provider/regions?providers=OCI", status: wrong, code: "INVALID_QUERY_PARAMETER"}}},
		"listClusters": {call: call{method: get, path: clustersRoot}, given: withDedicated,
			refusals: []refusal{{path: clustersRoot + "?includeDeletedWithRetainedBackups=1", status: wrong, code: "INVALID_QUERY_PARAMETER"}}},
		"createCluster": {call: call{method: post, path: clustersRoot, body: clusterAt2024}, status: http.StatusCreated,
			given: func(*fixture) []string { return []string{"{n}", "new"} }, bodies: bodiesOf(clusterAt2301, clusterAt2302, clusterAt2024),
			refusals: []refusal{
				{edit: func(f *fixture, _ *call) { f.instance("new") }, status: wrong, code: "DUPLICATE_CLUSTER_NAME"},
				{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"},
				{body: strings.Replace(clusterAt2024, "REPLICASET", "SHARDED", 1), status: clash, code: "UNSUPPORTED_FEATURE"},
				{body: `{"name":"new","clusterType":"REPLICASET"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				{body: strings.Replace(clusterAt2024, "EU_WEST_1", "MARS", 1), status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: strings.Replace(clusterAt2024, "M10", "M1", 1), status: wrong, code: "INVALID_ENUM_VALUE"},
				{body: strings.Replace(clusterAt2024, `"AWS"`, `"TENANT"`, 1), status: clash, code: "UNSUPPORTED_FEATURE"},
				{body: strings.Replace(clusterAt2024, `{"name"`, `{"stateName":"IDLE","name"`, 1), status: wrong, code: "ATTRIBUTE_READ_ONLY"},
			}},
		"getCluster": {call: call{method: get, path: dedicatedRoot}, given: withDedicated, refusals: families("")},
		"updateCluster": {call: call{method: patch, path: dedicatedRoot, body: `{"terminationProtectionEnabled":true,"pitEnabled":true}`}, given: withDedicated,
			bodies: map[string]string{"2023-01-01": `{"providerSettings":{"providerName":"AWS","instanceSizeName":"M30"}}`, "2023-02-01": `{"diskSizeGB":40}`},
			refusals: append(families(""), paused,
				refusal{body: `{"name":"other"}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				refusal{body: `{"clusterType":"GEOSHARDED"}`, status: clash, code: "UNSUPPORTED_FEATURE"})},
		"deleteCluster": {call: call{method: del, path: dedicatedRoot + "?retainBackups=true"}, given: withDedicated, status: http.StatusAccepted,
			refusals: append(families(""),
				refusal{edit: func(f *fixture, _ *call) {
					f.ChangeInstance("shop", func(i *tidemark.Instance) { i.TerminationProtection = true })
				}, status: wrong, code: "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED"},
				refusal{path: dedicatedRoot, edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusAccepted) }, status: wrong, code: "CLUSTER_ALREADY_REQUESTED_DELETION"})},
		"getClusterStatus":                {call: call{method: get, path: dedicatedRoot + "/status"}, given: withDedicated, refusals: families("/status")},
		"getClusterAdvancedConfiguration": {call: call{method: get, path: dedicatedRoot + "/processArgs"}, given: withDedicated, refusals: families("/processArgs")},
		"updateClusterAdvancedConfiguration": {call: call{method: patch, path: dedicatedRoot + "/processArgs", body: `{"javascriptEnabled":false,"oplogMinRetentionHours":24,"transactionLifetimeLimitSeconds":60}`},
			given: withDedicated, bodies: map[string]string{"2023-01-01": `{"defaultReadConcern":"local","failIndexKeyTooLong":false}`},
			refusals: append(families("/processArgs"), paused,
				refusal{body: `{"transactionLifetimeLimitSeconds":0}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				refusal{body: `{"defaultReadConcern":"local"}`, status: wrong, code: "INVALID_ATTRIBUTE"})},
		"upgradeFlexCluster": {call: call{method: post, path: flexRoot + ":tenantUpgrade", body: upgradeTo2024}, given: withFlex, refusals: []refusal{
			{body: `{"name":"missing"}`, status: notThere, code: "CLUSTER_NOT_FOUND"},
			{body: `{"clusterType":"REPLICASET"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
			{body: `{"name":"other"}`, edit: func(f *fixture, _ *call) { f.instance("other") }, status: wrong, code: "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"},
		}},
		"upgradeSharedCluster": {call: call{method: post, path: clustersRoot + "/tenantUpgrade", body: upgradeTo2301}, given: withFlex, refusals: []refusal{
			{body: `{"name":"missing"}`, status: notThere, code: "CLUSTER_NOT_FOUND"},
		}},
	})
}
