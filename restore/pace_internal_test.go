package restore

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// model is a target that takes bytes at a rate of so many writers and batches.
type model func(setting) (bytesPerSecond float64)

// drive lets a pace load onto a model for that many windows, in a time of its
// own, and calls at with each setting.
func drive(p *pace, windows int, m func(window int) model, at func(setting)) {
	now := time.Unix(0, 0)
	p.clock = func() time.Time { return now }
	p.began = now
	for w := range windows {
		at(p.now)
		s, rate := p.now, m(w)(p.now)
		inserts := max(windowInserts*s.writers, int(rate*0.11)/s.batch+1)
		took := time.Duration(float64(inserts*s.batch) / rate * float64(time.Second))
		latency := time.Duration(float64(s.writers*s.batch) / rate * float64(time.Second))
		for range inserts {
			now = now.Add(took / time.Duration(inserts))
			if p.done(s.batch, latency); p.inserts == 0 {
				break // the window is over
			}
		}
	}
}

func constant(m model) func(int) model { return func(int) model { return m } }

// A target that takes more from more writers, up to a number, gets that many or
// a few more.
func TestPaceFindsTheWriters(t *testing.T) {
	t.Parallel()
	for _, best := range []int{1, 2, 3, 5, 8, 13} {
		p := newPace(16, 0, 0)
		var sum, seen int
		drive(p, 400, constant(func(s setting) float64 { return 40e6 * float64(min(s.writers, best)) }), func(s setting) {
			seen++
			if seen > 200 {
				sum += s.writers
			}
		})
		mean := float64(sum) / 200
		if mean < float64(best)-0.2 || mean > float64(best)+0.6 {
			t.Errorf("%.1f writers where %d are best", mean, best)
		}
	}
}

// Where each message costs a way to and fro, larger batches pay.
func TestPaceFindsTheBatch(t *testing.T) {
	t.Parallel()
	p := newPace(1, 0, 0)
	far := func(s setting) float64 { return float64(s.batch) / (0.05 + float64(s.batch)/200e6) }
	drive(p, 100, constant(far), func(setting) {})
	if p.now.batch < 4<<20 {
		t.Errorf("batches of %d bytes", p.now.batch)
	}
	near := newPace(1, 0, 0)
	drive(near, 100, constant(func(setting) float64 { return 300e6 }), func(setting) {})
	if near.now.batch != DefaultBatchBytes && near.before.batch != DefaultBatchBytes {
		t.Errorf("batches of %d bytes for nothing", near.before.batch)
	}
}

// A target that gets slow has fewer writers and smaller batches, and more again
// when it is well.
func TestPaceGivesWay(t *testing.T) {
	t.Parallel()
	p := newPace(8, 0, 0)
	well := func(s setting) float64 { return 40e6 * float64(s.writers) }
	ill := func(s setting) float64 { return 1e6 }
	var settings []setting
	drive(p, 300, func(w int) model {
		if w >= 100 && w < 150 {
			return ill
		}
		return well
	}, func(s setting) { settings = append(settings, s) })
	if s := settings[99]; s.writers != 8 {
		t.Errorf("well: %+v", s)
	}
	if s := settings[149]; s.writers > 4 || s.batch >= DefaultBatchBytes {
		t.Errorf("ill: %+v", s)
	}
	if s := settings[299]; s.writers != 8 {
		t.Errorf("well again: %+v", s)
	}
	p.faulted()
	if p.now.writers != 4 {
		t.Errorf("after a fault: %+v", p.now)
	}
	for range 30 {
		p.faulted()
	}
	if p.now != (setting{1, leastBatch}) {
		t.Errorf("after many faults: %+v", p.now)
	}
}

func TestPaceWithAFixedBatch(t *testing.T) {
	t.Parallel()
	p := newPace(4, 5000, 0)
	drive(p, 200, constant(func(s setting) float64 { return float64(s.writers*s.batch) / 0.05 }), func(s setting) {
		if s.batch != 5000 {
			t.Fatalf("%+v", s)
		}
	})
	if p.now.writers != 4 {
		t.Errorf("%+v", p.now)
	}
}

// Never are more within than may be, nobody waits for ever, and a wait ends with
// its context.
func TestPaceAdmits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(3, 1000, 0)
		var within, most atomic.Int64
		g, ctx := errgroup.WithContext(t.Context())
		for range 8 {
			g.Go(func() error {
				for range 50 {
					if _, err := p.enter(ctx); err != nil {
						return err
					}
					most.Store(max(most.Load(), within.Add(1)))
					time.Sleep(time.Millisecond) //nolint:forbidigo // the bubble's own time
					within.Add(-1)
					p.done(1000, time.Millisecond)
					p.leave()
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil || most.Load() > 3 || p.active != 0 {
			t.Errorf("%v, %d at once, %d left", err, most.Load(), p.active)
		}
		for range p.now.writers {
			if _, err := p.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.enter(ctx); err == nil || len(p.waiting) != 0 || p.active != p.now.writers {
			t.Errorf("%v, %d wait, %d within", err, len(p.waiting), p.active)
		}
	})
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := throttle{perSecond: 1e6}
		begin := time.Now()
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				for range 25 {
					if err := limit.wait(t.Context(), 100_000); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 9800*time.Millisecond || took > 10*time.Second {
			t.Errorf("10 MB at 1 MB a second took %s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := limit.wait(ctx, 1); err == nil {
			t.Error("a wait that does not end with its context")
		}
	})
	if err := new(throttle).wait(t.Context(), 1<<40); err != nil {
		t.Error(err)
	}
}
