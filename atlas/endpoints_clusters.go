package atlas

import (
	"net/http"
	"slices"

	"tidemark"
)

// The versions of clusters. What was deprecated when is the date of the next
// version; the ends are those that Atlas publishes.
var (
	legacyCluster    = resourceVersion{v20230101, "Wed, 1 Feb 2023 00:00:00 GMT", "Mon, 30 Nov 2026 00:00:00 GMT"}
	advancedCluster  = resourceVersion{v20230201, "Mon, 5 Aug 2024 00:00:00 GMT", "Sun, 1 Mar 2026 00:00:00 GMT"}
	flatCluster      = resourceVersion{v20240805, "Wed, 23 Oct 2024 00:00:00 GMT", "Sun, 1 Mar 2026 00:00:00 GMT"}
	clusterReads     = []resourceVersion{legacyCluster, advancedCluster, {date: v20240805}}
	clusterWrites    = []resourceVersion{legacyCluster, advancedCluster, flatCluster, {date: v20241023}}
	clusterDeletions = []resourceVersion{legacyCluster, {date: v20230201}}
	processArgs      = []resourceVersion{{v20230101, "Mon, 5 Aug 2024 00:00:00 GMT", "Sun, 1 Mar 2026 00:00:00 GMT"}, {date: v20240805}}
)

// clusterEndpoints are those of dedicated clusters, and the upgrades to them.
var clusterEndpoints = slices.Concat(
	[]*endpoint{
		{id: "listClustersForAllProjects", method: http.MethodGet, path: Prefix + "/clusters", versions: since2023, status: http.StatusOK, list: true, run: (*api).listAllClusters},
		{id: "listCloudProviderRegions", method: http.MethodGet, path: clustersPath + "/provider/regions", versions: since2023, status: http.StatusOK, list: true, run: (*api).listProviderRegions},
	},
	ofKind(tidemark.KindDedicated, []*endpoint{
		{id: "listClusters", method: http.MethodGet, path: clustersPath, versions: clusterReads, status: http.StatusOK, list: true, run: (*api).listClusters},
		{id: "createCluster", method: http.MethodPost, path: clustersPath, versions: clusterWrites, status: http.StatusCreated, run: (*api).createCluster},
		{id: "getCluster", method: http.MethodGet, path: clusterPath, versions: clusterReads, status: http.StatusOK, run: (*api).getCluster},
		{id: "updateCluster", method: http.MethodPatch, path: clusterPath, versions: clusterWrites, status: http.StatusOK, run: (*api).updateCluster},
		{id: "deleteCluster", method: http.MethodDelete, path: clusterPath, versions: clusterDeletions, status: http.StatusAccepted, run: (*api).deleteCluster},
		{id: "getClusterStatus", method: http.MethodGet, path: clusterPath + "/status", versions: since2023, status: http.StatusOK, run: (*api).getClusterStatus},
		{id: "getClusterAdvancedConfiguration", method: http.MethodGet, path: clusterPath + "/processArgs", versions: processArgs, status: http.StatusOK, run: (*api).getProcessArgs},
		{id: "updateClusterAdvancedConfiguration", method: http.MethodPatch, path: clusterPath + "/processArgs", versions: processArgs, status: http.StatusOK, run: (*api).updateProcessArgs},
	}),
	ofKind(tidemark.KindFlex, []*endpoint{
		{id: "upgradeFlexCluster", method: http.MethodPost, path: flexPath + ":tenantUpgrade", versions: sinceFlex, status: http.StatusOK, run: (*api).upgradeFlexCluster},
		{id: "upgradeSharedCluster", method: http.MethodPost, path: clustersPath + "/tenantUpgrade", versions: since2023, status: http.StatusOK, run: (*api).upgradeSharedCluster},
	}),
)
