package storetest

import "tidemark"

func testSnapshotsByClusterTime(h *harness) {
	i := h.instance("one")
	create := func(i *tidemark.Instance, ms int, when tidemark.Timestamp, status tidemark.SnapshotStatus) *tidemark.Snapshot {
		return h.snapshot(i, func(s *tidemark.Snapshot) { s.CreatedAt, s.ClusterTime, s.Status = at(ms), when, status })
	}
	unknown := create(i, 90, tidemark.Timestamp{}, tidemark.SnapshotCompleted)
	early := create(i, 10, ts(3), tidemark.SnapshotCompleted)
	late := create(i, 20, ts(9), tidemark.SnapshotCompleted)
	twin := create(i, 21, ts(9), tidemark.SnapshotCompleted)
	for _, status := range []tidemark.SnapshotStatus{tidemark.SnapshotQueued, tidemark.SnapshotInProgress, tidemark.SnapshotFailed} {
		create(i, 99, ts(6), status)
	}
	elsewhere := create(h.instance("other"), 99, ts(7), tidemark.SnapshotCompleted)

	type read func(tx tidemark.Tx) (*tidemark.Snapshot, error)
	check := func(want *tidemark.Snapshot, read read) {
		h.Helper()
		err := h.store.View(h.Context(), func(tx tidemark.Tx) error {
			got, err := read(tx)
			h.equal(got, want)
			return err
		})
		if want == nil {
			h.hasCode(tidemark.CodeSnapshotNotFound, err)
		} else {
			h.hasCode("", err)
		}
	}
	snapshotAt := func(id tidemark.ID, t tidemark.Timestamp) read {
		return func(tx tidemark.Tx) (*tidemark.Snapshot, error) { return tx.SnapshotAt(h.Context(), id, t) }
	}
	check(nil, snapshotAt(i.ID, tidemark.Timestamp{}))
	check(nil, snapshotAt(i.ID, ts(2)))
	check(early, snapshotAt(i.ID, ts(3)))
	check(early, snapshotAt(i.ID, ts(8)))
	check(twin, snapshotAt(i.ID, ts(9)))
	check(twin, snapshotAt(i.ID, tidemark.Timestamp{T: lastSecond, I: lastSecond}))
	check(elsewhere, snapshotAt(elsewhere.InstanceID, ts(8)))
	check(nil, snapshotAt(tidemark.NewID(), ts(9)))

	since := func(id tidemark.ID, t tidemark.Timestamp) read {
		return func(tx tidemark.Tx) (*tidemark.Snapshot, error) { return tx.OldestSnapshotSince(h.Context(), id, t) }
	}
	check(early, since(i.ID, tidemark.Timestamp{}))
	check(early, since(i.ID, ts(3)))
	check(late, since(i.ID, ts(4)))
	check(late, since(i.ID, ts(9)))
	check(nil, since(i.ID, ts(10)))
	check(nil, since(tidemark.NewID(), ts(3)))

	latest := func(id tidemark.ID) read {
		return func(tx tidemark.Tx) (*tidemark.Snapshot, error) { return tx.LatestSnapshot(h.Context(), id) }
	}
	check(unknown, latest(i.ID))
	check(elsewhere, latest(elsewhere.InstanceID))
	check(nil, latest(tidemark.NewID()))
}
