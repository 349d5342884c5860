package service_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"tidemark"
)

const tide = 1_700_000_000 // a second to count from

func at(s int, i uint32) tidemark.Timestamp {
	return tidemark.Timestamp{T: uint32(tide + s), I: i}
}

// pit asks for an entry, or where i is zero for a second.
func pit(target *tidemark.Instance, s int, i uint32) tidemark.NewRestoreJob {
	r := tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverPointInTime, TargetProjectID: target.ProjectID, TargetName: target.Name}
	if i == 0 {
		r.PointInTimeUTCSeconds = uint32(tide + s)
	} else {
		r.OplogTs, r.OplogInc = uint32(tide+s), i
	}
	return r
}

// captured makes an instance with continuous backup and snapshots at the times.
func (b *bench) captured(name string, c tidemark.Capture, at ...tidemark.Timestamp) (*tidemark.Instance, []*tidemark.Snapshot) {
	b.Helper()
	i := b.instance(name, tidemark.KindServerless)
	i.ContinuousBackup = true
	c.InstanceID = i.ID
	var snapshots []*tidemark.Snapshot
	for _, t := range at {
		s := b.snapshot(i, tidemark.SnapshotCompleted)
		s.ClusterTime = t
		snapshots = append(snapshots, s)
	}
	b.ok(b.db.Update(b.Context(), func(tx tidemark.Tx) error {
		for _, s := range snapshots {
			if err := tx.UpdateSnapshot(b.Context(), s); err != nil {
				return err
			}
		}
		if err := tx.UpdateInstance(b.Context(), i); err != nil {
			return err
		}
		return tx.SaveCapture(b.Context(), &c)
	}))
	return i, snapshots
}

// TestWindow has a gap after 50, and a window from 100:5 to 200:7. The source
// was seen to have nothing newer at 260.
func TestWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	window := tidemark.Capture{
		Position: at(200, 7), WindowStart: at(100, 5), GapAfter: at(50, 1),
		SourceTime: at(200, 7), SeenAt: time.Unix(tide+260, 5e8),
	}
	i, snapshots := b.captured("shop", window, at(20, 1), at(100, 5), at(150, 2))
	for _, c := range []struct {
		name    string
		s       int
		i       uint32
		code    tidemark.Code
		desired tidemark.Timestamp
		from    int
	}{
		{name: "the first entry", s: 100, i: 5, desired: at(100, 5), from: 1},
		{name: "the one before", s: 100, i: 4, code: tidemark.CodeOplogGap},
		{name: "the second of the first entry", s: 100, desired: at(100, math.MaxInt32), from: 1},
		{name: "the second before", s: 99, code: tidemark.CodeOplogGap},
		{name: "just after the gap begins", s: 50, i: 2, code: tidemark.CodeOplogGap},
		{name: "where the gap begins", s: 50, i: 1, code: tidemark.CodeOutsideWindow},
		{name: "before the gap", s: 20, i: 1, code: tidemark.CodeOutsideWindow},
		{name: "before the second snapshot", s: 150, i: 1, desired: at(150, 1), from: 1},
		{name: "the second snapshot", s: 150, i: 2, desired: at(150, 2), from: 2},
		{name: "the last entry", s: 200, i: 7, desired: at(200, 7), from: 2},
		{name: "an entry after it", s: 200, i: 8, code: tidemark.CodeOutsideWindow},
		{name: "the second of the last entry", s: 200, desired: at(200, 7), from: 2},
		{name: "a second in which nothing happened", s: 259, desired: at(200, 7), from: 2},
		{name: "the second in which it was seen", s: 260, code: tidemark.CodeOutsideWindow},
		{name: "an entry then", s: 259, i: 1, code: tidemark.CodeOutsideWindow},
	} {
		to := b.instance("to-"+strings.ReplaceAll(c.name, " ", "-"), tidemark.KindServerless)
		job, err := b.restore(i, pit(to, c.s, c.i))
		if got := tidemark.ErrorCode(err); got != c.code {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err != nil {
			e, _ := err.(*tidemark.Error)
			want := []any{at(100, 5).String(), at(200, 7).String()}
			if c.code == tidemark.CodeOplogGap {
				want = []any{at(50, 1).String(), at(100, 5).String()}
			}
			if len(e.Params) != 2 || e.Params[0] != want[0] || e.Params[1] != want[1] {
				t.Errorf("%s: the parameters are %v", c.name, e.Params)
			}
			continue
		}
		if job.DesiredTimestamp != c.desired || job.SnapshotID != snapshots[c.from].ID {
			t.Errorf("%s: restores to %s from %s", c.name, job.DesiredTimestamp, job.SnapshotID)
		}
	}
}

// TestWindowStates refuses where there is no window, or the source is ahead.
func TestWindowStates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	to := b.instance("to", tidemark.KindServerless)
	_, err := b.restore(to, pit(to, 10, 1))
	b.code(err, tidemark.CodeNoPointInTime)

	fresh, _ := b.captured("fresh", tidemark.Capture{Position: at(10, 1)}, at(5, 1))
	_, err = b.restore(fresh, pit(to, 10, 1))
	b.code(err, tidemark.CodeOutsideWindow)

	behind, _ := b.captured("behind", tidemark.Capture{
		Position: at(10, 1), WindowStart: at(5, 1), SourceTime: at(12, 1), SeenAt: time.Unix(tide+20, 0),
	}, at(5, 1))
	_, err = b.restore(behind, pit(to, 11, 0))
	b.code(err, tidemark.CodeOutsideWindow)

	lost, _ := b.captured("lost", tidemark.Capture{Position: at(40, 1), GapAfter: at(10, 1)}, at(5, 1))
	_, err = b.restore(lost, pit(to, 40, 1))
	b.code(err, tidemark.CodeOplogGap)

	deleted, _ := b.captured("deleted", tidemark.Capture{Position: at(40, 1), WindowStart: at(20, 1)}, at(5, 1))
	_, err = b.restore(deleted, pit(to, 30, 1))
	b.code(err, tidemark.CodeOutsideWindow)
}

// TestCaptureIsStarted enqueues the capture when it is turned on, and again to
// have it end.
func TestCaptureIsStarted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	on, off := true, false
	i := b.instance("shop", tidemark.KindServerless)
	set := func(v *bool) *tidemark.Instance {
		i, err := b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{Kind: i.Kind, ContinuousBackup: v})
		b.ok(err)
		return i
	}
	if got := set(&on); got.Capture == nil {
		t.Error("it does not show how far the capture is")
	}
	set(&on)
	b.ok(b.db.Update(t.Context(), func(tx tidemark.Tx) error {
		return tx.SaveCapture(t.Context(), &tidemark.Capture{InstanceID: i.ID, Position: at(1, 1)})
	}))
	if got, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""); err != nil || got.Capture.Position != at(1, 1) {
		t.Errorf("it shows %+v: %v", got, err)
	}
	if got := set(&off); got.Capture != nil {
		t.Error("it shows a capture that is off")
	}
	if n := b.tasks(tidemark.TaskCapture, i.ID); n != 2 {
		t.Errorf("%d captures were enqueued", n)
	}
}
