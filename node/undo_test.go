package node_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/client"
	"tidemark/restore/restoretest"
)

// restoreBy asks for a restore by options and waits for it.
func (a api) restoreBy(t testing.TB, source, snapshot, target string, o tidemark.RestoreOptions) client.RestoreJob {
	t.Helper()
	answer, err := a.StartRestoreJob(t.Context(), a.project, source, client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverAutomated), SnapshotID: snapshot, TargetClusterName: target, TargetGroupID: a.project,
		RestoreOptions: o,
	})
	return a.awaitRestore(t, source, decoded[client.RestoreJob](t, answer, err).ID)
}

// undo takes a restore back.
func (a api) undo(t testing.TB, source, job string) client.RestoreJob {
	t.Helper()
	answer, err := a.UndoRestoreJob(t.Context(), a.project, source, job)
	j := decoded[client.RestoreJob](t, answer, err)
	if j.UndoOf != job {
		t.Errorf("the undo is %+v", j)
	}
	return a.awaitRestore(t, j.SourceInstanceName, j.ID)
}

// TestUndo takes back restores of all and of parts, with snapshots and points in
// time going on through them.
func TestUndo(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	counting(&cfg)
	s := start(t, cfg)
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 400/slowness, 200)
	s.continuous(t, "shop", true)
	until(t, "the first snapshot", func() bool {
		list := s.listSnapshots(t, "shop")
		return len(list) > 0 && list[0].Status == string(tidemark.SnapshotCompleted)
	})
	first := s.listSnapshots(t, "shop")[0].ID
	original := restoretest.Read(t, shop)
	wreck(t, shop)
	wrecked := restoretest.Read(t, shop)
	entry := newest(t, shop)

	// The whole, and back.
	job := s.restore(t, "shop", first, "shop")
	restoretest.Same(t, restoretest.Read(t, shop), original)
	kept := s.getSnapshot(t, "shop", job.SafetySnapshotID)
	if kept.Description != "before restore "+job.ID || kept.ExpiresAt.IsZero() {
		t.Errorf("the safety snapshot is %+v", kept)
	}
	undone := s.undo(t, "shop", job.ID)
	restoretest.Same(t, restoretest.Read(t, shop), wrecked)
	if undone.SafetySnapshotID == "" {
		t.Error("the undo cannot be undone")
	}

	// Of a part only what it changed; what was written elsewhere stays.
	part := s.restoreBy(t, "shop", first, "shop", tidemark.RestoreOptions{
		Namespaces: []string{"shop.orders", "shop.empty"}, Renames: []tidemark.NamespaceRename{{From: "shop.empty", To: "shop.void"}},
	})
	if got := restoretest.Read(t, shop); got["shop.orders"] != original["shop.orders"] || len(got) != len(wrecked)+1 {
		t.Errorf("after the restore of a part there is %v", got)
	}
	restoretest.Collection(t, shop, "later", "things", 3, nil, func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}} })
	s.undo(t, "shop", part.ID)
	after := restoretest.Read(t, shop)
	if after["later.things"] == "" {
		t.Error("the undo of a part has dropped what it was not about")
	}
	delete(after, "later.things")
	restoretest.Same(t, after, wrecked)

	// What was staged and renamed is whole in the snapshots and points in time since.
	now := restoretest.Read(t, shop)
	last := s.snapshot(t, "shop")
	s.create(t, "spare", "")
	s.restore(t, "shop", last.ID, "spare")
	restoretest.Same(t, restoretest.Read(t, s.deployment(t, "spare")), now)
	s.restoreTo(t, "shop", "spare", entry)
	restoretest.Same(t, restoretest.Read(t, s.deployment(t, "spare")), wrecked)
	if left := restoretest.Staged(t, s.deployment(t, "spare")); len(left) > 0 {
		t.Errorf("staged collections were restored: %v", left)
	}
}
