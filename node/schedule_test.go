package node_test

import (
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"tidemark"
	"tidemark/client"
	"tidemark/jobs"
	"tidemark/restore/restoretest"
)

// objects is how many files the vault of a service has.
func (s *service) objects(t *testing.T) int {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(filepath.Join(s.cfg.DataDir, "vault", "objects"), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	}))
	return n
}

func (s *service) listSnapshots(t *testing.T, name string) []client.Snapshot {
	t.Helper()
	answer, err := s.ListSnapshots(t.Context(), s.project, name)
	must(t, err)
	list, err := client.Results[client.Snapshot](answer)
	must(t, err)
	return list
}

// TestScheduleAndExpiry takes a snapshot every second, each of them kept for
// three. The API allows no schedule of seconds, so the store is told of it.
func TestScheduleAndExpiry(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	_, store := hold(&cfg)
	tune := cfg.TuneJobs
	cfg.TuneJobs = func(c *jobs.Config) {
		tune(c)
		c.SweepInterval = 50 * time.Millisecond
	}
	s := start(t, cfg)
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 40, 20)
	want := restoretest.Read(t, shop)
	schedule := func(interval time.Duration) {
		must(t, store().Update(t.Context(), func(tx tidemark.Tx) error {
			i, err := tx.Instance(t.Context(), tidemark.ID(s.instance(t, "shop").ID))
			if err != nil {
				return err
			}
			i.SnapshotInterval, i.SnapshotRetention, i.NextSnapshotAt = interval, 3*time.Second, time.Time{}
			if interval > 0 {
				i.NextSnapshotAt = time.Now()
			}
			return tx.UpdateInstance(t.Context(), i)
		}))
	}
	snap := s.snapshot(t, "shop")
	one := s.objects(t) // each snapshot has as many
	_, err := s.DeleteSnapshot(t.Context(), s.project, "shop", snap.ID)
	must(t, err)
	schedule(time.Second)

	seen := map[string]time.Time{}
	until(t, "six snapshots", func() bool {
		list := s.listSnapshots(t, "shop")
		if len(list) > 8 {
			t.Errorf("%d snapshots are kept for three seconds", len(list))
		}
		for _, snap := range list {
			if snap.SnapshotType != string(tidemark.SnapshotScheduled) || snap.Status == string(tidemark.SnapshotFailed) {
				t.Errorf("the snapshot is %+v", snap)
			}
			seen[snap.ID] = snap.CreatedAt
		}
		return len(seen) >= 6
	})
	schedule(0)
	until(t, "the expiry of all but one", func() bool {
		list := s.listSnapshots(t, "shop")
		if len(list) == 0 {
			t.Fatal("the last snapshot has gone")
		}
		return len(list) == 1 && list[0].ExpiresAt.After(time.Now())
	})
	last := s.listSnapshots(t, "shop")[0]
	for id, created := range seen {
		if created.After(last.CreatedAt) {
			t.Errorf("snapshot %s of %s has gone before that of %s", id, created, last.CreatedAt)
		}
	}
	until(t, "the deletion of their objects", func() bool { return s.objects(t) == one })

	wreck(t, shop)
	s.restore(t, "shop", last.ID, "shop")
	restoretest.Same(t, restoretest.Read(t, shop), want)
	s.stop(t)
	noOrphans(t, cfg.DataDir, 1)
}
