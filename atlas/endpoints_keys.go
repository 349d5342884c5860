package atlas

import "net/http"

const (
	orgKeysPath       = orgPath + "/apiKeys"
	orgKeyPath        = orgKeysPath + "/{apiUserId}"
	groupKeysPath     = groupPath + "/apiKeys"
	groupKeyPath      = groupKeysPath + "/{apiUserId}"
	orgAccountsPath   = orgPath + "/serviceAccounts"
	orgAccountPath    = orgAccountsPath + "/{clientId}"
	groupAccountsPath = groupPath + "/serviceAccounts"
	groupAccountPath  = groupAccountsPath + "/{clientId}"
)

// keyEndpoints are those of API keys and service accounts.
var keyEndpoints = []*endpoint{
	{id: "listApiKeys", method: http.MethodGet, path: orgKeysPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listAPIKeys},
	{id: "createApiKey", method: http.MethodPost, path: orgKeysPath, versions: since2023, status: http.StatusOK, run: (*api).createAPIKey},
	{id: "getApiKey", method: http.MethodGet, path: orgKeyPath, versions: since2023, status: http.StatusOK, run: (*api).getAPIKey},
	{id: "updateApiKey", method: http.MethodPatch, path: orgKeyPath, versions: since2023, status: http.StatusOK, run: (*api).updateAPIKey},
	{id: "deleteApiKey", method: http.MethodDelete, path: orgKeyPath, versions: since2023, status: http.StatusNoContent, run: (*api).deleteAPIKey},
	{id: "listProjectApiKeys", method: http.MethodGet, path: groupKeysPath, versions: since2023, status: http.StatusOK, list: true, run: (*api).listAPIKeys},
	{id: "createProjectApiKey", method: http.MethodPost, path: groupKeysPath, versions: since2023, status: http.StatusOK, run: (*api).createProjectAPIKey},
	{id: "addProjectApiKey", method: http.MethodPost, path: groupKeyPath, versions: since2023, status: http.StatusNoContent, run: (*api).assignAPIKey},
	{id: "updateApiKeyRoles", method: http.MethodPatch, path: groupKeyPath, versions: since2023, status: http.StatusOK, run: (*api).updateAPIKey},
	{id: "removeProjectApiKey", method: http.MethodDelete, path: groupKeyPath, versions: since2023, status: http.StatusNoContent, run: (*api).deleteAPIKey},

	{id: "listServiceAccounts", method: http.MethodGet, path: orgAccountsPath, versions: since2024, status: http.StatusOK, list: true, run: (*api).listServiceAccounts},
	{id: "createServiceAccount", method: http.MethodPost, path: orgAccountsPath, versions: since2024, status: http.StatusCreated, run: (*api).createServiceAccount},
	{id: "getServiceAccount", method: http.MethodGet, path: orgAccountPath, versions: since2024, status: http.StatusOK, run: (*api).getServiceAccount},
	{id: "updateServiceAccount", method: http.MethodPatch, path: orgAccountPath, versions: since2024, status: http.StatusOK, run: (*api).updateServiceAccount},
	{id: "deleteServiceAccount", method: http.MethodDelete, path: orgAccountPath, versions: since2024, status: http.StatusNoContent, run: (*api).deleteServiceAccount},
	{id: "listServiceAccountProjects", method: http.MethodGet, path: orgAccountPath + "/groups", versions: since2024, status: http.StatusOK, list: true, run: (*api).listServiceAccountProjects},
	{id: "createServiceAccountSecret", method: http.MethodPost, path: orgAccountPath + "/secrets", versions: since2024, status: http.StatusCreated, run: (*api).createSecret},
	{id: "deleteServiceAccountSecret", method: http.MethodDelete, path: orgAccountPath + "/secrets/{secretId}", versions: since2024, status: http.StatusNoContent, run: (*api).deleteSecret},

	{id: "listProjectServiceAccounts", method: http.MethodGet, path: groupAccountsPath, versions: since2024, status: http.StatusOK, list: true, run: (*api).listServiceAccounts},
	{id: "createProjectServiceAccount", method: http.MethodPost, path: groupAccountsPath, versions: since2024, status: http.StatusCreated, run: (*api).createServiceAccount},
	{id: "getProjectServiceAccount", method: http.MethodGet, path: groupAccountPath, versions: since2024, status: http.StatusOK, run: (*api).getServiceAccount},
	{id: "updateProjectServiceAccount", method: http.MethodPatch, path: groupAccountPath, versions: since2024, status: http.StatusOK, run: (*api).updateServiceAccount},
	{id: "deleteProjectServiceAccount", method: http.MethodDelete, path: groupAccountPath, versions: since2024, status: http.StatusNoContent, run: (*api).deleteServiceAccount},
	{id: "addProjectServiceAccount", method: http.MethodPost, path: groupAccountPath + ":invite", versions: since2024, status: http.StatusOK, run: (*api).inviteServiceAccount},
	{id: "createProjectServiceAccountSecret", method: http.MethodPost, path: groupAccountPath + "/secrets", versions: since2024, status: http.StatusCreated, run: (*api).createSecret},
	{id: "deleteProjectServiceAccountSecret", method: http.MethodDelete, path: groupAccountPath + "/secrets/{secretId}", versions: since2024, status: http.StatusNoContent, run: (*api).deleteSecret},

	{id: "tidemark.rotateSigningKey", method: http.MethodPost, path: ExtensionPrefix + "/signingKeys", status: http.StatusNoContent, run: (*api).rotateSigningKey},
}
