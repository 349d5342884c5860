package store

import (
	"github.com/uptrace/bun"

	"tidemark"
)

type restoreRow struct {
	bun.BaseModel `bun:"table:restore_jobs,alias:j"`

	ID                    string  `bun:"id,pk"`
	ProjectID             string  `bun:"project_id"`
	InstanceID            string  `bun:"instance_id"`
	InstanceName          string  `bun:"instance_name"`
	SnapshotID            string  `bun:"snapshot_id"`
	SnapshotAt            millis  `bun:"snapshot_at"`
	SnapshotFinishedAt    millis  `bun:"snapshot_finished_at"`
	DeliveryType          string  `bun:"delivery_type"`
	TargetProjectID       string  `bun:"target_project_id"`
	TargetInstanceID      string  `bun:"target_instance_id"`
	TargetName            string  `bun:"target_name"`
	OplogTs               uint32  `bun:"oplog_ts"`
	OplogInc              uint32  `bun:"oplog_inc"`
	PointInTimeUTCSeconds uint32  `bun:"point_in_time_utc_seconds"`
	DesiredT              uint32  `bun:"desired_t"`
	DesiredI              uint32  `bun:"desired_i"`
	State                 string  `bun:"state"`
	CreatedAt             millis  `bun:"created_at"`
	StartedAt             millis  `bun:"started_at"`
	FinishedAt            millis  `bun:"finished_at"`
	ExpiresAt             millis  `bun:"expires_at"`
	SealedToken           string  `bun:"sealed_token"`
	TokenHash             *string `bun:"token_hash"`
	Downloads             int     `bun:"downloads"`
	DownloadBytes         int64   `bun:"download_bytes"`
	FailCode              string  `bun:"fail_code"`
	FailReason            string  `bun:"fail_reason"`
	Progress              string  `bun:"progress"`
	Report                string  `bun:"report"`
	ResumeAt              string  `bun:"resume_at"`
	Epoch                 int     `bun:"epoch"`
	Options               string  `bun:"options"`
	CutOverAt             millis  `bun:"cut_over_at"`
	SafetySnapshotID      string  `bun:"safety_snapshot_id"`
	SafetyFailure         string  `bun:"safety_failure"`
	UndoOf                string  `bun:"undo_of"`
}

func (t *tx) restoreRow(j *tidemark.RestoreJob) (*restoreRow, error) {
	progress, err := progressJSON(j.Progress)
	if err != nil {
		return nil, err
	}
	report, err := toJSON(j.Report)
	if err != nil {
		return nil, err
	}
	options, err := toJSON(j.Options)
	if err != nil {
		return nil, err
	}
	token, err := t.db.box.seal(j.DownloadToken, sealToken, string(j.ID))
	if err != nil {
		return nil, err
	}
	row := &restoreRow{
		ID: string(j.ID), ProjectID: string(j.ProjectID), InstanceID: string(j.InstanceID), InstanceName: clean(j.InstanceName),
		SnapshotID: string(j.SnapshotID), SnapshotAt: millis(j.SnapshotAt), SnapshotFinishedAt: millis(j.SnapshotFinishedAt), DeliveryType: string(j.DeliveryType),
		TargetProjectID: string(j.TargetProjectID), TargetInstanceID: string(j.TargetInstanceID), TargetName: clean(j.TargetName),
		OplogTs: j.OplogTs, OplogInc: j.OplogInc, PointInTimeUTCSeconds: j.PointInTimeUTCSeconds,
		DesiredT: j.DesiredTimestamp.T, DesiredI: j.DesiredTimestamp.I, State: string(j.State),
		CreatedAt: millis(j.CreatedAt), StartedAt: millis(j.StartedAt), FinishedAt: millis(j.FinishedAt), ExpiresAt: millis(j.ExpiresAt),
		SealedToken: token, Downloads: j.Downloads, DownloadBytes: j.DownloadBytes,
		FailCode: string(j.FailCode), FailReason: clean(j.FailReason),
		Progress: progress, Report: report, ResumeAt: toBase64(j.Cursor), Epoch: j.Epoch,
		Options: options, CutOverAt: millis(j.CutOverAt), SafetySnapshotID: string(j.SafetySnapshotID),
		SafetyFailure: clean(j.SafetyFailure), UndoOf: string(j.UndoOf),
	}
	if j.DownloadToken != "" {
		hash := secretHash(j.DownloadToken)
		row.TokenHash = &hash
	}
	return row, nil
}

func (t *tx) restoreJob(r *restoreRow) (*tidemark.RestoreJob, error) {
	progress, err := progressFromJSON(r.Progress)
	if err != nil {
		return nil, err
	}
	report, err := reportFromJSON(r.Report)
	if err != nil {
		return nil, err
	}
	cursor, err := fromBase64(r.ResumeAt)
	if err != nil {
		return nil, err
	}
	var options tidemark.RestoreOptions
	if err := fromJSON(r.Options, &options); err != nil {
		return nil, err
	}
	token, err := t.db.box.open(r.SealedToken, sealToken, r.ID)
	if err != nil {
		return nil, err
	}
	return &tidemark.RestoreJob{
		ID: tidemark.ID(r.ID), ProjectID: tidemark.ID(r.ProjectID), InstanceID: tidemark.ID(r.InstanceID), InstanceName: r.InstanceName,
		SnapshotID: tidemark.ID(r.SnapshotID), SnapshotAt: stamp(r.SnapshotAt), SnapshotFinishedAt: stamp(r.SnapshotFinishedAt), DeliveryType: tidemark.DeliveryType(r.DeliveryType),
		TargetProjectID: tidemark.ID(r.TargetProjectID), TargetInstanceID: tidemark.ID(r.TargetInstanceID), TargetName: r.TargetName,
		OplogTs: r.OplogTs, OplogInc: r.OplogInc, PointInTimeUTCSeconds: r.PointInTimeUTCSeconds,
		DesiredTimestamp: tidemark.Timestamp{T: r.DesiredT, I: r.DesiredI}, State: tidemark.JobState(r.State),
		CreatedAt: stamp(r.CreatedAt), StartedAt: stamp(r.StartedAt), FinishedAt: stamp(r.FinishedAt), ExpiresAt: stamp(r.ExpiresAt),
		DownloadToken: token, Downloads: r.Downloads, DownloadBytes: r.DownloadBytes,
		FailCode: tidemark.Code(r.FailCode), FailReason: r.FailReason,
		Progress: progress, Report: report, Cursor: cursor, Epoch: r.Epoch,
		Options: options, CutOverAt: stamp(r.CutOverAt), SafetySnapshotID: tidemark.ID(r.SafetySnapshotID),
		SafetyFailure: r.SafetyFailure, UndoOf: tidemark.ID(r.UndoOf),
	}, nil
}

// reportFromJSON decodes a report; "null" is none, and an empty list in it nil.
func reportFromJSON(s string) (*tidemark.RestoreReport, error) {
	var report *tidemark.RestoreReport
	if err := fromJSON(s, &report); err != nil || report == nil {
		return nil, err
	}
	if len(report.Collections) == 0 {
		report.Collections = nil
	}
	return report, nil
}
