package atlas

import "tidemark"

// snapshot is ServerlessBackupSnapshot.
type snapshot struct {
	CreatedAt              date        `json:"createdAt"`
	ExpiresAt              *date       `json:"expiresAt,omitempty"`
	FrequencyType          string      `json:"frequencyType,omitempty"`
	ID                     tidemark.ID `json:"id"`
	Links                  []link      `json:"links"`
	MongodVersion          string      `json:"mongodVersion,omitempty"`
	ServerlessInstanceName string      `json:"serverlessInstanceName"`
	SnapshotType           string      `json:"snapshotType"`
	Status                 string      `json:"status"`
	StorageSizeBytes       int64       `json:"storageSizeBytes"`
}

func (q *request) snapshot(s *tidemark.Snapshot) snapshot {
	return snapshot{
		CreatedAt:              date{s.CreatedAt},
		ExpiresAt:              dateOf(s.ExpiresAt),
		FrequencyType:          string(s.Frequency),
		ID:                     s.ID,
		Links:                  q.self(q.family()+"/snapshots/%s", s.ProjectID, s.InstanceName, s.ID),
		MongodVersion:          s.MongoDBVersion,
		ServerlessInstanceName: s.InstanceName,
		SnapshotType:           string(s.Type),
		Status:                 string(s.Status),
		StorageSizeBytes:       s.StorageBytes,
	}
}

// family is the format of the path that snapshots and restore jobs are under.
func (q *request) family() string {
	if q.extension() {
		return "/groups/%s/instances/%s"
	}
	if q.kind() == tidemark.KindDedicated {
		return "/groups/%s/clusters/%s/backup"
	}
	return "/groups/%s/serverless/%s/backup"
}

// shownSnapshot shows one in the shape of the API that was asked.
func (q *request) shownSnapshot(s *tidemark.Snapshot) any {
	if q.extension() {
		return q.ownSnapshot(s)
	}
	return q.snapshot(s)
}

func (a *api) listSnapshots(q *request) (any, error) {
	items, total, err := a.service.ListSnapshots(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.page)
	return listed(q, items, total, err, q.shownSnapshot)
}

func (a *api) getSnapshot(q *request) (any, error) {
	s, err := a.service.GetSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("snapshotId"))
	return one(s, err, q.shownSnapshot)
}
