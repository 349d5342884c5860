package jobs_test

import (
	"time"

	"tidemark"
)

// captured makes an instance whose oplog, up to last, is captured.
func (b *bench) captured(name string, last uint32) *tidemark.Instance {
	b.Helper()
	b.ports.grow(1, last)
	i := b.instance(name)
	i.ContinuousBackup = true
	b.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(b.Context(), i) })
	b.follow(i)
	return i
}

func (b *bench) follow(i *tidemark.Instance) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		return tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskCapture, ID: i.ID})
	})
}

func (b *bench) capture(i *tidemark.Instance) *tidemark.Capture {
	b.Helper()
	return read(b, tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) (*tidemark.Capture, error) { return tx.Capture(b.Context(), i.ID) })
}

// at waits until the capture has come to an entry.
func (b *bench) at(i *tidemark.Instance, t uint32) {
	b.Helper()
	b.eventually("the capture of the entry", func() bool { return b.capture(i).Position.T >= t })
}

// grow lets the oplog grow to an entry, and waits until that is captured.
func (b *bench) grow(i *tidemark.Instance, last uint32) {
	b.Helper()
	b.ports.grow(1, last)
	b.at(i, last)
}

// pass lets hours pass in steps, and takes a snapshot of the last entry of each.
func (b *bench) pass(i *tidemark.Instance, hours, step uint32) {
	b.Helper()
	start := b.capture(i).Position.T
	for h := step; h <= hours; h += step {
		b.advance(time.Duration(step) * time.Hour)
		b.grow(i, start+h*3600)
		b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
	}
}

// slices lists those of an instance.
func (b *bench) slices(i *tidemark.Instance) (list []*tidemark.Slice) {
	b.Helper()
	b.ok(b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
		list, err = tx.Slices(b.Context(), i.ID, tidemark.Timestamp{}, tidemark.Timestamp{}, 1000)
		return err
	}))
	return list
}

// newest waits for the first snapshots, and returns the newest of so many.
func (b *bench) newest(i *tidemark.Instance, n int) *tidemark.Snapshot {
	b.Helper()
	var list []*tidemark.Snapshot
	b.eventually("the snapshots", func() bool {
		list = b.snapshotsOf(i)
		return len(list) == n && list[0].Status == tidemark.SnapshotCompleted
	})
	return list[0]
}

// idleButCaptures waits until only captures are under way.
func (b *bench) idleButCaptures() {
	b.Helper()
	b.eventually("idle", func() bool {
		return b.count(`SELECT count(*) FROM river_job WHERE kind <> 'capture' AND finalized_at IS NULL`) == 0
	})
}
