package store

import (
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

type instanceRow struct {
	bun.BaseModel `bun:"table:instances,alias:i"`

	ID                    string `bun:"id,pk"`
	ProjectID             string `bun:"project_id"`
	Name                  string `bun:"name"`
	Kind                  string `bun:"kind"`
	State                 string `bun:"state"`
	Embedded              bool   `bun:"embedded"`
	SealedURI             string `bun:"sealed_uri"`
	MongoDBVersion        string `bun:"mongodb_version"`
	BackingProvider       string `bun:"backing_provider"`
	Region                string `bun:"region"`
	TerminationProtection bool   `bun:"termination_protection"`
	ContinuousBackup      bool   `bun:"continuous_backup"`
	AutoIndexing          bool   `bun:"auto_indexing"`
	Tags                  string `bun:"tags"`
	Cluster               string `bun:"cluster"`
	RetainBackups         bool   `bun:"retain_backups"`
	DeletedAt             millis `bun:"deleted_at"`
	CreatedAt             millis `bun:"created_at"`
	SnapshotInterval      int64  `bun:"snapshot_interval"`
	SnapshotRetention     int64  `bun:"snapshot_retention"`
	NextSnapshotAt        millis `bun:"next_snapshot_at"`
}

func (t *tx) instanceRow(i *tidemark.Instance) (*instanceRow, error) {
	tags, err := toJSON(i.Tags)
	if err != nil {
		return nil, err
	}
	cluster, err := toJSON(i.Cluster)
	if err != nil {
		return nil, err
	}
	uri, err := t.db.box.seal(i.URI, sealURI, string(i.ID))
	if err != nil {
		return nil, err
	}
	return &instanceRow{
		ID: string(i.ID), ProjectID: string(i.ProjectID), Name: clean(i.Name),
		Kind: string(i.Kind), State: string(i.State), Embedded: i.Embedded, SealedURI: uri,
		MongoDBVersion: clean(i.MongoDBVersion), BackingProvider: clean(i.BackingProvider), Region: clean(i.Region),
		TerminationProtection: i.TerminationProtection, ContinuousBackup: i.ContinuousBackup, AutoIndexing: i.AutoIndexing,
		Tags: tags, Cluster: cluster, RetainBackups: i.RetainBackups, DeletedAt: millis(i.DeletedAt), CreatedAt: millis(i.CreatedAt),
		SnapshotInterval: int64(i.SnapshotInterval), SnapshotRetention: int64(i.SnapshotRetention),
		NextSnapshotAt: millis(i.NextSnapshotAt),
	}, nil
}

func (t *tx) instance(r *instanceRow) (*tidemark.Instance, error) {
	tags, err := sliceFromJSON[tidemark.Tag](r.Tags)
	if err != nil {
		return nil, err
	}
	var cluster *tidemark.ClusterSpec
	if err := fromJSON(r.Cluster, &cluster); err != nil {
		return nil, err
	}
	uri, err := t.db.box.open(r.SealedURI, sealURI, r.ID)
	if err != nil {
		return nil, err
	}
	return &tidemark.Instance{
		ID: tidemark.ID(r.ID), ProjectID: tidemark.ID(r.ProjectID), Name: r.Name,
		Kind: tidemark.InstanceKind(r.Kind), State: tidemark.InstanceState(r.State), Embedded: r.Embedded, URI: uri,
		MongoDBVersion: r.MongoDBVersion, BackingProvider: r.BackingProvider, Region: r.Region,
		TerminationProtection: r.TerminationProtection, ContinuousBackup: r.ContinuousBackup, AutoIndexing: r.AutoIndexing,
		Tags: tags, Cluster: cluster, RetainBackups: r.RetainBackups, DeletedAt: stamp(r.DeletedAt), CreatedAt: stamp(r.CreatedAt),
		SnapshotInterval: time.Duration(r.SnapshotInterval), SnapshotRetention: time.Duration(r.SnapshotRetention),
		NextSnapshotAt: stamp(r.NextSnapshotAt),
	}, nil
}
