package atlas

import "net/http"

const (
	keyAccessPath          = orgKeyPath + "/accessList"
	accountAccessPath      = orgAccountPath + "/accessList"
	groupAccountAccessPath = groupAccountPath + "/accessList"
	networkPath            = groupPath + "/accessList"
)

// accessListEndpoints are those of the access lists of keys and of projects.
// The document says 200 for createProjectIpAccessList; Atlas answers 201.
var accessListEndpoints = []*endpoint{
	{id: "listApiKeyAccessListsEntries", method: http.MethodGet, path: keyAccessPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listAccess},
	{id: "createApiKeyAccessList", method: http.MethodPost, path: keyAccessPath, versions: since2023, status: http.StatusOK, run: (*api).addAccess},
	{id: "getApiKeyAccessList", method: http.MethodGet, path: keyAccessPath + "/{ipAddress}", versions: since2023, status: http.StatusOK, run: (*api).getAccess},
	{id: "deleteApiKeyAccessListEntry", method: http.MethodDelete, path: keyAccessPath + "/{ipAddress}", versions: since2023, status: http.StatusNoContent, run: (*api).deleteAccess},

	{id: "listServiceAccountAccessList", method: http.MethodGet, path: accountAccessPath, versions: since2024, status: http.StatusOK, list: true, run: (*api).listAccess},
	{id: "createServiceAccountAccessList", method: http.MethodPost, path: accountAccessPath, versions: since2024, status: http.StatusOK, run: (*api).addAccess},
	{id: "deleteServiceAccountAccessListEntry", method: http.MethodDelete, path: accountAccessPath + "/{ipAddress}", versions: since2024, status: http.StatusNoContent, run: (*api).deleteAccess},
	{id: "listProjectServiceAccountAccessList", method: http.MethodGet, path: groupAccountAccessPath, versions: since2024, status: http.StatusOK, list: true, run: (*api).listAccess},
	{id: "createProjectServiceAccountAccessList", method: http.MethodPost, path: groupAccountAccessPath, versions: since2024, status: http.StatusOK, run: (*api).addAccess},
	{id: "deleteProjectServiceAccountAccessListEntry", method: http.MethodDelete, path: groupAccountAccessPath + "/{ipAddress}", versions: since2024, status: http.StatusNoContent, run: (*api).deleteAccess},

	{id: "listProjectIpAccessLists", method: http.MethodGet, path: networkPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listNetworks},
	{id: "createProjectIpAccessList", method: http.MethodPost, path: networkPath, versions: since2023, status: http.StatusCreated, run: (*api).addNetworks},
	{id: "getProjectIpList", method: http.MethodGet, path: networkPath + "/{entryValue}", versions: since2023, status: http.StatusOK, run: (*api).getNetwork},
	{id: "deleteProjectIpAccessList", method: http.MethodDelete, path: networkPath + "/{entryValue}", versions: since2023, status: http.StatusNoContent, run: (*api).deleteNetwork},
	{id: "getProjectIpAccessListStatus", method: http.MethodGet, path: networkPath + "/{entryValue}/status", versions: since2023, status: http.StatusOK, run: (*api).getNetworkStatus},
}
