package storetest

import (
	"time"

	"tidemark"
)

// The samples set every field of their type.

func sampleProject(orgID tidemark.ID, name string) *tidemark.Project {
	return &tidemark.Project{
		ID: tidemark.NewID(), OrgID: orgID, Name: name, CreatedAt: at(1), DefaultAlerts: true,
		Tags: []tidemark.Tag{{Key: "env", Value: "prod"}, {Key: "team", Value: "søren's"}},
	}
}

func sampleInstance(projectID tidemark.ID, name string) *tidemark.Instance {
	return &tidemark.Instance{
		ID: tidemark.NewID(), ProjectID: projectID, Name: name,
		Kind: tidemark.KindServerless, State: tidemark.StateIdle, Embedded: true,
		URI: "mongodb://user:pa55word@db.example:27017/?tls=true", MongoDBVersion: "7.0.42",
		BackingProvider: "AWS", Region: "EU_CENTRAL_1", TerminationProtection: true, ContinuousBackup: true, AutoIndexing: true,
		Tags: []tidemark.Tag{{Key: "k", Value: "v"}}, CreatedAt: at(2), Cluster: sampleCluster(), RetainBackups: true,
		SnapshotInterval: 6 * time.Hour, SnapshotRetention: 48*time.Hour + 1, NextSnapshotAt: at(3),
	}
}

func sampleCluster() *tidemark.ClusterSpec {
	yes, n := true, int64(7)
	return &tidemark.ClusterSpec{
		BackupEnabled: &yes, Labels: []tidemark.Tag{{Key: "l", Value: "it's"}}, MajorVersion: "7.0",
		ReplicationSpecs: []tidemark.ReplicationSpec{{ZoneName: "Zone 1", Regions: []tidemark.ClusterRegion{{
			Provider: "AWS", Region: "EU_WEST_1", Priority: 7,
			Electable:   &tidemark.HardwareSpec{InstanceSize: "M10", NodeCount: 3, DiskSizeGB: 10.5},
			AutoScaling: &tidemark.AutoScaling{DiskGB: &tidemark.DiskAutoScaling{Enabled: true}},
		}}}},
		ProcessArgs: &tidemark.ProcessArgs{TransactionLifetimeLimitSeconds: &n},
	}
}

func sampleProgress() tidemark.Progress {
	return tidemark.Progress{
		Phase: "load", Percent: 12.5, Documents: 3, TotalDocuments: -1, Bytes: 4, TotalBytes: 1 << 40,
		StartedAt: at(10), UpdatedAt: at(11),
		Collections: []tidemark.CollectionProgress{{
			Namespace: "shop.orders", Phase: "load", Documents: 1, TotalDocuments: 2, Bytes: 3, TotalBytes: 4,
		}},
	}
}

func sampleContent(doc string) tidemark.Content {
	var c tidemark.Content
	c.Add([]byte(doc))
	return c
}

func sampleSnapshot(i *tidemark.Instance) *tidemark.Snapshot {
	return &tidemark.Snapshot{
		ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name,
		Status: tidemark.SnapshotQueued, Type: tidemark.SnapshotScheduled, Frequency: tidemark.FrequencyWeekly,
		PolicyItems: []tidemark.ID{tidemark.NewID(), tidemark.NewID()},
		Description: "before the migration", CreatedAt: at(4), FinishedAt: at(5), ExpiresAt: at(6),
		MongoDBVersion: "7.0.42", Manifest: "m/0123", StorageBytes: 1 << 41,
		Content: sampleContent("a document"), Collections: 7, ClusterTime: tidemark.Timestamp{T: 1<<32 - 1, I: 1<<32 - 2},
		FailReason: "none", Progress: sampleProgress(), Epoch: 3,
	}
}

func sampleReport() *tidemark.RestoreReport {
	return &tidemark.RestoreReport{
		Collections: []tidemark.CollectionReport{{
			Namespace: "shop.orders", Type: tidemark.TypeCollection, Indexes: 2,
			Expected: sampleContent("x"), ReadBack: sampleContent("y"),
		}},
		Dropped: []string{"shop.old"}, Content: sampleContent("x"), Verified: true, VerifySkipped: true, Warnings: []string{"it's slow"},
		TornTransactions: &tidemark.TornTransactions{Brought: 1 << 40, Undone: 2, From: tidemark.Timestamp{T: 1, I: 1}, At: tidemark.Timestamp{T: 2, I: 1}, Until: tidemark.Timestamp{T: 1<<32 - 1, I: 3}},
		LoadSeconds:      1.5, IndexSeconds: 0.25, VerifySeconds: 2, CutOverSeconds: 0.125,
	}
}

func sampleOptions() tidemark.RestoreOptions {
	return tidemark.RestoreOptions{
		Namespaces: []string{"shop.*"}, Exclude: []string{"shop.logs"},
		Renames: []tidemark.NamespaceRename{{From: "shop.*", To: "old.*"}}, Suffix: "_before", Existing: tidemark.ExistingRefuse,
		NoVerify: true, MaxBytesPerSecond: 1 << 40, Writers: 3, SafetySnapshot: tidemark.SafetyAlways, Drop: []string{"shop.new"},
	}
}

func sampleJob(i *tidemark.Instance, snapshot tidemark.ID) *tidemark.RestoreJob {
	return &tidemark.RestoreJob{
		ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name,
		SnapshotID: snapshot, SnapshotAt: at(4), SnapshotFinishedAt: at(5), DeliveryType: tidemark.DeliverAutomated,
		TargetProjectID: i.ProjectID, TargetInstanceID: i.ID, TargetName: i.Name,
		OplogTs: 1<<32 - 1, OplogInc: 1<<32 - 3, PointInTimeUTCSeconds: 1<<32 - 5,
		DesiredTimestamp: tidemark.Timestamp{T: 1<<32 - 1, I: 9},
		State:            tidemark.JobQueued, CreatedAt: at(20), StartedAt: at(21), FinishedAt: at(22), ExpiresAt: at(23),
		DownloadToken: tidemark.RandomHex(32), Downloads: 4, DownloadBytes: 1 << 42,
		FailCode: tidemark.CodeNotEqual, FailReason: "it differs", Progress: sampleProgress(), Report: sampleReport(),
		Cursor: []byte{0, 1, 2, 255}, Epoch: 5, Options: sampleOptions(), UndoOf: tidemark.NewID(),
		CutOverAt: at(24), SafetySnapshotID: tidemark.NewID(), SafetyFailure: "the target's oplog is lost",
	}
}

func sampleKey(orgID tidemark.ID, kind tidemark.KeyKind) *tidemark.Key {
	k := &tidemark.Key{
		ID: tidemark.NewID(), OrgID: orgID, Kind: kind, PublicID: tidemark.RandomHex(4),
		Name: "ci", Description: "of a test",
		Roles: []tidemark.Role{
			{Name: tidemark.RoleOrgOwner, OrgID: orgID},
			{Name: tidemark.RoleProjectOwner, ProjectID: tidemark.NewID()},
		},
		CreatedAt: at(30), LastUsedAt: at(32),
	}
	if kind == tidemark.KeyServiceAccount {
		k.Secrets = []tidemark.ClientSecret{sampleSecret(33), sampleSecret(34)}
	} else {
		k.Secret = tidemark.RandomHex(32)
		k.SecretTail = k.Secret[len(k.Secret)-4:]
	}
	return k
}

func sampleSecret(ms int) tidemark.ClientSecret {
	secret := tidemark.RandomHex(32)
	return tidemark.ClientSecret{
		ID: tidemark.NewID(), Secret: secret, Tail: secret[len(secret)-4:],
		CreatedAt: at(ms), ExpiresAt: at(31), LastUsedAt: at(32),
	}
}

// organization stores an organization.
func (h *harness) organization(name string) *tidemark.Organization {
	h.Helper()
	o := &tidemark.Organization{ID: tidemark.NewID(), Name: name, CreatedAt: at(0)}
	h.update(func(tx tidemark.Tx) error { return tx.CreateOrganization(h.Context(), o) })
	return o
}

// project stores a project in an organization of its own.
func (h *harness) project(name string) *tidemark.Project {
	h.Helper()
	p := sampleProject(h.organization("of "+name).ID, name)
	h.update(func(tx tidemark.Tx) error { return tx.CreateProject(h.Context(), p) })
	return p
}

// instance stores an instance in a project of its own.
func (h *harness) instance(name string) *tidemark.Instance {
	h.Helper()
	i := sampleInstance(h.project("of "+name).ID, name)
	h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), i) })
	return i
}

// snapshot stores a snapshot of an instance, changed by edit.
func (h *harness) snapshot(i *tidemark.Instance, edit func(*tidemark.Snapshot)) *tidemark.Snapshot {
	h.Helper()
	s := sampleSnapshot(i)
	if edit != nil {
		edit(s)
	}
	h.update(func(tx tidemark.Tx) error { return tx.CreateSnapshot(h.Context(), s) })
	return s
}

// job stores a restore job, changed by edit.
func (h *harness) job(i *tidemark.Instance, edit func(*tidemark.RestoreJob)) *tidemark.RestoreJob {
	h.Helper()
	j := sampleJob(i, tidemark.NewID())
	if edit != nil {
		edit(j)
	}
	h.update(func(tx tidemark.Tx) error { return tx.CreateRestoreJob(h.Context(), j) })
	return j
}
