package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
)

// childDir is the variable that makes the test binary a service to be killed.
const childDir = "TIDEMARK_JOBS_TEST_DIR"

// child works the jobs of a store until it is killed. Its capture and its
// restore write a little, say so, and hang.
func child(dir string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	db, err := openStore(ctx, dir)
	fail(err)
	p := newPorts()
	p.capture = func(ctx context.Context, r jobs.CaptureRequest) (jobs.CaptureResult, error) {
		fail(r.Note(ctx, "half"))
		fmt.Println("capturing")
		<-ctx.Done()
		return jobs.CaptureResult{}, ctx.Err()
	}
	p.restore = func(ctx context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		fail(r.Save(ctx, tidemark.Progress{Percent: 50}, append(r.Cursor, 'x')))
		fmt.Println("restoring")
		<-ctx.Done()
		return nil, ctx.Err()
	}
	j, err := jobs.New(ctx, jobs.Config{DB: db.Writer(), Store: db, Provisioner: p, Capturer: p, Restorer: p, Tailer: p, Exporter: p})
	fail(err)
	db.SetEnqueuer(j)
	fail(j.Start(ctx))
	select {}
}

// runAndKill runs a child until it says all the words, and kills it.
func (b *bench) runAndKill(words ...string) {
	b.Helper()
	self, err := os.Executable()
	b.ok(err)
	cmd := exec.CommandContext(b.Context(), self)
	cmd.Env = append(os.Environ(), childDir+"="+b.dir)
	out, err := cmd.StdoutPipe()
	b.ok(err)
	b.ok(cmd.Start())
	missing := map[string]bool{}
	for _, w := range words {
		missing[w] = true
	}
	for lines := bufio.NewScanner(out); len(missing) > 0 && lines.Scan(); {
		b.Log("child:", lines.Text())
		delete(missing, lines.Text())
	}
	b.ok(cmd.Process.Kill())
	err = cmd.Wait()
	if len(missing) > 0 {
		b.Fatalf("the child ended without %v: %v", missing, err)
	}
}

// TestKill kills the process twice in the middle of its jobs. They are taken
// up soon, where they were, and have both their attempts left.
func TestKill(t *testing.T) {
	t.Parallel()
	twice := func(c *jobs.Config) { c.MaxAttempts = 2 }
	b := newBench(t, twice)
	source, target := b.instance("shop"), b.instance("copy")
	s := b.completed(source)
	job, taking := b.restore(s, target), b.take(source)
	b.ok(b.db.Close())
	for range 2 {
		b.runAndKill("capturing", "restoring")
	}

	b.ports.put("half")
	var cursor string
	b.ports.restore = func(_ context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		if cursor == "" {
			cursor = string(r.Cursor)
			return nil, errUnreachable
		}
		return &tidemark.RestoreReport{}, nil
	}
	b.open(twice)
	if got := b.job(job); got.State != tidemark.JobInProgress || got.Progress.Percent != 50 {
		t.Errorf("the killed job is %+v", got)
	}
	began := time.Now()
	b.start()
	b.jobIs(job, tidemark.JobCompleted)
	done := b.snapshotIs(taking, tidemark.SnapshotCompleted)
	if took := time.Since(began); took > 15*time.Second { // far below the time after which a queue gives a dead worker up
		t.Errorf("the jobs were taken up after %s", took)
	} else {
		t.Logf("taken up and done %s after the start", took)
	}
	if cursor != "xx" || b.job(job).Epoch != 4 || done.Epoch != 3 {
		t.Errorf("the cursor is %q, the epochs are %d and %d", cursor, b.job(job).Epoch, done.Epoch)
	}
	for _, object := range b.ports.objects() {
		if object == "half" {
			t.Error("what the dead attempt wrote is still there")
		}
	}
}
