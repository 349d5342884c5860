package restore_test

import (
	"context"
	"strings"
	"testing"

	"tidemark"
	"tidemark/restore/restoretest"
)

// TestOptionsLostByRenaming restores onto a server that loses options when a
// collection is renamed, failing at every call in turn from the cut-over on.
func TestOptionsLostByRenaming(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 60, 200)
	live := restoretest.Deployment(t)
	for n := 0; ; n += stride {
		overwriteAgain(t, live)
		forgetful := &restoretest.Forgetful{Target: live}
		faulty := &restoretest.Faulty{Target: forgetful}
		j := b.job(faulty)
		since := 0
		faulty.Before = func(string, int) error {
			if j.cuttingOver() {
				if since++; since == n {
					return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the target is gone")
				}
			}
			return nil
		}
		report, err := j.attempt(t.Context())
		if failed := n > 0 && since >= n; failed != (err != nil) {
			t.Fatalf("call %d failed: %v, and the restore: %v", n, failed, err)
		} else if failed {
			report, err = j.attempt(t.Context())
		}
		if err != nil || !report.Verified {
			t.Fatalf("after call %d failed: %v", n, err)
		}
		if all := strings.Join(report.Warnings, " "); !strings.Contains(all, "log.journal lost its options") {
			t.Errorf("after call %d failed: warnings %q", n, report.Warnings)
		}
		restoretest.Same(t, restoretest.Read(t, forgetful), b.want)
		if t.Failed() || n > since {
			t.Logf("%d calls", n)
			return
		}
	}
}

// TestRenamedAsStaged loads nothing twice where renaming keeps everything.
func TestRenamedAsStaged(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 60, 200)
	live := restoretest.Deployment(t)
	faulty := &restoretest.Faulty{Target: live}
	j := b.job(faulty)
	faulty.Before = func(method string, _ int) error {
		if method == "Insert" && j.cuttingOver() {
			t.Error("documents were inserted after the cut-over began")
		}
		return nil
	}
	if _, err := j.attempt(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, live), b.want)
}
