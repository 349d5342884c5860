package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"tidemark"
	"tidemark/store"
)

type taskArgs struct {
	tidemark.Task
}

func (taskArgs) Kind() string { return "task" }

// worker hands on the tasks that River gives it.
type worker struct {
	river.WorkerDefaults[taskArgs]
	worked chan tidemark.Task
}

func (w *worker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	select {
	case w.worked <- job.Args.Task:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jobs puts tasks into River.
type jobs struct{ client *river.Client[*sql.Tx] }

func (j jobs) EnqueueTx(ctx context.Context, tx *sql.Tx, task tidemark.Task) error {
	_, err := j.client.InsertTx(ctx, tx, taskArgs{task}, nil)
	return err
}

// startRiver runs a River client on the store's writer until the test ends.
func startRiver(t *testing.T, db *store.DB) (jobs, <-chan tidemark.Task) {
	t.Helper()
	driver := riversqlite.New(db.Writer())
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	w := &worker{worked: make(chan tidemark.Task)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(driver, &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}},
		Workers:           workers,
		FetchPollInterval: 50 * time.Millisecond,
		FetchCooldown:     10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return jobs{client}, w.worked
}

// TestEnqueue has a real River on the writer: a task runs if and only if the
// transaction that enqueued it committed.
func TestEnqueue(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	task := func() tidemark.Task { return tidemark.Task{Kind: tidemark.TaskSnapshot, ID: tidemark.NewID()} }
	enqueue := func(task tidemark.Task, then error) error {
		return db.Update(t.Context(), func(tx tidemark.Tx) error {
			if err := tx.Enqueue(t.Context(), task); err != nil {
				return err
			}
			return then
		})
	}
	if err := enqueue(task(), nil); tidemark.ErrorCode(err) != tidemark.CodeInternal {
		t.Errorf("without an enqueuer, Enqueue returned %v", err)
	}
	jobs, worked := startRiver(t, db)
	db.SetEnqueuer(jobs)

	givenUp := errors.New("given up")
	want := map[tidemark.Task]bool{}
	for range 20 {
		if err := enqueue(task(), givenUp); !errors.Is(err, givenUp) {
			t.Fatal(err)
		}
		kept := task()
		want[kept] = true
		if err := enqueue(kept, nil); err != nil {
			t.Fatal(err)
		}
	}
	for len(want) > 0 {
		select {
		case got := <-worked:
			if !want[got] {
				t.Fatalf("%v was never committed, or ran twice", got)
			}
			delete(want, got)
		case <-time.After(20 * time.Second):
			t.Fatalf("%d tasks did not run", len(want))
		}
	}
	var rows int
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows != 20 {
		t.Errorf("River has %d jobs, want 20", rows)
	}
}
