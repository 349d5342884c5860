package embedded_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark"
	"tidemark/embedded"
)

// execSQL runs statements on a database file of a stopped server.
func execSQL(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(timed(t), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestRepair leaves files as kills between the commits of the server leave
// them, and wants a server that starts and lets everything be made again.
func TestRepair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, embedded.Config{Dir: dir})
	insert(t, s.URI(), 1)
	tables := map[string]string{}
	for _, name := range []string{"listed", "unlisted"} {
		withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
			if err := c.Database("test").CreateCollection(ctx, name); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := s.Stop(timed(t)); err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(dir, "test.sqlite")
	readTables(t, path, tables)
	execSQL(t, path,
		// create: the row is there, its settings are not yet
		`UPDATE _ferretdb_collections SET settings = '{}' WHERE name = 'listed'`,
		// create before its row, or drop after it
		`DELETE FROM _ferretdb_collections WHERE name = 'unlisted'`,
		// createIndexes before the settings
		`CREATE INDEX "`+tables["docs"]+`_n" ON "`+tables["docs"]+`" (_ferretdb_sjson->'n')`,
	)
	// The first write of a database: a file with nothing in it.
	if err := os.WriteFile(filepath.Join(dir, "begun.sqlite"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	s = start(t, embedded.Config{Dir: dir})
	wantDocs(t, s.URI(), 1)
	withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
		names, err := c.ListDatabaseNames(ctx, bson.D{})
		if err != nil || len(names) != 1 {
			t.Fatalf("databases %v, %v; want test alone", names, err)
		}
		db := c.Database("test")
		colls, err := db.ListCollectionNames(ctx, bson.D{})
		if err != nil || len(colls) != 1 {
			t.Fatalf("collections %v, %v; want docs alone", colls, err)
		}
		for _, name := range []string{"listed", "unlisted"} {
			if err := db.CreateCollection(ctx, name); err != nil {
				t.Errorf("create %s again: %v", name, err)
			}
		}
		spec := bson.D{{Key: "key", Value: bson.D{{Key: "n", Value: 1}}}, {Key: "name", Value: "n"}}
		cmd := bson.D{{Key: "createIndexes", Value: "docs"}, {Key: "indexes", Value: bson.A{spec}}}
		if err := db.RunCommand(ctx, cmd).Err(); err != nil {
			t.Errorf("create the index again: %v", err)
		}
	})
}

// A name that the server spells otherwise in its files is no leftover.
func TestOddNamesSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 2 {
		s := start(t, embedded.Config{Dir: dir})
		withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
			coll := c.Database("test").Collection(`back\slash` + "\u00a0")
			if round == 0 {
				_, err := coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}, Options: options.Index().SetName(`i\x`)})
				must(t, err)
			}
			_, err := coll.InsertOne(ctx, bson.D{{Key: "_id", Value: round}})
			must(t, err)
			if n, err := coll.CountDocuments(ctx, bson.D{}); err != nil || n != int64(round+1) {
				t.Errorf("%d documents, %v", n, err)
			}
		})
		must(t, s.Stop(timed(t)))
	}
}

func TestForeignFile(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"text": "this is not a database, and long enough to see that"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name+".sqlite"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := embedded.Start(timed(t), embedded.Config{Dir: dir})
		if tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
		}
	}
	dir := t.TempDir()
	execSQL(t, filepath.Join(dir, "other.sqlite"), `CREATE TABLE other (a)`)
	_, err := embedded.Start(timed(t), embedded.Config{Dir: dir})
	if tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
		t.Fatalf("%s: %v", tidemark.ErrorCode(err), err)
	}
}

// readTables reads the table of each collection.
func readTables(t *testing.T, path string, tables map[string]string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(timed(t), `SELECT name, table_name FROM _ferretdb_collections`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, table string
		if err := rows.Scan(&name, &table); err != nil {
			t.Fatal(err)
		}
		tables[name] = table
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
