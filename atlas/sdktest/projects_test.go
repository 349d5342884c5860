package sdktest

import (
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"

	"tidemark"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, org, group := t.Context(), string(d.service.OrgID), string(d.service.ProjectID)
		now := time.Now().UTC().Truncate(time.Second)
		for n, kind := range []tidemark.EventType{tidemark.EventProjectCreated, tidemark.EventServerlessCreated, tidemark.EventTenantRestoreRequested} {
			d.service.AddEvent(tidemark.Event{
				Type: kind, OrgID: d.service.OrgID, ProjectID: d.service.ProjectID, InstanceName: "shop", CreatedAt: now.Add(time.Duration(n) * time.Minute),
			})
		}
		types, resp, err := d.EventsApi.ListEventTypes(ctx).Execute()
		if must(t, types, resp, err).GetTotalCount() != len(tidemark.EventTypes) {
			t.Errorf("there are %d types", types.GetTotalCount())
		}
		list, resp, err := d.EventsApi.ListProjectEvents(ctx, group).ClusterNames([]string{"shop", "other"}).
			EventType([]string{"SERVERLESS_INSTANCE_CREATED", "TENANT_RESTORE_REQUESTED_AUDIT"}).ExcludedEventType([]string{"GROUP_CREATED"}).
			MinDate(now).MaxDate(now.Add(time.Hour)).IncludeRaw(true).Execute()
		events := must(t, list, resp, err).GetResults()
		if len(events) != 2 || events[0].GetEventTypeName() != "TENANT_RESTORE_REQUESTED_AUDIT" || !events[0].GetCreated().Equal(now.Add(2*time.Minute)) {
			t.Fatalf("the events are %+v", events)
		}
		one, resp, err := d.EventsApi.GetProjectEvent(ctx, group, events[1].GetId()).Execute()
		if must(t, one, resp, err).GetGroupId() != group {
			t.Errorf("the event is %+v", one)
		}
		ofOrg, resp, err := d.EventsApi.ListOrganizationEvents(ctx, org).Execute()
		if got := must(t, ofOrg, resp, err).GetResults(); len(got) != 1 || got[0].GetEventTypeName() != "GROUP_CREATED" {
			t.Errorf("the organization's events are %+v", got)
		}
		event, resp, err := d.EventsApi.GetOrganizationEvent(ctx, org, ofOrg.GetResults()[0].GetId()).IncludeRaw(true).Execute()
		must(t, event, resp, err)
		_, resp, err = d.EventsApi.GetProjectEvent(ctx, group, string(tidemark.NewID())).Execute()
		refused(t, resp, err, http.StatusNotFound, "EVENT_NOT_FOUND")
	})
}

func TestProjectSettings(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		name := "renamed"
		p, resp, err := d.ProjectsApi.UpdateProject(ctx, group, &admin.GroupUpdate{Name: &name}).Execute()
		if must(t, p, resp, err).GetName() != name {
			t.Errorf("the project is %+v", p)
		}
		s, resp, err := d.ProjectsApi.GetProjectSettings(ctx, group).Execute()
		if must(t, s, resp, err); s.IsSchemaAdvisorEnabled == nil || s.IsExtendedStorageSizesEnabled == nil || !s.GetIsDataExplorerEnabled() {
			t.Errorf("the settings are %+v", s)
		}
		off := false
		s, resp, err = d.ProjectsApi.UpdateProjectSettings(ctx, group, &admin.GroupSettings{IsDataExplorerEnabled: &off}).Execute()
		if must(t, s, resp, err).GetIsDataExplorerEnabled() || !s.GetIsSchemaAdvisorEnabled() {
			t.Errorf("the settings are %+v", s)
		}
		resp, err = d.PerformanceAdvisorApi.DisableSlowOperationThresholding(ctx, group).Execute()
		must(t, true, resp, err)
		on, resp, err := d.PerformanceAdvisorApi.GetManagedSlowMs(ctx, group).Execute()
		if must(t, on, resp, err) {
			t.Error("managed slow ms stays on")
		}
		resp, err = d.PerformanceAdvisorApi.EnableSlowOperationThresholding(ctx, group).Execute()
		must(t, true, resp, err)

		teams, resp, err := d.TeamsApi.ListProjectTeams(ctx, group).Execute()
		must(t, teams, resp, err)
		users, resp, err := d.MongoDBCloudUsersApi.ListProjectUsers(ctx, group).FlattenTeams(true).Execute()
		must(t, users, resp, err)
		nowhere := string(tidemark.NewID())
		_, resp, err = d.TeamsApi.ListProjectTeams(ctx, nowhere).Execute()
		refused(t, resp, err, http.StatusNotFound, "GROUP_NOT_FOUND")
		_, resp, err = d.MongoDBCloudUsersApi.ListProjectUsers(ctx, nowhere).Execute()
		refused(t, resp, err, http.StatusNotFound, "GROUP_NOT_FOUND")
		versions, resp, err := d.ProjectsApi.GetProjectLtsVersions(ctx, group).CloudProvider("AWS").Execute()
		if got := must(t, versions, resp, err).GetResults(); len(got) != len(tidemark.MongoDBVersions) {
			t.Errorf("the versions are %+v", got)
		}
	})
}

func TestProjectLimits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group, name := t.Context(), string(d.service.ProjectID), string(tidemark.LimitClusters)
		list, resp, err := d.ProjectsApi.ListProjectLimits(ctx, group).Execute()
		if got := must(t, list, resp, err); len(got) == 0 || got[0].GetName() != name {
			t.Errorf("the limits are %+v", got)
		}
		limit, resp, err := d.ProjectsApi.SetProjectLimit(ctx, name, group, &admin.DataFederationLimit{Name: name, Value: 40}).Execute()
		must(t, limit, resp, err)
		limit, resp, err = d.ProjectsApi.GetProjectLimit(ctx, name, group).Execute()
		if must(t, limit, resp, err).GetValue() != 40 {
			t.Errorf("the limit is %+v", limit)
		}
		_, resp, err = d.ProjectsApi.DeleteProjectLimit(ctx, name, group).Execute()
		must(t, true, resp, err)
		_, resp, err = d.ProjectsApi.GetProjectLimit(ctx, "nothing", group).Execute()
		refused(t, resp, err, http.StatusBadRequest, "INVALID_ENUM_VALUE")
	})
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		i, resp, err := d.ServerlessInstancesApi.CreateServerlessInstance(ctx, group, serverless("shop")).Execute()
		must(t, i, resp, err)
		list, resp, err := d.MonitoringAndLogsApi.ListAtlasProcesses(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Fatalf("the processes are %+v", list)
		}
		process, resp, err := d.MonitoringAndLogsApi.GetAtlasProcess(ctx, group, list.GetResults()[0].GetId()).Execute()
		if must(t, process, resp, err).GetPort() != 27017 {
			t.Errorf("the process is %+v", process)
		}
		_, resp, err = d.MonitoringAndLogsApi.GetAtlasProcess(ctx, group, "nobody.example.org:27017").Execute()
		refused(t, resp, err, http.StatusNotFound, "HOST_NOT_FOUND")
		addresses, resp, err := d.ProjectsApi.ReturnAllIpAddresses(ctx, group).Execute()
		if got := must(t, addresses, resp, err).GetServices().Clusters; got == nil || len(*got) != 1 {
			t.Errorf("the addresses are %+v", addresses)
		}
	})
}

// TestNewOrganization makes organizations and goes on in them with a key, as
// Terraform does, or with a service account.
func TestNewOrganization(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx := t.Context()
		id, byKey := newOrganization(t, d, "second")
		settleOrganization(t, byKey, id)
		_, resp, err := d.OrganizationsApi.DeleteOrganization(ctx, string(d.service.OrgID)).Execute()
		refused(t, resp, err, http.StatusConflict, "ORG_NOT_EMPTY")
		_, resp, err = byKey.OrganizationsApi.DeleteOrganization(ctx, id).Execute()
		must(t, true, resp, err)

		id, byKey = newOrganization(t, d, "third")
		account, resp, err := byKey.ServiceAccountsApi.CreateServiceAccount(ctx, id, &admin.OrgServiceAccountRequest{
			Name: "ci", Description: "drills", Roles: []string{"ORG_OWNER"}, SecretExpiresAfterHours: 24,
		}).Execute()
		must(t, account, resp, err)
		byAccount := withAccount(t, account.GetClientId(), account.GetSecrets()[0].GetSecret(), d.url, d.next)
		settleOrganization(t, byAccount, id)
		_, resp, err = byAccount.OrganizationsApi.DeleteOrganization(ctx, id).Execute()
		must(t, true, resp, err)
	})
}

// newOrganization makes one and returns its id and a client with its first key.
func newOrganization(t *testing.T, d drive, name string) (string, *admin.APIClient) {
	t.Helper()
	owner := string(tidemark.NewID())
	made, resp, err := d.OrganizationsApi.CreateOrganization(t.Context(), &admin.CreateOrganizationRequest{
		Name: name, OrgOwnerId: &owner, ApiKey: &admin.CreateAtlasOrganizationApiKey{Desc: "first", Roles: []string{"ORG_OWNER"}},
	}).Execute()
	if must(t, made, resp, err).GetOrgOwnerId() != owner || made.ApiKey == nil || made.Organization == nil {
		t.Fatalf("the organization is %+v", made)
	}
	return made.Organization.GetId(), withKey(t, made.ApiKey.GetPublicKey(), made.ApiKey.GetPrivateKey(), d.url, d.next)
}

// settleOrganization renames an organization and changes its settings.
func settleOrganization(t *testing.T, c *admin.APIClient, id string) {
	t.Helper()
	ctx := t.Context()
	org, resp, err := c.OrganizationsApi.UpdateOrganization(ctx, id, &admin.AtlasOrganization{Name: "renamed"}).Execute()
	if must(t, org, resp, err).GetName() != "renamed" {
		t.Errorf("the organization is %+v", org)
	}
	hours, yes := 24, true
	s, resp, err := c.OrganizationsApi.UpdateOrganizationSettings(ctx, id, &admin.OrganizationSettings{
		MaxServiceAccountSecretValidityInHours: &hours, MultiFactorAuthRequired: &yes,
	}).Execute()
	must(t, s, resp, err)
	s, resp, err = c.OrganizationsApi.GetOrganizationSettings(ctx, id).Execute()
	if must(t, s, resp, err).GetMaxServiceAccountSecretValidityInHours() != hours || !s.GetMultiFactorAuthRequired() {
		t.Errorf("the settings are %+v", s)
	}
}
