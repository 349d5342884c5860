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

var errUnreachable = tidemark.Errorf(tidemark.CodeTargetUnreachable, "nobody answers").WithHint("start the server")

func TestSnapshotLife(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.instance("shop")
	s := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	if s.Manifest == "" || s.StorageBytes != 42 || s.Collections != 1 || s.Content.Documents != 1 || s.ClusterTime.T != 7 ||
		s.MongoDBVersion != "7.0.9" || s.FinishedAt.IsZero() || s.Epoch != 1 || s.Progress.Percent != 100 {
		t.Errorf("the snapshot is %+v", s)
	}
	if v := b.stored(i.ID).MongoDBVersion; v != "7.0.9" {
		t.Errorf("the instance says version %s", v)
	}
	if n := b.count(`SELECT count(*) FROM snapshot_objects`); n != 0 {
		t.Errorf("%d notes are left", n)
	}
}

func TestProvisionAndDeprovision(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	failures := 0
	b.ports.provision = func(_ context.Context, i *tidemark.Instance) (string, string, error) {
		if failures++; failures <= 7 { // more often than snapshots are tried
			return "", "", errors.New("no port is free")
		}
		return "mongodb://127.0.0.1/" + i.Name, "7.0.42", nil
	}
	i := &tidemark.Instance{ID: tidemark.NewID(), ProjectID: b.project, Name: "shop", Kind: tidemark.KindServerless, State: tidemark.StateCreating, Embedded: true}
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateInstance(t.Context(), i), tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskProvision, ID: i.ID}))
	})
	b.eventually("IDLE", func() bool { return b.stored(i.ID).State == tidemark.StateIdle })
	i = b.stored(i.ID)
	if i.URI != "mongodb://127.0.0.1/shop" || i.MongoDBVersion != "7.0.42" {
		t.Errorf("the instance is %+v", i)
	}
	b.completed(i)
	b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	b.deprovision(i)
	b.eventually("gone with all it had", func() bool { return b.stored(i.ID) == nil && len(b.ports.objects()) == 0 })
	if b.ports.times("deprovision") != 1 {
		t.Errorf("the server was deleted %d times", b.ports.times("deprovision"))
	}
}

func (b *bench) deprovision(i *tidemark.Instance) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		i, err := tx.Instance(b.Context(), i.ID)
		if err != nil {
			return err
		}
		i.State = tidemark.StateDeleting
		return errors.Join(tx.UpdateInstance(b.Context(), i), tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskDeprovision, ID: i.ID}))
	})
}

// TestDeleteWhileProvisioning ends the provisioning first.
func TestDeleteWhileProvisioning(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered, left := make(chan struct{}), make(chan struct{})
	b.ports.provision = func(ctx context.Context, _ *tidemark.Instance) (string, string, error) {
		close(entered)
		<-ctx.Done()
		close(left)
		return "", "", ctx.Err()
	}
	b.ports.deprovision = func(context.Context, *tidemark.Instance) error {
		select {
		case <-left:
		default:
			t.Error("the server is deleted while it is started")
		}
		return nil
	}
	i := b.instance("shop")
	b.update(func(tx tidemark.Tx) error {
		i.State, i.Embedded = tidemark.StateCreating, true
		return errors.Join(tx.UpdateInstance(t.Context(), i), tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskProvision, ID: i.ID}))
	})
	<-entered
	b.deprovision(i)
	b.eventually("gone", func() bool { return b.stored(i.ID) == nil })
}

// TestDeleteWhileCapturing leaves no object behind, not even one that is
// written at the last moment.
func TestDeleteWhileCapturing(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	entered := make(chan struct{})
	b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		if err := r.Note(ctx, "late"); err != nil {
			return jobs.CaptureResult{}, err
		}
		close(entered)
		<-ctx.Done()
		b.ports.put("late") // noted, so it may be written
		return jobs.CaptureResult{}, ctx.Err()
	}
	i := b.instance("shop")
	id := b.take(i)
	<-entered
	b.deprovision(i)
	b.eventually("gone with its objects", func() bool {
		return b.stored(i.ID) == nil && b.snapshot(id) == nil && b.ports.times("discard") > 0 && len(b.ports.objects()) == 0
	})
	b.idle()
}

// idle waits until no job is left to do.
func (b *bench) idle() {
	b.Helper()
	b.eventually("no job is left", func() bool {
		return b.count(`SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`) == 0
	})
}

func TestRestoreLife(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	source, target := b.instance("shop"), b.instance("copy")
	s := b.completed(source)
	b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		if r.Snapshot.ID != s.ID || r.Target.ID != target.ID || r.Cursor != nil || r.Job.State != tidemark.JobInProgress {
			t.Errorf("the request is %+v", r)
		}
		err := r.Save(ctx, tidemark.Progress{Phase: "load", Percent: 50, Bytes: 7}, []byte("half"))
		return &tidemark.RestoreReport{Verified: true}, err
	}
	j := b.jobIs(b.restore(s, target), tidemark.JobCompleted)
	if j.Report == nil || !j.Report.Verified || j.FinishedAt.IsZero() || j.StartedAt.IsZero() || j.Progress.Percent != 100 ||
		j.Progress.Bytes != 7 || j.Cursor != nil || j.FailReason != "" {
		t.Errorf("the job is %+v", j)
	}
}

// TestDownloadsPassRestores: a link does not wait for the restores before it.
func TestDownloadsPassRestores(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.RestoreWorkers = 1 }).start()
	s := b.completed(b.instance("shop"))
	entered, release := make(chan struct{}, 2), make(chan struct{})
	b.ports.restore = func(ctx context.Context, _ jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		entered <- struct{}{}
		select {
		case <-release:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	first, second := b.restore(s, b.instance("a")), b.restore(s, b.instance("b"))
	<-entered
	download := b.jobIs(b.restore(s, nil), tidemark.JobCompleted)
	if download.ExpiresAt.IsZero() || b.ports.times("check") != 1 {
		t.Errorf("the download is %+v", download)
	}
	if len(entered) != 0 {
		t.Error("both restores run at once")
	}
	close(release)
	b.jobIs(first, tidemark.JobCompleted)
	b.jobIs(second, tidemark.JobCompleted)
}

func TestDownloadOfDamagedSnapshot(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	b.ports.check = func(*tidemark.Snapshot) error {
		return tidemark.Errorf(tidemark.CodeObjectDamaged, "the manifest is damaged")
	}
	j := b.jobIs(b.restore(b.completed(b.instance("shop")), nil), tidemark.JobFailed)
	if j.FailCode != tidemark.CodeObjectDamaged || j.FailReason != "the manifest is damaged" {
		t.Errorf("it failed with %q: %s", j.FailCode, j.FailReason)
	}
}

// TestRestoreWaitsForSnapshotOfTarget: it would hold half of the restore.
func TestRestoreWaitsForSnapshotOfTarget(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	target := b.instance("copy")
	entered, release := make(chan struct{}), make(chan struct{})
	b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		close(entered)
		<-release
		return b.ports.wholeCapture(ctx, r)
	}
	taking := b.take(target)
	<-entered
	id := b.restore(b.completed(b.instance("shop")), target)
	b.eventually("it was looked at and put back", func() bool {
		return b.count(`SELECT count(*) FROM river_job WHERE kind = 'restore' AND json_extract(metadata, '$.snoozes') > 0`) == 1
	})
	if j := b.job(id); j.State != tidemark.JobQueued || b.ports.times("restore") != 0 {
		t.Errorf("the job is %s", j.State)
	}
	close(release)
	b.jobIs(id, tidemark.JobCompleted)
	b.snapshotIs(taking, tidemark.SnapshotCompleted)
}

// TestProgress is visible while the work goes on, and not written more often
// than it should be.
func TestProgress(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *jobs.Config) { c.ProgressInterval = time.Hour }).start()
	shown := make(chan struct{})
	b.ports.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		r.Progress(tidemark.Progress{Phase: "scan", Percent: 1})
		<-shown
		for n := range 1000 {
			r.Progress(tidemark.Progress{Phase: "scan", Percent: 2, Documents: int64(n)})
		}
		return b.ports.wholeCapture(ctx, r)
	}
	id := b.take(b.instance("shop"))
	b.eventually("progress", func() bool { return b.snapshot(id).Progress.Percent == 1 })
	close(shown)
	if s := b.snapshotIs(id, tidemark.SnapshotCompleted); s.Progress.Documents != 999 {
		t.Errorf("the last progress is %+v", s.Progress)
	}

	b.ports.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		save := func(percent float64, cursor string) {
			if err := r.Save(ctx, tidemark.Progress{Percent: percent}, []byte(cursor)); err != nil {
				t.Error(err)
			}
		}
		at := func(want float64, cursor string) {
			if j := b.job(r.Job.ID); j.Progress.Percent != want || string(j.Cursor) != cursor {
				t.Errorf("stored are %v and %q, want %v and %q", j.Progress.Percent, j.Cursor, want, cursor)
			}
		}
		save(1, "a")
		at(1, "a")
		save(2, "a")
		at(1, "a") // the interval has not passed
		save(3, "b")
		at(3, "b") // a cursor is never held back
		return nil, nil
	}
	b.jobIs(b.restore(b.snapshot(id), b.instance("copy")), tidemark.JobCompleted)
}

// TestForget deletes the objects although the vault fails at first.
func TestForget(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	s := b.completed(b.instance("shop"))
	b.ports.discard = func([]string) error {
		if b.ports.called("fault") < 4 {
			return errors.New("the vault is away")
		}
		return nil
	}
	b.update(func(tx tidemark.Tx) error { return tidemark.RetireSnapshot(t.Context(), tx, s) })
	if b.snapshot(s.ID) != nil {
		t.Error("a reader sees it")
	}
	b.idle()
	if left := b.ports.objects(); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	// Once more, as after a crash just before the job was done.
	b.update(func(tx tidemark.Tx) error {
		return tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskForget, ID: s.ID})
	})
	b.idle()
	b.ok(b.db.View(t.Context(), func(tx tidemark.Tx) error {
		r, err := tidemark.SnapshotRemains(t.Context(), tx, s.ID)
		if r.InstanceID != s.InstanceID {
			t.Error("it is not known that it was there")
		}
		return err
	}))
}

// TestForgetSparesWhatIsKept gets a task for a snapshot that is not retired.
func TestForgetSparesWhatIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	s := b.completed(b.instance("shop"))
	b.update(func(tx tidemark.Tx) error {
		return tx.Enqueue(t.Context(), tidemark.Task{Kind: tidemark.TaskForget, ID: s.ID})
	})
	b.idle()
	if !slices.Contains(b.ports.objects(), s.Manifest) {
		t.Error("its manifest is gone")
	}
}

func TestUnknownTask(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	err := b.db.Update(t.Context(), func(tx tidemark.Tx) error {
		return tx.Enqueue(t.Context(), tidemark.Task{Kind: "dance", ID: tidemark.NewID()})
	})
	if err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("got %v", err)
	}
}

// TestTasksOfWhatIsGone end without a word.
func TestTasksOfWhatIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	b.update(func(tx tidemark.Tx) error {
		for _, kind := range []tidemark.TaskKind{
			tidemark.TaskProvision, tidemark.TaskDeprovision, tidemark.TaskSnapshot, tidemark.TaskRestore, tidemark.TaskForget,
		} {
			if err := tx.Enqueue(t.Context(), tidemark.Task{Kind: kind, ID: tidemark.NewID()}); err != nil {
				return err
			}
		}
		return nil
	})
	b.idle()
	if n := b.count(`SELECT count(*) FROM river_job WHERE state = 'completed'`); n != 5 {
		t.Errorf("%d of 5 are completed", n)
	}
}
