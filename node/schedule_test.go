package node_test

import (
	"io/fs"
	"path/filepath"
	"sync/atomic"
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

// clock is how far a clock is ahead.
type clock struct{ atomic.Int64 }

func (c *clock) read() time.Time { return time.Now().Add(time.Duration(c.Load())) }

func (c *clock) advance(d time.Duration) { c.Add(int64(d)) }

// TestScheduleAndExpiry takes a snapshot every hour of a clock that is put forward,
// each kept for three and a half.
func TestScheduleAndExpiry(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	c := &clock{}
	cfg.TuneJobs = func(j *jobs.Config) {
		quick(j)
		j.SweepInterval, j.Clock = 20*time.Millisecond, c.read
	}
	s := start(t, cfg)
	shop := s.embedded(t, "shop")
	restoretest.Fill(t, shop, 40, 20)
	want := restoretest.Read(t, shop)
	first := s.snapshot(t, "shop")
	one := s.objects(t) // each snapshot has as many
	_, err := s.DeleteSnapshot(t.Context(), s.project, "shop", first.ID)
	must(t, err)
	s.schedule(t, 1, 3.5/24)

	var last client.Snapshot
	for hour := range 6 {
		c.advance(time.Hour + time.Second)
		until(t, "the next snapshot", func() bool {
			list := s.listSnapshots(t, "shop")
			if len(list) == 0 || list[0].ID == last.ID || list[0].Status != string(tidemark.SnapshotCompleted) {
				return false
			}
			last = list[0]
			return true
		})
		if last.SnapshotType != string(tidemark.SnapshotScheduled) || last.ExpiresAt.Sub(last.CreatedAt).Round(time.Minute) != 210*time.Minute {
			t.Errorf("the snapshot is %+v", last)
		}
		until(t, "the expiry of the old ones", func() bool { return len(s.listSnapshots(t, "shop")) == min(hour+1, 4) })
	}
	until(t, "the deletion of their objects", func() bool { return s.objects(t) == 4*one })

	s.schedule(t, 0, 3.5/24)
	c.advance(4 * time.Hour)
	until(t, "the expiry of all but the last", func() bool { return len(s.listSnapshots(t, "shop")) == 1 })
	until(t, "the deletion of their objects", func() bool { return s.objects(t) == one })
	if kept := s.listSnapshots(t, "shop")[0]; kept.ID != last.ID || !kept.ExpiresAt.After(c.read().Add(-time.Second)) {
		t.Errorf("at %s the snapshot that is kept is %+v", c.read(), kept)
	}
	wreck(t, shop)
	s.restore(t, "shop", last.ID, "shop")
	restoretest.Same(t, restoretest.Read(t, shop), want)
	s.stop(t)
	noOrphans(t, cfg.DataDir, 1)
}

// schedule sets the schedule of shop.
func (s *service) schedule(t *testing.T, hours, days float64) {
	t.Helper()
	_, err := s.UpdateSchedule(t.Context(), s.project, "shop", client.Schedule{SnapshotIntervalHours: &hours, SnapshotRetentionDays: &days})
	must(t, err)
}
