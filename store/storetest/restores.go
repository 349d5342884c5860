package storetest

import (
	"time"

	"tidemark"
)

// sameJob checks the stored form of a job.
func (h *harness) sameJob(want *tidemark.RestoreJob) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.RestoreJob(h.Context(), want.ID)
		h.equal(got, want)
		return err
	})
}

func testRestoreJobs(h *harness) {
	i := h.instance("one")
	j := h.job(i, nil)
	h.filled(j)
	h.filled(j.Report)
	h.filled(j.Options)
	h.sameJob(j)
	changed := &tidemark.RestoreJob{
		ID: j.ID, ProjectID: j.ProjectID, InstanceID: j.InstanceID, CreatedAt: j.CreatedAt, Epoch: j.Epoch,
		Downloads: j.Downloads, DownloadBytes: j.DownloadBytes,
		State: tidemark.JobFailed, DeliveryType: tidemark.DeliverDownload,
	}
	h.update(func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), changed) })
	h.sameJob(changed)
	moved := *j
	moved.ProjectID, moved.InstanceID, moved.CreatedAt = tidemark.NewID(), tidemark.NewID(), at(99)
	h.update(func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), &moved) })
	h.sameJob(j)

	h.lacks(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		_, err := tx.RestoreJob(h.Context(), tidemark.NewID())
		return err
	})
	h.refuses(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		return tx.UpdateRestoreJob(h.Context(), sampleJob(i, tidemark.NewID()))
	})
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		lost := sampleJob(i, tidemark.NewID())
		lost.InstanceID = tidemark.NewID()
		return tx.CreateRestoreJob(h.Context(), lost)
	})
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		odd := sampleJob(i, tidemark.NewID())
		odd.State = "dreaming"
		return tx.CreateRestoreJob(h.Context(), odd)
	})
}

func testRestoreJobLists(h *harness) {
	i, target, s := h.instance("one"), h.instance("target"), tidemark.NewID()
	create := func(ms int, state tidemark.JobState, delivery tidemark.DeliveryType, expires time.Time) tidemark.ID {
		return h.job(i, func(j *tidemark.RestoreJob) {
			j.CreatedAt, j.State, j.DeliveryType, j.SnapshotID, j.ExpiresAt = at(ms), state, delivery, s, expires
			j.TargetInstanceID = target.ID
		}).ID
	}
	never := time.Time{}
	running := create(1, tidemark.JobInProgress, tidemark.DeliverAutomated, never)
	queued := create(9, tidemark.JobQueued, tidemark.DeliverDownload, at(100))
	done := create(3, tidemark.JobCompleted, tidemark.DeliverAutomated, never)
	link := create(4, tidemark.JobCompleted, tidemark.DeliverDownload, at(110))
	eternal := create(5, tidemark.JobCompleted, tidemark.DeliverDownload, never)
	failed := create(6, tidemark.JobFailed, tidemark.DeliverDownload, at(110))
	cancelled := create(7, tidemark.JobCancelled, tidemark.DeliverAutomated, never)
	h.job(target, nil)

	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.RestoreJobs(h.Context(), i.ID, page())
		h.equal(idsOf(got, jobID), []tidemark.ID{queued, cancelled, failed, eternal, link, done, running})
		h.equal(total, 7)
		return err
	})
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.UnfinishedRestoresOnto(h.Context(), i.ID)
		h.equal(idsOf(got, jobID), []tidemark.ID(nil))
		return err
	})
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.UnfinishedRestoresOnto(h.Context(), target.ID)
		if len(got) != 3 { // the two, and the one of the target onto itself
			h.Errorf("%d unfinished restores onto the target, want 3", len(got))
		}
		return err
	})
	of := func(t time.Time, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.UnfinishedRestoresOf(h.Context(), s, t)
			h.equal(idsOf(got, jobID), want)
			return err
		})
	}
	of(at(109), running, link, eternal, queued)
	of(at(110), running, eternal, queued)
}

func testRestoreJobEpochs(h *harness) {
	j := h.job(h.instance("one"), func(j *tidemark.RestoreJob) { j.Epoch, j.StartedAt = 0, time.Time{} })
	begin := func() *tidemark.RestoreJob {
		h.Helper()
		var begun *tidemark.RestoreJob
		h.update(func(tx tidemark.Tx) (err error) {
			begun, err = tx.BeginRestoreJob(h.Context(), j.ID)
			return err
		})
		return begun
	}
	before := time.Now().Truncate(time.Millisecond)
	first := begin()
	if first.StartedAt.Before(before) || first.StartedAt.After(time.Now()) {
		h.Errorf("StartedAt is %v, not now", first.StartedAt)
	}
	j.State, j.Epoch, j.StartedAt = tidemark.JobInProgress, 1, first.StartedAt
	h.equal(first, j)
	second := begin()
	j.Epoch = 2 // StartedAt stays that of the first attempt
	h.equal(second, j)

	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		return tx.SaveRestoreProgress(h.Context(), j.ID, first.Epoch, tidemark.Progress{Phase: "stale"}, nil)
	})
	first.State = tidemark.JobFailed
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), first) })

	j.Progress, j.Cursor = tidemark.Progress{Phase: "load", TotalBytes: -1, UpdatedAt: at(2)}, []byte("go on here")
	h.update(func(tx tidemark.Tx) error {
		return tx.SaveRestoreProgress(h.Context(), j.ID, second.Epoch, j.Progress, j.Cursor)
	})
	h.sameJob(j)
	for _, state := range []tidemark.JobState{tidemark.JobCompleted, tidemark.JobFailed, tidemark.JobCancelled} {
		j.State = state
		h.update(func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), j) })
		h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
			_, err := tx.BeginRestoreJob(h.Context(), j.ID)
			return err
		})
		h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
			return tx.SaveRestoreProgress(h.Context(), j.ID, j.Epoch, tidemark.Progress{Phase: "late"}, nil)
		})
	}
	h.refuses(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		_, err := tx.BeginRestoreJob(h.Context(), tidemark.NewID())
		return err
	})
	h.refuses(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		return tx.SaveRestoreProgress(h.Context(), tidemark.NewID(), 0, tidemark.Progress{}, nil)
	})
}

func testRestoreJobTokens(h *harness) {
	i := h.instance("one")
	j, bare := h.job(i, nil), h.job(i, func(j *tidemark.RestoreJob) { j.DownloadToken = "" })
	h.job(i, func(j *tidemark.RestoreJob) { j.DownloadToken = "" }) // two without one are no conflict
	h.sameJob(bare)
	find := func(token string) (found *tidemark.RestoreJob, err error) {
		err = h.store.View(h.Context(), func(tx tidemark.Tx) (err error) {
			found, err = tx.RestoreJobByToken(h.Context(), token)
			return err
		})
		return found, err
	}
	found, err := find(j.DownloadToken)
	if err != nil {
		h.Fatal(err)
	}
	h.equal(found, j)
	for _, token := range []string{"", "unknown", j.DownloadToken[1:], j.DownloadToken + "\x00"} {
		_, err := find(token)
		h.hasCode(tidemark.CodeJobNotFound, err)
	}
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		same := sampleJob(i, tidemark.NewID())
		same.DownloadToken = j.DownloadToken
		return tx.CreateRestoreJob(h.Context(), same)
	})
	// A token that is taken away no longer finds the job, a new one does.
	old := j.DownloadToken
	j.DownloadToken = tidemark.RandomHex(32)
	h.update(func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), j) })
	_, err = find(old)
	h.hasCode(tidemark.CodeJobNotFound, err)
	if found, err = find(j.DownloadToken); err != nil {
		h.Fatal(err)
	}
	h.equal(found, j)
}

func testDownloads(h *harness) {
	j := h.job(h.instance("one"), func(j *tidemark.RestoreJob) { j.Downloads, j.DownloadBytes = 0, 0 })
	stale := *j
	for range 3 {
		h.update(func(tx tidemark.Tx) error { return tx.CountDownload(h.Context(), j.ID) })
	}
	h.update(func(tx tidemark.Tx) error { return tx.SetDownloadBytes(h.Context(), j.ID, 1<<40) })
	j.Downloads, j.DownloadBytes = 3, 1<<40
	h.sameJob(j)
	// A writer of the outcome that read before does not undo them.
	h.update(func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(h.Context(), &stale) })
	h.sameJob(j)
	h.refuses(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error { return tx.CountDownload(h.Context(), tidemark.NewID()) })
	h.refuses(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		return tx.SetDownloadBytes(h.Context(), tidemark.NewID(), 1)
	})
}
