package service_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark"
)

// planner plans one collection, and knows what snapshots have.
type planner struct {
	namespaces []string // of every snapshot
	err        error
}

func (p *planner) PlanRestore(_ context.Context, j *tidemark.RestoreJob, s *tidemark.Snapshot, target *tidemark.Instance) (tidemark.RestorePlan, error) {
	return tidemark.RestorePlan{
		SnapshotID: s.ID, ClusterTime: s.ClusterTime, ReadBytes: 100, TargetVersion: target.MongoDBVersion, Drops: j.Options.Drop,
		Collections: []tidemark.PlannedCollection{{Namespace: "shop.orders"}},
	}, p.err
}

func (p *planner) Namespaces(context.Context, *tidemark.Snapshot) ([]string, error) {
	return p.namespaces, p.err
}

// cutOver is a completed restore of all, with a safety snapshot.
func (b *bench) cutOver(source *tidemark.Instance, s *tidemark.Snapshot, target *tidemark.Instance, change func(*tidemark.RestoreJob)) *tidemark.RestoreJob {
	b.Helper()
	safety := b.snapshot(target, tidemark.SnapshotCompleted)
	j, err := b.restore(source, automated(s, target))
	b.ok(err)
	return b.changeJob(j, func(j *tidemark.RestoreJob) {
		j.State, j.FinishedAt, j.CutOverAt, j.SafetySnapshotID = tidemark.JobCompleted, b.clock(), b.clock(), safety.ID
		change(j)
	})
}

func (b *bench) undo(j *tidemark.RestoreJob) (*tidemark.RestoreJob, error) {
	b.Helper()
	return b.svc.UndoRestoreJob(b.Context(), b.owner, j.ProjectID, j.InstanceName, "", j.ID)
}

// TestUndoWhole restores the whole safety snapshot onto the target.
func TestUndoWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target := b.instance("shop", tidemark.KindServerless), b.instance("target", tidemark.KindDedicated)
	j := b.cutOver(shop, b.snapshot(shop, tidemark.SnapshotCompleted), target, func(*tidemark.RestoreJob) {})
	undo, err := b.undo(j)
	b.ok(err)
	if undo.UndoOf != j.ID || undo.SnapshotID != j.SafetySnapshotID || undo.InstanceID != target.ID || undo.TargetInstanceID != target.ID ||
		!undo.Options.Whole() || b.tasks(tidemark.TaskRestore, undo.ID) != 1 {
		t.Errorf("the undo is %+v", undo)
	}
	stored, err := b.svc.GetRestoreJob(t.Context(), b.owner, b.cred.GroupID, "target", "", undo.ID)
	b.ok(err)
	if stored.UndoOf != j.ID {
		t.Errorf("the stored undo is %+v", stored)
	}
	_, err = b.undo(j)
	b.code(err, tidemark.CodeInstanceBusy)
}

// TestUndoPart restores what was replaced and drops what came anew.
func TestUndoPart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plans.namespaces = []string{"shop.orders", "shop.system.buckets.temps", "shop.temps", "shop.gone", "shop.other"}
	shop, target, s := b.pair()
	part := func(dropped []string, namespaces ...string) (*tidemark.RestoreJob, error) {
		t.Helper()
		j := b.cutOver(shop, s, target, func(j *tidemark.RestoreJob) {
			j.Options.Namespaces = []string{"shop"}
			j.Report = &tidemark.RestoreReport{Dropped: dropped}
			for _, ns := range namespaces {
				j.Report.Collections = append(j.Report.Collections, tidemark.CollectionReport{Namespace: ns})
			}
		})
		undo, err := b.undo(j)
		if err == nil {
			b.finish(undo, tidemark.JobCompleted)
		}
		return undo, err
	}
	undo, err := part([]string{"shop.gone"}, "shop.orders", "shop.temps", "shop.system.buckets.temps", "shop.new")
	b.ok(err)
	if o := undo.Options; !slices.Equal(o.Namespaces, []string{"shop.gone", "shop.orders", "shop.temps"}) || !slices.Equal(o.Drop, []string{"shop.new"}) || o.Whole() {
		t.Errorf("the undo has the options %+v", o)
	}
	undo, err = part(nil, "shop.new")
	b.ok(err)
	if o := undo.Options; o.Whole() || o.Picks("shop.orders") || !slices.Equal(o.Drop, []string{"shop.new"}) {
		t.Errorf("what brought only new collections is undone by %+v", o)
	}
	for _, names := range [][]string{{"shop.a*b"}, nil} {
		_, err = part(nil, names...)
		b.code(err, tidemark.CodeCannotUndo)
	}
}

// TestCannotUndo says why, and what to do in its place.
func TestCannotUndo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target, s := b.pair()
	for why, change := range map[string]func(*tidemark.RestoreJob){
		"nothing on a target":    func(j *tidemark.RestoreJob) { j.CutOverAt = time.Time{} },
		"has no safety snapshot": func(j *tidemark.RestoreJob) { j.SafetySnapshotID = "" },
		"taking it failed":       func(j *tidemark.RestoreJob) { j.SafetySnapshotID, j.SafetyFailure = "", "no oplog" },
		"restored a part":        func(j *tidemark.RestoreJob) { j.Options.Exclude = []string{"x"} },
	} {
		_, err := b.undo(b.cutOver(shop, s, target, change))
		if tidemark.ErrorCode(err) != tidemark.CodeCannotUndo || !strings.Contains(err.Error(), why) || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: %v", why, err)
		}
	}
	j := b.cutOver(shop, s, target, func(*tidemark.RestoreJob) {})
	b.ok(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "target", j.SafetySnapshotID))
	_, err := b.undo(j)
	b.code(err, tidemark.CodeSnapshotGone)
	running, err := b.restore(shop, automated(s, target))
	b.ok(err)
	_, err = b.undo(running)
	b.code(err, tidemark.CodeCannotUndo)
}

// TestPlan makes nothing, and refuses what a creation would.
func TestPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target, s := b.pair()
	ask := func(change func(*tidemark.NewRestoreJob)) (*tidemark.RestorePlan, error) {
		r := automated(s, target)
		change(&r)
		return b.svc.PlanRestore(t.Context(), b.owner, b.cred.GroupID, "shop", "", r)
	}
	p, err := ask(func(*tidemark.NewRestoreJob) {})
	b.ok(err)
	if p.SnapshotID != s.ID || p.ReadBytes != 100 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "no continuous backup") {
		t.Errorf("the plan is %+v", p)
	}
	p, err = ask(func(r *tidemark.NewRestoreJob) { r.Options.SafetySnapshot = tidemark.SafetyAlways })
	b.ok(err)
	if len(p.Warnings) != 0 {
		t.Errorf("the plan warns: %q", p.Warnings)
	}
	for want, change := range map[tidemark.Code]func(*tidemark.NewRestoreJob){
		tidemark.CodeUnsupportedDelivery: func(r *tidemark.NewRestoreJob) { r.DeliveryType = tidemark.DeliverDownload },
		tidemark.CodeInvalidAttribute:    func(r *tidemark.NewRestoreJob) { r.Options.Namespaces = []string{".x"} },
		tidemark.CodeInvalidEnum:         func(r *tidemark.NewRestoreJob) { r.Options.Existing = "keep" },
		tidemark.CodeSnapshotNotFound:    func(r *tidemark.NewRestoreJob) { r.SnapshotID = tidemark.NewID() },
		tidemark.CodeInstanceNotFound:    func(r *tidemark.NewRestoreJob) { r.TargetName = "nobody" },
	} {
		_, err := ask(change)
		b.code(err, want)
	}
	if _, n, err := b.svc.ListRestoreJobs(t.Context(), b.owner, b.cred.GroupID, "shop", "", all); err != nil || n != 0 {
		t.Errorf("%d jobs were made, %v", n, err)
	}
	_, err = b.restore(shop, tidemark.NewRestoreJob{
		DeliveryType: tidemark.DeliverDownload, SnapshotID: s.ID, Options: tidemark.RestoreOptions{Suffix: "_x"},
	})
	b.code(err, tidemark.CodeInvalidAttribute)
	_, err = b.restore(shop, automated(s, target))
	b.ok(err)
	_, err = ask(func(*tidemark.NewRestoreJob) {})
	b.code(err, tidemark.CodeInstanceBusy)
}
