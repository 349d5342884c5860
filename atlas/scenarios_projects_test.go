package atlas_test

import (
	"fmt"
	"net/http"
	"strings"

	"tidemark"
)

const (
	settingsRoot  = groupRoot + "/settings"
	limitsRoot    = groupRoot + "/limits"
	clustersLimit = limitsRoot + "/atlas.project.deployment.clusters"
	processesRoot = groupRoot + "/processes"
	orgSettings   = orgRoot + "/settings"
)

// emptyOrg takes the project from the organization, and makes another.
func emptyOrg(f *fixture) []string {
	f.t.Helper()
	f.post(apiRoot+"/orgs", `{"name":"other"}`).is(http.StatusCreated)
	f.send(call{method: del, path: f.group()}).is(http.StatusAccepted)
	return nil
}

func stranger(f *fixture) *tidemark.Key {
	return f.AddKey(tidemark.KeyAPI, f.AddProject("elsewhere").OrgID)
}

// has checks attributes of an answer, written as fmt.Sprint writes them.
func has(want map[string]string) func(*fixture, string, answer) {
	return func(f *fixture, _ string, a answer) {
		f.t.Helper()
		got := a.object()
		for name, value := range want {
			if fmt.Sprint(got[name]) != value {
				f.t.Errorf("%s is %v, not %s", name, got[name], value)
			}
		}
	}
}

// bare checks an answer as it stands.
func bare(want string) func(*fixture, string, answer) {
	return func(f *fixture, _ string, a answer) {
		f.t.Helper()
		if string(a.body) != want {
			f.t.Errorf("the answer is %s", a.body)
		}
	}
}

func init() {
	read := []refusal{{key: stranger, status: notAllowed, code: "NOT_IN_GROUP"}}
	own := []refusal{{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"}}
	limit := []refusal{
		{path: limitsRoot + "/atlas.nothing", status: wrong, code: "INVALID_ENUM_VALUE"},
		{path: limitsRoot + "/dataFederation.bytesProcessed.query", status: clash, code: "UNSUPPORTED_FEATURE"},
	}
	register(map[string]scenario{
		"updateProject": {call: call{method: patch, path: groupRoot, body: `{"name":"renamed","tags":[{"key":"a","value":"b"}]}`},
			check: has(map[string]string{"name": "renamed", "tags": "[map[key:a value:b]]"}),
			refusals: append([]refusal{
				{edit: func(f *fixture, _ *call) { f.AddProject("renamed") }, status: clash, code: "GROUP_ALREADY_EXISTS"},
				{body: `{"name":""}`, status: wrong, code: "INVALID_ATTRIBUTE"},
			}, own...)},
		"getProjectSettings": {call: call{method: get, path: settingsRoot}, refusals: read, check: has(map[string]string{
			"isCollectDatabaseSpecificsStatisticsEnabled": "true", "isDataExplorerEnabled": "true", "isExtendedStorageSizesEnabled": "false",
			"isPerformanceAdvisorEnabled": "true", "isRealtimePerformancePanelEnabled": "true", "isSchemaAdvisorEnabled": "true",
		})},
		"updateProjectSettings": {call: call{method: patch, path: settingsRoot, body: `{"isSchemaAdvisorEnabled":false,"isExtendedStorageSizesEnabled":true}`},
			check:    has(map[string]string{"isSchemaAdvisorEnabled": "false", "isExtendedStorageSizesEnabled": "true", "isDataExplorerEnabled": "true"}),
			refusals: append([]refusal{{body: `{"isSchemaAdvisorEnabled":"no"}`, status: wrong, code: "INVALID_ATTRIBUTE"}}, own...)},

		"getManagedSlowMs": {call: call{method: get, path: groupRoot + "/managedSlowMs"}, refusals: read, check: bare("true")},
		"enableSlowOperationThresholding": {call: call{method: post, path: groupRoot + "/managedSlowMs/enable"},
			status: http.StatusNoContent, refusals: own},
		"disableSlowOperationThresholding": {call: call{method: del, path: groupRoot + "/managedSlowMs/disable"}, status: http.StatusNoContent, refusals: own,
			check: func(f *fixture, _ string, _ answer) {
				bare("false")(f, "", f.get(f.group()+"/managedSlowMs"))
				bare(`{"status":200,"content":false}`)(f, "", f.get(f.group()+"/managedSlowMs?envelope=true"))
			}},

		"listProjectLimits": {call: call{method: get, path: limitsRoot}, refusals: read, check: func(f *fixture, _ string, a answer) {
			var list []map[string]any
			if a.decode(&list); len(list) == 0 || list[0]["name"] != "atlas.project.deployment.clusters" {
				f.t.Errorf("the limits are %s", a.body)
			}
		}},
		"getProjectLimit": {call: call{method: get, path: clustersLimit}, given: withShop, refusals: append(limit, read...),
			check: has(map[string]string{"name": "atlas.project.deployment.clusters", "currentUsage": "2", "value": "25", "defaultLimit": "25"})},
		"setProjectLimit": {call: call{method: patch, path: clustersLimit, body: `{"name":"atlas.project.deployment.clusters","value":40}`},
			check: has(map[string]string{"value": "40", "defaultLimit": "25"}),
			refusals: append([]refusal{
				{body: `{"value":1000000}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `{"value":-1}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `{"name":"other","value":1}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `{}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				{path: limitsRoot + "/atlas.nothing", body: `{"value":1}`, status: wrong, code: "INVALID_ENUM_VALUE"},
			}, own...)},
		"deleteProjectLimit": {call: call{method: del, path: clustersLimit}, status: http.StatusNoContent, refusals: append(limit, own...),
			given: func(f *fixture) []string {
				f.send(call{method: patch, path: f.group() + "/limits/atlas.project.deployment.clusters", body: `{"value":40}`}).is(http.StatusOK)
				return nil
			},
			check: func(f *fixture, _ string, _ answer) {
				has(map[string]string{"value": "25"})(f, "", f.get(f.group()+"/limits/atlas.project.deployment.clusters"))
			}},

		"listProjectTeams": {call: call{method: get, path: groupRoot + "/teams"}, refusals: read, check: has(map[string]string{"totalCount": "0", "results": "[]"})},
		"listProjectUsers": {call: call{method: get, path: groupRoot + "/users?flattenTeams=true"}, check: has(map[string]string{"totalCount": "0", "results": "[]"}),
			refusals: append([]refusal{
				{path: groupRoot + "/users?orgMembershipStatus=GONE", status: wrong, code: "INVALID_QUERY_PARAMETER"},
				{path: groupRoot + "/users?flattenTeams=1", status: wrong, code: "INVALID_QUERY_PARAMETER"},
			}, read...)},
		"returnAllIpAddresses": {call: call{method: get, path: groupRoot + "/ipAddresses"}, given: withShop, refusals: read,
			check: func(f *fixture, _ string, a answer) {
				if !strings.Contains(string(a.body), `{"clusterName":"shop","futureInbound":[],"futureOutbound":[],"inbound":["127.0.0.1"],"outbound":[]}`) {
					f.t.Errorf("the addresses are %s", a.body)
				}
			}},
		"getProjectLtsVersions": {call: call{method: get, path: groupRoot + "/mongoDBVersions?cloudProvider=AWS&defaultStatus=DEFAULT"},
			check: has(map[string]string{"totalCount": "1"}),
			refusals: append([]refusal{
				{path: groupRoot + "/mongoDBVersions?cloudProvider=X", status: wrong, code: "INVALID_QUERY_PARAMETER"},
				{path: groupRoot + "/mongoDBVersions?defaultStatus=X", status: wrong, code: "INVALID_QUERY_PARAMETER"},
			}, read...)},
		"listAtlasProcesses": {call: call{method: get, path: processesRoot}, given: withShop, refusals: read, check: has(map[string]string{"totalCount": "2"})},
		"getAtlasProcess": {call: call{method: get, path: processesRoot + "/127.0.0.1:27017"}, given: withShop,
			check:    has(map[string]string{"hostname": "127.0.0.1", "port": "27017", "typeName": "REPLICA_PRIMARY", "version": "7.0.42"}),
			refusals: append([]refusal{{path: processesRoot + "/127.0.0.1:1", status: notThere, code: "HOST_NOT_FOUND"}}, read...)},
	})
}

func init() {
	notMine := []refusal{
		{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"},
		{key: stranger, status: notAllowed, code: "USER_CANNOT_ACCESS_ORG"},
	}
	register(map[string]scenario{
		"createOrganization": {call: call{method: post, path: apiRoot + "/orgs",
			body: `{"name":"new","orgOwnerId":"{x}","skipDefaultAlertsSettings":true,"apiKey":{"desc":"first","roles":["ORG_OWNER"]}}`},
			status: http.StatusCreated,
			check: func(f *fixture, _ string, a answer) {
				got := a.object()
				id := got["organization"].(map[string]any)["id"].(string)
				if key := got["apiKey"].(map[string]any); strings.Contains(key["privateKey"].(string), "*") ||
					!strings.Contains(fmt.Sprint(key["roles"]), "orgId:"+id+" roleName:ORG_OWNER") {
					f.t.Errorf("the key is %v", key)
				}
				f.get(apiRoot + "/orgs/" + id).is(http.StatusOK) // who made it owns it
			},
			refusals: []refusal{
				{key: reader, status: notAllowed, code: "USER_UNAUTHORIZED"},
				{body: `{"name":"a/b"}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `{"name":"a","apiKey":{"desc":"x"}}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				{body: `{"name":"a","apiKey":{"desc":"x","roles":["GROUP_OWNER"]}}`, status: wrong, code: "INVALID_ROLE_FOR_ORG"},
				{body: `{"name":"a","federationSettingsId":"{x}"}`, status: clash, code: "UNSUPPORTED_FEATURE"},
			}},
		"updateOrganization": {call: call{method: patch, path: orgRoot, body: `{"name":"renamed","skipDefaultAlertsSettings":true}`},
			check:    has(map[string]string{"name": "renamed", "skipDefaultAlertsSettings": "true"}),
			refusals: append([]refusal{{body: `{"name":"a","isDeleted":true}`, status: wrong, code: "ATTRIBUTE_READ_ONLY"}}, notMine...)},
		"deleteOrganization": {call: call{method: del, path: orgRoot}, given: emptyOrg, status: http.StatusNoContent,
			refusals: append([]refusal{
				{edit: func(f *fixture, _ *call) {
					f.post(groupsRoot, `{"name":"p","orgId":"`+string(f.OrgID)+`"}`).is(http.StatusCreated)
				},
					status: clash, code: "ORG_NOT_EMPTY"},
				{edit: func(f *fixture, c *call) {
					for _, o := range f.get(apiRoot + "/orgs?name=other").results() {
						f.send(call{method: del, path: apiRoot + "/orgs/" + o["id"].(string)}).is(http.StatusNoContent)
					}
				}, status: http.StatusForbidden, code: "ACCESS_FORBIDDEN"},
			}, notMine...)},
		"getOrganizationSettings": {call: call{method: get, path: orgSettings}, refusals: append([]refusal{
			{edit: func(f *fixture, _ *call) {
				f.send(call{method: patch, path: f.org() + "/settings", body: `{"apiAccessListRequired":true}`}).is(http.StatusOK)
			}, status: http.StatusForbidden, code: "ORG_REQUIRES_ACCESS_LIST"},
		}, notMine...),
			check: has(map[string]string{"apiAccessListRequired": "false", "genAIFeaturesEnabled": "true", "multiFactorAuthRequired": "false"})},
		"updateOrganizationSettings": {call: call{method: patch, path: orgSettings,
			body: `{"maxServiceAccountSecretValidityInHours":24,"securityContact":"a@b.example","multiFactorAuthRequired":true}`},
			check: has(map[string]string{
				"maxServiceAccountSecretValidityInHours": "24", "securityContact": "a@b.example", "multiFactorAuthRequired": "true", "genAIFeaturesEnabled": "true",
			}),
			refusals: append([]refusal{{body: `{"maxServiceAccountSecretValidityInHours":7}`, status: wrong, code: "INVALID_ATTRIBUTE"}}, notMine...)},
	})
}
