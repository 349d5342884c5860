package store_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
	"tidemark/store"
)

// queries notes the queries that it sees.
type queries map[string]bool

func (queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (q queries) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
		if strings.HasPrefix(e.Query, verb) {
			q[e.Query] = true
		}
	}
}

// TestReadsUseIndexes runs every read of the port and checks that SQLite
// searches an index for it: no scan of a table and no sorting, which would cost
// what the table has, not what the answer has.
func TestReadsUseIndexes(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	_, r := seed(t, db)
	seen := queries{}
	store.Hook(db, seen)
	page := tidemark.Page{Number: 1, Size: 100}
	now := time.Now()
	err := db.View(t.Context(), func(tx tidemark.Tx) error {
		ctx := t.Context()
		i, err := tx.Instance(ctx, r.instances[0])
		if err != nil {
			return err
		}
		// Errors of what is not there do not matter here.
		_, _ = tx.InstanceByName(ctx, i.ProjectID, "x")
		_, _, _ = tx.Instances(ctx, i.ProjectID, "", page)
		_, _, _ = tx.Instances(ctx, i.ProjectID, tidemark.KindFlex, page)
		_, _, _ = tx.InstancesWithDeleted(ctx, i.ProjectID, "", page)
		_, _, _ = tx.InstancesWithDeleted(ctx, i.ProjectID, tidemark.KindDedicated, page)
		_, _ = tx.EmbeddedInstances(ctx)
		_, _ = tx.DueInstances(ctx, now)
		_, _ = tx.Project(ctx, i.ProjectID)
		_, _ = tx.ProjectByName(ctx, "x")
		_, _ = tx.Snapshot(ctx, r.jobs[0])
		_, _, _ = tx.Snapshots(ctx, i.ID, page)
		_, _ = tx.ExpiredSnapshots(ctx, now, 100)
		_, _ = tx.UnfinishedSnapshots(ctx, i.ID)
		_, _ = tx.SnapshotObjects(ctx, r.jobs[0])
		_, _ = tx.RestoreJob(ctx, r.jobs[0])
		_, _ = tx.RestoreJobByToken(ctx, "x")
		_, _, _ = tx.RestoreJobs(ctx, i.ID, page)
		_, _ = tx.UnfinishedRestoresOnto(ctx, i.ID)
		_, _ = tx.UnfinishedRestoresOf(ctx, r.jobs[0], now)
		_, _ = tx.Key(ctx, r.apiKeys[0])
		_, _ = tx.KeyByPublicID(ctx, tidemark.KeyAPI, "x")
		_, _ = tx.Key(ctx, r.accounts[0])
		_, _, _ = tx.ProjectKeys(ctx, i.ProjectID, tidemark.KeyServiceAccount, page)
		_, _ = tx.FindClientSecret(ctx, r.accounts[0], "x")
		_, _, _ = tx.AccessEntries(ctx, r.apiKeys[0], page)
		_, _ = tx.AccessEntry(ctx, r.apiKeys[0], netip.MustParsePrefix("192.0.2.0/24"))
		_, _ = tx.AccessNetworks(ctx, r.apiKeys[0])
		_, _, _ = tx.NetworkEntries(ctx, i.ProjectID, now, page)
		_, _ = tx.NetworkEntry(ctx, i.ProjectID, netip.MustParsePrefix("192.0.2.0/24"), now)
		_, _ = tx.ProjectNetworks(ctx, i.ProjectID, now)
		_, _ = tx.TokenRevoked(ctx, "x")
		_, _ = tx.Setting(ctx, "x")
		_, _ = tx.Event(ctx, r.jobs[0])
		_, _, _ = tx.Events(ctx, tidemark.EventFilter{ProjectID: i.ProjectID}, page)
		_, _, _ = tx.Events(ctx, tidemark.EventFilter{OrgID: i.ProjectID}, page)
		_, _ = tx.CapturedInstances(ctx)
		_, _ = tx.Capture(ctx, i.ID)
		_, _ = tx.Slices(ctx, i.ID, tidemark.Timestamp{}, tidemark.Timestamp{}, 100)
		_, _ = tx.Slices(ctx, i.ID, tidemark.Timestamp{T: 5}, tidemark.Timestamp{T: 9}, 100)
		_, _ = tx.ExpiredSlices(ctx, i.ID, tidemark.Timestamp{T: 9}, 100)
		_, _, _, _, _ = tx.SlicesTotal(ctx, i.ID)
		_, _ = tx.SnapshotAt(ctx, i.ID, tidemark.Timestamp{T: 9})
		_, _ = tx.LatestSnapshot(ctx, i.ID)
		_, _ = tx.OldestSnapshotSince(ctx, i.ID, tidemark.Timestamp{T: 9})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 48 {
		t.Errorf("%d queries were seen", len(seen))
	}
	for query := range seen {
		plan := explain(t, db, query)
		if strings.Contains(plan, "SCAN") && !strings.Contains(plan, "SCAN i USING INDEX instances_embedded") &&
			!strings.Contains(plan, "SCAN i USING INDEX instances_captured") {
			t.Errorf("%s\nscans:\n%s", query, plan)
		}
		// The jobs of one snapshot are few, and may be sorted.
		if strings.Contains(plan, "TEMP B-TREE") && !strings.Contains(query, "j.snapshot_id") {
			t.Errorf("%s\nsorts:\n%s", query, plan)
		}
		if strings.Contains(query, "s.status IN ") && !strings.Contains(plan, "snapshots_unfinished") {
			t.Errorf("%s\nlooks at finished snapshots:\n%s", query, plan)
		}
	}
}

func explain(t *testing.T, db *store.DB, query string) string {
	t.Helper()
	found, err := db.Writer().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := found.Close(); err != nil {
			t.Error(err)
		}
	}()
	var plan strings.Builder
	for found.Next() {
		var id, parent, unused int
		var detail string
		if err := found.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString("  " + detail + "\n")
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
