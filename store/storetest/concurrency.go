package storetest

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

const (
	writers = 16
	rounds  = 12
)

// testConcurrentWriters has many goroutines write and read at once. No error
// of the database's locks may reach any of them, and no write may be lost.
func testConcurrentWriters(h *harness) {
	j := h.job(h.instance("one"), func(j *tidemark.RestoreJob) { j.Downloads = 0 })
	var group errgroup.Group
	for w := range writers {
		group.Go(func() error {
			for n := range rounds {
				err := h.store.Update(h.Context(), func(tx tidemark.Tx) error {
					// Read, then write: a deferred transaction would find itself locked out here.
					if _, err := tx.RestoreJob(h.Context(), j.ID); err != nil {
						return err
					}
					if err := tx.SetSetting(h.Context(), fmt.Sprintf("%d/%d", w, n), "x"); err != nil {
						return err
					}
					return tx.CountDownload(h.Context(), j.ID)
				})
				if err != nil {
					return err
				}
				err = h.store.View(h.Context(), func(tx tidemark.Tx) error {
					_, err := tx.RestoreJob(h.Context(), j.ID)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.RestoreJob(h.Context(), j.ID)
		if err != nil {
			return err
		}
		h.equal(got.Downloads, writers*rounds)
		for w := range writers {
			for n := range rounds {
				v, err := tx.Setting(h.Context(), fmt.Sprintf("%d/%d", w, n))
				if err != nil {
					return err
				}
				h.equal(v, "x")
			}
		}
		return nil
	})
}

// testConcurrentNames has many goroutines want one name: one gets it.
func testConcurrentNames(h *harness) {
	p := h.project("p")
	for n := range rounds {
		var won, lost atomic.Int32
		var group errgroup.Group
		for range writers {
			group.Go(func() error {
				err := h.store.Update(h.Context(), func(tx tidemark.Tx) error {
					return tx.CreateInstance(h.Context(), sampleInstance(p.ID, fmt.Sprint("n", n)))
				})
				switch tidemark.ErrorCode(err) {
				case "":
					won.Add(1)
				case tidemark.CodeDuplicateInstance:
					lost.Add(1)
				default:
					return err
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			h.Fatal(err)
		}
		h.equal([2]int32{won.Load(), lost.Load()}, [2]int32{1, writers - 1})
	}
}

// testConcurrentAttempts begins a snapshot from many goroutines: each gets an
// epoch of its own, and only the newest may write the outcome.
func testConcurrentAttempts(h *harness) {
	s := h.snapshot(h.instance("one"), func(s *tidemark.Snapshot) { s.Epoch = 0 })
	begun := make([]*tidemark.Snapshot, writers)
	var group errgroup.Group
	for w := range writers {
		group.Go(func() error {
			return h.store.Update(h.Context(), func(tx tidemark.Tx) (err error) {
				begun[w], err = tx.BeginSnapshot(h.Context(), s.ID)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
	seen := map[int]bool{}
	for _, attempt := range begun {
		seen[attempt.Epoch] = true
		attempt.Status = tidemark.SnapshotCompleted
		err := h.store.Update(h.Context(), func(tx tidemark.Tx) error { return tx.UpdateSnapshot(h.Context(), attempt) })
		if attempt.Epoch == writers {
			h.hasCode("", err)
		} else {
			h.hasCode(tidemark.CodeConflict, err)
		}
	}
	h.equal(len(seen), writers)
}
