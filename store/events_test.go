package store_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/store"
)

// TestEventsAreAppendOnly goes below the port: the database itself refuses to
// change or remove an event.
func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	c := config(t)
	db := open(t, c)
	e := &tidemark.Event{
		ID: tidemark.NewID(), Type: tidemark.EventOrgCreated, CreatedAt: time.UnixMilli(1), OrgID: tidemark.NewID(),
	}
	if err := db.Update(t.Context(), func(tx tidemark.Tx) error { return tx.AddEvent(t.Context(), e) }); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"UPDATE events SET public_id = 'x'",
		"DELETE FROM events",
		"REPLACE INTO events SELECT * FROM events",
		"INSERT INTO events SELECT * FROM events WHERE true ON CONFLICT (id) DO UPDATE SET type = 'x'",
	} {
		_, err := db.Writer().ExecContext(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestManyEvents lists 100,000 events (fewer with the race detector, which slows
// SQLite down a hundredfold) by every filter, and checks that SQLite
// finds and orders them by an index.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	org, project := tidemark.NewID(), tidemark.NewID()
	fill(t, db.Writer(), org, project, manyEvents)
	seen := queries{}
	store.Hook(db, seen)
	restores := []tidemark.EventType{tidemark.EventTenantRestoreRequested}
	for name, c := range map[string]struct {
		filter tidemark.EventFilter
		total  int
	}{
		"project":      {tidemark.EventFilter{ProjectID: project}, manyEvents},
		"types":        {tidemark.EventFilter{ProjectID: project, Types: restores}, manyEvents / 100},
		"excluded":     {tidemark.EventFilter{ProjectID: project, Excluded: restores}, manyEvents - manyEvents/100},
		"instances":    {tidemark.EventFilter{ProjectID: project, Instances: []string{"i7"}}, manyEvents / 1000},
		"dates":        {tidemark.EventFilter{ProjectID: project, From: time.UnixMilli(500), Until: time.UnixMilli(999)}, 500},
		"organization": {tidemark.EventFilter{OrgID: org}, manyEvents / 100},
	} {
		err := db.View(t.Context(), func(tx tidemark.Tx) error {
			began := time.Now()
			list, total, err := tx.Events(t.Context(), c.filter, tidemark.Page{Number: 1, Size: 100})
			t.Logf("%s: %v", name, time.Since(began))
			if len(list) != min(100, c.total) || total != c.total {
				t.Errorf("%s: %d of %d events", name, len(list), total)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d queries were seen", len(seen))
	}
	for query := range seen {
		plan := explain(t, db, query)
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") ||
			!strings.Contains(plan, "INDEX events_of_") {
			t.Errorf("%s\nis planned so:\n%s", query, plan)
		}
		if strings.Contains(query, "count(") && !strings.Contains(plan, "COVERING") {
			t.Errorf("%s\nreads rows:\n%s", query, plan)
		}
	}
}

// fill appends n events, one a millisecond, of a thousand instances and of a
// hundred types; a hundredth of them are of the organization.
func fill(t *testing.T, db *sql.DB, org, project tidemark.ID, n int) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), `
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
		INSERT INTO events
		SELECT printf('%024x', i), CASE i % 100 WHEN 0 THEN ? WHEN 1 THEN 'GROUP_CREATED' ELSE 'T' || (i % 100) END, i, ?, ?,
			i % 100 = 1, 'i' || (i % 1000), '', '', '', '', '', '', '', 'null' FROM n`,
		n, tidemark.EventTenantRestoreRequested, org, project)
	if err != nil {
		t.Fatal(err)
	}
}
