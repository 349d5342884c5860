package atlas

import "tidemark"

// ownRestoreJob adds to Atlas's restore job its state, how far it is, what it
// proved and why it failed.
type ownRestoreJob struct {
	restoreJob
	CreatedAt          date                    `json:"createdAt"`
	DownloadBytes      int64                   `json:"downloadBytes,omitempty"`
	Downloads          int                     `json:"downloads,omitempty"`
	FailCode           tidemark.Code           `json:"failCode,omitempty"`
	FailReason         string                  `json:"failReason,omitempty"`
	Progress           *progress               `json:"progress,omitempty"`
	Report             *tidemark.RestoreReport `json:"report,omitempty"`
	SourceInstanceName string                  `json:"sourceInstanceName"`
	StartedAt          *date                   `json:"startedAt,omitempty"`
	State              string                  `json:"state"`
}

func (q *request) ownRestoreJob(a *api, j *tidemark.RestoreJob) any {
	return ownRestoreJob{
		restoreJob:         q.restoreJob(a, j),
		CreatedAt:          date{j.CreatedAt},
		DownloadBytes:      j.DownloadBytes,
		Downloads:          j.Downloads,
		FailCode:           j.FailCode,
		FailReason:         j.FailReason,
		Progress:           progressOf(j.Progress),
		Report:             j.Report,
		SourceInstanceName: j.InstanceName,
		StartedAt:          dateOf(j.StartedAt),
		State:              string(j.State),
	}
}
