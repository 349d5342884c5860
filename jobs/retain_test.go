package jobs_test

import (
	"testing"
	"time"

	"tidemark"
)

// TestRetainedBackups: the server goes, finished snapshots stay until they
// expire, the newest included, and the instance with the last of them.
func TestRetainedBackups(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.instance("shop")
	early, late := b.completed(i), b.completed(i)
	b.update(func(tx tidemark.Tx) error {
		for n, s := range []*tidemark.Snapshot{early, late} {
			s, err := tx.Snapshot(t.Context(), s.ID)
			if err != nil {
				return err
			}
			s.ExpiresAt = b.clock().Add(time.Duration(n+1) * time.Hour)
			if err := tx.UpdateSnapshot(t.Context(), s); err != nil {
				return err
			}
		}
		i.Embedded, i.RetainBackups = true, true
		return tx.UpdateInstance(t.Context(), i)
	})
	b.deprovision(i)
	b.eventually("deleted but for its snapshots", func() bool { return !b.stored(i.ID).DeletedAt.IsZero() })
	if got := b.stored(i.ID); got.URI != "" || b.ports.times("deprovision") != 1 || len(b.snapshotsOf(i)) != 2 {
		t.Errorf("the instance is %+v with %d snapshots", got, len(b.snapshotsOf(i)))
	}
	b.advance(90 * time.Minute)
	b.sweep()
	if list := b.snapshotsOf(i); len(list) != 1 || list[0].ID != late.ID {
		t.Errorf("%d snapshots are left", len(list))
	}
	b.advance(time.Hour)
	b.sweep()
	b.eventually("gone with the last snapshot", func() bool { return b.stored(i.ID) == nil })
	if b.ports.times("deprovision") != 1 {
		t.Errorf("the server was deleted %d times", b.ports.times("deprovision"))
	}
}
