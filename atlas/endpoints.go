package atlas

import (
	"net/http"
	"slices"
)

const (
	groupPath       = Prefix + "/groups/{groupId}"
	orgPath         = Prefix + "/orgs/{orgId}"
	serverlessPath  = groupPath + "/serverless"
	backupPath      = serverlessPath + "/{clusterName}/backup"
	ownPath         = ExtensionPrefix + "/groups/{groupId}/instances"
	ownInstancePath = ownPath + "/{clusterName}"
)

// resourceVersion is one version of a resource.
type resourceVersion struct {
	date string // such as "2023-01-01"
	// Deprecation and sunset are the headers that Atlas sends for it, without
	// zeros before the day; "" for none. What is sunset is served all the same.
	deprecation, sunset string
}

var (
	since2023 = []resourceVersion{{date: v20230101}}
	since2024 = []resourceVersion{{date: v20240805}}
	// serverlessVersions is that of the serverless family, which Atlas has given up.
	serverlessVersions = []resourceVersion{{v20230101, "Wed, 10 Dec 2025 00:00:00 GMT", "Thu, 15 Jan 2026 00:00:00 GMT"}}
)

// endpoints is every operation, family by family.
var endpoints = slices.Concat(
	coreEndpoints,
	keyEndpoints,
	accessListEndpoints,
	indexingEndpoints,
	flexEndpoints,
	tenantEndpoints,
	cloudBackupEndpoints,
	clusterEndpoints,
	ownEndpoints,
	eventEndpoints,
	projectEndpoints,
)

// coreEndpoints are those of organizations, projects and serverless
// instances. The ids of the Atlas Admin API are those of
// its OpenAPI document of 2025-07. The statuses are those that Atlas really
// answers: the document says 200 for createProject and 204 for deleteProject.
var coreEndpoints = []*endpoint{
	{id: "getSystemStatus", method: http.MethodGet, path: Prefix, versions: since2023, status: http.StatusOK, run: (*api).systemStatus},

	{id: "listOrganizations", method: http.MethodGet, path: Prefix + "/orgs", versions: since2023, status: http.StatusOK, list: true, run: (*api).listOrganizations},
	{id: "getOrganization", method: http.MethodGet, path: orgPath, versions: since2023, status: http.StatusOK, run: (*api).getOrganization},
	{id: "listOrganizationProjects", method: http.MethodGet, path: orgPath + "/groups", versions: since2023, status: http.StatusOK, list: true, run: (*api).listOrganizationProjects},

	{id: "listProjects", method: http.MethodGet, path: Prefix + "/groups", versions: since2023, status: http.StatusOK, list: true, run: (*api).listProjects},
	{id: "createProject", method: http.MethodPost, path: Prefix + "/groups", versions: since2023, status: http.StatusCreated, run: (*api).createProject},
	{id: "getProject", method: http.MethodGet, path: groupPath, versions: since2023, status: http.StatusOK, run: (*api).getProject},
	{id: "getProjectByName", method: http.MethodGet, path: Prefix + "/groups/byName/{groupName}", versions: since2023, status: http.StatusOK, run: (*api).getProjectByName},
	{id: "deleteProject", method: http.MethodDelete, path: groupPath, versions: since2023, status: http.StatusAccepted, run: (*api).deleteProject},

	{id: "listServerlessInstances", method: http.MethodGet, path: serverlessPath, versions: serverlessVersions, status: http.StatusOK, list: true, run: (*api).listInstances},
	{id: "createServerlessInstance", method: http.MethodPost, path: serverlessPath, versions: serverlessVersions, status: http.StatusCreated, run: (*api).createServerless},
	{id: "getServerlessInstance", method: http.MethodGet, path: serverlessPath + "/{clusterName}", versions: serverlessVersions, status: http.StatusOK, run: (*api).getInstance},
	{id: "updateServerlessInstance", method: http.MethodPatch, path: serverlessPath + "/{clusterName}", versions: serverlessVersions, status: http.StatusOK, run: (*api).updateServerless},
	{id: "deleteServerlessInstance", method: http.MethodDelete, path: serverlessPath + "/{clusterName}", versions: serverlessVersions, status: http.StatusAccepted, run: (*api).deleteInstance},

	{id: "listServerlessBackups", method: http.MethodGet, path: backupPath + "/snapshots", versions: serverlessVersions, status: http.StatusOK, list: true, run: (*api).listSnapshots},
	{id: "getServerlessBackup", method: http.MethodGet, path: backupPath + "/snapshots/{snapshotId}", versions: serverlessVersions, status: http.StatusOK, run: (*api).getSnapshot},
	{id: "listServerlessBackupRestoreJobs", method: http.MethodGet, path: backupPath + "/restoreJobs", versions: serverlessVersions, status: http.StatusOK, list: true, run: (*api).listRestoreJobs},
	{id: "createServerlessBackupRestoreJob", method: http.MethodPost, path: backupPath + "/restoreJobs", versions: serverlessVersions, status: http.StatusOK, run: (*api).createRestoreJob},
	{id: "getServerlessBackupRestoreJob", method: http.MethodGet, path: backupPath + "/restoreJobs/{restoreJobId}", versions: serverlessVersions, status: http.StatusOK, run: (*api).getRestoreJob},
}

// ownEndpoints are those of the extension API.
var ownEndpoints = []*endpoint{
	{id: "tidemark.listInstances", method: http.MethodGet, path: ownPath, status: http.StatusOK, list: true, run: (*api).listInstances},
	{id: "tidemark.createInstance", method: http.MethodPost, path: ownPath, status: http.StatusCreated, run: (*api).registerInstance},
	{id: "tidemark.getInstance", method: http.MethodGet, path: ownInstancePath, status: http.StatusOK, run: (*api).getInstance},
	{id: "tidemark.updateInstance", method: http.MethodPatch, path: ownInstancePath, status: http.StatusOK, run: (*api).updateInstance},
	{id: "tidemark.deleteInstance", method: http.MethodDelete, path: ownInstancePath, status: http.StatusAccepted, run: (*api).deleteInstance},
	{id: "tidemark.listSnapshots", method: http.MethodGet, path: ownInstancePath + "/snapshots", status: http.StatusOK, list: true, run: (*api).listSnapshots},
	{id: "tidemark.takeSnapshot", method: http.MethodPost, path: ownInstancePath + "/snapshots", status: http.StatusCreated, run: (*api).takeSnapshot},
	{id: "tidemark.getSnapshot", method: http.MethodGet, path: ownInstancePath + "/snapshots/{snapshotId}", status: http.StatusOK, run: (*api).getSnapshot},
	{id: "tidemark.deleteSnapshot", method: http.MethodDelete, path: ownInstancePath + "/snapshots/{snapshotId}", status: http.StatusNoContent, run: (*api).deleteSnapshot},
	{id: "tidemark.listRestoreJobs", method: http.MethodGet, path: ownInstancePath + "/restoreJobs", status: http.StatusOK, list: true, run: (*api).listRestoreJobs},
	{id: "tidemark.createRestoreJob", method: http.MethodPost, path: ownInstancePath + "/restoreJobs", status: http.StatusCreated, run: (*api).createRestoreJob},
	{id: "tidemark.getRestoreJob", method: http.MethodGet, path: ownInstancePath + "/restoreJobs/{restoreJobId}", status: http.StatusOK, run: (*api).getRestoreJob},
	{id: "tidemark.cancelRestoreJob", method: http.MethodDelete, path: ownInstancePath + "/restoreJobs/{restoreJobId}", status: http.StatusOK, run: (*api).cancelRestoreJob},
	{id: "tidemark.undoRestoreJob", method: http.MethodPost, path: ownInstancePath + "/restoreJobs/{restoreJobId}/undo", status: http.StatusCreated, run: (*api).undoRestoreJob},
	{id: "tidemark.watchRestoreJob", method: http.MethodGet, path: ownInstancePath + "/restoreJobs/{restoreJobId}/events", status: http.StatusOK, run: (*api).watchRestoreJob},
	{id: "tidemark.listHistory", method: http.MethodGet, path: ownInstancePath + "/history", status: http.StatusOK, run: (*api).listHistory},
	{id: "tidemark.summarizeHistory", method: http.MethodGet, path: ownInstancePath + "/history/summary", status: http.StatusOK, run: (*api).summarizeHistory},
	{id: "tidemark.getDocument", method: http.MethodGet, path: ownInstancePath + "/documents", status: http.StatusOK, run: (*api).getDocument},
	{id: "tidemark.listDocumentVersions", method: http.MethodGet, path: ownInstancePath + "/documents/versions", status: http.StatusOK, run: (*api).listDocumentVersions},
}
