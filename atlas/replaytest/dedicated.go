package replaytest

import "net/http"

const (
	clu      = group + "/clusters"
	cluJobs  = clu + "/shop/backup/restoreJobs"
	cluSnaps = clu + "/shop/backup/snapshots"
	// What the path of flex clusters, which is asked first, says of others.
	notFlex       = "errorCode=CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"
	flexInCluster = "errorCode=CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"
)

// DedicatedReplays are about the backups of dedicated clusters. The CLI asks the
// path of flex clusters first, and goes on only because of the errorCode.
func DedicatedReplays() []Replay {
	return []Replay{
		{
			Name: "atlas backups restores list, describe and watch of a dedicated cluster", Agent: CLI, Given: Dedicated,
			Steps: []Step{
				{Send: "POST " + cluJobs, Version: v2023, Status: http.StatusOK, Body: slsRestore, Save: map[string]string{"{j}": "id"},
					Has: []string{"deliveryType=automated", "cancelled=false", "expired=false", "failed=false", "timestamp"}},
				{Send: "GET " + flex + "/shop/backup/restoreJobs" + paged, Version: v2024nov, Status: http.StatusBadRequest, Has: []string{notFlex}},
				{Send: "GET " + cluJobs + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=1", "results.0.id={j}"}},
				{Send: "GET " + flex + "/shop/backup/restoreJobs/{j}", Version: v2024nov, Status: http.StatusBadRequest, Has: []string{notFlex}},
				{Send: "GET " + cluJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "finishedAt", Has: []string{"failed=false"}},
			},
		},
		{
			Name: "atlas backups snapshots create, watch, list, describe, delete", Agent: CLI, Given: Dedicated,
			Steps: []Step{
				{Send: "POST " + cluSnaps, Version: v2023, Status: http.StatusOK, Body: `{"description":"x","retentionInDays":3}`,
					Has: []string{"description=x", "snapshotType=onDemand"}, Save: map[string]string{"{n}": "id"}},
				{Send: "GET " + flex + "/shop/backup/snapshots/{n}", Version: v2024nov, Status: http.StatusBadRequest, Has: []string{notFlex}},
				{Send: "GET " + cluSnaps + "/{n}", Version: v2023, Status: http.StatusOK, Until: "status=completed", Has: []string{"id={n}", "expiresAt"}},
				{Send: "GET " + flex + "/shop/backup/snapshots" + paged, Version: v2024nov, Status: http.StatusBadRequest, Has: []string{notFlex}},
				{Send: "GET " + cluSnaps + paged, Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=2", "results.1.id"}},
				{Send: "DELETE " + cluSnaps + "/{n}", Version: v2023, Status: http.StatusNoContent},
			},
		},
		{
			Name: "atlas backups schedule describe", Agent: CLI, Given: Dedicated,
			Steps: []Step{
				{Send: "GET " + clu + "/shop/backup/schedule", Version: v2023, Status: http.StatusOK, Has: []string{"clusterName=shop", "policies.0.policyItems.0.frequencyType"}},
			},
		},
		{
			// It deletes the job when it destroys the resource, if it is a download.
			Name: "mongodbatlas_cloud_backup_snapshot_restore_job", Agent: Terraform, Given: Dedicated,
			Steps: []Step{
				{Send: "POST " + cluJobs, Version: v2023, Status: http.StatusOK, Body: `{"deliveryType":"download","snapshotId":"{s}"}`, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + cluJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "deliveryUrl.0", Has: []string{"deliveryType=download", "snapshotId={s}"},
					Save: map[string]string{"{url}": "deliveryUrl.0"}},
				{Send: "GET {url}", Anonymous: true, Status: http.StatusOK},
				{Send: "DELETE " + cluJobs + "/{j}", Version: v2023, Status: http.StatusNoContent},
				{Send: "POST " + cluJobs, Version: v2023, Status: http.StatusNotFound, Has: []string{"errorCode=SNAPSHOT_NOT_FOUND"},
					Body: `{"deliveryType":"automated","snapshotId":"000000000000000000000000","targetClusterName":"target","targetGroupId":"{g}"}`},
			},
		},
		{
			Name: "atlas backups restores start automated --clusterName of a dedicated cluster", Agent: CLI, Given: Dedicated,
			Steps: []Step{
				{Send: "GET " + clu + "/shop", Version: v2024aug, Status: http.StatusOK, Has: []string{"name=shop", "clusterType=REPLICASET", "replicationSpecs.0.id"}},
				{Send: "POST " + cluJobs, Version: v2023, Status: http.StatusOK, Body: slsRestore, Save: map[string]string{"{j}": "id"}},
				{Send: "GET " + cluJobs + "/{j}", Version: v2023, Status: http.StatusOK, Until: "finishedAt", Has: []string{"failed=false", "cancelled=false"}},
			},
		},
		{
			Name: "atlas backups restores start automated --clusterName of a flex cluster", Agent: CLI, Given: Flex,
			Steps: []Step{
				{Send: "GET " + clu + "/shop", Version: v2024aug, Status: http.StatusBadRequest, Has: []string{flexInCluster}},
				{Send: "POST " + flexJobs, Version: v2024nov, Status: http.StatusOK, Has: []string{"deliveryType=RESTORE"},
					Body: `{"instanceName":"shop","snapshotId":"{s}","targetDeploymentItemName":"target","targetProjectId":"{g}"}`},
			},
		},
		{
			Name: "atlas clusters list, describe and delete", Agent: CLI, Given: Dedicated,
			Steps: []Step{
				{Send: "GET " + clu + paged, Version: v2023feb, Status: http.StatusOK, Has: []string{"totalCount=2", "results.0.name=shop", "results.0.stateName=IDLE"}},
				{Send: "GET " + clu + "/shop", Version: v2023feb, Status: http.StatusOK, Has: []string{"connectionStrings", "mongoDBVersion", "replicationSpecs.0.numShards=1"}},
				{Send: "DELETE " + clu + "/target", Version: v2023feb, Status: http.StatusAccepted},
			},
		},
		{
			Name: "atlas clusters describe and delete of a flex cluster", Agent: CLI, Given: Flex,
			Steps: []Step{
				{Send: "GET " + clu + "/target", Version: v2023feb, Status: http.StatusBadRequest, Has: []string{flexInCluster}},
				{Send: "GET " + flex + "/target", Version: v2024nov, Status: http.StatusOK, Has: []string{"name=target"}},
				{Send: "DELETE " + clu + "/target", Version: v2023feb, Status: http.StatusBadRequest, Has: []string{flexInCluster}},
				{Send: "DELETE " + flex + "/target", Version: v2024nov, Status: http.StatusNoContent},
			},
		},
		{
			Name: "mongodbatlas_cloud_backup_snapshot", Agent: Terraform, Given: Dedicated,
			Steps: []Step{
				{Send: "GET " + clu + "/shop", Version: v2024aug, Status: http.StatusOK, Until: "stateName=IDLE"},
				{Send: "POST " + cluSnaps, Version: v2023, Status: http.StatusOK, Body: `{"description":"tf","retentionInDays":1}`, Save: map[string]string{"{n}": "id"}},
				{Send: "GET " + cluSnaps + "/{n}", Version: v2023, Status: http.StatusOK, Until: "status=completed", Has: []string{"type=replicaSet", "storageSizeBytes"}},
				{Send: "GET " + cluSnaps + "/shardedCluster/{n}", Version: v2023, Status: http.StatusNotFound, Has: []string{"errorCode=SNAPSHOT_NOT_FOUND"}},
				{Send: "DELETE " + cluSnaps + "/{n}", Version: v2023, Status: http.StatusNoContent},
			},
		},
	}
}
