package storetest

import (
	"time"

	"tidemark"
)

func testSnapshots(h *harness) {
	i := h.instance("one")
	s := h.snapshot(i, nil)
	h.filled(s)
	same := func(want *tidemark.Snapshot) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Snapshot(h.Context(), want.ID)
			h.equal(got, want)
			return err
		})
	}
	same(s)
	changed := &tidemark.Snapshot{
		ID: s.ID, ProjectID: s.ProjectID, InstanceID: s.InstanceID, CreatedAt: s.CreatedAt, Epoch: s.Epoch,
		Status: tidemark.SnapshotFailed,
	}
	h.update(func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), changed) })
	same(changed)
	moved := *s
	moved.ProjectID, moved.InstanceID, moved.CreatedAt = tidemark.NewID(), tidemark.NewID(), at(99)
	h.update(func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), &moved) })
	same(s)
	h.update(func(tx tidemark.Tx) error { return tx.DeleteSnapshot(h.Context(), s.ID) })
	h.lacks(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Snapshot(h.Context(), s.ID)
		return err
	})
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error { return tx.DeleteSnapshot(h.Context(), s.ID) })
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), s) })
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		lost := sampleSnapshot(i)
		lost.InstanceID = tidemark.NewID()
		return tx.CreateSnapshot(h.Context(), lost)
	})
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		odd := sampleSnapshot(i)
		odd.Status = "dreaming"
		return tx.CreateSnapshot(h.Context(), odd)
	})
}

func testSnapshotLists(h *harness) {
	i := h.instance("one")
	h.snapshot(h.instance("other"), func(s *tidemark.Snapshot) { s.ExpiresAt = time.Time{} })
	create := func(ms int, status tidemark.SnapshotStatus, expires time.Time) tidemark.ID {
		return h.snapshot(i, func(s *tidemark.Snapshot) { s.CreatedAt, s.Status, s.ExpiresAt = at(ms), status, expires }).ID
	}
	done := create(3, tidemark.SnapshotCompleted, at(120))
	queued := create(9, tidemark.SnapshotQueued, at(100))
	running := create(1, tidemark.SnapshotInProgress, at(100))
	failed := create(5, tidemark.SnapshotFailed, at(110))
	forever := create(5, tidemark.SnapshotCompleted, time.Time{})

	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.Snapshots(h.Context(), i.ID, page())
		// Two of one millisecond go by id, the later one first.
		h.equal(idsOf(got, snapshotID), []tidemark.ID{queued, forever, failed, done, running})
		h.equal(total, 5)
		if err != nil {
			return err
		}
		unfinished, err := tx.UnfinishedSnapshots(h.Context(), i.ID)
		h.equal(idsOf(unfinished, snapshotID), []tidemark.ID{running, queued})
		return err
	})
	expired := func(t time.Time, limit int, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ExpiredSnapshots(h.Context(), t, limit)
			h.equal(idsOf(got, snapshotID), want)
			return err
		})
	}
	expired(at(109), 10)
	expired(at(110), 10, failed)
	expired(at(500), 10, failed, done)
	expired(at(500), 1, failed)
	expired(at(500), 0)
}

func testSnapshotEpochs(h *harness) {
	s := h.snapshot(h.instance("one"), func(s *tidemark.Snapshot) { s.Epoch = 0 })
	begin := func() *tidemark.Snapshot {
		h.Helper()
		var begun *tidemark.Snapshot
		h.update(func(tx tidemark.Tx) (err error) {
			begun, err = tx.BeginSnapshot(h.Context(), s.ID)
			return err
		})
		return begun
	}
	s.Status, s.Epoch = tidemark.SnapshotInProgress, 1
	first := begin()
	h.equal(first, s)
	second := begin()
	h.equal(second.Epoch, 2)

	// The first attempt has lost: it may write neither progress nor an outcome.
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		return tx.SaveSnapshotProgress(h.Context(), s.ID, first.Epoch, tidemark.Progress{Phase: "stale"})
	})
	first.Status = tidemark.SnapshotFailed
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), first) })

	progress := tidemark.Progress{Phase: "scan", Percent: 50, TotalBytes: -1, StartedAt: at(1), UpdatedAt: at(2)}
	h.update(func(tx tidemark.Tx) error {
		return tx.SaveSnapshotProgress(h.Context(), s.ID, second.Epoch, progress)
	})
	second.Progress = progress
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Snapshot(h.Context(), s.ID)
		h.equal(got, second) // and nothing else
		return err
	})
	for _, status := range []tidemark.SnapshotStatus{tidemark.SnapshotCompleted, tidemark.SnapshotFailed} {
		second.Status = status
		h.update(func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), second) })
		h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
			_, err := tx.BeginSnapshot(h.Context(), s.ID)
			return err
		})
	}
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		_, err := tx.BeginSnapshot(h.Context(), tidemark.NewID())
		return err
	})
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		return tx.SaveSnapshotProgress(h.Context(), tidemark.NewID(), 0, progress)
	})
}

func testSnapshotObjects(h *harness) {
	i := h.instance("one")
	s, other := h.snapshot(i, nil), h.snapshot(i, nil)
	note := func(id tidemark.ID, object string) {
		h.Helper()
		h.update(func(tx tidemark.Tx) error { return tx.NoteSnapshotObject(h.Context(), id, object) })
	}
	objects := func(id tidemark.ID, want ...string) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.SnapshotObjects(h.Context(), id)
			h.equal(got, want)
			return err
		})
	}
	objects(s.ID)
	note(s.ID, "b")
	note(s.ID, "a")
	note(s.ID, "b") // again
	note(other.ID, "c")
	objects(s.ID, "a", "b")

	h.update(func(tx tidemark.Tx) error { return tx.DeleteSnapshot(h.Context(), s.ID) })
	objects(s.ID, "a", "b")
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		return tx.NoteSnapshotObject(h.Context(), s.ID, "late")
	})
	forget := func(tx tidemark.Tx) error { return tx.ForgetSnapshotObjects(h.Context(), s.ID) }
	h.update(forget)
	h.update(forget) // twice is no error
	objects(s.ID)
	objects(other.ID, "c")
}
