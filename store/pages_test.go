package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark"
	"tidemark/store"
)

// counted makes an instance with n snapshots and as many restore jobs.
func counted(t *testing.T, db *store.DB, n int) *tidemark.Instance {
	t.Helper()
	org, project := tidemark.NewID(), tidemark.NewID()
	i := &tidemark.Instance{ID: tidemark.NewID(), ProjectID: project, Name: "i", URI: "mongodb://h/", Kind: tidemark.KindServerless, State: tidemark.StateIdle}
	err := db.Update(t.Context(), func(tx tidemark.Tx) error {
		ctx := t.Context()
		err := errors.Join(
			tx.CreateOrganization(ctx, &tidemark.Organization{ID: org, Name: "o"}),
			tx.CreateProject(ctx, &tidemark.Project{ID: project, OrgID: org, Name: "p"}),
			tx.CreateInstance(ctx, i))
		for n := range n {
			at := time.UnixMilli(int64(n/2 + 1)) // two at a time: the id decides
			err = errors.Join(err,
				tx.CreateSnapshot(ctx, &tidemark.Snapshot{
					ID: tidemark.NewID(), ProjectID: project, InstanceID: i.ID, Status: tidemark.SnapshotCompleted, CreatedAt: at,
				}),
				tx.CreateRestoreJob(ctx, &tidemark.RestoreJob{
					ID: tidemark.NewID(), ProjectID: project, InstanceID: i.ID, DeliveryType: tidemark.DeliverAutomated,
					State: tidemark.JobCompleted, CreatedAt: at,
				}))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestPagesTile: pages of any size, in either direction, are what one page
// over all would be cut into, though those of the second half are read from the
// end.
func TestPagesTile(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	const n = 37
	i := counted(t, db, n)
	ctx := t.Context()
	ids := func(t rapid.TB, p tidemark.Page) (ids []tidemark.ID) {
		err := db.View(ctx, func(tx tidemark.Tx) error {
			list, total, err := tx.Snapshots(ctx, i.ID, p)
			if total != n {
				t.Errorf("the total is %d", total)
			}
			for _, s := range list {
				ids = append(ids, s.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	rapid.Check(t, func(t *rapid.T) {
		size, reversed := rapid.IntRange(1, n+2).Draw(t, "size"), rapid.Bool().Draw(t, "reversed")
		whole := ids(t, tidemark.Page{Number: 1, Size: 500, Reversed: reversed})
		var tiled []tidemark.ID
		for number := 1; number <= n/size+2; number++ {
			tiled = append(tiled, ids(t, tidemark.Page{Number: number, Size: size, Reversed: reversed})...)
		}
		if fmt.Sprint(tiled) != fmt.Sprint(whole) || len(whole) != n {
			t.Errorf("pages of %d are %v, not %v", size, tiled, whole)
		}
	})
}

// TestCounts: the counts follow what is created and deleted, one by one and
// with the instance, and what was there before there were counts.
func TestCounts(t *testing.T) {
	t.Parallel()
	c := config(t)
	db := open(t, c)
	i := counted(t, db, 5)
	page := tidemark.Page{Number: 1, Size: 1}
	check := func(db *store.DB, snapshots, jobs int) {
		t.Helper()
		err := db.View(t.Context(), func(tx tidemark.Tx) error {
			_, gotSnapshots, err1 := tx.Snapshots(t.Context(), i.ID, page)
			_, gotJobs, err2 := tx.RestoreJobs(t.Context(), i.ID, page)
			if gotSnapshots != snapshots || gotJobs != jobs {
				t.Errorf("there are %d snapshots and %d jobs, not %d and %d", gotSnapshots, gotJobs, snapshots, jobs)
			}
			return errors.Join(err1, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check(db, 5, 5)
	err := db.Update(t.Context(), func(tx tidemark.Tx) error {
		list, _, err := tx.Snapshots(t.Context(), i.ID, page)
		return errors.Join(err, tx.DeleteSnapshot(t.Context(), list[0].ID))
	})
	if err != nil {
		t.Fatal(err)
	}
	check(db, 4, 5)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.MigrateTo(t.Context(), c.Path, 7); err != nil {
		t.Fatal(err)
	}
	db = open(t, c)
	check(db, 4, 5)
	err = db.Update(t.Context(), func(tx tidemark.Tx) error { return tx.DeleteInstance(t.Context(), i.ID) })
	if err != nil {
		t.Fatal(err)
	}
	check(db, 0, 0)
	if left := dump(t, c.Path, "instance_counts", "*"); len(left) != 0 {
		t.Errorf("there are counts of an instance that is gone: %q", left)
	}
}
