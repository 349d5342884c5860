package sdktest

import (
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"
)

// done is must for operations without an answer.
func done(t *testing.T, resp *http.Response, err error) {
	t.Helper()
	must(t, true, resp, err)
}

func TestAPIKeyOperations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org, group := t.Context(), string(d.service.OrgID), string(d.service.ProjectID)
		api := d.ProgrammaticAPIKeysApi
		key, resp, err := api.CreateApiKey(ctx, org, &admin.CreateAtlasOrganizationApiKey{Desc: "ci", Roles: []string{"ORG_MEMBER"}}).Execute()
		id := must(t, key, resp, err).GetId()
		key, resp, err = api.UpdateApiKey(ctx, org, id, &admin.UpdateAtlasOrganizationApiKey{Desc: admin.PtrString("new"), Roles: &[]string{"ORG_READ_ONLY"}}).Execute()
		if must(t, key, resp, err).GetDesc() != "new" || key.GetRoles()[0].GetRoleName() != "ORG_READ_ONLY" {
			t.Errorf("the key is %+v", key)
		}
		_, resp, err = api.AddProjectApiKey(ctx, group, id, &[]admin.UserAccessRoleAssignment{{Roles: &[]string{"GROUP_READ_ONLY"}}}).Execute()
		done(t, resp, err)
		list, resp, err := api.ListProjectApiKeys(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 3 {
			t.Errorf("the project's keys are %+v", list)
		}
		key, resp, err = api.UpdateApiKeyRoles(ctx, group, id, &admin.UpdateAtlasProjectApiKey{Roles: &[]string{"GROUP_OWNER"}}).Execute()
		if got := must(t, key, resp, err).GetRoles(); len(got) != 2 || got[1].GetRoleName() != "GROUP_OWNER" || got[1].GetGroupId() != group {
			t.Errorf("the roles are %+v", got)
		}
		_, resp, err = api.UpdateApiKeyRoles(ctx, group, id, &admin.UpdateAtlasProjectApiKey{Roles: &[]string{"ORG_OWNER"}}).Execute()
		refused(t, resp, err, http.StatusBadRequest, "INVALID_ROLE_FOR_GROUP")
		_, resp, err = api.RemoveProjectApiKey(ctx, group, id).Execute()
		done(t, resp, err)

		entries, resp, err := api.CreateApiKeyAccessList(ctx, org, id, &[]admin.UserAccessListRequest{
			{CidrBlock: admin.PtrString("203.0.113.0/24")}, {IpAddress: admin.PtrString("198.51.100.7")},
		}).Execute()
		if must(t, entries, resp, err).GetTotalCount() != 2 {
			t.Errorf("the access list is %+v", entries)
		}
		entries, resp, err = api.ListApiKeyAccessListsEntries(ctx, org, id).Execute()
		must(t, entries, resp, err)
		entry, resp, err := api.GetApiKeyAccessList(ctx, org, "203.0.113.0/24", id).Execute()
		if must(t, entry, resp, err).GetCidrBlock() != "203.0.113.0/24" {
			t.Errorf("the entry is %+v", entry)
		}
		_, resp, err = api.DeleteApiKeyAccessListEntry(ctx, org, id, "203.0.113.0/24").Execute()
		done(t, resp, err)
		_, resp, err = api.GetApiKeyAccessList(ctx, org, "203.0.113.0/24", id).Execute()
		refused(t, resp, err, http.StatusNotFound, "API_KEY_ACCESS_LIST_NOT_FOUND")
	})
}

// TestAccessListIsEnforced uses a key and a service account from an address
// that their lists have not.
func TestAccessListIsEnforced(t *testing.T) {
	t.Parallel()
	d := start(t, byDigest)
	ctx, org := t.Context(), string(d.service.OrgID)
	key, resp, err := d.ProgrammaticAPIKeysApi.CreateApiKey(ctx, org, &admin.CreateAtlasOrganizationApiKey{Desc: "ci", Roles: []string{"ORG_MEMBER"}}).Execute()
	must(t, key, resp, err)
	account, resp, err := d.ServiceAccountsApi.CreateServiceAccount(ctx, org, &admin.OrgServiceAccountRequest{
		Name: "ci", Description: "drills", Roles: []string{"ORG_MEMBER"}, SecretExpiresAfterHours: 24,
	}).Execute()
	must(t, account, resp, err)
	clients := []*admin.APIClient{
		withKey(t, key.GetPublicKey(), key.GetPrivateKey(), d.url, d.next),
		withAccount(t, account.GetClientId(), account.GetSecrets()[0].GetSecret(), d.url, d.next),
	}
	for _, c := range clients { // an account gets its token
		orgs, resp, err := c.OrganizationsApi.ListOrganizations(ctx).Execute()
		must(t, orgs, resp, err)
	}
	for address, want := range map[string]string{"203.0.113.7": "IP_ADDRESS_NOT_ON_ACCESS_LIST", "127.0.0.1": ""} {
		_, resp, err := d.ProgrammaticAPIKeysApi.CreateApiKeyAccessList(ctx, org, key.GetId(), &[]admin.UserAccessListRequest{{IpAddress: &address}}).Execute()
		done(t, resp, err)
		_, resp, err = d.ServiceAccountsApi.CreateServiceAccountAccessList(ctx, org, account.GetClientId(), &[]admin.ServiceAccountIPAccessListEntry{{IpAddress: &address}}).Execute()
		done(t, resp, err)
		for _, c := range clients {
			status, resp, err := c.RootApi.GetSystemStatus(ctx).Execute()
			if want != "" {
				refused(t, resp, err, http.StatusForbidden, want)
			} else {
				must(t, status, resp, err)
			}
		}
		_, resp, err = d.ProgrammaticAPIKeysApi.DeleteApiKeyAccessListEntry(ctx, org, key.GetId(), address).Execute()
		done(t, resp, err)
		resp, err = d.ServiceAccountsApi.DeleteServiceAccountAccessListEntry(ctx, org, account.GetClientId(), address).Execute()
		done(t, resp, err)
	}
}

func TestServiceAccountOperations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org, group := t.Context(), string(d.service.OrgID), string(d.service.ProjectID)
		api := d.ServiceAccountsApi
		account, resp, err := api.CreateServiceAccount(ctx, org, &admin.OrgServiceAccountRequest{
			Name: "ci", Description: "drills", Roles: []string{"ORG_MEMBER"}, SecretExpiresAfterHours: 24,
		}).Execute()
		id := must(t, account, resp, err).GetClientId()
		account, resp, err = api.UpdateServiceAccount(ctx, id, org, &admin.OrgServiceAccountUpdateRequest{Name: admin.PtrString("renamed")}).Execute()
		if must(t, account, resp, err).GetName() != "renamed" || account.GetDescription() != "drills" {
			t.Errorf("the account is %+v", account)
		}
		secret, resp, err := api.CreateServiceAccountSecret(ctx, org, id, &admin.ServiceAccountSecretRequest{SecretExpiresAfterHours: 8}).Execute()
		if left := time.Until(must(t, secret, resp, err).ExpiresAt); left > 8*time.Hour || left < 7*time.Hour || secret.GetSecret() == "" {
			t.Errorf("the secret is %+v", secret)
		}
		resp, err = api.DeleteServiceAccountSecret(ctx, id, account.GetSecrets()[0].GetId(), org).Execute()
		done(t, resp, err)
		entries, resp, err := api.CreateServiceAccountAccessList(ctx, org, id, &[]admin.ServiceAccountIPAccessListEntry{{CidrBlock: admin.PtrString("203.0.113.0/24")}}).Execute()
		must(t, entries, resp, err)
		entries, resp, err = api.ListServiceAccountAccessList(ctx, org, id).Execute()
		if must(t, entries, resp, err).GetTotalCount() != 1 {
			t.Errorf("the access list is %+v", entries)
		}
		resp, err = api.DeleteServiceAccountAccessListEntry(ctx, org, id, "203.0.113.0/24").Execute()
		done(t, resp, err)

		invited, resp, err := api.AddProjectServiceAccount(ctx, id, group, &[]admin.GroupServiceAccountRoleAssignment{{Roles: []string{"GROUP_READ_ONLY"}}}).Execute()
		if got := must(t, invited, resp, err).GetRoles(); len(got) != 1 || got[0] != "GROUP_READ_ONLY" {
			t.Errorf("the roles are %v", got)
		}
		projects, resp, err := api.ListServiceAccountProjects(ctx, org, id).Execute()
		if got := must(t, projects, resp, err).GetResults(); len(got) != 1 || got[0].GetGroupId() != group {
			t.Errorf("the projects are %+v", got)
		}
		_, resp, err = api.DeleteProjectServiceAccount(ctx, id, group).Execute()
		done(t, resp, err)
	})
}

func TestProjectServiceAccountOperations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		api := d.ServiceAccountsApi
		account, resp, err := api.CreateProjectServiceAccount(ctx, group, &admin.GroupServiceAccountRequest{
			Name: "ci", Description: "drills", Roles: []string{"GROUP_READ_ONLY"}, SecretExpiresAfterHours: 24,
		}).Execute()
		id := must(t, account, resp, err).GetClientId()
		account, resp, err = api.GetProjectServiceAccount(ctx, group, id).Execute()
		must(t, account, resp, err)
		list, resp, err := api.ListProjectServiceAccounts(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 2 {
			t.Errorf("the accounts are %+v", list)
		}
		account, resp, err = api.UpdateProjectServiceAccount(ctx, id, group, &admin.GroupServiceAccountUpdateRequest{Roles: &[]string{"GROUP_BACKUP_MANAGER"}}).Execute()
		if got := must(t, account, resp, err).GetRoles(); len(got) != 1 || got[0] != "GROUP_BACKUP_MANAGER" {
			t.Errorf("the roles are %v", got)
		}
		secret, resp, err := api.CreateProjectServiceAccountSecret(ctx, group, id, &admin.ServiceAccountSecretRequest{SecretExpiresAfterHours: 8}).Execute()
		must(t, secret, resp, err)
		resp, err = api.DeleteProjectServiceAccountSecret(ctx, id, secret.GetId(), group).Execute()
		done(t, resp, err)
		entries, resp, err := api.CreateProjectServiceAccountAccessList(ctx, group, id, &[]admin.ServiceAccountIPAccessListEntry{{IpAddress: admin.PtrString("2001:db8::1")}}).Execute()
		must(t, entries, resp, err)
		entries, resp, err = api.ListProjectServiceAccountAccessList(ctx, group, id).Execute()
		must(t, entries, resp, err)
		resp, err = api.DeleteProjectServiceAccountAccessListEntry(ctx, group, id, "2001:db8::1").Execute()
		done(t, resp, err)
	})
}

func TestProjectAccessList(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		api := d.ProjectIPAccessListApi
		end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		list, resp, err := api.CreateProjectIpAccessList(ctx, group, &[]admin.NetworkPermissionEntry{
			{CidrBlock: admin.PtrString("203.0.113.0/24"), Comment: admin.PtrString("office")},
			{IpAddress: admin.PtrString("198.51.100.7"), DeleteAfterDate: &end},
		}).Execute()
		if must(t, list, resp, err).GetTotalCount() != 2 {
			t.Errorf("the access list is %+v", list)
		}
		list, resp, err = api.ListProjectIpAccessLists(ctx, group).Execute()
		must(t, list, resp, err)
		entry, resp, err := api.GetProjectIpList(ctx, group, "198.51.100.7").Execute()
		if must(t, entry, resp, err).GetCidrBlock() != "198.51.100.7/32" || !entry.GetDeleteAfterDate().Equal(end) {
			t.Errorf("the entry is %+v", entry)
		}
		status, resp, err := api.GetProjectIpAccessListStatus(ctx, group, "203.0.113.0/24").Execute()
		if must(t, status, resp, err).STATUS != "ACTIVE" {
			t.Errorf("the status is %+v", status)
		}
		_, resp, err = api.DeleteProjectIpAccessList(ctx, group, "203.0.113.0/24").Execute()
		done(t, resp, err)
		_, resp, err = api.GetProjectIpList(ctx, group, "203.0.113.0/24").Execute()
		refused(t, resp, err, http.StatusNotFound, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND")
	})
}
