package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// log lists the events of the project, oldest first.
func (b *bench) log() []*tidemark.Event {
	b.Helper()
	var list []*tidemark.Event
	b.ok(b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
		list, _, err = tx.Events(b.Context(), tidemark.EventFilter{ProjectID: b.project}, tidemark.Page{Number: 1, Size: 500})
		return err
	}))
	slices.Reverse(list)
	return list
}

// told checks the types of the log from an event on, and returns these events.
func (b *bench) told(from int, want ...tidemark.EventType) []*tidemark.Event {
	b.Helper()
	list := b.log()[from:]
	var got []tidemark.EventType
	for _, e := range list {
		got = append(got, e.Type)
	}
	if !slices.Equal(got, want) {
		b.Errorf("the log has\n%q, not\n%q", got, want)
	}
	return list
}

// TestJobsTell: what becomes of snapshots and restores is in the log, once each
// however many attempts it took, and of nobody.
func TestJobsTell(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 2 }).start()
	shop, target := b.instance("shop"), b.instance("copy")
	s := b.snapshotIs(b.take(shop), tidemark.SnapshotCompleted)
	b.jobIs(b.restore(s, nil), tidemark.JobCompleted) // a download that works is no change
	b.jobIs(b.restore(s, target), tidemark.JobCompleted)
	list := b.told(0, tidemark.EventTenantSnapshotStarted, tidemark.EventTenantSnapshotCompleted, tidemark.EventTenantRestoreCompleted)
	for _, e := range list {
		if e.KeyID != "" || e.PublicID != "" || e.RemoteAddr != "" || e.SnapshotID != s.ID || e.OrgID == "" {
			t.Errorf("the event is %+v", e)
		}
	}
	if e := list[2]; e.InstanceName != "copy" || e.Details["sourceClusterName"] != "shop" {
		t.Errorf("the restore is %+v", e)
	}

	refuse := errors.New("password: hunter2")
	b.ports.capture = func(context.Context, jobs.CaptureRequest) (jobs.CaptureResult, error) {
		return jobs.CaptureResult{}, refuse
	}
	b.ports.restore = func(context.Context, jobs.RestoreRequest) (*tidemark.RestoreReport, error) { return nil, refuse }
	b.ports.check = func(*tidemark.Snapshot) error { return refuse }
	b.snapshotIs(b.take(shop), tidemark.SnapshotFailed)
	b.jobIs(b.restore(s, target), tidemark.JobFailed)
	b.jobIs(b.restore(s, nil), tidemark.JobFailed)
	for _, e := range b.told(3, tidemark.EventTenantSnapshotStarted, tidemark.EventTenantSnapshotFailed, tidemark.EventTenantRestoreFailed, tidemark.EventDownloadFailed) {
		for _, value := range e.Details {
			if strings.Contains(value, "hunter2") {
				t.Errorf("the event is %+v", e)
			}
		}
	}
}

// TestInstancesTell: of a server that is ready, and of one that is gone with
// its snapshots.
func TestInstancesTell(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := &tidemark.Instance{ID: tidemark.NewID(), ProjectID: b.project, Name: "shop", Kind: tidemark.KindDedicated, State: tidemark.StateCreating, Embedded: true}
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateInstance(t.Context(), i), tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskProvision, ID: i.ID}))
	})
	b.eventually("IDLE", func() bool { return b.stored(i.ID).State == tidemark.StateIdle })
	b.completed(b.stored(i.ID))
	b.deprovision(i)
	b.eventually("gone", func() bool { return b.stored(i.ID) == nil })
	list := b.told(0, tidemark.EventClusterReady, tidemark.EventCPSSnapshotDeleted, tidemark.EventClusterDeleted)
	if why := list[1].Details["reason"]; why != "the instance was deleted" {
		t.Errorf("the snapshot was deleted because %q", why)
	}
}

// TestExpiryTells: a snapshot that expired is told of as deleted.
func TestExpiryTells(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop")
	old := b.completed(i, func(s *tidemark.Snapshot) { s.ExpiresAt = b.clock().Add(time.Hour) })
	b.completed(i, func(s *tidemark.Snapshot) { s.CreatedAt = b.clock().Add(time.Second) })
	b.advance(2 * time.Hour)
	b.sweep()
	b.sweep()
	if e := b.told(0, tidemark.EventTenantSnapshotDeleted)[0]; e.SnapshotID != old.ID || e.Details["reason"] != "it expired" {
		t.Errorf("the event is %+v", e)
	}
}
