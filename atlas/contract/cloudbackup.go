package contract

// olderBackupVersions are those of cloud backup.
var olderBackupVersions = []olderVersion{
	{"getBackupSchedule", "2023-01-01", "", "DiskBackupSnapshotSchedule", "2026-05-30"},
	{"updateBackupSchedule", "2023-01-01", "DiskBackupSnapshotSchedule", "DiskBackupSnapshotSchedule", "2026-05-30"},
	{"deleteAllBackupSchedules", "2023-01-01", "", "DiskBackupSnapshotSchedule", "2026-05-30"},
	{"listExportBuckets", "2023-01-01", "", "PaginatedBackupSnapshotExportBucketView", "2026-05-30"},
	{"createExportBucket", "2023-01-01", "DiskBackupSnapshotAWSExportBucketRequest", "DiskBackupSnapshotAWSExportBucketResponse", "2026-05-30"},
	{"getExportBucket", "2023-01-01", "", "DiskBackupSnapshotAWSExportBucketResponse", "2026-05-30"},
	{"getDataProtectionSettings", "2023-01-01", "", "DataProtectionSettings", "2026-10-01"},
	{"updateDataProtectionSettings", "2023-01-01", "DataProtectionSettings", "DataProtectionSettings", "2026-10-01"},
}

// mendCloudBackups changes what the document says of cloud backup where real
// answers are otherwise.
func mendCloudBackups(schemas map[string]any) {
	replicaSet := schemas["DiskBackupReplicaSet"].(map[string]any)
	snapshot := schemas["DiskBackupSnapshot"].(map[string]any)
	for _, schema := range []map[string]any{replicaSet, snapshot} {
		// A snapshot on demand says so, though the list of words lacks it.
		frequency := attribute(schema, "frequencyType")
		frequency["enum"] = append(append([]any{}, frequency["enum"].([]any)...), "ondemand")
	}
	// What takeSnapshot answers is a DiskBackupReplicaSet, by its type.
	for _, name := range []string{"cloudProvider", "copyRegions", "replicaSetName"} {
		snapshot["properties"].(map[string]any)[name] = attribute(replicaSet, name)
	}
	// The pattern has the names in braces that stand for what a path has there.
	delete(attribute(schemas["DiskBackupExportJob"].(map[string]any), "prefix"), "pattern")
	// A project without a policy is answered {}, never 404.
	for _, name := range []string{"DataProtectionSettings", "DataProtectionSettings20231001"} {
		delete(schemas[name].(map[string]any), "required")
	}
	// A download has no target: clients send "".
	job := schemas["DiskBackupSnapshotRestoreJob"].(map[string]any)
	attribute(job, "targetClusterName")["pattern"] = "^([a-zA-Z0-9][a-zA-Z0-9-]*)?$"
	attribute(job, "targetGroupId")["pattern"] = "^([a-f0-9]{24})?$"
}
