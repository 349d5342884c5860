package atlas

import "net/http"

// projectUserVersions: the newer one has users that were only invited.
var projectUserVersions = []resourceVersion{{date: v20230101}, {date: "2025-02-19"}}

// projectEndpoints are those of the settings of projects and organizations.
var projectEndpoints = []*endpoint{
	{id: "updateProject", method: http.MethodPatch, path: groupPath, versions: since2023, status: http.StatusOK, run: (*api).updateProject},
	{id: "getProjectSettings", method: http.MethodGet, path: groupPath + "/settings", versions: since2023, status: http.StatusOK, run: (*api).getProjectSettings},
	{id: "updateProjectSettings", method: http.MethodPatch, path: groupPath + "/settings", versions: since2023, status: http.StatusOK, run: (*api).updateProjectSettings},
	{id: "getManagedSlowMs", method: http.MethodGet, path: groupPath + "/managedSlowMs", versions: since2023, status: http.StatusOK, run: (*api).getManagedSlowMs},
	{id: "enableSlowOperationThresholding", method: http.MethodPost, path: groupPath + "/managedSlowMs/enable", versions: since2023, status: http.StatusNoContent, run: (*api).enableManagedSlowMs},
	{id: "disableSlowOperationThresholding", method: http.MethodDelete, path: groupPath + "/managedSlowMs/disable", versions: since2023, status: http.StatusNoContent, run: (*api).disableManagedSlowMs},
	{id: "listProjectLimits", method: http.MethodGet, path: groupPath + "/limits", versions: since2023, status: http.StatusOK, run: (*api).listProjectLimits},
	{id: "getProjectLimit", method: http.MethodGet, path: groupPath + "/limits/{limitName}", versions: since2023, status: http.StatusOK, run: (*api).getProjectLimit},
	{id: "setProjectLimit", method: http.MethodPatch, path: groupPath + "/limits/{limitName}", versions: since2023, status: http.StatusOK, run: (*api).setProjectLimit},
	{id: "deleteProjectLimit", method: http.MethodDelete, path: groupPath + "/limits/{limitName}", versions: since2023, status: http.StatusNoContent, run: (*api).deleteProjectLimit},
	{id: "listProjectTeams", method: http.MethodGet, path: groupPath + "/teams", versions: since2023, status: http.StatusOK, list: true, run: (*api).listNobody},
	{id: "listProjectUsers", method: http.MethodGet, path: groupPath + "/users", versions: projectUserVersions, status: http.StatusOK, list: true, run: (*api).listProjectUsers},
	{id: "returnAllIpAddresses", method: http.MethodGet, path: groupPath + "/ipAddresses", versions: since2023, status: http.StatusOK, run: (*api).projectIPAddresses},
	{id: "getProjectLtsVersions", method: http.MethodGet, path: groupPath + "/mongoDBVersions", versions: since2023, status: http.StatusOK, list: true, run: (*api).listMongoDBVersions},
	{id: "listAtlasProcesses", method: http.MethodGet, path: groupPath + "/processes", versions: since2023, status: http.StatusOK, list: true, run: (*api).listProcesses},
	{id: "getAtlasProcess", method: http.MethodGet, path: groupPath + "/processes/{processId}", versions: since2023, status: http.StatusOK, run: (*api).getProcess},

	{id: "createOrganization", method: http.MethodPost, path: Prefix + "/orgs", versions: since2023, status: http.StatusCreated, run: (*api).createOrganization},
	{id: "updateOrganization", method: http.MethodPatch, path: orgPath, versions: since2023, status: http.StatusOK, run: (*api).updateOrganization},
	{id: "deleteOrganization", method: http.MethodDelete, path: orgPath, versions: since2023, status: http.StatusNoContent, run: (*api).deleteOrganization},
	{id: "getOrganizationSettings", method: http.MethodGet, path: orgPath + "/settings", versions: since2023, status: http.StatusOK, run: (*api).getOrganizationSettings},
	{id: "updateOrganizationSettings", method: http.MethodPatch, path: orgPath + "/settings", versions: since2023, status: http.StatusOK, run: (*api).updateOrganizationSettings},
}
