package tidemark

// Codes of cloud backup: schedules, retention, compliance, exports. The comment
// is what Params holds, as in errors.go.
const (
	CodeInvalidSchedule      Code = "invalid_schedule"       // attribute name
	CodeInvalidPolicy        Code = "invalid_policy"         //
	CodeInvalidPolicyItems   Code = "invalid_policy_items"   //
	CodeInvalidRestoreWindow Code = "invalid_restore_window" //
	CodeInvalidRetention     Code = "invalid_retention"      //
	CodeCompliance           Code = "compliance"             // project id
	CodeSnapshotProtected    Code = "snapshot_protected"     // by a compliance policy: snapshot id
	CodePolicyNotDeletable   Code = "policy_not_deletable"   // project id
	CodeDownloadRunning      Code = "download_running"       // a link to the snapshot lives already: snapshot id
	CodeBucketNotFound       Code = "bucket_not_found"       // id
	CodeBucketInUse          Code = "bucket_in_use"          // id
	CodeDuplicateBucket      Code = "duplicate_bucket"       // name
	CodeExportRunning        Code = "export_running"         // the snapshot is being exported: snapshot id
	CodeExportNotFound       Code = "export_not_found"       // id, instance name
	CodeExportRefused        Code = "export_refused"         // the object storage answered with an error that will not pass
	CodeExportUnreachable    Code = "export_unreachable"     // the object storage does not answer
)
