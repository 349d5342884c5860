package replaytest

import "net/http"

const (
	flex     = group + "/flexClusters"
	flexJobs = flex + "/shop/backup/restoreJobs"
)

// FlexReplays are about flex clusters by their own paths.
func FlexReplays() []Replay {
	return []Replay{
		{
			Name: "atlas backups restores list, describe and watch of a flex cluster", Agent: CLI, Given: Flex,
			Steps: []Step{
				{Send: "POST " + flexJobs, Version: v2024nov, Status: http.StatusOK, Save: map[string]string{"{j}": "id"},
					Body: `{"instanceName":"shop","snapshotId":"{s}","targetDeploymentItemName":"target","targetProjectId":"{g}"}`},
				{Send: "GET " + flexJobs + paged, Version: v2024nov, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.id={j}"}},
				{Send: "GET " + flexJobs + "/{j}", Version: v2024nov, Status: http.StatusOK, Until: "status=COMPLETED",
					Has: []string{"deliveryType=RESTORE", "restoreFinishedDate", "targetProjectId={g}"}},
			},
		},
		{
			Name: "atlas backups snapshots list, describe and download of a flex cluster", Agent: CLI, Given: Flex,
			Steps: []Step{
				{Send: "GET " + flex + "/shop/backup/snapshots" + paged, Version: v2024nov, Status: http.StatusOK, Has: []string{"results.0.id={s}", "results.0.status=COMPLETED"}},
				{Send: "GET " + flex + "/shop/backup/snapshots/{s}", Version: v2024nov, Status: http.StatusOK, Has: []string{"id={s}", "expiration", "finishTime"}},
				{Send: "POST " + flex + "/shop/backup/download", Version: v2024nov, Status: http.StatusOK, Body: `{"snapshotId":"{s}"}`,
					Has: []string{"deliveryType=DOWNLOAD"}, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + flexJobs + "/{j}", Version: v2024nov, Status: http.StatusOK, Until: "status=COMPLETED", Save: map[string]string{"{url}": "snapshotUrl"}},
				{Send: "GET {url}", Anonymous: true, Status: http.StatusOK},
			},
		},
		{
			Name: "atlas clusters create --tier FLEX, list --tier FLEX", Agent: CLI, Given: Nothing,
			Steps: []Step{
				{Send: "POST " + flex, Version: v2024nov, Status: http.StatusCreated, Has: []string{"name=made"},
					Body: `{"name":"made","providerSettings":{"backingProviderName":"AWS","regionName":"US_EAST_1"},"terminationProtectionEnabled":false}`},
				{Send: "GET " + flex + "/made", Version: v2024nov, Status: http.StatusOK, Until: "stateName=IDLE", Has: []string{"clusterType=REPLICASET"}},
				{Send: "GET " + flex + paged, Version: v2024nov, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.name=made"}},
				{Send: "DELETE " + flex + "/made", Version: v2024nov, Status: http.StatusNoContent},
			},
		},
		{
			// Any other code than these three would break the command off.
			Name: "the path of flex clusters is asked first", Agent: CLI, Given: Serverless,
			Steps: []Step{
				{Send: "GET " + flex + "/shop/backup/restoreJobs" + paged, Version: v2024nov, Status: http.StatusBadRequest,
					Has: []string{"errorCode=CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"}},
				{Send: "GET " + flex + "/nobody/backup/snapshots" + paged, Version: v2024nov, Status: http.StatusNotFound, Has: []string{"errorCode=CLUSTER_NOT_FOUND"}},
			},
		},
	}
}
