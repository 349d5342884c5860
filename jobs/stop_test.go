package jobs_test

import (
	"context"
	"testing"

	"tidemark"
	"tidemark/jobs"
)

// TestStopPutsBack stops in the middle of a restore and a snapshot that have
// one attempt. They are told to stop, keep the attempt, and go on later.
func TestStopPutsBack(t *testing.T) {
	t.Parallel()
	once := func(c *jobs.Config) { c.MaxAttempts = 1 }
	b := newBench(t, once).start()
	entered := make(chan struct{}, 2)
	b.ports.capture = func(ctx context.Context, _ jobs.CaptureRequest) (jobs.CaptureResult, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return jobs.CaptureResult{}, tidemark.Errorf(tidemark.CodeTargetUnreachable, "the connection was closed")
	}
	b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		if err := r.Save(ctx, tidemark.Progress{Percent: 30}, []byte("here")); err != nil {
			return nil, err
		}
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	shop := b.instance("shop")
	job, taking := b.restore(b.completed(shop), b.instance("copy")), b.take(shop)
	<-entered
	<-entered
	b.ok(b.jobs.Stop(t.Context()))
	if n := b.count(`SELECT count(*) FROM river_job WHERE state = 'available' AND attempt = 0 AND kind IN ('restore', 'snapshot')`); n != 2 {
		t.Errorf("%d of 2 jobs were put back with their attempt", n)
	}
	if j := b.job(job); j.State != tidemark.JobInProgress || j.Progress.Percent != 30 {
		t.Errorf("the job is %+v", j)
	}

	var cursor string
	b.ports.capture = nil
	b.ports.restore = func(_ context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		cursor = string(r.Cursor)
		return nil, nil
	}
	b.restart(once)
	b.jobIs(job, tidemark.JobCompleted)
	b.snapshotIs(taking, tidemark.SnapshotCompleted)
	if cursor != "here" {
		t.Errorf("it goes on from %q", cursor)
	}
}

// TestStopKeepsFinishedWork: an outcome that is reached while the job is told
// to stop is written.
func TestStopKeepsFinishedWork(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered := make(chan struct{})
	b.ports.restore = func(ctx context.Context, _ jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		close(entered)
		<-ctx.Done()
		return &tidemark.RestoreReport{Verified: true}, nil
	}
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	<-entered
	b.ok(b.jobs.Stop(t.Context()))
	if j := b.job(id); j.State != tidemark.JobCompleted || !j.Report.Verified {
		t.Errorf("the job is %+v", j)
	}
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := func() bool {
		select {
		case <-b.jobs.Started():
			return true
		default:
			return false
		}
	}
	b.ok(b.jobs.Stop(t.Context())) // never started
	shop := b.instance("shop")
	for range 2 {
		if started() {
			t.Error("started before Start")
		}
		b.start()
		b.start() // is no news
		if !started() {
			t.Error("not started after Start")
		}
		b.snapshotIs(b.take(shop), tidemark.SnapshotCompleted)
		b.ok(b.jobs.Stop(t.Context()))
		b.ok(b.jobs.Stop(t.Context()))
	}
}

// TestContextEnds stops the work as Stop does.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.MaxAttempts = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	b.ok(b.jobs.Start(ctx))
	entered, left := make(chan struct{}), make(chan struct{})
	b.ports.restore = func(ctx context.Context, _ jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		close(entered)
		<-ctx.Done()
		close(left)
		return nil, ctx.Err()
	}
	id := b.restore(b.completed(b.instance("shop")), b.instance("copy"))
	<-entered
	cancel()
	<-left
	b.ok(b.jobs.Stop(t.Context()))
	if j := b.job(id); j.State != tidemark.JobInProgress {
		t.Errorf("the job is %s", j.State)
	}
	b.ports.restore = nil
	b.restart()
	b.jobIs(id, tidemark.JobCompleted)
}
