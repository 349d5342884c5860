package service_test

import (
	"testing"
	"time"

	"tidemark"
)

func (b *bench) cancel(j *tidemark.RestoreJob) (*tidemark.RestoreJob, error) {
	b.Helper()
	return b.svc.CancelRestoreJob(b.Context(), b.owner, j.ProjectID, j.InstanceName, "", j.ID)
}

// TestCancel: until the cut-over begins, and not after the end.
func TestCancel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	shop, target, s := b.pair()
	change := func(change func(*tidemark.RestoreJob)) *tidemark.RestoreJob {
		t.Helper()
		j, err := b.restore(shop, automated(s, target))
		b.ok(err)
		return b.changeJob(j, func(j *tidemark.RestoreJob) {
			j.Cursor = []byte("here")
			change(j)
		})
	}

	queued, err := b.restore(shop, automated(s, target))
	b.ok(err)
	running := func() *tidemark.RestoreJob { return change(func(*tidemark.RestoreJob) {}) }
	for _, j := range []*tidemark.RestoreJob{queued, nil} {
		if j == nil {
			j = running()
		}
		for range 2 { // the second time it is as it is
			got, err := b.cancel(j)
			b.ok(err)
			if got.State != tidemark.JobCancelled || got.FinishedAt.IsZero() || got.Cursor != nil {
				t.Errorf("the job is %+v", got)
			}
		}
		if n := b.tasks(tidemark.TaskAbandon, j.ID); n != 1 {
			t.Errorf("the target is tidied by %d tasks", n)
		}
	}

	cutting := change(func(j *tidemark.RestoreJob) { j.CutOverAt = b.clock() })
	_, err = b.cancel(cutting)
	b.code(err, tidemark.CodeCannotCancel)
	for _, state := range []tidemark.JobState{tidemark.JobCompleted, tidemark.JobFailed} {
		b.update(func(tx tidemark.Tx) error {
			cutting.State = state
			return tx.UpdateRestoreJob(t.Context(), cutting)
		})
		_, err = b.cancel(cutting)
		b.code(err, tidemark.CodeCannotCancel)
	}
	_, err = b.cancel(&tidemark.RestoreJob{ID: tidemark.NewID(), ProjectID: b.cred.GroupID, InstanceName: "shop"})
	b.code(err, tidemark.CodeJobNotFound)
}

// TestCancelDownload takes the link back.
func TestCancelDownload(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	s := b.snapshot(i, tidemark.SnapshotCompleted)
	j := b.download(i, s)
	b.finish(j, tidemark.JobCompleted)
	_, err := b.svc.OpenDownload(t.Context(), j.DownloadToken, "192.0.2.1")
	b.ok(err)
	got, err := b.cancel(j)
	b.ok(err)
	if got.State != tidemark.JobCancelled || got.DownloadToken != "" || b.tasks(tidemark.TaskAbandon, j.ID) != 0 {
		t.Errorf("the job is %+v", got)
	}
	_, err = b.svc.OpenDownload(t.Context(), j.DownloadToken, "192.0.2.1")
	b.code(err, tidemark.CodeResourceNotFound)

	late := b.download(i, s)
	b.finish(late, tidemark.JobCompleted)
	b.advance(5 * time.Hour)
	_, err = b.cancel(late)
	b.code(err, tidemark.CodeCannotCancel)
}
