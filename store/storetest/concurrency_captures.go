package storetest

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// testConcurrentTailers has many tailers add a slice after the same entry: in
// each round one gets it in.
func testConcurrentTailers(h *harness) {
	i := h.instance("one")
	position := tidemark.Timestamp{}
	var kept []*tidemark.Slice
	for n := range rounds {
		var won, lost atomic.Int32
		var winner atomic.Pointer[tidemark.Slice]
		var group errgroup.Group
		for w := range writers {
			group.Go(func() error {
				// They read different stretches, as tailers do.
				s := sampleSlice(i, position, ts(100*n+1), ts(100*n+1+w))
				err := h.store.Update(h.Context(), func(tx tidemark.Tx) error {
					c, err := tx.Capture(h.Context(), i.ID)
					if err != nil {
						return err
					}
					c.SeenAt = at(w)
					if err := tx.SaveCapture(h.Context(), c); err != nil {
						return err
					}
					return tx.AddSlice(h.Context(), s)
				})
				switch tidemark.ErrorCode(err) {
				case "":
					won.Add(1)
					winner.Store(s)
				case tidemark.CodeConflict:
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
		kept = append(kept, winner.Load())
		position = winner.Load().Last
	}
	h.slices(i, tidemark.Timestamp{}, tidemark.Timestamp{}, 99, kept...)
	h.totals(i, kept...)
}

// testConcurrentRuns has snapshots that share runs release them at once: the
// last one to give a run up is told, whoever that is.
func testConcurrentRuns(h *harness) {
	i := h.instance("one")
	snapshots := make([]*tidemark.Snapshot, writers)
	for w := range writers {
		snapshots[w] = h.snapshot(i, nil)
	}
	var group errgroup.Group
	for w, s := range snapshots {
		group.Go(func() error {
			return h.store.Update(h.Context(), func(tx tidemark.Tx) error {
				return tx.ReferRuns(h.Context(), s.ID, []string{"shared", fmt.Sprint("own", w)})
			})
		})
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
	var told atomic.Int32
	for w, s := range snapshots {
		group.Go(func() error {
			return h.store.Update(h.Context(), func(tx tidemark.Tx) error {
				got, err := tx.ReleaseRuns(h.Context(), s.ID)
				if len(got) == 2 && got[1] == "shared" {
					told.Add(1)
					got = got[:1]
				}
				h.equal(got, []string{fmt.Sprint("own", w)})
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
	h.equal(told.Load(), int32(1))
}

// testCaptureIsolation looks at a capture while a tailer moves it.
func testCaptureIsolation(h *harness) {
	i := h.instance("one")
	old := h.chain(i, 0, 3)
	look := func(tx tidemark.Tx, position tidemark.Timestamp, want []*tidemark.Slice) {
		c, err := tx.Capture(h.Context(), i.ID)
		if err != nil {
			h.Error(err)
			return
		}
		h.equal(c.Position, position)
		got, err := tx.Slices(h.Context(), i.ID, tidemark.Timestamp{}, tidemark.Timestamp{}, 9)
		h.equal(got, want)
		h.hasCode("", err)
		total, err := totalOf(h, tx, i.ID)
		h.equal(total, sum(want))
		h.hasCode("", err)
	}
	next := sampleSlice(i, ts(3), ts(4), ts(6))
	h.view(func(tx tidemark.Tx) error {
		look(tx, ts(3), old)
		written := make(chan error)
		go func() {
			written <- h.store.Update(h.Context(), func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), next) })
		}()
		if err := <-written; err != nil {
			return err
		}
		look(tx, ts(3), old)
		return nil
	})
	both := append(old, next)
	h.view(func(tx tidemark.Tx) error {
		look(tx, ts(6), both)
		return nil
	})
	// A slice whose transaction is given up leaves no trace.
	err := h.store.Update(h.Context(), func(tx tidemark.Tx) error {
		if err := tx.AddSlice(h.Context(), sampleSlice(i, ts(6), ts(7), ts(8))); err != nil {
			return err
		}
		if err := tx.DeleteSlice(h.Context(), next.ID); err != nil {
			return err
		}
		return errGivenUp
	})
	h.hasCode(tidemark.CodeInternal, err)
	h.view(func(tx tidemark.Tx) error {
		look(tx, ts(6), both)
		return nil
	})
}
