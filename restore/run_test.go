package restore_test

import (
	"slices"
	"testing"

	"tidemark"
	"tidemark/restore"
	"tidemark/restore/restoretest"
)

func TestRestoreReplacesEverything(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 2000, 200)
	d, _ := target(t)
	j := b.job(d)
	report, err := j.attempt(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
	if left := restoretest.Staged(t, d); len(left) > 0 {
		t.Errorf("left staged: %v", left)
	}
	if !report.Verified || len(report.Collections) != 4 || report.Content.Documents != 3500 {
		t.Errorf("report %+v", report)
	}
	if !slices.Equal(report.Dropped, []string{"elsewhere.things", "shop.rubbish"}) {
		t.Errorf("dropped %v", report.Dropped)
	}
	for _, c := range report.Collections {
		if c.ReadBack != c.Expected {
			t.Errorf("%s: read back %+v, expected %+v", c.Namespace, c.ReadBack, c.Expected)
		}
	}
	if j.last.Percent < 99.9 || j.last.Bytes != report.Content.Bytes || j.last.Documents != 3500 {
		t.Errorf("last progress %+v", j.last)
	}
}

func TestRestoreOntoNothing(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 100, 100)
	d := restoretest.Deployment(t)
	if _, err := b.job(d).attempt(t.Context()); err != nil {
		t.Fatal(err)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
}

func TestRestoreOfAnEmptySnapshotEmptiesTheTarget(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 10, 10)
	b.manifest.Collections, b.manifest.Runs = nil, nil
	d, _ := target(t)
	report, err := b.job(d).attempt(t.Context())
	if err != nil || !report.Verified {
		t.Fatalf("%+v, %v", report, err)
	}
	restoretest.Same(t, restoretest.Read(t, d), restoretest.State{})
}

func TestRestoreRemovesWhatDeadJobsStaged(t *testing.T) {
	t.Parallel()
	b := snapshot(t, 10, 10)
	d, _ := target(t)
	dead := tidemark.StagePrefix + tidemark.NewID().String() + "_3"
	restoretest.Collection(t, d, "shop", dead, 0, nil, nil)
	if _, err := b.job(d).attempt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := restoretest.Staged(t, d); len(left) > 0 {
		t.Errorf("left staged: %v", left)
	}
}

func TestAbandonRemovesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	d, before := target(t)
	mine, other := tidemark.NewID(), tidemark.NewID()
	restoretest.Collection(t, d, "shop", tidemark.StagePrefix+mine.String()+"_0", 0, nil, nil)
	restoretest.Collection(t, d, "elsewhere", tidemark.StagePrefix+mine.String()+"_1", 0, nil, nil)
	restoretest.Collection(t, d, "shop", tidemark.StagePrefix+other.String()+"_0", 0, nil, nil)
	if err := restore.Abandon(t.Context(), d, mine); err != nil {
		t.Fatal(err)
	}
	if left := restoretest.Staged(t, d); len(left) != 1 {
		t.Errorf("left staged: %v", left)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
}
