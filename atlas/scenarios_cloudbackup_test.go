package atlas_test

import (
	"net/http"
	"strings"
	"time"

	"tidemark"
)

const (
	cloudRoot       = groupRoot + "/clusters"
	cloudShop       = cloudRoot + "/shop/backup"
	cloudSnapshots  = cloudShop + "/snapshots"
	cloudRestores   = cloudShop + "/restoreJobs"
	cloudSchedule   = cloudShop + "/schedule"
	cloudExports    = cloudShop + "/exports"
	exportBuckets   = groupRoot + "/backup/exportBuckets"
	complianceRoot  = groupRoot + "/backupCompliancePolicy"
	exportJSON      = `{"exportBucketId":"{b}","snapshotId":"{s}","customData":[{"key":"k","value":"v"}]}`
	awsBucketJSON   = `{"bucketName":"exports","cloudProvider":"AWS","iamRoleId":"{x}"}`
	azureBucketJSON = `{"bucketName":"exports","cloudProvider":"AZURE","roleId":"{x}","serviceUrl":"https://examplestorage.blob.core.windows.net"}`
	complianceJSON  = `{"authorizedEmail":"ada@example.org","authorizedUserFirstName":"Ada","authorizedUserLastName":"Lovelace","copyProtectionEnabled":true,` +
		`"encryptionAtRestEnabled":true,"pitEnabled":true,"projectId":"{g}","restoreWindowDays":5,` +
		`"onDemandPolicyItem":{"frequencyInterval":0,"frequencyType":"ondemand","retentionUnit":"days","retentionValue":3},` +
		`"scheduledPolicyItems":[{"frequencyInterval":6,"frequencyType":"hourly","retentionUnit":"days","retentionValue":9},` +
		`{"frequencyInterval":1,"frequencyType":"daily","retentionUnit":"weeks","retentionValue":2}]}`
)

// withCloud has two clusters and a snapshot {s} of one; withCloudJob also a
// restore job {j}, withBucket a bucket {b}, withExport an export job {e},
// withPolicy a compliance policy.
func withCloud(f *fixture) []string {
	f.t.Helper()
	f.dedicated("shop")
	f.dedicated("target")
	return []string{"{s}", string(f.snapshot("shop"))}
}

func withCloudJob(f *fixture) []string {
	f.t.Helper()
	names := withCloud(f)
	job := f.post(f.path(cloudRestores, names), f.path(automated, names)).is(http.StatusOK).object()
	return append(names, "{j}", job["id"].(string))
}

func withBucket(f *fixture) []string {
	f.t.Helper()
	names := withCloud(f)
	b := f.post(f.path(exportBuckets, nil), f.path(awsBucketJSON, nil)).is(http.StatusOK).object()
	return append(names, "{b}", b["_id"].(string))
}

func withExport(f *fixture) []string {
	f.t.Helper()
	names := withBucket(f)
	j := f.post(f.path(cloudExports, names), f.path(exportJSON, names)).is(http.StatusOK).object()
	return append(names, "{e}", j["id"].(string))
}

func withPolicy(f *fixture) []string {
	f.t.Helper()
	names := withCloud(f)
	f.send(call{method: http.MethodPut, path: f.path(complianceRoot, nil), body: f.path(complianceJSON, nil), accept: accept2023}).is(http.StatusOK)
	return names
}

// path fills names in.
func (f *fixture) path(s string, names []string) string {
	return strings.NewReplacer(append([]string{"{g}", string(f.ProjectID), "{o}", string(f.OrgID), "{x}", string(tidemark.NewID())}, names...)...).Replace(s)
}

// held makes the only snapshot be one that is being taken.
func held(f *fixture, c *call) {
	f.t.Helper()
	i := strings.LastIndex(c.path, "/snapshots/") + len("/snapshots/")
	f.ChangeSnapshot(tidemark.ID(c.path[i:i+24]), func(s *tidemark.Snapshot) { s.Status = tidemark.SnapshotInProgress })
}

func init() {
	const noShop = "CLUSTER_NOT_FOUND"
	// both are the operation about a cluster that is not there, a serverless
	// instance and a flex cluster.
	both := func(rest string, more ...refusal) []refusal {
		return append([]refusal{
			{path: cloudRoot + "/missing/backup" + rest, status: notThere, code: noShop},
			{path: cloudRoot + "/sls/backup" + rest, edit: func(f *fixture, _ *call) { f.instance("sls") }, status: wrong,
				code: "CANNOT_USE_SERVERLESS_INSTANCE_IN_CLUSTER_API"},
			{path: cloudRoot + "/flex/backup" + rest, edit: func(f *fixture, _ *call) {
				f.post(f.own(), `{"name":"flex","kind":"flex"}`).is(http.StatusCreated)
			}, status: wrong, code: "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"},
		}, more...)
	}
	noSnapshot := refusal{path: cloudSnapshots + "/{x}", status: notThere, code: "SNAPSHOT_NOT_FOUND"}
	badSnapshot := refusal{path: cloudSnapshots + "/XYZ", status: notThere, code: "INVALID_SNAPSHOT_ID"}
	policies := func(items string) string { return `{"policies":[{"policyItems":[` + items + `]}]}` }
	item := func(f, interval, unit, value string) string {
		return `{"frequencyType":"` + f + `","frequencyInterval":` + interval + `,"retentionUnit":"` + unit + `","retentionValue":` + value + `}`
	}
	put := http.MethodPut
	register(map[string]scenario{
		"listReplicaSetBackups": {call: call{method: get, path: cloudSnapshots}, given: withCloud, refusals: both("/snapshots")},
		"takeSnapshot": {call: call{method: post, path: cloudSnapshots, body: `{"description":"x","retentionInDays":3}`}, given: withCloud,
			check: func(f *fixture, _ string, a answer) {
				s := a.object()
				for name, want := range map[string]any{
					"type": "replicaSet", "frequencyType": "ondemand", "snapshotType": "onDemand", "description": "x",
					"cloudProvider": "AWS", "replicaSetName": "shop", "expiresAt": "2026-03-04T12:00:00Z",
				} {
					if s[name] != want {
						f.t.Errorf("%s is %v, not %v", name, s[name], want)
					}
				}
			},
			refusals: both("/snapshots",
				refusal{edit: func(f *fixture, c *call) { f.Hold(true); f.send(*c).is(http.StatusOK) }, status: wrong, code: "UNFINISHED_ON_DEMAND_SNAPSHOT"},
				refusal{body: `{"retentionInDays":0}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				refusal{body: `{"retentionInDays":1}`, edit: func(f *fixture, _ *call) { withPolicyOn(f) }, status: wrong,
					code: "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS"})},
		"getReplicaSetBackup": {call: call{method: get, path: cloudSnapshots + "/{s}"}, given: withCloud,
			refusals: both("/snapshots/{s}", noSnapshot, badSnapshot)},
		"updateSnapshotRetention": {call: call{method: patch, path: cloudSnapshots + "/{s}", body: `{"retentionUnit":"WEEKS","retentionValue":5}`}, given: withCloud,
			check: func(f *fixture, _ string, a answer) {
				if got := a.object()["expiresAt"]; got != "2026-04-05T12:00:00Z" {
					f.t.Errorf("expiresAt is %v", got)
				}
			},
			refusals: both("/snapshots/{s}", noSnapshot, badSnapshot,
				refusal{body: `{"retentionUnit":"HOURS","retentionValue":5}`, status: wrong, code: "INVALID_ENUM_VALUE"},
				refusal{body: `{"retentionUnit":"DAYS"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{body: `{"retentionUnit":"YEARS","retentionValue":101}`, status: wrong, code: "BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID"},
				refusal{edit: held, status: wrong, code: "CANNOT_MODIFY_IN_PROGRESS_SNAPSHOT_RETENTION"},
				refusal{body: `{"retentionUnit":"DAYS","retentionValue":1}`, edit: func(f *fixture, _ *call) { withPolicyOn(f) },
					status: http.StatusForbidden, code: "CANNOT_MODIFY_SNAPSHOT"})},
		"deleteReplicaSetBackup": {call: call{method: del, path: cloudSnapshots + "/{s}"}, given: withCloud, status: http.StatusNoContent,
			refusals: both("/snapshots/{s}", noSnapshot, badSnapshot,
				refusal{edit: held, status: wrong, code: "CANNOT_DELETE_IN_PROGRESS_SNAPSHOT"},
				refusal{edit: func(f *fixture, _ *call) { withPolicyOn(f) }, status: http.StatusForbidden, code: "CANNOT_MODIFY_SNAPSHOT"})},
		"listShardedClusterBackups": {call: call{method: get, path: cloudSnapshots + "/shardedClusters"}, given: withCloud, refusals: both("/snapshots/shardedClusters")},
		"getShardedClusterBackup": {call: call{method: get, path: cloudSnapshots + "/shardedCluster/{s}"}, given: withCloud, status: notThere,
			refusals: both("/snapshots/shardedCluster/{s}", refusal{path: cloudSnapshots + "/shardedCluster/{s}", status: notThere, code: "SNAPSHOT_NOT_FOUND"})},
		"deleteShardedClusterBackup": {call: call{method: del, path: cloudSnapshots + "/shardedCluster/{s}"}, given: withCloud, status: notThere,
			refusals: both("/snapshots/shardedCluster/{s}")},

		"listBackupRestoreJobs": {call: call{method: get, path: cloudRestores}, given: withCloudJob, refusals: both("/restoreJobs")},
		"createBackupRestoreJob": {call: call{method: post, path: cloudRestores, body: automated}, given: withCloud,
			refusals: both("/restoreJobs",
				refusal{body: strings.Replace(automated, "{s}", "{x}", 1), status: notThere, code: "SNAPSHOT_NOT_FOUND"},
				refusal{body: `{"deliveryType":"automated","snapshotId":"{s}"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{body: `{"deliveryType":"pointInTime","targetClusterName":"target","targetGroupId":"{g}"}`, status: wrong, code: "INVALID_PIT_RESTORE_TIME"},
				refusal{body: `{"deliveryType":"pointInTime","pointInTimeUTCSeconds":1700000000,"targetClusterName":"target","targetGroupId":"{g}"}`, status: clash, code: "NO_CHECKPOINT_FOR_PIT_RESTORE"},
				refusal{body: `{"deliveryType":"download","snapshotId":"{s}"}`, edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) },
					status: wrong, code: "CANNOT_DOWNLOAD_SNAPSHOT_CONCURRENTLY"},
				refusal{edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: clash, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"})},
		"getBackupRestoreJob": {call: call{method: get, path: cloudRestores + "/{j}"}, given: withCloudJob,
			refusals: both("/restoreJobs/{j}", refusal{path: cloudRestores + "/{x}", status: notThere, code: "RESTORE_JOB_NOT_FOUND"},
				refusal{path: cloudRestores + "/XYZ", status: notThere, code: "INVALID_JOB_ID"})},
		"cancelBackupRestoreJob": {call: call{method: del, path: cloudRestores + "/{j}"}, given: withCloudJob, status: http.StatusNoContent,
			refusals: both("/restoreJobs/{j}", refusal{path: cloudRestores + "/{x}", status: notThere, code: "RESTORE_JOB_NOT_FOUND"},
				refusal{edit: func(f *fixture, c *call) {
					f.ChangeJob(tidemark.ID(c.path[len(c.path)-24:]), func(j *tidemark.RestoreJob) { j.CutOverAt = start })
				}, status: wrong, code: "CANNOT_CANCEL_AUTOMATED_RESTORE"})},

		"getBackupSchedule": {call: call{method: get, path: cloudSchedule}, given: withCloud, refusals: both("/schedule"),
			check: func(f *fixture, _ string, a answer) {
				s := a.object()
				items := s["policies"].([]any)[0].(map[string]any)["policyItems"].([]any)
				if len(items) != 5 || s["restoreWindowDays"] != 7.0 || s["nextSnapshot"] != "2026-03-01T18:00:00Z" || s["clusterName"] != "shop" {
					f.t.Errorf("the schedule is %v", s)
				}
			}},
		"updateBackupSchedule": {
			call: call{method: patch, path: cloudSchedule, body: `{"referenceHourOfDay":3,"referenceMinuteOfHour":30,"restoreWindowDays":2,"autoExportEnabled":false,` +
				`"useOrgAndGroupNamesInExportPrefix":true,"updateSnapshots":true,"copySettings":[],"extraRetentionSettings":[{"frequencyType":"ON_DEMAND","retentionDays":4}],` +
				`"policies":[{"policyItems":[` + item("hourly", "6", "days", "2") + `,` + item("daily", "1", "days", "9") + `]}]}`},
			given: withCloud,
			check: func(f *fixture, _ string, a answer) {
				s := a.object()
				if s["referenceHourOfDay"] != 3.0 || len(s["extraRetentionSettings"].([]any)) != 1 || s["nextSnapshot"] != "2026-03-01T15:30:00Z" {
					f.t.Errorf("the schedule is %v", s)
				}
			},
			refusals: both("/schedule",
				refusal{body: `{"referenceHourOfDay":24}`, status: wrong, code: "INVALID_SNAPSHOT_SCHEDULE"},
				refusal{body: `{"referenceMinuteOfHour":-1}`, status: wrong, code: "INVALID_SNAPSHOT_SCHEDULE"},
				refusal{body: `{"restoreWindowDays":0}`, status: wrong, code: "INVALID_RESTORE_WINDOW"},
				refusal{body: `{"restoreWindowDays":8}`, status: wrong, code: "INVALID_RESTORE_WINDOW"},
				refusal{body: `{"policies":[{},{}]}`, status: wrong, code: "INVALID_BACKUP_POLICY"},
				refusal{body: `{"policies":[{"id":"{x}"}]}`, status: wrong, code: "INVALID_BACKUP_POLICY"},
				refusal{body: policies(item("hourly", "5", "days", "9")), status: wrong, code: "INVALID_BACKUP_POLICY"},
				refusal{body: policies(item("ondemand", "1", "days", "9")), status: wrong, code: "INVALID_BACKUP_POLICY"},
				refusal{body: policies(item("daily", "1", "days", "9") + "," + item("weekly", "1", "days", "8")), status: wrong, code: "INVALID_BACKUP_POLICY"},
				refusal{body: policies(""), status: wrong, code: "INVALID_NUM_OF_POLICY_ITEMS"},
				refusal{body: policies(item("daily", "1", "days", "9") + "," + item("daily", "1", "days", "9")), status: wrong, code: "INVALID_NUM_OF_POLICY_ITEMS"},
				refusal{body: policies(item("daily", "1", "fortnights", "9")), status: wrong, code: "INVALID_ENUM_VALUE"},
				refusal{body: `{"policies":[{"policyItems":[{"frequencyType":"daily"}]}]}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{body: `{"copySettings":[{"cloudProvider":"AWS","regionName":"US_EAST_1"}]}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				refusal{body: `{"autoExportEnabled":true}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{body: policies(item("daily", "1", "days", "9")), edit: func(f *fixture, _ *call) { withPolicyOn(f) }, status: wrong,
					code: "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS"})},
		"deleteAllBackupSchedules": {call: call{method: del, path: cloudSchedule}, given: withCloud,
			check: func(f *fixture, _ string, a answer) {
				s := a.object()
				if items := s["policies"].([]any)[0].(map[string]any)["policyItems"].([]any); len(items) != 0 || s["nextSnapshot"] != nil {
					f.t.Errorf("the schedule is %v", s)
				}
			},
			refusals: both("/schedule", refusal{edit: func(f *fixture, _ *call) { withPolicyOn(f) }, status: wrong,
				code: "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS"})},

		"listBackupExportJobs": {call: call{method: get, path: cloudExports}, given: withExport, refusals: both("/exports")},
		"createBackupExportJob": {call: call{method: post, path: cloudExports, body: exportJSON}, given: withBucket,
			refusals: both("/exports",
				refusal{body: strings.Replace(exportJSON, "{b}", "{x}", 1), status: notThere, code: "EXPORT_BUCKET_NOT_FOUND"},
				refusal{body: strings.Replace(exportJSON, "{s}", "{x}", 1), status: notThere, code: "SNAPSHOT_NOT_FOUND"},
				refusal{body: `{"exportBucketId":"{b}"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				refusal{edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: clash, code: "EXPORT_JOB_IN_PROGRESS"})},
		"getBackupExportJob": {call: call{method: get, path: cloudExports + "/{e}"}, given: withExport,
			refusals: both("/exports/{e}", refusal{path: cloudExports + "/{x}", status: notThere, code: "EXPORT_JOB_NOT_FOUND"},
				refusal{path: cloudExports + "/XYZ", status: notThere, code: "EXPORT_JOB_NOT_FOUND"})},

		"listExportBuckets": {call: call{method: get, path: exportBuckets}, given: withBucket},
		"createExportBucket": {call: call{method: post, path: exportBuckets, body: azureBucketJSON},
			bodies: map[string]string{"2023-01-01": awsBucketJSON},
			refusals: []refusal{
				{body: awsBucketJSON, edit: func(f *fixture, c *call) { f.send(*c).is(http.StatusOK) }, status: wrong, code: "DUPLICATE_EXPORT_BUCKET"},
				{body: `{"bucketName":"exports","cloudProvider":"GCP"}`, status: wrong, code: "INVALID_ENUM_VALUE"},
				{body: `{"bucketName":"exports","cloudProvider":"AWS"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
			}},
		"getExportBucket": {call: call{method: get, path: exportBuckets + "/{b}"}, given: withBucket,
			refusals: []refusal{{path: exportBuckets + "/{x}", status: notThere, code: "EXPORT_BUCKET_NOT_FOUND"}}},
		"deleteExportBucket": {call: call{method: del, path: exportBuckets + "/{b}"}, given: withBucket, status: http.StatusNoContent,
			refusals: []refusal{
				{path: exportBuckets + "/{x}", status: notThere, code: "EXPORT_BUCKET_NOT_FOUND"},
				{edit: func(f *fixture, c *call) {
					bucket := c.path[len(c.path)-24:]
					s := f.snapshot("shop")
					f.post(f.path(cloudExports, nil), f.path(exportJSON, []string{"{b}", bucket, "{s}", string(s)})).is(http.StatusOK)
				}, status: wrong, code: "EXPORT_BUCKET_IN_USE"},
			}},

		"getDataProtectionSettings": {call: call{method: get, path: complianceRoot}, given: withPolicy},
		"updateDataProtectionSettings": {call: call{method: put, path: complianceRoot, body: complianceJSON}, given: withCloud,
			refusals: []refusal{
				{body: strings.Replace(complianceJSON, `"pitEnabled":true`, `"pitEnabled":false`, 1), edit: func(f *fixture, _ *call) { withPolicyOn(f) },
					status: wrong, code: "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS"},
				{path: complianceRoot + "?overwriteBackupPolicies=false", status: wrong, code: "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS"},
				{path: complianceRoot + "?overwriteBackupPolicies=perhaps", status: wrong, code: "INVALID_QUERY_PARAMETER"},
				{body: `{"authorizedEmail":"ada","authorizedUserFirstName":"Ada","authorizedUserLastName":"Lovelace"}`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `{"authorizedEmail":"ada@example.org"}`, status: wrong, code: "MISSING_ATTRIBUTE"},
				{body: strings.Replace(complianceJSON, "{g}", "{x}", 1), status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: strings.Replace(complianceJSON, `"restoreWindowDays":5`, `"restoreWindowDays":0`, 1), status: wrong, code: "INVALID_RESTORE_WINDOW"},
			}},
		"disableDataProtectionSettings": {call: call{method: del, path: complianceRoot}, status: http.StatusNoContent,
			given: func(f *fixture) []string {
				names := withPolicy(f)
				f.ChangePolicy(f.ProjectID, func(p *tidemark.CompliancePolicy) { p.Deletable = true })
				return names
			},
			refusals: []refusal{{edit: func(f *fixture, _ *call) {
				f.ChangePolicy(f.ProjectID, func(p *tidemark.CompliancePolicy) { p.Deletable = false })
			}, status: http.StatusForbidden, code: "ACCESS_FORBIDDEN"}}},
	})
}

// withPolicyOn puts a policy on what is there, whose snapshots live a week.
func withPolicyOn(f *fixture) {
	f.t.Helper()
	f.send(call{method: http.MethodPut, path: f.path(complianceRoot, nil), body: f.path(complianceJSON, nil), accept: accept2023}).is(http.StatusOK)
	for _, s := range f.get(f.path(cloudSnapshots, nil)).results() {
		f.ChangeSnapshot(tidemark.ID(s["id"].(string)), func(s *tidemark.Snapshot) { s.ExpiresAt = start.Add(7 * 24 * time.Hour) })
	}
}
