package jobs

import (
	"bytes"
	"context"
	"sync"
	"time"

	"tidemark"
)

// reporter writes the progress of a snapshot, the newest only, at most once
// per interval, beside the work that reports it.
type reporter struct {
	save     func(ctx context.Context, p tidemark.Progress) error
	interval time.Duration

	mu      sync.Mutex
	newest  tidemark.Progress
	changed chan struct{} // holds one mark while newest is not written
}

func newReporter(interval time.Duration, save func(ctx context.Context, p tidemark.Progress) error) *reporter {
	return &reporter{save: save, interval: interval, changed: make(chan struct{}, 1)}
}

// report takes progress and returns at once.
func (r *reporter) report(p tidemark.Progress) {
	r.mu.Lock()
	r.newest = p
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *reporter) latest() tidemark.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest
}

// run writes until ctx ends; an error is one of save.
func (r *reporter) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.changed:
		}
		if err := r.save(ctx, r.latest()); err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was told to end
			}
			return err
		}
		if !pause(ctx, r.interval) {
			return nil
		}
	}
}

// cursorSaver writes progress with a cursor: always when the cursor moves,
// else at most once per interval.
type cursorSaver struct {
	save     func(ctx context.Context, p tidemark.Progress, cursor []byte) error
	interval time.Duration
	tell     func(ctx context.Context, p tidemark.Progress) // of all progress; may be nil

	mu     sync.Mutex
	cursor []byte
	at     time.Time
	latest tidemark.Progress
	phase  string // in place of the one that is reported, if not empty
}

// during has another phase shown, until it is called with "".
func (s *cursorSaver) during(phase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = phase
}

func (s *cursorSaver) write(ctx context.Context, p tidemark.Progress, cursor []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != "" {
		p.Phase = s.phase
	}
	s.latest = p
	if s.tell != nil {
		s.tell(ctx, p)
	}
	if bytes.Equal(cursor, s.cursor) && time.Since(s.at) < s.interval {
		return nil
	}
	if err := s.save(ctx, p, cursor); err != nil {
		return err
	}
	s.cursor, s.at = bytes.Clone(cursor), time.Now()
	return nil
}

// last is the newest progress, written or not.
func (s *cursorSaver) last() tidemark.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}

// finished is the progress of work that is done.
func finished(p tidemark.Progress, now time.Time) tidemark.Progress {
	p.Phase, p.Percent, p.UpdatedAt = "done", 100, now
	return p
}
