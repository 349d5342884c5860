package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/errgroup"

	"tidemark"
)

// Jobs runs the tasks. Its methods may be called from many goroutines.
type Jobs struct {
	cfg    Config
	client *river.Client[*sql.Tx]
	tasks  map[tidemark.TaskKind]task
	live   liveAttempts

	mu        sync.Mutex
	running   bool
	started   chan struct{} // closed while running
	stopSweep context.CancelFunc
	sweep     *errgroup.Group
}

// New makes or updates River's tables and returns Jobs, which take tasks at
// once and work them from Start on.
func New(ctx context.Context, c Config) (*Jobs, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if err := migrate(ctx, c.DB, c.Logger); err != nil {
		return nil, err
	}
	j := &Jobs{cfg: c, started: make(chan struct{})}
	j.tasks = map[tidemark.TaskKind]task{
		tidemark.TaskProvision:   &provisionTask{j},
		tidemark.TaskDeprovision: &deprovisionTask{j},
		tidemark.TaskSnapshot:    &snapshotTask{Jobs: j},
		tidemark.TaskRestore:     &restoreTask{Jobs: j, slots: make(chan struct{}, c.RestoreWorkers)},
		tidemark.TaskForget:      &forgetTask{j},
		tidemark.TaskCapture:     &captureTask{j},
		tidemark.TaskAbandon:     &abandonTask{j},
		tidemark.TaskExport:      &exportTask{j},
	}
	client, err := river.NewClient(riversqlite.New(c.DB), j.riverConfig())
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	j.client = client
	return j, nil
}

func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the tables of the jobs cannot be made: %w", err)
	}
	return nil
}

// Start takes up the jobs of a process that died, and works jobs until Stop is
// called or ctx ends. Started Jobs are left as they are.
func (j *Jobs) Start(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running {
		return nil
	}
	if err := reclaim(ctx, j.cfg.DB); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the jobs of the last run cannot be taken up: %w", err)
	}
	if err := j.client.Start(ctx); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the jobs cannot be started: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	j.running, j.stopSweep, j.sweep = true, cancel, new(errgroup.Group)
	j.sweep.Go(func() error { j.sweepLoop(ctx); return nil })
	close(j.started)
	return nil
}

// Started is closed while jobs are worked.
func (j *Jobs) Started() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.started
}

// Stop tells running jobs to stop, puts them back and waits until that is
// done, or ctx ends. It may be called before Start and more than once.
func (j *Jobs) Stop(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.running {
		return nil
	}
	j.stopSweep()
	if err := j.client.StopAndCancel(ctx); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the jobs have not stopped in time: %w", err).
			WithHint("What they were doing is taken up at the next start.")
	}
	err := j.sweep.Wait()
	j.running, j.started = false, make(chan struct{})
	return err
}

// EnqueueTx takes a task that is worked if tx commits. A capture that is under
// way already takes the place of another of the instance.
func (j *Jobs) EnqueueTx(ctx context.Context, tx *sql.Tx, t tidemark.Task) error {
	if _, ok := j.tasks[t.Kind]; !ok {
		return tidemark.Errorf(tidemark.CodeInternal, "no job does the task %q", t.Kind)
	}
	opts := &river.InsertOpts{Queue: queueOf[t.Kind], MaxAttempts: j.cfg.MaxAttempts}
	if t.Kind == tidemark.TaskCapture {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unfinished}
	}
	_, err := j.client.InsertTx(ctx, tx, taskArgs{kind: t.Kind, ID: t.ID}, opts)
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the task cannot be enqueued: %w", err)
	}
	return nil
}

// now is the time in the resolution that the store keeps.
func (j *Jobs) now() time.Time { return j.cfg.Clock().UTC().Truncate(time.Millisecond) }

// outcomeTime bounds the writing of an outcome.
const outcomeTime = 10 * time.Second

// forOutcome is the context that an outcome is written under: it does not end
// when the job is told to stop, since the work is done.
func forOutcome(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// sweepLoop sweeps at once and then every SweepInterval. A sweep that fails
// has changed nothing and is due again.
func (j *Jobs) sweepLoop(ctx context.Context) {
	for {
		if err := j.Sweep(ctx); err != nil && !errors.Is(err, context.Canceled) {
			j.cfg.Logger.WarnContext(ctx, "sweep failed", "error", err)
		}
		if !pause(ctx, j.cfg.SweepInterval) {
			return
		}
	}
}
