package oplogstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Collections are those of a database whose writes have entries, by name.
type Collections map[string]Collection

// Collection is what is known of one.
type Collection struct{ Capped bool }

// Sync sees to the triggers of a database, and returns its collections: none
// for a database that is not there. No other command may run on the database
// meanwhile.
func (s *Store) Sync(ctx context.Context, db string) (Collections, error) {
	s.meta.Lock()
	pending := s.dropping == db
	s.meta.Unlock()
	if pending {
		if err := s.finishDrop(ctx); err != nil {
			return nil, err
		}
	}
	return s.sync(ctx, db, true)
}

// sync makes a database's triggers. Where a log was begun before, collections
// that were made without them get their entries, and documents that were
// written without them end the log.
func (s *Store) sync(ctx context.Context, db string, begun bool) (Collections, error) {
	f, err := s.file(ctx, db)
	if err != nil || f == nil {
		return nil, err
	}
	collections := make(Collections)
	unlogged, whole := false, false
	err = s.inTx(ctx, f, func(tx *sql.Tx) error {
		have, err := names(ctx, tx.QueryContext)
		if err != nil || !have[catalogueTable] {
			return err
		}
		fresh := !have[TableName]
		if fresh {
			if err := execAll(ctx, tx, append([]string{createTable}, catalogueTriggers...)); err != nil {
				return err
			}
		}
		list, err := catalogue(ctx, tx.QueryContext)
		if err != nil {
			return err
		}
		for _, c := range list {
			collections[c.name] = Collection{Capped: c.capped}
			if c.isWatched(have) {
				continue
			}
			written, err := c.watch(ctx, tx, fresh && begun)
			if err != nil {
				return err
			}
			unlogged = unlogged || written
		}
		whole = true
		return nil
	})
	if err == nil && whole {
		f.ready.Store(true)
	}
	if err == nil && unlogged && begun {
		err = s.Reset(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("the oplog of the database %s: %w", db, err)
	}
	return collections, nil
}

// query is the method of a database or a transaction.
type query func(ctx context.Context, q string, args ...any) (*sql.Rows, error)

// collection is a row of FerretDB's catalogue.
type collection struct {
	name, table, uuid string
	capped            bool
}

// isWatched says whether the collection has its triggers.
func (c collection) isWatched(have map[string]bool) bool {
	for _, kind := range documentKinds {
		if !have[tableTrigger(kind, c.table)] {
			return false
		}
	}
	return true
}

// watch makes the triggers of a collection, and says whether it has documents
// already. With entries it also adds those of its making.
func (c collection) watch(ctx context.Context, tx *sql.Tx, entries bool) (written bool, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+spelled(c.table)+`)`).Scan(&written); err != nil {
		return false, err
	}
	var statements []string
	for _, kind := range documentKinds {
		statements = append(statements, `DROP TRIGGER IF EXISTS `+quote(tableTrigger(kind, c.table)))
	}
	statements = append(statements, tableTriggers(c.table, c.uuid)...)
	if entries {
		statements = append(statements, made(c.name)...)
	}
	return written, execAll(ctx, tx, statements)
}

// made are statements that add the entries of a collection's making, as its
// triggers would have.
func made(name string) []string {
	const uuid = `settings->>'$.uuid'`
	where := ` FROM ` + catalogueTable + ` c WHERE name = ` + literal(name)
	return []string{
		insertRow + `SELECT ` + nextFunction + `(), '` + kindCreate + `', name, ` + uuid + `, settings, NULL` + where,
		insertRow + `SELECT ` + nextFunction + `(), '` + kindIndex + `', c.name, c.` + uuid + `, i.value, NULL FROM ` + catalogueTable +
			` c, json_each(c.settings, '$.indexes') i WHERE c.name = ` + literal(name) + ` AND i.value IS NOT NULL AND i.value->>'$.name' <> '_id_'`,
	}
}

// names are those of all that is in a file.
func names(ctx context.Context, run query) (map[string]bool, error) {
	rows, err := run(ctx, `SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := make(map[string]bool)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		have[name] = true
	}
	return have, rows.Err()
}

// catalogue are the collections that are whole.
func catalogue(ctx context.Context, run query) ([]collection, error) {
	rows, err := run(ctx, `SELECT name, table_name, settings->>'$.uuid', coalesce(settings->>'$.cappedSize', 0) > 0 FROM `+catalogueTable+
		` WHERE settings->>'$.uuid' IS NOT NULL ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []collection
	for rows.Next() {
		var c collection
		if err := rows.Scan(&c.name, &c.table, &c.uuid, &c.capped); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func execAll(ctx context.Context, tx *sql.Tx, statements []string) error {
	for _, q := range statements {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Strip takes triggers and entries out of a database's file.
func Strip(ctx context.Context, db *sql.DB) error {
	have, err := names(ctx, db.QueryContext)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var statements []string
	for name := range have {
		if strings.HasPrefix(name, triggerPrefix) {
			statements = append(statements, `DROP TRIGGER IF EXISTS `+quote(name))
		}
	}
	if err := execAll(ctx, tx, append(statements, `DROP TABLE IF EXISTS `+TableName)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s *Store) stripAll(ctx context.Context) error {
	list, err := databases(s.dir)
	if err != nil {
		return err
	}
	for _, db := range list {
		f, err := s.file(ctx, db)
		if err != nil {
			return err
		}
		if err := Strip(ctx, f.sql); err != nil {
			return err
		}
	}
	return nil
}
