package atlas

import (
	"net/http"

	"tidemark"
)

const (
	flexPath        = groupPath + "/flexClusters"
	flexClusterPath = flexPath + "/{clusterName}"
	flexBackupPath  = flexClusterPath + "/backup"
)

var sinceFlex = []resourceVersion{{date: v20241113}}

// flexEndpoints are those of Flex clusters.
var flexEndpoints = ofKind(tidemark.KindFlex, []*endpoint{
	{id: "listFlexClusters", method: http.MethodGet, path: flexPath, versions: sinceFlex, status: http.StatusOK, list: true, run: (*api).listFlexClusters},
	{id: "createFlexCluster", method: http.MethodPost, path: flexPath, versions: sinceFlex, status: http.StatusCreated, run: (*api).createFlexCluster},
	{id: "getFlexCluster", method: http.MethodGet, path: flexClusterPath, versions: sinceFlex, status: http.StatusOK, run: (*api).getFlexCluster},
	{id: "updateFlexCluster", method: http.MethodPatch, path: flexClusterPath, versions: sinceFlex, status: http.StatusOK, run: (*api).updateFlexCluster},
	{id: "deleteFlexCluster", method: http.MethodDelete, path: flexClusterPath, versions: sinceFlex, status: http.StatusNoContent, run: (*api).deleteInstance},

	{id: "listFlexBackups", method: http.MethodGet, path: flexBackupPath + "/snapshots", versions: sinceFlex, status: http.StatusOK, list: true, run: (*api).listFlexSnapshots},
	{id: "getFlexBackup", method: http.MethodGet, path: flexBackupPath + "/snapshots/{snapshotId}", versions: sinceFlex, status: http.StatusOK, run: (*api).getFlexSnapshot},
	{id: "downloadFlexBackup", method: http.MethodPost, path: flexBackupPath + "/download", versions: sinceFlex, status: http.StatusOK, run: (*api).downloadFlexSnapshot},
	{id: "listFlexBackupRestoreJobs", method: http.MethodGet, path: flexBackupPath + "/restoreJobs", versions: sinceFlex, status: http.StatusOK, list: true, run: (*api).listFlexRestoreJobs},
	{id: "createFlexBackupRestoreJob", method: http.MethodPost, path: flexBackupPath + "/restoreJobs", versions: sinceFlex, status: http.StatusOK, run: (*api).createFlexRestoreJob},
	{id: "getFlexBackupRestoreJob", method: http.MethodGet, path: flexBackupPath + "/restoreJobs/{restoreJobId}", versions: sinceFlex, status: http.StatusOK, run: (*api).getFlexRestoreJob},
})

// ofKind says of a family's operations which kind of instance they are about.
func ofKind(kind tidemark.InstanceKind, family []*endpoint) []*endpoint {
	for _, e := range family {
		e.kind = kind
	}
	return family
}
