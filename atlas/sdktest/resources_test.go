package sdktest

import (
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"
	"go.mongodb.org/atlas-sdk/v20250312001/auth/clientcredentials"

	"tidemark/atlas/atlastest"
)

func TestInstances(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless("shop")).Execute()
		must(t, i, resp, err)
		i, resp, err = d.ServerlessInstancesApi.GetServerlessInstance(ctx, group, "shop").Execute()
		if must(t, i, resp, err).GetConnectionStrings().StandardSrv == nil {
			t.Errorf("no connection string in %+v", i)
		}
		protect := true
		i, resp, err = d.ServerlessInstancesApi.UpdateServerlessInstance(ctx, group, "shop",
			&admin.ServerlessInstanceDescriptionUpdate{TerminationProtectionEnabled: &protect}).Execute()
		if !must(t, i, resp, err).GetTerminationProtectionEnabled() {
			t.Error("no termination protection")
		}
		_, resp, err = d.ServerlessInstancesApi.DeleteServerlessInstance(ctx, group, "shop").Execute()
		refused(t, resp, err, http.StatusBadRequest, "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED")
		protect = false
		i, resp, err = d.ServerlessInstancesApi.UpdateServerlessInstance(ctx, group, "shop",
			&admin.ServerlessInstanceDescriptionUpdate{TerminationProtectionEnabled: &protect}).Execute()
		must(t, i, resp, err)
		list, resp, err := d.ServerlessInstancesApi.ListServerlessInstances(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("totalCount is %d", list.GetTotalCount())
		}
		gone, resp, err := d.ServerlessInstancesApi.DeleteServerlessInstance(ctx, group, "shop").Execute()
		must(t, gone, resp, err)
		_, resp, err = d.ServerlessInstancesApi.GetServerlessInstance(ctx, group, "missing").Execute()
		refused(t, resp, err, http.StatusNotFound, "CLUSTER_NOT_FOUND")
	})
}

func TestProjectsAndOrganizations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org := t.Context(), string(d.service.OrgID)
		orgs, resp, err := d.OrganizationsApi.ListOrganizations(ctx).Execute()
		if must(t, orgs, resp, err).GetTotalCount() != 1 {
			t.Errorf("organizations are %+v", orgs)
		}
		one, resp, err := d.OrganizationsApi.GetOrganization(ctx, org).Execute()
		must(t, one, resp, err)

		p, resp, err := d.ProjectsApi.CreateProject(ctx, &admin.Group{Name: "p2", OrgId: org}).Execute()
		id := must(t, p, resp, err).GetId()
		p, resp, err = d.ProjectsApi.GetProjectByName(ctx, "p2").Execute()
		if must(t, p, resp, err).GetId() != id {
			t.Errorf("byName found %s", p.GetId())
		}
		p, resp, err = d.ProjectsApi.GetProject(ctx, id).Execute()
		must(t, p, resp, err)
		list, resp, err := d.ProjectsApi.ListProjects(ctx).Execute()
		if must(t, list, resp, err).GetTotalCount() != 2 {
			t.Errorf("projects are %+v", list)
		}
		list, resp, err = d.OrganizationsApi.ListOrganizationProjects(ctx, org).Execute()
		must(t, list, resp, err)
		gone, resp, err := d.ProjectsApi.DeleteProject(ctx, id).Execute()
		must(t, gone, resp, err)

		status, resp, err := d.RootApi.GetSystemStatus(ctx).Execute()
		if must(t, status, resp, err).AppName != "MongoDB Atlas" {
			t.Errorf("appName is %s", status.AppName)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org, group := t.Context(), string(d.service.OrgID), string(d.service.ProjectID)
		key, resp, err := d.ProgrammaticAPIKeysApi.CreateApiKey(ctx, org, &admin.CreateAtlasOrganizationApiKey{Desc: "ci", Roles: []string{"ORG_OWNER"}}).Execute()
		id, public, private := must(t, key, resp, err).GetId(), key.GetPublicKey(), key.GetPrivateKey()

		// The new key works with the SDK's own digest client.
		fresh := client(t, admin.UseBaseURL(d.url), admin.UseDigestAuth(public, private))
		all, resp, err := d.ProgrammaticAPIKeysApi.ListApiKeys(ctx, org).Execute()
		must(t, all, resp, err)
		keys, resp, err := fresh.ProgrammaticAPIKeysApi.ListApiKeys(ctx, org).Execute()
		if must(t, keys, resp, err).GetTotalCount() != 3 {
			t.Errorf("keys are %+v", keys)
		}
		key, resp, err = d.ProgrammaticAPIKeysApi.GetApiKey(ctx, org, id).Execute()
		must(t, key, resp, err)
		key, resp, err = d.ProgrammaticAPIKeysApi.CreateProjectApiKey(ctx, group, &admin.CreateAtlasProjectApiKey{Desc: "drill", Roles: []string{"GROUP_OWNER"}}).Execute()
		must(t, key, resp, err)
		gone, resp, err := d.ProgrammaticAPIKeysApi.DeleteApiKey(ctx, org, id).Execute()
		must(t, gone, resp, err)
		if _, resp, err = fresh.ProgrammaticAPIKeysApi.ListApiKeys(ctx, org).Execute(); err == nil {
			t.Error("a deleted key works")
		}
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("a deleted key is answered %d", resp.StatusCode)
		}
		resp.Body.Close()
	})
}

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org := t.Context(), string(d.service.OrgID)
		account, resp, err := d.ServiceAccountsApi.CreateServiceAccount(ctx, org, &admin.OrgServiceAccountRequest{
			Name: "ci", Description: "drills", Roles: []string{"ORG_OWNER"}, SecretExpiresAfterHours: 24,
		}).Execute()
		id := must(t, account, resp, err).GetClientId()
		secret := account.GetSecrets()[0]
		if left := time.Until(secret.ExpiresAt); left > 24*time.Hour || left < 23*time.Hour {
			t.Errorf("the secret expires in %s", left)
		}
		config := clientcredentials.NewConfig(id, secret.GetSecret())
		config.TokenURL, config.RevokeURL = d.url+clientcredentials.TokenAPIPath, d.url+clientcredentials.RevokeAPIPath
		token, err := config.Token(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := config.RevokeToken(ctx, token); err != nil {
			t.Error(err)
		}
		account, resp, err = d.ServiceAccountsApi.GetServiceAccount(ctx, org, id).Execute()
		if must(t, account, resp, err).GetName() != "ci" {
			t.Errorf("the account is %+v", account)
		}
		accounts, resp, err := d.ServiceAccountsApi.ListServiceAccounts(ctx, org).Execute()
		if must(t, accounts, resp, err).GetTotalCount() != 2 {
			t.Errorf("accounts are %+v", accounts)
		}
		resp, err = d.ServiceAccountsApi.DeleteServiceAccount(ctx, id, org).Execute()
		must(t, true, resp, err)
		_, resp, err = d.ServiceAccountsApi.GetServiceAccount(ctx, org, id).Execute()
		refused(t, resp, err, http.StatusNotFound, "SERVICE_ACCOUNT_NOT_FOUND")
		if _, err := config.Token(ctx); err == nil {
			t.Error("a deleted service account gets a token")
		}
	})
}

// TestWrongKey is what a client with a wrong secret sees.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	d := start(t, func(t *testing.T, s *atlastest.Service, url string, next http.RoundTripper) *admin.APIClient {
		t.Helper()
		return withKey(t, s.Owner.PublicID, "wrong", url, next)
	})
	_, resp, err := d.ProjectsApi.ListProjects(t.Context()).Execute()
	refused(t, resp, err, http.StatusUnauthorized, "")
	other := withAccount(t, d.service.Account.PublicID, "wrong", d.url, d.next)
	if _, resp, err := other.ProjectsApi.ListProjects(t.Context()).Execute(); err == nil {
		resp.Body.Close()
		t.Error("a wrong client secret is let in")
	}
}
