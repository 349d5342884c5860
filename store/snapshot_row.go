package store

import (
	"github.com/uptrace/bun"

	"tidemark"
)

type snapshotRow struct {
	bun.BaseModel `bun:"table:snapshots,alias:s"`

	ID             string `bun:"id,pk"`
	ProjectID      string `bun:"project_id"`
	InstanceID     string `bun:"instance_id"`
	InstanceName   string `bun:"instance_name"`
	Status         string `bun:"status"`
	Type           string `bun:"type"`
	Frequency      string `bun:"frequency"`
	PolicyItems    string `bun:"policy_items"`
	Description    string `bun:"description"`
	CreatedAt      millis `bun:"created_at"`
	FinishedAt     millis `bun:"finished_at"`
	ExpiresAt      millis `bun:"expires_at"`
	MongoDBVersion string `bun:"mongodb_version"`
	Manifest       string `bun:"manifest"`
	StorageBytes   int64  `bun:"storage_bytes"`
	Content        string `bun:"content"`
	Collections    int    `bun:"collections"`
	ClusterT       uint32 `bun:"cluster_t"`
	ClusterI       uint32 `bun:"cluster_i"`
	FailReason     string `bun:"fail_reason"`
	Progress       string `bun:"progress"`
	Epoch          int    `bun:"epoch"`
}

func snapshotRowOf(s *tidemark.Snapshot) (*snapshotRow, error) {
	content, err := toJSON(s.Content)
	if err != nil {
		return nil, err
	}
	progress, err := progressJSON(s.Progress)
	if err != nil {
		return nil, err
	}
	items, err := toJSON(s.PolicyItems)
	if err != nil {
		return nil, err
	}
	return &snapshotRow{
		ID: string(s.ID), ProjectID: string(s.ProjectID), InstanceID: string(s.InstanceID), InstanceName: clean(s.InstanceName),
		Status: string(s.Status), Type: string(s.Type), Frequency: string(s.Frequency), PolicyItems: clean(items), Description: clean(s.Description),
		CreatedAt: millis(s.CreatedAt), FinishedAt: millis(s.FinishedAt), ExpiresAt: millis(s.ExpiresAt),
		MongoDBVersion: clean(s.MongoDBVersion), Manifest: clean(s.Manifest), StorageBytes: s.StorageBytes,
		Content: content, Collections: s.Collections, ClusterT: s.ClusterTime.T, ClusterI: s.ClusterTime.I,
		FailReason: clean(s.FailReason), Progress: progress, Epoch: s.Epoch,
	}, nil
}

func (r *snapshotRow) value() (*tidemark.Snapshot, error) {
	var content tidemark.Content
	if err := fromJSON(r.Content, &content); err != nil {
		return nil, err
	}
	progress, err := progressFromJSON(r.Progress)
	if err != nil {
		return nil, err
	}
	items, err := sliceFromJSON[tidemark.ID](r.PolicyItems)
	if err != nil {
		return nil, err
	}
	return &tidemark.Snapshot{
		ID: tidemark.ID(r.ID), ProjectID: tidemark.ID(r.ProjectID),
		InstanceID: tidemark.ID(r.InstanceID), InstanceName: r.InstanceName,
		Status: tidemark.SnapshotStatus(r.Status), Type: tidemark.SnapshotType(r.Type),
		Frequency: tidemark.Frequency(r.Frequency), PolicyItems: items, Description: r.Description,
		CreatedAt: stamp(r.CreatedAt), FinishedAt: stamp(r.FinishedAt), ExpiresAt: stamp(r.ExpiresAt),
		MongoDBVersion: r.MongoDBVersion, Manifest: r.Manifest, StorageBytes: r.StorageBytes,
		Content: content, Collections: r.Collections, ClusterTime: tidemark.Timestamp{T: r.ClusterT, I: r.ClusterI},
		FailReason: r.FailReason, Progress: progress, Epoch: r.Epoch,
	}, nil
}
