package atlas

import (
	"net/http"

	"tidemark"
)

const (
	clustersPath      = groupPath + "/clusters"
	clusterPath       = clustersPath + "/{clusterName}"
	tenantPath        = clusterPath + "/backup/tenant"
	autoIndexingPath  = serverlessPath + "/{clusterName}/performanceAdvisor/autoIndexing"
	tenantRestorePath = tenantPath + "/restores"
)

// tenantVersions is that of the backups of shared tiers, which Atlas has given up
// since the version that brought Flex clusters.
var tenantVersions = []resourceVersion{{v20230101, "Wed, 13 Nov 2024 00:00:00 GMT", "Thu, 15 Jan 2026 00:00:00 GMT"}}

// tenantEndpoints are those of the backups of shared tiers, M2 and M5. Atlas
// made Flex clusters of those, so the operations are about Flex clusters.
var tenantEndpoints = ofKind(tidemark.KindFlex, []*endpoint{
	{id: "listSharedClusterBackups", method: http.MethodGet, path: tenantPath + "/snapshots", versions: tenantVersions, status: http.StatusOK, list: true, run: (*api).listTenantSnapshots},
	{id: "getSharedClusterBackup", method: http.MethodGet, path: tenantPath + "/snapshots/{snapshotId}", versions: tenantVersions, status: http.StatusOK, run: (*api).getTenantSnapshot},
	{id: "listSharedClusterBackupRestoreJobs", method: http.MethodGet, path: tenantRestorePath, versions: tenantVersions, status: http.StatusOK, list: true, run: (*api).listTenantRestores},
	{id: "getSharedClusterBackupRestoreJob", method: http.MethodGet, path: tenantRestorePath + "/{restoreId}", versions: tenantVersions, status: http.StatusOK, run: (*api).getTenantRestore},
	{id: "createSharedClusterBackupRestoreJob", method: http.MethodPost, path: tenantPath + "/restore", versions: tenantVersions, status: http.StatusOK, run: (*api).createTenantRestore},
	{id: "downloadSharedClusterBackup", method: http.MethodPost, path: tenantPath + "/download", versions: tenantVersions, status: http.StatusOK, run: (*api).downloadTenantSnapshot},
})

// indexingEndpoints are those of the automatic indexing of serverless
// instances. Nothing is indexed here: the setting is kept and shown.
var indexingEndpoints = ofKind(tidemark.KindServerless, []*endpoint{
	{id: "getServerlessAutoIndexing", method: http.MethodGet, path: autoIndexingPath, versions: serverlessVersions, status: http.StatusOK, run: (*api).getAutoIndexing},
	{id: "setServerlessAutoIndexing", method: http.MethodPost, path: autoIndexingPath, versions: serverlessVersions, status: http.StatusOK, run: (*api).setAutoIndexing},
})
