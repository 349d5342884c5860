package service_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

func TestRestoreIsQueuedWithItsTask(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	source := b.instance("shop", tidemark.KindServerless)
	p := b.project("drills")
	target := b.instanceIn(p.ID, "copy", tidemark.KindDedicated) // kinds are labels: any takes any
	s := b.snapshot(source, tidemark.SnapshotCompleted)
	j, err := b.restore(source, automated(s, target))
	b.ok(err)
	got, err := b.svc.GetRestoreJob(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindServerless, j.ID)
	b.ok(err)
	if got.State != tidemark.JobQueued || got.TargetInstanceID != target.ID || got.TargetProjectID != p.ID ||
		got.SnapshotID != s.ID || !got.SnapshotAt.Equal(s.CreatedAt) || got.DownloadToken != "" {
		t.Errorf("the job is %+v", got)
	}
	if n := b.tasks(tidemark.TaskRestore, j.ID); n != 1 {
		t.Errorf("%d tasks", n)
	}
	list, n, err := b.svc.ListRestoreJobs(t.Context(), b.owner, b.cred.GroupID, "shop", "", all)
	b.ok(err)
	if n != 1 || list[0].ID != j.ID {
		t.Errorf("listed %d jobs", n)
	}
	// It is a job of its source, not of its target.
	_, err = b.svc.GetRestoreJob(t.Context(), b.owner, p.ID, "copy", "", j.ID)
	b.code(err, tidemark.CodeJobNotFound)
}

// TestBadRestores asks for what is refused, and finds nothing changed.
func TestBadRestores(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop := b.instance("shop", tidemark.KindServerless)
	other := b.instance("other", tidemark.KindServerless)
	target := b.instance("target", tidemark.KindServerless)
	s := b.snapshot(shop, tidemark.SnapshotCompleted)
	foreign := b.snapshot(other, tidemark.SnapshotCompleted)
	failed := b.snapshot(shop, tidemark.SnapshotFailed)
	deleted := b.snapshot(shop, tidemark.SnapshotCompleted)
	b.ok(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", deleted.ID))
	queued := b.snapshot(shop, tidemark.SnapshotQueued)

	ok := automated(s, target)
	with := func(change func(*tidemark.NewRestoreJob)) tidemark.NewRestoreJob {
		r := ok
		change(&r)
		return r
	}
	pit := func(ts, inc, seconds uint32) tidemark.NewRestoreJob {
		return with(func(r *tidemark.NewRestoreJob) {
			r.DeliveryType, r.SnapshotID = tidemark.DeliverPointInTime, ""
			r.OplogTs, r.OplogInc, r.PointInTimeUTCSeconds = ts, inc, seconds
		})
	}
	cases := map[string]struct {
		request tidemark.NewRestoreJob
		code    tidemark.Code
		param   any
	}{
		"no delivery type":       {with(func(r *tidemark.NewRestoreJob) { r.DeliveryType = "" }), tidemark.CodeMissingAttribute, "deliveryType"},
		"odd delivery type":      {with(func(r *tidemark.NewRestoreJob) { r.DeliveryType = "post" }), tidemark.CodeInvalidEnum, "post"},
		"no snapshot":            {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = "" }), tidemark.CodeMissingAttribute, "snapshotId"},
		"malformed snapshot":     {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = "xyz" }), tidemark.CodeInvalidAttribute, "snapshotId"},
		"no target":              {with(func(r *tidemark.NewRestoreJob) { r.TargetName = "" }), tidemark.CodeMissingAttribute, "targetClusterName"},
		"malformed target":       {with(func(r *tidemark.NewRestoreJob) { r.TargetName = "-x" }), tidemark.CodeInvalidAttribute, "targetClusterName"},
		"no target project":      {with(func(r *tidemark.NewRestoreJob) { r.TargetProjectID = "" }), tidemark.CodeMissingAttribute, "targetGroupId"},
		"malformed project":      {with(func(r *tidemark.NewRestoreJob) { r.TargetProjectID = "x" }), tidemark.CodeInvalidAttribute, "targetGroupId"},
		"unknown target":         {with(func(r *tidemark.NewRestoreJob) { r.TargetName = "nobody" }), tidemark.CodeInstanceNotFound, "nobody"},
		"unknown project":        {with(func(r *tidemark.NewRestoreJob) { r.TargetProjectID = tidemark.NewID() }), tidemark.CodeProjectNotFound, nil},
		"unknown snapshot":       {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = tidemark.NewID() }), tidemark.CodeSnapshotNotFound, nil},
		"another's snapshot":     {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = foreign.ID }), tidemark.CodeSnapshotNotFound, foreign.ID},
		"queued snapshot":        {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = queued.ID }), tidemark.CodeSnapshotIncomplete, queued.ID},
		"failed snapshot":        {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = failed.ID }), tidemark.CodeSnapshotGone, failed.ID},
		"deleted snapshot":       {with(func(r *tidemark.NewRestoreJob) { r.SnapshotID = deleted.ID }), tidemark.CodeSnapshotGone, deleted.ID},
		"a time it does not use": {with(func(r *tidemark.NewRestoreJob) { r.OplogTs = 1700000000 }), tidemark.CodeInvalidAttribute, "oplogTs"},
		"point in time, seconds": {pit(0, 0, 1700000000), tidemark.CodeNoPointInTime, "shop"},
		"point in time, entry":   {pit(1700000000, 1, 0), tidemark.CodeNoPointInTime, "shop"},
		"no point in time":       {pit(0, 0, 0), tidemark.CodeInvalidRestoreTime, nil},
		"both points in time":    {pit(1700000000, 1, 1700000000), tidemark.CodeInvalidRestoreTime, nil},
		"half an entry":          {pit(1700000000, 0, 0), tidemark.CodeMissingAttribute, "oplogInc"},
		"the other half":         {pit(0, 7, 0), tidemark.CodeMissingAttribute, "oplogTs"},
		"too early an entry":     {pit(1199145599, 7, 0), tidemark.CodeInvalidAttribute, "oplogTs"},
		"too early a second":     {pit(0, 0, 1), tidemark.CodeInvalidAttribute, "pointInTimeUTCSeconds"},
	}
	for name, c := range cases {
		_, err := b.restore(shop, c.request)
		if tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
			continue
		}
		if c.param != nil && fmt.Sprint(params(err)[0]) != fmt.Sprint(c.param) {
			t.Errorf("%s: parameters %v, want %v first", name, params(err), c.param)
		}
	}
	_, n, err := b.svc.ListRestoreJobs(t.Context(), b.owner, b.cred.GroupID, "shop", "", all)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d jobs were made", n)
	}
	_, err = b.svc.CreateRestoreJob(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindFlex, ok)
	b.code(err, tidemark.CodeWrongInstanceKind)
}

func params(err error) []any {
	if e, ok := err.(*tidemark.Error); ok && len(e.Params) > 0 {
		return e.Params
	}
	return []any{nil}
}

func TestRestoreIntoForeignProject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop := b.instance("shop", tidemark.KindServerless)
	s := b.snapshot(shop, tidemark.SnapshotCompleted)
	p := b.project("foreign")
	target := b.instanceIn(p.ID, "target", tidemark.KindServerless)
	c := b.key(
		tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: b.cred.GroupID},
		tidemark.Role{Name: tidemark.RoleBackupManager, ProjectID: p.ID},
	)
	_, err := b.svc.CreateRestoreJob(t.Context(), c, b.cred.GroupID, "shop", "", automated(s, target))
	b.code(err, tidemark.CodeCannotRestoreThere)
	// What the target is called there must not be learned either.
	unknown := automated(s, target)
	unknown.TargetName = "nobody"
	_, err = b.svc.CreateRestoreJob(t.Context(), c, b.cred.GroupID, "shop", "", unknown)
	b.code(err, tidemark.CodeCannotRestoreThere)
}

// TestOneRestoreAtATime has many callers want one target at once.
func TestOneRestoreAtATime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target, s := b.pair()
	errs := make([]error, 8)
	var g errgroup.Group
	for n := range errs {
		g.Go(func() error { _, errs[n] = b.restore(shop, automated(s, target)); return nil })
	}
	b.ok(g.Wait())
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		b.code(err, tidemark.CodeInstanceBusy)
	}
	if won != 1 {
		t.Fatalf("%d restores were taken", won)
	}
}

// TestBusyInstances: what a restore uses can be neither deleted nor read torn.
func TestBusyInstances(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target, s := b.pair()
	j, err := b.restore(shop, automated(s, target))
	b.ok(err)

	refused := func(want tidemark.Code) {
		t.Helper()
		b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID), want)
		b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "target", ""), want)
		b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""), want)
	}
	refused(tidemark.CodeInstanceBusy)
	_, err = b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "target", tidemark.NewSnapshot{})
	b.code(err, tidemark.CodeInstanceBusy)
	b.finish(j, tidemark.JobFailed)
	refused("")
}

func TestInstanceBeingDeletedRefusesEverything(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop := b.instance("shop", tidemark.KindServerless)
	doomed := b.instance("doomed", tidemark.KindServerless)
	s := b.snapshot(shop, tidemark.SnapshotCompleted)
	own := b.snapshot(doomed, tidemark.SnapshotCompleted)
	b.ok(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "doomed", ""))
	if n := b.tasks(tidemark.TaskDeprovision, doomed.ID); n != 1 {
		t.Errorf("%d tasks", n)
	}
	got, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "doomed", "")
	b.ok(err)
	if got.State != tidemark.StateDeleting || !got.NextSnapshotAt.IsZero() {
		t.Errorf("the instance is %+v", got)
	}
	_, into := b.restore(shop, automated(s, doomed))
	_, from := b.restore(doomed, automated(own, shop))
	_, take := b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "doomed", tidemark.NewSnapshot{})
	_, change := b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "doomed", tidemark.InstanceUpdate{})
	for _, err := range []error{
		into, from, take, change,
		b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "doomed", own.ID),
		b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "doomed", ""),
	} {
		b.code(err, tidemark.CodeDeletionRequested)
	}
	b.code(b.svc.DeleteProject(t.Context(), b.owner, b.cred.GroupID), tidemark.CodeProjectNotEmpty)
}

// TestExpiredSnapshot is gone, unless it is the newest of its instance.
func TestExpiredSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop := b.instance("shop", tidemark.KindServerless)
	target := b.instance("target", tidemark.KindServerless)
	old := b.snapshot(shop, tidemark.SnapshotCompleted)
	b.advance(time.Hour)
	newest := b.snapshot(shop, tidemark.SnapshotCompleted)
	b.advance(48 * time.Hour)
	_, err := b.restore(shop, automated(old, target))
	b.code(err, tidemark.CodeSnapshotGone)
	_, err = b.restore(shop, automated(newest, target))
	b.ok(err)
}

func TestVersionRule(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for n, c := range []struct {
		from, to string
		ok       bool
	}{
		{"7.0.1", "7.0.42", true}, {"7.0.42", "7.0.1", true}, {"7.0.5", "8.0.0", true}, {"6.0.1", "8.0.0", false},
		{"8.0.1", "7.0.42", false}, {"4.4.2", "5.0.1", true}, {"4.2.2", "5.0.1", false}, {"4.0.3", "4.2.0", true},
		{"3.6.1", "4.0.0", true}, {"3.6.1", "4.2.0", false}, {"8.2.0", "8.0.4", false}, {"8.0.4", "8.2.0", true},
		{"", "4.0.0", true}, {"8.0.0", "", true}, {"unknown", "4.0.0", true},
	} {
		b.probe = func(string) (tidemark.ServerInfo, error) { return tidemark.ServerInfo{Version: c.from}, nil }
		source := b.instance(fmt.Sprint("source-", n), tidemark.KindServerless)
		b.probe = func(string) (tidemark.ServerInfo, error) { return tidemark.ServerInfo{Version: c.to}, nil }
		target := b.instance(fmt.Sprint("target-", n), tidemark.KindServerless)
		_, err := b.restore(source, automated(b.snapshot(source, tidemark.SnapshotCompleted), target))
		if want := map[bool]tidemark.Code{true: "", false: tidemark.CodeVersionMismatch}[c.ok]; tidemark.ErrorCode(err) != want {
			t.Errorf("%s to %s: got %v, want %q", c.from, c.to, err, want)
		}
	}
}
