package jobs_test

import (
	"testing"
	"time"

	"tidemark"
)

// TestWindowCloses keeps the slices since the newest snapshot that is as old as
// the window, with an hour of grace.
func TestWindowCloses(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	start := uint32(b.clock().Unix())
	i := b.captured("shop", start)
	b.newest(i, 1)
	b.pass(i, 96, 24)
	b.advance(30 * time.Minute)
	b.ok(b.jobs.Sweep(t.Context()))
	if c := b.capture(i); c.WindowStart.T != start+24*3600 {
		t.Errorf("96 hours and a half on the window begins %d hours on", (c.WindowStart.T-start)/3600)
	}
	if n := len(b.slices(i)); n != 4 {
		t.Errorf("within the grace there are %d slices", n)
	}
	b.advance(time.Hour)
	b.ok(b.jobs.Sweep(t.Context()))
	if s := b.slices(i); s[0].Last.T < start+24*3600 {
		t.Errorf("the oldest slice ends %d hours on", (s[0].Last.T-start)/3600)
	}
	// All but the newest go: the window begins there.
	b.advance(30 * 24 * time.Hour)
	b.ok(b.jobs.Sweep(t.Context()))
	if c := b.capture(i); c.WindowStart.T != start+96*3600 {
		t.Errorf("the window begins %d hours on", (c.WindowStart.T-start)/3600)
	}
}

// TestDailies keeps one scheduled snapshot a day for longer.
func TestDailies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.now = time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	b.start()
	i := b.captured("shop", 10)
	b.edit(i.ID, func(i *tidemark.Instance) {
		i.SnapshotInterval, i.SnapshotRetention, i.NextSnapshotAt = 6*time.Hour, 48*time.Hour, b.clock().Add(6*time.Hour)
	})
	b.newest(i, 1)
	dailies := 0
	for n := 2; n <= 9; n++ {
		b.advance(6 * time.Hour)
		b.ok(b.jobs.Sweep(t.Context()))
		s := b.newest(i, n)
		keep := s.ExpiresAt.Sub(s.CreatedAt)
		if s.Frequency == tidemark.FrequencyDaily {
			dailies++
		}
		if want := map[tidemark.Frequency]time.Duration{tidemark.FrequencyDaily: 35 * 24 * time.Hour, tidemark.FrequencyHourly: 72 * time.Hour}[s.Frequency]; keep != want {
			t.Errorf("a %s snapshot is kept for %s", s.Frequency, keep)
		}
	}
	if dailies < 2 || dailies > 3 {
		t.Errorf("%d of 8 snapshots are dailies", dailies)
	}
}
