package node_test

import (
	"testing"
	"time"

	"tidemark"
	"tidemark/client"
	"tidemark/mongo/mongotest"
	"tidemark/restore/restoretest"
)

// TestCancelARestore: before the cut-over at once, with the target as it was;
// not from then on.
func TestCancelARestore(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, 200)
	hold := func(name string) (string, func()) {
		t.Helper()
		reached, free := g.holding(func(_ int, cmd mongotest.Command) bool { return cmd.Name == name })
		job := g.begin(t)
		select {
		case <-reached:
		case <-t.Context().Done():
			t.Fatalf("the restore has not come to %s", name)
		}
		return job, free
	}

	job, free := hold("createIndexes")
	was := restoretest.Read(t, g.target)
	began := time.Now()
	answer, err := g.CancelRestoreJob(t.Context(), g.project, "shop", job)
	if j := decoded[client.RestoreJob](t, answer, err); j.State != string(tidemark.JobCancelled) {
		t.Errorf("the job is %+v", j)
	}
	until(t, "the removal of what was staged", func() bool { return len(restoretest.Staged(t, g.target)) == 0 })
	if took := time.Since(began); took > slowness*5*time.Second {
		t.Errorf("the end of the restore took %s", took)
	}
	free()
	restoretest.Same(t, restoretest.Read(t, g.target), was)
	if j := g.getJob(t, "shop", job); j.State != string(tidemark.JobCancelled) || j.FailReason != "" {
		t.Errorf("the job is %+v", j)
	}

	must(t, g.target.Drop(t.Context(), "elsewhere", "things")) // which begin makes again
	job, free = hold("renameCollection")
	_, err = g.CancelRestoreJob(t.Context(), g.project, "shop", job)
	if tidemark.ErrorCode(err) != "CANNOT_CANCEL_AUTOMATED_RESTORE" {
		t.Errorf("the cut-over is answered with %v", err)
	}
	free()
	if j := g.equal(t, job); j.CutOverAt.IsZero() {
		t.Errorf("the job is %+v", j)
	}
}
