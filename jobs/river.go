package jobs

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tidemark"
)

// The queues. Restores have many workers because downloads, which take no
// time, go through them; restoreTask bounds the others.
const (
	queueInstances = "instances"
	queueSnapshots = "snapshots"
	queueRestores  = "restores"
	queueUpkeep    = "upkeep"
	queueCaptures  = "captures"
	queueAbandoned = "abandoned"
	queueExports   = "exports"

	instanceWorkers = 8
	restoreWaiters  = 100
	upkeepWorkers   = 2
	abandonWorkers  = 4 // of which a target that is gone takes one for a while
	exportWorkers   = 2
	// captureWorkers is how many oplogs are followed at once; where there are
	// more, they take turns.
	captureWorkers = 64
)

var queueOf = map[tidemark.TaskKind]string{
	tidemark.TaskProvision:   queueInstances,
	tidemark.TaskDeprovision: queueInstances,
	tidemark.TaskSnapshot:    queueSnapshots,
	tidemark.TaskRestore:     queueRestores,
	tidemark.TaskForget:      queueUpkeep,
	tidemark.TaskCapture:     queueCaptures,
	tidemark.TaskAbandon:     queueAbandoned,
	tidemark.TaskExport:      queueExports,
}

// unfinished are the states of jobs that are still to run, or running.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// taskArgs is a task as River keeps it; its kind is River's.
type taskArgs struct {
	kind tidemark.TaskKind
	ID   tidemark.ID `json:"id"`
}

// Kind is River's name of the job.
func (a taskArgs) Kind() string { return string(a.kind) }

func (j *Jobs) riverConfig() *river.Config {
	workers := river.NewWorkers()
	for kind, t := range j.tasks {
		// All kinds share one type of arguments, so its zero value will not do.
		river.AddWorkerArgs(workers, taskArgs{kind: kind}, &worker{jobs: j, kind: kind, task: t})
	}
	return &river.Config{
		Queues: map[string]river.QueueConfig{
			queueInstances: {MaxWorkers: instanceWorkers},
			queueSnapshots: {MaxWorkers: j.cfg.SnapshotWorkers},
			queueRestores:  {MaxWorkers: j.cfg.RestoreWorkers + restoreWaiters},
			queueUpkeep:    {MaxWorkers: upkeepWorkers},
			queueCaptures:  {MaxWorkers: captureWorkers},
			queueAbandoned: {MaxWorkers: abandonWorkers},
			queueExports:   {MaxWorkers: exportWorkers},
		},
		Workers:           workers,
		FetchCooldown:     min(100*time.Millisecond, j.cfg.PollInterval),
		FetchPollInterval: j.cfg.PollInterval,
		JobTimeout:        -1,
		MaxAttempts:       j.cfg.MaxAttempts,
		RetryPolicy:       retryPolicy{j},
		ErrorHandler:      errorHandler{j},
		Logger:            quiet(j.cfg.Logger),
	}
}

// retryPolicy pauses as the configuration says.
type retryPolicy struct{ jobs *Jobs }

// NextRetry is when the job is tried again.
func (p retryPolicy) NextRetry(row *rivertype.JobRow) time.Time {
	return time.Now().Add(p.jobs.cfg.Backoff(row.Attempt))
}

// reclaim makes the jobs available that a dead process left running, counts in
// their metadata how often that was, and ends that process's leadership, for
// which retries would otherwise wait. No other process may be working them.
// Metadata that someone has spoilt is left as it is: River fails that job.
func reclaim(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, which is no news
	for _, statement := range []string{
		`UPDATE river_job SET
			state = 'available',
			attempt = max(attempt - 1, 0),
			scheduled_at = datetime('now', 'subsec'),
			metadata = CASE
				WHEN typeof(metadata) = 'text' AND NOT json_valid(metadata) THEN metadata
				ELSE jsonb_set(metadata, '$.orphaned', coalesce(json_extract(metadata, '$.orphaned'), 0) + 1) END
		WHERE state = 'running'`,
		`DELETE FROM river_leader`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// quiet passes on warnings and errors of River; what it says besides is of its
// own working.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

// Enabled keeps records below a warning out.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the bound.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the bound.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
