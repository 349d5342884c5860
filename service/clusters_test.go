package service_test

import (
	"testing"

	"tidemark"
)

func ptr[T any](v T) *T { return &v }

// replicaSet asks for a replica set of three nodes.
func replicaSet(edit ...func(*tidemark.ClusterSpec)) *tidemark.ClusterSpec {
	spec := &tidemark.ClusterSpec{
		BackupEnabled: ptr(true),
		ReplicationSpecs: []tidemark.ReplicationSpec{{Regions: []tidemark.ClusterRegion{{
			Provider: "AWS", Region: "EU_WEST_1", Priority: 7, Electable: &tidemark.HardwareSpec{InstanceSize: "M10", NodeCount: 3},
		}}}},
	}
	for _, e := range edit {
		e(spec)
	}
	return spec
}

func TestClusterRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	create := func(r tidemark.NewInstance) error {
		r.Name, r.Kind = "shop", tidemark.KindDedicated
		_, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, r)
		return err
	}
	for name, c := range map[string]struct {
		edit func(*tidemark.ClusterSpec)
		code tidemark.Code
	}{
		"two shards": {func(s *tidemark.ClusterSpec) { s.ReplicationSpecs = append(s.ReplicationSpecs, s.ReplicationSpecs[0]) }, tidemark.CodeUnsupported},
		"four nodes": {func(s *tidemark.ClusterSpec) { s.ReplicationSpecs[0].Regions[0].Electable.NodeCount = 4 }, tidemark.CodeInvalidAttribute},
		"no nodes":   {func(s *tidemark.ClusterSpec) { s.ReplicationSpecs[0].Regions[0].Electable = nil }, tidemark.CodeInvalidAttribute},
		"priority 6": {func(s *tidemark.ClusterSpec) { s.ReplicationSpecs[0].Regions[0].Priority = 6 }, tidemark.CodeInvalidAttribute},
	} {
		if err := create(tidemark.NewInstance{Cluster: replicaSet(c.edit)}); tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	off := replicaSet(func(s *tidemark.ClusterSpec) { s.BackupEnabled = ptr(false) })
	b.code(create(tidemark.NewInstance{Cluster: off, ContinuousBackup: true}), tidemark.CodeInvalidAttribute)
	b.ok(create(tidemark.NewInstance{Cluster: off}))
	i, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindDedicated)
	b.ok(err)
	if !i.NextSnapshotAt.IsZero() || i.BackupEnabled() {
		t.Errorf("without backup the next snapshot is due %s", i.NextSnapshotAt)
	}
}

// TestClusterUpdates turns backup on, pauses and resumes.
func TestClusterUpdates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop := b.instance("shop", tidemark.KindDedicated)
	b.edit(shop.ID, func(i *tidemark.Instance) { i.NextSnapshotAt = b.clock() })
	update := func(r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
		r.Kind = tidemark.KindDedicated
		return b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", r)
	}
	i, err := update(tidemark.InstanceUpdate{Cluster: replicaSet(func(s *tidemark.ClusterSpec) { s.MajorVersion = "7.0" })})
	b.ok(err)
	if !i.Scheduled() || i.NextSnapshotAt.IsZero() {
		t.Errorf("the next snapshot is due %s", i.NextSnapshotAt)
	}
	i, err = update(tidemark.InstanceUpdate{Cluster: &tidemark.ClusterSpec{Paused: ptr(true)}})
	b.ok(err)
	if i.Cluster.MajorVersion != "7.0" || !i.NextSnapshotAt.IsZero() {
		t.Errorf("the cluster is %+v", i.Cluster)
	}
	_, err = update(tidemark.InstanceUpdate{TerminationProtection: ptr(true)})
	b.code(err, tidemark.CodePaused)
	source := b.instance("source", tidemark.KindServerless)
	s := b.snapshot(source, tidemark.SnapshotCompleted)
	_, err = b.restore(source, automated(s, shop))
	b.code(err, tidemark.CodeTargetPaused)
	i, err = update(tidemark.InstanceUpdate{Cluster: &tidemark.ClusterSpec{Paused: ptr(false)}})
	b.ok(err)
	if i.NextSnapshotAt.IsZero() {
		t.Error("a resumed cluster has no schedule")
	}
	serverless := b.svc
	_, err = serverless.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "source", tidemark.InstanceUpdate{Cluster: replicaSet()})
	b.code(err, tidemark.CodeInvalidAttribute)
}

// TestDeletedWithBackups looks at what is left of a cluster whose backups are retained.
func TestDeletedWithBackups(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i, target := b.instance("shop", tidemark.KindDedicated), b.instance("target", tidemark.KindDedicated)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	b.ok(b.svc.DeleteCluster(t.Context(), b.owner, b.cred.GroupID, "shop", true))
	b.code(b.svc.DeleteCluster(t.Context(), b.owner, b.cred.GroupID, "shop", true), tidemark.CodeDeletionRequested)
	b.edit(i.ID, func(gone *tidemark.Instance) {
		if !gone.RetainBackups || gone.State != tidemark.StateDeleting {
			t.Errorf("the instance is %+v", gone)
		}
		gone.DeletedAt = b.clock()
	})
	_, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindDedicated)
	b.code(err, tidemark.CodeInstanceNotFound)
	b.code(b.svc.DeleteCluster(t.Context(), b.owner, b.cred.GroupID, "shop", false), tidemark.CodeInstanceNotFound)
	for deleted, want := range map[bool]int{false: 1, true: 2} {
		_, n, err := b.svc.ListClusters(t.Context(), b.owner, b.cred.GroupID, deleted, all)
		b.ok(err)
		if n != want {
			t.Errorf("%d clusters are listed, not %d", n, want)
		}
	}
	_, err = b.svc.GetSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindDedicated, s.ID)
	b.ok(err)
	_, err = b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.NewSnapshot{})
	b.code(err, tidemark.CodeInstanceNotFound)
	_, err = b.restore(i, tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverAutomated, SnapshotID: s.ID, TargetName: "shop", TargetProjectID: b.cred.GroupID})
	b.code(err, tidemark.CodeInstanceNotFound)
	_, err = b.restore(i, tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverAutomated, SnapshotID: s.ID, TargetName: target.Name, TargetProjectID: b.cred.GroupID})
	b.ok(err)
	b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""), tidemark.CodeInstanceBusy)
	b.exportDeleted("shop", s)
}

// exportDeleted exports a snapshot that a deleted cluster has left.
func (b *bench) exportDeleted(name string, s *tidemark.Snapshot) {
	b.Helper()
	ctx, group := b.Context(), b.cred.GroupID
	bucket, err := b.svc.CreateExportBucket(ctx, b.owner, tidemark.ExportBucket{ProjectID: group, BucketName: "exports", CloudProvider: "AWS", RoleID: tidemark.NewID()})
	b.ok(err)
	j, err := b.svc.CreateExportJob(ctx, b.owner, group, name, tidemark.NewExportJob{SnapshotID: s.ID, BucketID: bucket.ID})
	b.ok(err)
	_, err = b.svc.GetExportJob(ctx, b.owner, group, name, j.ID)
	b.ok(err)
	_, n, err := b.svc.ListExportJobs(ctx, b.owner, group, name, all)
	b.ok(err)
	if n != 1 || b.tasks(tidemark.TaskExport, j.ID) != 1 {
		b.Errorf("%d export jobs are listed", n)
	}
}

func TestUpgradeCluster(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	flex := b.instance("flex", tidemark.KindFlex)
	s := b.snapshot(flex, tidemark.SnapshotCompleted)
	i, err := b.svc.UpgradeCluster(t.Context(), b.owner, b.cred.GroupID, "flex", tidemark.InstanceUpdate{Cluster: replicaSet()})
	b.ok(err)
	if i.Kind != tidemark.KindDedicated || i.ID != flex.ID || i.NextSnapshotAt.IsZero() {
		t.Errorf("the instance is %+v", i)
	}
	_, err = b.svc.GetSnapshot(t.Context(), b.owner, b.cred.GroupID, "flex", tidemark.KindDedicated, s.ID)
	b.ok(err)
	_, err = b.svc.UpgradeCluster(t.Context(), b.owner, b.cred.GroupID, "flex", tidemark.InstanceUpdate{})
	b.code(err, tidemark.CodeWrongInstanceKind)
	projects, _, err := b.svc.ListAllInstances(t.Context(), b.owner, all)
	b.ok(err)
	if len(projects) != 1 || len(projects[0].Instances) != 1 || projects[0].Organization == nil {
		t.Errorf("the projects are %+v", projects)
	}
}
