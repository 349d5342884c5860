package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"tidemark"
	"tidemark/embedded/internal/oplogstore"
)

// Each database of the server is a SQLite file; each collection is a table in
// it and a row of the table catalogueTable.
const (
	dataSuffix     = ".sqlite"
	catalogueTable = "_ferretdb_collections"
)

// repair makes the files in dir fit to start from after a kill. The server
// makes and drops databases, collections and indexes in several commits and
// does not mend what it finds: a database without its catalogue keeps it from
// starting, a table without its row keeps a collection of that name from being
// made. Nothing that repair removes was ever acknowledged, or it was being dropped.
//
// Unless the server goes on keeping an oplog, repair also removes one that was
// kept before: it would not know of the writes to come.
func repair(ctx context.Context, dir string, oplog bool) error {
	if err := prepareOplog(dir, oplog); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be read: %w", err).WithParams("dir")
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), dataSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		empty, err := repairDatabase(ctx, path, oplog)
		if err == nil && empty {
			err = removeDatabase(path)
		}
		if ctx.Err() != nil {
			return tidemark.Errorf(tidemark.CodeInternal, "the start was called off: %w", ctx.Err())
		}
		if err != nil {
			return tidemark.Errorf(tidemark.CodeInvalidData, "the database file %s cannot be used: %w", e.Name(), err).
				WithHint("Restore the instance from a snapshot, or remove it.")
		}
	}
	return nil
}

// removeDatabase removes a database's file and what SQLite keeps beside it.
func removeDatabase(path string) error {
	var all error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// repairDatabase drops half-made tables and indexes. It reports whether the
// file is a database whose making had only begun.
func repairDatabase(ctx context.Context, path string, oplog bool) (empty bool, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)

	tables, err := column(ctx, db, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return false, err
	}
	if len(tables) == 0 {
		return true, nil
	}
	if !oplog && slices.Contains(tables, oplogstore.TableName) {
		if err := oplogstore.Strip(ctx, db); err != nil {
			return false, err
		}
	}
	// A collection's row has its settings, and so a UUID, only once its table
	// and the index of _id are there; no document goes in before.
	if _, err := db.ExecContext(ctx, `DELETE FROM `+catalogueTable+` WHERE settings->>'$.uuid' IS NULL`); err != nil {
		return false, err
	}
	return false, dropUnlisted(ctx, db)
}

// dropUnlisted drops tables without a row and indexes that no row lists.
func dropUnlisted(ctx context.Context, db *sql.DB) error {
	for _, kind := range []struct{ drop, have, listed string }{
		{`DROP TABLE `, `SELECT name FROM sqlite_master WHERE type = 'table'
			AND name NOT IN ('` + catalogueTable + `', '` + oplogstore.TableName + `') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`,
			`SELECT table_name FROM ` + catalogueTable},
		{`DROP INDEX `, `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`,
			`SELECT c.table_name || '_' || (i.value->>'$.name')
			FROM ` + catalogueTable + ` c, json_each(c.settings, '$.indexes') i WHERE i.value IS NOT NULL`},
	} {
		have, err := column(ctx, db, kind.have)
		if err != nil {
			return err
		}
		listed, err := column(ctx, db, kind.listed)
		if err != nil {
			return err
		}
		for i, name := range listed {
			listed[i] = spelled(name)
		}
		for _, name := range have {
			if slices.Contains(listed, name) {
				continue
			}
			if _, err := db.ExecContext(ctx, kind.drop+quote(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// spelled is the name that the server gives a table or an index in a file: it
// quotes names as Go does, so a backslash becomes two.
func spelled(name string) string {
	q := strconv.Quote(name)
	return q[1 : len(q)-1]
}

// column returns the first column of a query's rows.
func column(ctx context.Context, db *sql.DB, query string) (values []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

func quote(name string) string { return fmt.Sprintf(`"%s"`, strings.ReplaceAll(name, `"`, `""`)) }
