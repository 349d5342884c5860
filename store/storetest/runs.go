package storetest

import (
	"fmt"
	"slices"

	"tidemark"
)

func (h *harness) refer(s *tidemark.Snapshot, objects ...string) {
	h.Helper()
	h.update(func(tx tidemark.Tx) error { return tx.ReferRuns(h.Context(), s.ID, objects) })
}

// release checks what a release lists.
func (h *harness) release(s *tidemark.Snapshot, want ...string) {
	h.Helper()
	h.update(func(tx tidemark.Tx) error {
		got, err := tx.ReleaseRuns(h.Context(), s.ID)
		h.equal(got, want)
		return err
	})
}

func (h *harness) forget(s *tidemark.Snapshot) {
	h.Helper()
	h.update(func(tx tidemark.Tx) error { return tx.ForgetObjects(h.Context(), s.ID) })
}

func testRuns(h *harness) {
	i := h.instance("one")
	first, second, third := h.snapshot(i, nil), h.snapshot(i, nil), h.snapshot(i, nil)
	h.refer(first, "b", "a", "b")
	h.refer(first, "c", "a") // in steps, and again
	h.refer(second, "b", "c", "d")
	h.refer(third, "c", "d", "it's ?0")
	h.refer(third)

	for range 2 { // what a crash made forget is said again
		h.release(second) // all of it is of others too
	}
	for range 2 {
		h.release(first, "a", "b")
	}
	h.release(second, "b") // which nobody else refers to any more now
	h.forget(first)
	h.release(first)
	h.release(second, "b") // not forgotten with the other
	h.forget(second)
	h.forget(second)
	h.release(second)
	h.release(third, "c", "d", "it's ?0")
	h.forget(third)
	h.release(third)
}

func testRunsOfLateSnapshots(h *harness) {
	i := h.instance("one")
	var s []*tidemark.Snapshot
	for range 5 {
		s = append(s, h.snapshot(i, nil))
	}
	h.refer(s[0], "a", "b", "c")
	h.refer(s[1], "a", "c")
	h.refer(s[2], "a", "b") // b skips one
	// The newest goes; the next one must not be taken for it.
	h.release(s[2])
	h.forget(s[2])
	h.refer(s[3], "c")
	h.release(s[0], "b")
	h.forget(s[0])
	h.refer(s[4], "b") // a new one by an old name
	h.refer(s[1], "d") // an older one goes on
	h.release(s[1], "a", "d")
	h.release(s[3], "c")
	h.release(s[4], "b")
	h.forget(s[1])
	h.forget(s[3])
	h.forget(s[4])
}

// testRunsAcrossForgotten refers again to what a snapshot refers to already,
// after the one between it and another is forgotten.
func testRunsAcrossForgotten(h *harness) {
	i := h.instance("one")
	first, gone, stranger, second := h.snapshot(i, nil), h.snapshot(i, nil), h.snapshot(i, nil), h.snapshot(i, nil)
	h.refer(first, "a")
	h.refer(stranger)
	h.refer(gone, "a")
	h.refer(second, "a")
	for _, s := range []*tidemark.Snapshot{stranger, gone} {
		h.release(s)
		h.forget(s)
	}
	h.refer(second, "a")
	h.release(first)
	h.release(second, "a")
}

func testRunErrors(h *harness) {
	i := h.instance("one")
	s, heir := h.snapshot(i, nil), h.snapshot(i, nil)
	h.refer(s, "a", "b")
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.ForgetObjects(h.Context(), s.ID) })
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		return tx.ReferRuns(h.Context(), tidemark.NewID(), []string{"a"})
	})
	h.refer(heir, "b")
	h.release(s, "a")
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.ReferRuns(h.Context(), s.ID, []string{"c"}) })
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.ReferRuns(h.Context(), heir.ID, []string{"b", "a"}) })
	h.refer(heir, "b") // which it still has
	h.forget(s)
	h.refer(heir, "a")
	h.release(heir, "a", "b")
	// What was never referred to is nothing.
	stranger := h.snapshot(i, nil)
	h.release(stranger)
	h.forget(stranger)
	h.lacks(tidemark.CodeInternal, func(tx tidemark.Tx) error { return tx.ReferRuns(h.Context(), stranger.ID, []string{"x"}) })
	h.lacks(tidemark.CodeInternal, func(tx tidemark.Tx) error {
		_, err := tx.ReleaseRuns(h.Context(), heir.ID)
		return err
	})
}

func testRunsOutliveSnapshots(h *harness) {
	i, other := h.instance("one"), h.instance("other")
	s, gone, kept := h.snapshot(i, nil), h.snapshot(i, nil), h.snapshot(other, nil)
	h.refer(s, "a", "b")
	h.refer(gone, "b", "c")
	h.refer(kept, "c", "d") // of another instance
	h.update(func(tx tidemark.Tx) error { return tx.DeleteSnapshot(h.Context(), gone.ID) })
	h.refuses(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		return tx.ReferRuns(h.Context(), gone.ID, []string{"e"})
	})
	h.release(s, "a") // b is needed until the deleted one gives it up
	h.update(func(tx tidemark.Tx) error { return tx.DeleteInstance(h.Context(), i.ID) })
	h.release(gone, "b")
	h.release(s, "a", "b")
	h.forget(s)
	h.forget(gone)
	h.release(kept, "c", "d")
}

// testManyRuns has more runs than a statement would take at once.
func testManyRuns(h *harness) {
	i := h.instance("one")
	var runs []string
	for n := range 3000 {
		runs = append(runs, fmt.Sprintf("%05d", n))
	}
	s, heir := h.snapshot(i, nil), h.snapshot(i, nil)
	h.refer(s, runs...)
	shuffled := slices.Clone(runs[1000:])
	slices.Reverse(shuffled)
	h.refer(heir, append(shuffled, "new")...)
	h.release(s, runs[:1000]...)
	h.release(heir, append(runs[1000:], "new")...)
}
