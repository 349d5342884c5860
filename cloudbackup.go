package tidemark

import "context"

// CloudBackupService is a part of Service: what dedicated instances have
// beyond the others. An instance of another kind is CodeWrongInstanceKind.
type CloudBackupService interface {
	ScheduleService
	ComplianceService
	ExportService
	// UpdateSnapshotRetention moves the end of a completed snapshot to its
	// retention after it was taken.
	UpdateSnapshotRetention(ctx context.Context, c Caller, projectID ID, instance string, id ID, r Retention) (*Snapshot, error)
}

// ScheduleService is a part of CloudBackupService.
type ScheduleService interface {
	GetSchedule(ctx context.Context, c Caller, projectID ID, instance string) (*Schedule, error)
	UpdateSchedule(ctx context.Context, c Caller, projectID ID, instance string, r ScheduleUpdate) (*Schedule, error)
	// DeleteSchedule takes all items off, so that no snapshot is due any more.
	DeleteSchedule(ctx context.Context, c Caller, projectID ID, instance string) (*Schedule, error)
}

// ScheduleUpdate changes what is not nil.
type ScheduleUpdate struct {
	PolicyID          ID // "" or that of the schedule
	Items             *[]PolicyItem
	ReferenceHour     *int
	ReferenceMinute   *int
	RestoreWindowDays *int
	ExtraRetention    *[]ExtraRetention
	Export            *AutoExport
	AutoExport        *bool
	NamesInExports    *bool
	// UpdateSnapshots applies the new retention to snapshots that are there.
	UpdateSnapshots bool
}

// ComplianceService is a part of CloudBackupService.
type ComplianceService interface {
	// GetCompliancePolicy is nil where the project has none.
	GetCompliancePolicy(ctx context.Context, c Caller, projectID ID) (*CompliancePolicy, error)
	// SetCompliancePolicy makes a policy or strengthens it. With overwrite, the
	// schedules of the project's instances are strengthened too, else they must
	// meet it: CodeCompliance.
	SetCompliancePolicy(ctx context.Context, c Caller, p CompliancePolicy, overwrite bool) (*CompliancePolicy, error)
	// DeleteCompliancePolicy is CodePolicyNotDeletable unless it is Deletable.
	DeleteCompliancePolicy(ctx context.Context, c Caller, projectID ID) error
}

// ExportService is a part of CloudBackupService.
type ExportService interface {
	ListExportBuckets(ctx context.Context, c Caller, projectID ID, p Page) ([]*ExportBucket, int, error)
	GetExportBucket(ctx context.Context, c Caller, projectID, id ID) (*ExportBucket, error)
	CreateExportBucket(ctx context.Context, c Caller, b ExportBucket) (*ExportBucket, error)
	// DeleteExportBucket is CodeBucketInUse while an export into it is not
	// finished or a schedule names it.
	DeleteExportBucket(ctx context.Context, c Caller, projectID, id ID) error
	ListExportJobs(ctx context.Context, c Caller, projectID ID, instance string, p Page) ([]*ExportJob, int, error)
	GetExportJob(ctx context.Context, c Caller, projectID ID, instance string, id ID) (*ExportJob, error)
	CreateExportJob(ctx context.Context, c Caller, projectID ID, instance string, r NewExportJob) (*ExportJob, error)
}

// NewExportJob asks for an export.
type NewExportJob struct {
	SnapshotID ID
	BucketID   ID
	CustomData []Tag
}

// CloudBackups is a part of Tx.
type CloudBackups interface {
	// Schedule returns what was set for an instance; nil where nothing was.
	Schedule(ctx context.Context, instanceID ID) (*Schedule, error)
	// SaveSchedule sets it. CodeInstanceNotFound for an instance that is not there.
	SaveSchedule(ctx context.Context, instanceID ID, s *Schedule) error

	// CompliancePolicy returns that of a project; nil where it has none.
	CompliancePolicy(ctx context.Context, projectID ID) (*CompliancePolicy, error)
	SaveCompliancePolicy(ctx context.Context, p *CompliancePolicy) error
	// DeleteCompliancePolicy removes it, if there is one.
	DeleteCompliancePolicy(ctx context.Context, projectID ID) error

	// CreateExportBucket returns CodeDuplicateBucket for a name that the project
	// has of that provider.
	CreateExportBucket(ctx context.Context, b *ExportBucket) error
	// ExportBucket is CodeBucketNotFound for one that is not there.
	ExportBucket(ctx context.Context, id ID) (*ExportBucket, error)
	// ExportBuckets lists those of a project by creation.
	ExportBuckets(ctx context.Context, projectID ID, p Page) ([]*ExportBucket, int, error)
	DeleteExportBucket(ctx context.Context, id ID) error

	CreateExportJob(ctx context.Context, j *ExportJob) error
	// ExportJob is CodeExportNotFound for one that is not there.
	ExportJob(ctx context.Context, id ID) (*ExportJob, error)
	// ExportJobs lists those of an instance, newest first.
	ExportJobs(ctx context.Context, instanceID ID, p Page) ([]*ExportJob, int, error)
	// UnfinishedExportsOf lists those of a snapshot, UnfinishedExportsInto those
	// into a bucket.
	UnfinishedExportsOf(ctx context.Context, snapshotID ID) ([]*ExportJob, error)
	UnfinishedExportsInto(ctx context.Context, bucketID ID) ([]*ExportJob, error)
	// BeginExportJob starts an attempt: it adds one to Epoch, sets InProgress and
	// returns the row. A finished job is CodeConflict.
	BeginExportJob(ctx context.Context, id ID) (*ExportJob, error)
	// UpdateExportJob writes j if the stored epoch is j.Epoch, else CodeConflict.
	UpdateExportJob(ctx context.Context, j *ExportJob) error
}
