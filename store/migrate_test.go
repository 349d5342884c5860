package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/store"
)

// TestMigrateFromVersion1 opens a file that has the schema of version 1 and
// rows of every table, and looks that each row is as it was; then that it holds
// what version 2 adds, and that the way back gives the schema of version 1.
func TestMigrateFromVersion1(t *testing.T) {
	t.Parallel()
	c := store.Config{Path: config(t).Path, Sealer: plain{}}
	if err := store.MigrateTo(t.Context(), c.Path, 1); err != nil {
		t.Fatal(err)
	}
	schema := dump(t, c.Path, "sqlite_schema", "*")
	rows, err := os.ReadFile("testdata/version1.sql")
	if err != nil {
		t.Fatal(err)
	}
	raw(t, c.Path, string(rows))
	tables := []string{
		"organizations", "projects", "instances", "snapshots", "snapshot_objects", "restore_jobs", "keys",
		"revoked_tokens", "settings", "seal_check",
	}
	before, columns := map[string][]string{}, map[string]string{}
	for _, table := range tables {
		columns[table] = columnsOf(t, c.Path, table)
		if before[table] = dump(t, c.Path, table, columns[table]); len(before[table]) == 0 {
			t.Errorf("version 1 has nothing in %s", table)
		}
	}
	const instance, early, late = "000000000000000000000003", "000000000000000000000004", "000000000000000000000005"
	use := func() {
		t.Helper()
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx tidemark.Tx) error {
			ctx := t.Context()
			captured, err := tx.CapturedInstances(ctx)
			if err != nil || len(captured) != 1 || captured[0].ID != instance || captured[0].URI != "mongodb://user:pw@host/" {
				t.Errorf("the captured instances are %+v, %v", captured, err)
			}
			for want, at := range map[tidemark.ID]tidemark.Timestamp{
				early: {T: 1700000000, I: 4}, late: {T: 1<<32 - 1, I: 1<<32 - 1},
			} {
				s, err := tx.SnapshotAt(ctx, instance, at)
				if err != nil || s.ID != want {
					t.Errorf("the snapshot at %s is %+v, %v", at, s, err)
				}
			}
			if _, err := tx.SnapshotAt(ctx, instance, tidemark.Timestamp{T: 1700000000, I: 2}); tidemark.ErrorCode(err) != tidemark.CodeSnapshotNotFound {
				t.Errorf("before all snapshots there is %v", err)
			}
			return errors.Join(
				tx.ReferRuns(ctx, early, []string{"a"}),
				tx.AddSlice(ctx, &tidemark.Slice{
					ID: tidemark.NewID(), InstanceID: instance, First: tidemark.Timestamp{T: 1, I: 1}, Last: tidemark.Timestamp{T: 1, I: 2},
				}))
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if after := dump(t, c.Path, table, columns[table]); !slices.Equal(after, before[table]) {
				t.Errorf("%s had %q and has %q", table, before[table], after)
			}
		}
	}
	use()
	if err := store.MigrateTo(t.Context(), c.Path, 1); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, c.Path, "sqlite_schema", "*"); !reflect.DeepEqual(names(after), names(schema)) {
		t.Errorf("the way back leaves\n%q, not\n%q", after, schema)
	}
	use()
}

// names drops what SQLite counts on its own, the root pages.
func names(schema []string) []string {
	var out []string
	for _, row := range schema {
		var kind, name string
		if _, err := fmt.Sscan(row, &kind, &name); err == nil {
			out = append(out, kind+" "+name)
		}
	}
	return out
}

// columnsOf names the columns that a table has now. Later versions may add some.
func columnsOf(t *testing.T, path, table string) string {
	t.Helper()
	columns := dump(t, path, "pragma_table_info('"+table+"')", "name")
	return strings.TrimSpace(strings.Join(columns, ","))
}

// dump reads the rows of a table as text, in order.
func dump(t *testing.T, path, table, columns string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT "+columns+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(found))
		into := make([]any, len(found))
		for n := range values {
			into[n] = &values[n]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintln(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
