package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tidemark"
	"tidemark/store"
)

// TestSharedRunsUseIndexes runs the writes of capture and of shared runs and
// checks that each of their statements searches an index, and by all that it
// asks for.
func TestSharedRunsUseIndexes(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	_, r := seed(t, db)
	seen := queries{}
	store.HookWriter(db, seen)
	err := db.Update(t.Context(), func(tx tidemark.Tx) error {
		ctx := t.Context()
		snapshot := tidemark.NewID()
		slice := &tidemark.Slice{
			ID: tidemark.NewID(), InstanceID: r.instances[0],
			First: tidemark.Timestamp{T: 1}, Last: tidemark.Timestamp{T: 2}, Object: "slices/1",
		}
		return errors.Join(
			tx.CreateSnapshot(ctx, &tidemark.Snapshot{ID: snapshot, InstanceID: r.instances[0], Status: tidemark.SnapshotQueued}),
			tx.AddSlice(ctx, slice),
			tx.DeleteSlice(ctx, slice.ID),
			tx.ReferRuns(ctx, snapshot, []string{"a", "b"}),
			releaseRuns(ctx, tx, snapshot),
			tx.ForgetObjects(ctx, snapshot),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	// What a search of a table must go by; the rest finds rows by unique keys.
	wanted := map[string][]string{
		"SELECT p.object FROM run_spans AS p WHERE p.object IN ('a', 'b') AND NOT": {
			"(object=?)", "o USING INDEX", "run_holders_referring (instance_id=? AND seq>? AND seq<?)",
		},
		"SELECT p.object FROM run_spans AS p WHERE p.object IN ('a', 'b') AND (instance_id": {
			"(object=?)",
		},
		"UPDATE run_spans": {"(object=?)"},
		"SELECT p.object FROM run_spans AS p WHERE p.instance_id": {
			"run_spans_by_end (instance_id=? AND last_seq>?)", "run_holders_referring (instance_id=? AND seq>? AND seq<?)",
		},
		"DELETE FROM run_spans": {"run_spans_by_end (instance_id=? AND last_seq>?)", "(instance_id=? AND seq>? AND seq<?)"},
		"DELETE FROM slices":    {"(id=?)"},
	}
	for query := range seen {
		if strings.HasPrefix(query, "INSERT") {
			continue
		}
		plan := explain(t, db, query)
		if strings.Contains(plan, "SCAN") && !strings.Contains(plan, "SCAN CONSTANT ROW") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nscans or sorts:\n%s", query, plan)
		}
		for start, terms := range wanted {
			if !strings.HasPrefix(query, start) {
				continue
			}
			delete(wanted, start)
			for _, term := range terms {
				if !strings.Contains(plan, term) {
					t.Errorf("%s\ndoes not search by %s:\n%s", query, term, plan)
				}
			}
		}
	}
	for start := range wanted {
		t.Errorf("no statement begins with %q", start)
	}
}

func releaseRuns(ctx context.Context, tx tidemark.Tx, id tidemark.ID) error {
	_, err := tx.ReleaseRuns(ctx, id)
	return err
}
