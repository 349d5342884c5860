package atlas

import (
	"reflect"

	"tidemark"
)

// ownRestoreJob adds to Atlas's restore job its state, how far it is, what it
// proved and why it failed.
type ownRestoreJob struct {
	restoreJob
	CreatedAt     date          `json:"createdAt"`
	CutOverAt     *date         `json:"cutOverAt,omitempty"`
	DownloadBytes int64         `json:"downloadBytes,omitempty"`
	Downloads     int           `json:"downloads,omitempty"`
	FailCode      tidemark.Code `json:"failCode,omitempty"`
	FailReason    string        `json:"failReason,omitempty"`
	// Options are null where the restore is a whole one as Atlas does it.
	Options            *tidemark.RestoreOptions `json:"options,omitempty"`
	Progress           *progress                `json:"progress,omitempty"`
	Report             *tidemark.RestoreReport  `json:"report,omitempty"`
	SafetyFailure      string                   `json:"safetyFailure,omitempty"`
	SafetySnapshotID   tidemark.ID              `json:"safetySnapshotId,omitempty"`
	SourceInstanceName string                   `json:"sourceInstanceName"`
	StartedAt          *date                    `json:"startedAt,omitempty"`
	State              string                   `json:"state"`
	UndoOf             tidemark.ID              `json:"undoOf,omitempty"`
}

func (q *request) ownRestoreJob(a *api, j *tidemark.RestoreJob) any {
	return ownRestoreJob{
		restoreJob:         q.restoreJob(a, j),
		CreatedAt:          date{j.CreatedAt},
		CutOverAt:          dateOf(j.CutOverAt),
		DownloadBytes:      j.DownloadBytes,
		Downloads:          j.Downloads,
		FailCode:           j.FailCode,
		FailReason:         j.FailReason,
		Options:            optionsOf(j.Options),
		Progress:           progressOf(j.Progress),
		Report:             j.Report,
		SafetyFailure:      j.SafetyFailure,
		SafetySnapshotID:   j.SafetySnapshotID,
		SourceInstanceName: j.InstanceName,
		StartedAt:          dateOf(j.StartedAt),
		State:              string(j.State),
		UndoOf:             j.UndoOf,
	}
}

// optionsOf is nil for those of a whole restore as Atlas does it.
func optionsOf(o tidemark.RestoreOptions) *tidemark.RestoreOptions {
	if reflect.ValueOf(o).IsZero() {
		return nil
	}
	return &o
}
