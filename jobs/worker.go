package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tidemark"
)

// task is what one kind of job does.
type task interface {
	// run does the work of the row with that id. It is nil where there is
	// nothing to do any more. With an error it returns the attempt that failed.
	run(ctx context.Context, id tidemark.ID) (attempt, error)
}

// failing is a task with a failed outcome; others are tried for ever.
type failing interface {
	task
	// fail writes the outcome unless it is written or the attempt is stale.
	fail(ctx context.Context, id tidemark.ID, a attempt, why error) error
}

// attempt is what a failed outcome is written with.
type attempt struct {
	epoch  int // zero: none had begun
	report *tidemark.RestoreReport
}

// worker runs one kind of task for River.
type worker struct {
	river.WorkerDefaults[taskArgs]
	jobs *Jobs
	kind tidemark.TaskKind
	task task
}

// Timeout is none: a restore takes as long as it takes.
func (w *worker) Timeout(*river.Job[taskArgs]) time.Duration { return -1 }

// Work runs the task once and says how River goes on.
func (w *worker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	id := job.Args.ID
	past := historyOf(job.JobRow)
	if f, ok := w.task.(failing); ok && past.Orphaned > w.jobs.cfg.OrphanedMax {
		return w.end(ctx, f, id, attempt{}, cutOff(past.Orphaned))
	}
	var a attempt
	err := protect(func() (err error) {
		a, err = w.task.run(ctx, id)
		return err
	})
	switch wait, waits := asWait(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return river.JobSnooze(0) // told to stop: put back, no attempt used up
	case waits:
		return river.JobSnooze(wait)
	case isStale(err):
		w.log(ctx, id, "attempt is stale", err)
		return nil
	}
	f, ok := w.task.(failing)
	if !ok {
		w.log(ctx, id, "task failed; trying again", err)
		return river.JobSnooze(w.jobs.cfg.Backoff(past.Snoozes + 1))
	}
	if permanent(err) || job.Attempt >= job.MaxAttempts {
		return w.end(ctx, f, id, a, err)
	}
	w.log(ctx, id, "task failed; trying again", err)
	return err
}

// end writes the failed outcome. If it cannot be written the job stays, so
// that the row does not stay in progress.
func (w *worker) end(ctx context.Context, f failing, id tidemark.ID, a attempt, why error) error {
	w.log(ctx, id, "task failed for good", why)
	switch err := f.fail(ctx, id, a, why); {
	case err == nil, isStale(err):
		return river.JobCancel(why)
	case ctx.Err() != nil:
		return river.JobSnooze(0)
	default:
		w.log(ctx, id, "the outcome cannot be written; trying again", err)
		return river.JobSnooze(w.jobs.cfg.Backoff(1))
	}
}

func (w *worker) log(ctx context.Context, id tidemark.ID, what string, err error) {
	attrs := []any{"task", string(w.kind), "id", string(id), "error", err}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, "stack", string(p.stack))
	}
	w.jobs.cfg.Logger.WarnContext(ctx, what, attrs...)
}

// history is what the metadata of a job counts.
type history struct {
	Snoozes  int `json:"snoozes"`  // by River
	Orphaned int `json:"orphaned"` // by reclaim
}

func historyOf(row *rivertype.JobRow) history {
	var h history
	// Metadata that cannot be read counts nothing; the job runs all the same.
	_ = json.Unmarshal(row.Metadata, &h)
	return h
}

// errorHandler is the second line: it writes the outcome of a job that failed
// for good before its worker could, because River itself could not read it.
type errorHandler struct{ jobs *Jobs }

// HandleError ends the row of a job that River gives up.
func (h errorHandler) HandleError(ctx context.Context, row *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	return h.handle(ctx, row, err)
}

// HandlePanic ends the row of a job whose worker panicked.
func (h errorHandler) HandlePanic(ctx context.Context, row *rivertype.JobRow, value any, _ string) *river.ErrorHandlerResult {
	return h.handle(ctx, row, panicked(value))
}

func (h errorHandler) handle(ctx context.Context, row *rivertype.JobRow, why error) *river.ErrorHandlerResult {
	f, ok := h.jobs.tasks[tidemark.TaskKind(row.Kind)].(failing)
	if !ok || row.Attempt < row.MaxAttempts {
		return nil
	}
	var args taskArgs
	if err := json.Unmarshal(row.EncodedArgs, &args); err != nil {
		h.jobs.cfg.Logger.ErrorContext(ctx, "a job cannot be read", "job", row.ID, "error", err)
		return nil
	}
	if err := f.fail(ctx, args.ID, attempt{}, why); err != nil && !isStale(err) {
		h.jobs.cfg.Logger.ErrorContext(ctx, "the outcome cannot be written", "task", row.Kind, "id", string(args.ID), "error", err)
	}
	return nil
}
