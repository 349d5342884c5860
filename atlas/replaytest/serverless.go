package replaytest

import (
	"net/http"
	"strings"
)

const (
	v2023    = "2023-01-01"
	v2023feb = "2023-02-01"
	v2024aug = "2024-08-05"
	v2024nov = "2024-11-13"

	group = "/api/atlas/v2/groups/{g}"
	paged = "?includeCount=true&itemsPerPage=100&pageNum=1" // what lists always send

	sls        = group + "/serverless"
	slsJobs    = sls + "/shop/backup/restoreJobs"
	slsRestore = `{"deliveryType":"automated","snapshotId":"{s}","targetClusterName":"target","targetGroupId":"{g}"}`
)

// What a target's Prepare knows.
const (
	// Nothing but a project {g} and its organization {o}.
	Nothing = "nothing"
	// Serverless is two serverless instances, shop and target, and a completed
	// snapshot {s} of shop.
	Serverless = "serverless"
	// Continuous is Serverless with continuous backup, and {t}, a time in
	// seconds that shop can be restored to.
	Continuous = "continuous"
	// Flex is two flex clusters, shop and target, with a snapshot {s} of shop.
	Flex = "flex"
	// Dedicated is two dedicated clusters, likewise.
	Dedicated = "dedicated"
)

// ServerlessReplays are about serverless instances.
func ServerlessReplays() []Replay {
	return []Replay{
		{
			Name: "atlas api cloudBackups createServerlessBackupRestoreJob", Agent: CLIAPI, Given: Serverless,
			Steps: []Step{
				{Send: "POST " + slsJobs + "?envelope=true&pretty=true", Version: v2023, Chunked: true, Status: http.StatusOK,
					Body: slsRestore + strings.Repeat(" ", 600<<10) + "\n", // more than net/http drains by itself before a 401
					Has:  []string{"status=200", "content.snapshotId={s}", "content.targetClusterName=target"}},
				{Send: "GET " + slsJobs, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=1"}},
			},
		},
		{
			Name: "atlas serverless backups restores create, watch, describe, list", Agent: CLI, Given: Serverless,
			Steps: []Step{
				{Send: "GET " + sls + "/shop/backup/snapshots" + paged, Version: v2023, Status: http.StatusOK,
					Has: []string{"totalCount=1", "results.0.id={s}", "results.0.status=completed", "results.0.expiresAt"}},
				{Send: "POST " + slsJobs, Version: v2023, Status: http.StatusOK, Body: slsRestore,
					Has: []string{"deliveryType=automated", "cancelled=false", "failed=false", "expired=false", "timestamp"}, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + slsJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "finishedAt", Has: []string{"failed=false", "cancelled=false"}},
				{Send: "GET " + slsJobs + "/{j}", Version: v2023, Status: http.StatusOK, Has: []string{"id={j}", "targetGroupId={g}"}},
				{Send: "GET " + slsJobs + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.id={j}", "!results.1"}},
			},
		},
		{
			Name: "atlas serverless backups restores create --deliveryType pointInTime", Agent: CLI, Given: Continuous,
			Steps: []Step{
				{Send: "POST " + slsJobs, Version: v2023, Status: http.StatusOK,
					Body: `{"deliveryType":"pointInTime","pointInTimeUTCSeconds":{t},"targetClusterName":"target","targetGroupId":"{g}"}`,
					Has:  []string{"deliveryType=pointInTime", "pointInTimeUTCSeconds"}, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + slsJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "finishedAt", Has: []string{"failed=false"}},
			},
		},
		{
			Name: "atlas serverless backups restores create --deliveryType download", Agent: CLI, Given: Serverless,
			Steps: []Step{
				// The client's structure has no way to leave the target out.
				{Send: "POST " + slsJobs, Version: v2023, Status: http.StatusOK,
					Body: `{"deliveryType":"download","snapshotId":"{s}","targetClusterName":"","targetGroupId":""}`,
					Has:  []string{"deliveryType=download"}, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + slsJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "deliveryUrl.0",
					Has: []string{"expired=false", "expiresAt"}, Save: map[string]string{"{url}": "deliveryUrl.0"}},
				{Send: "GET {url}", Anonymous: true, Status: http.StatusOK},
			},
		},
		{
			Name: "atlas serverless create, watch, list, describe, update, delete", Agent: CLI, Given: Nothing,
			Steps: []Step{
				{Send: "POST " + sls, Version: v2023, Status: http.StatusCreated, Has: []string{"name=made", "id", "providerSettings.regionName=US_EAST_1"},
					Body: `{"name":"made","providerSettings":{"backingProviderName":"AWS","providerName":"SERVERLESS","regionName":"US_EAST_1"}}`},
				{Send: "GET " + sls + "/made", Version: v2023, Status: http.StatusOK, Until: "stateName=IDLE",
					Has: []string{"connectionStrings.standardSrv", "mongoDBVersion", "createDate"}},
				{Send: "GET " + sls + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.name=made"}},
				{Send: "PATCH " + sls + "/made", Version: v2023, Status: http.StatusOK, Body: `{"terminationProtectionEnabled":true}`,
					Has: []string{"terminationProtectionEnabled=true"}},
				{Send: "DELETE " + sls + "/made", Version: v2023, Status: http.StatusBadRequest,
					Has: []string{"errorCode=CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED"}},
				{Send: "PATCH " + sls + "/made", Version: v2023, Status: http.StatusOK, Body: `{"terminationProtectionEnabled":false}`},
				{Send: "DELETE " + sls + "/made", Version: v2023, Status: http.StatusAccepted},
			},
		},
		{
			Name: "SDK lists", Agent: SDK, Given: Serverless,
			Steps: []Step{
				{Send: "GET /api/atlas/v2/orgs" + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.id={o}"}},
				{Send: "GET /api/atlas/v2/groups" + paged, Version: v2023, Status: http.StatusOK, Has: []string{"results.0.id={g}"}},
				{Send: "GET /api/atlas/v2/orgs/{o}/serviceAccounts?itemsPerPage=100&pageNum=1", Version: v2024aug, Status: http.StatusOK, Has: []string{"results.0.clientId"}},
				{Send: "GET /api/atlas/v2/orgs/{o}/apiKeys" + paged, Version: v2023, Status: http.StatusOK, Has: []string{"results.0.publicKey"}},
				{Send: "GET " + sls + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=2", "links.0.rel=self", "!links.1"}},
			},
		},
		terraformServerless(),
	}
}
