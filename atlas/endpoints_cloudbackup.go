package atlas

import (
	"net/http"

	"tidemark"
)

const (
	cloudBackupPath    = groupPath + "/clusters/{clusterName}/backup"
	cloudSnapshotsPath = cloudBackupPath + "/snapshots"
	cloudRestoresPath  = cloudBackupPath + "/restoreJobs"
	cloudSchedulePath  = cloudBackupPath + "/schedule"
	cloudExportsPath   = cloudBackupPath + "/exports"
	exportBucketsPath  = groupPath + "/backup/exportBuckets"
	compliancePath     = groupPath + "/backupCompliancePolicy"
)

var (
	scheduleVersions = []resourceVersion{
		{v20230101, "Mon, 5 Aug 2024 00:00:00 GMT", "Sat, 30 May 2026 00:00:00 GMT"}, {date: v20240805},
	}
	exportBucketVersions = []resourceVersion{
		{v20230101, "Thu, 30 May 2024 00:00:00 GMT", "Sat, 30 May 2026 00:00:00 GMT"}, {date: v20240530},
	}
	complianceVersions = []resourceVersion{
		{v20230101, "Sun, 1 Oct 2023 00:00:00 GMT", "Thu, 1 Oct 2026 00:00:00 GMT"}, {date: v20231001},
	}
	sinceDisabling = []resourceVersion{{date: v20241113}}
)

// cloudBackupEndpoints are those of the backups of dedicated clusters. What is
// of a project is not about a kind of instance.
var cloudBackupEndpoints = append(ofKind(tidemark.KindDedicated, []*endpoint{
	{id: "listReplicaSetBackups", method: http.MethodGet, path: cloudSnapshotsPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listCloudSnapshots},
	{id: "takeSnapshot", method: http.MethodPost, path: cloudSnapshotsPath, versions: since2023, status: http.StatusOK, run: (*api).takeCloudSnapshot},
	{id: "getReplicaSetBackup", method: http.MethodGet, path: cloudSnapshotsPath + "/{snapshotId}", versions: since2023, status: http.StatusOK, run: (*api).getCloudSnapshot},
	{id: "updateSnapshotRetention", method: http.MethodPatch, path: cloudSnapshotsPath + "/{snapshotId}", versions: since2023, status: http.StatusOK, run: (*api).updateSnapshotRetention},
	{id: "deleteReplicaSetBackup", method: http.MethodDelete, path: cloudSnapshotsPath + "/{snapshotId}", versions: since2023, status: http.StatusNoContent, run: (*api).deleteCloudSnapshot},
	{id: "listShardedClusterBackups", method: http.MethodGet, path: cloudSnapshotsPath + "/shardedClusters", versions: since2023, status: http.StatusOK, list: true, run: (*api).listShardedSnapshots},
	{id: "getShardedClusterBackup", method: http.MethodGet, path: cloudSnapshotsPath + "/shardedCluster/{snapshotId}", versions: since2023, status: http.StatusOK, run: (*api).noShardedSnapshot},
	{id: "deleteShardedClusterBackup", method: http.MethodDelete, path: cloudSnapshotsPath + "/shardedCluster/{snapshotId}", versions: since2023, status: http.StatusNoContent, run: (*api).noShardedSnapshot},

	{id: "listBackupRestoreJobs", method: http.MethodGet, path: cloudRestoresPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listRestoreJobs},
	{id: "createBackupRestoreJob", method: http.MethodPost, path: cloudRestoresPath, versions: since2023, status: http.StatusOK, run: (*api).createRestoreJob},
	{id: "getBackupRestoreJob", method: http.MethodGet, path: cloudRestoresPath + "/{restoreJobId}", versions: since2023, status: http.StatusOK, run: (*api).getRestoreJob},
	{id: "cancelBackupRestoreJob", method: http.MethodDelete, path: cloudRestoresPath + "/{restoreJobId}", versions: since2023, status: http.StatusNoContent, run: (*api).cancelCloudRestoreJob},

	{id: "getBackupSchedule", method: http.MethodGet, path: cloudSchedulePath, versions: scheduleVersions, status: http.StatusOK, run: (*api).getSchedule},
	{id: "updateBackupSchedule", method: http.MethodPatch, path: cloudSchedulePath, versions: scheduleVersions, status: http.StatusOK, run: (*api).updateSchedule},
	{id: "deleteAllBackupSchedules", method: http.MethodDelete, path: cloudSchedulePath, versions: scheduleVersions, status: http.StatusOK, run: (*api).deleteSchedule},

	{id: "listBackupExportJobs", method: http.MethodGet, path: cloudExportsPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listExportJobs},
	{id: "createBackupExportJob", method: http.MethodPost, path: cloudExportsPath, versions: since2023, status: http.StatusOK, run: (*api).createExportJob},
	{id: "getBackupExportJob", method: http.MethodGet, path: cloudExportsPath + "/{exportId}", versions: since2023, status: http.StatusOK, run: (*api).getExportJob},
}),
	&endpoint{id: "listExportBuckets", method: http.MethodGet, path: exportBucketsPath, versions: exportBucketVersions, status: http.StatusOK, list: true, run: (*api).listExportBuckets},
	&endpoint{id: "createExportBucket", method: http.MethodPost, path: exportBucketsPath, versions: exportBucketVersions, status: http.StatusOK, run: (*api).createExportBucket},
	&endpoint{id: "getExportBucket", method: http.MethodGet, path: exportBucketsPath + "/{exportBucketId}", versions: exportBucketVersions, status: http.StatusOK, run: (*api).getExportBucket},
	&endpoint{id: "deleteExportBucket", method: http.MethodDelete, path: exportBucketsPath + "/{exportBucketId}", versions: since2023, status: http.StatusNoContent, run: (*api).deleteExportBucket},

	&endpoint{id: "getDataProtectionSettings", method: http.MethodGet, path: compliancePath, versions: complianceVersions, status: http.StatusOK, run: (*api).getCompliancePolicy},
	&endpoint{id: "updateDataProtectionSettings", method: http.MethodPut, path: compliancePath, versions: complianceVersions, status: http.StatusOK, run: (*api).setCompliancePolicy},
	&endpoint{id: "disableDataProtectionSettings", method: http.MethodDelete, path: compliancePath, versions: sinceDisabling, status: http.StatusNoContent, run: (*api).deleteCompliancePolicy},
)
