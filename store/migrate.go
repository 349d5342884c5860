package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"tidemark"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// schemaTable is where goose keeps the version of the schema.
const schemaTable = "tidemark_schema"

// migrate brings the schema to the version of this program. It is
// CodeFormatTooNew for a schema that a newer one made.
func migrate(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	p, err := provider(db)
	if err != nil {
		return failed(err, "reading the schema's migrations")
	}
	found, known, err := p.GetVersions(ctx)
	if err != nil {
		return failed(err, "reading the version of the schema")
	}
	if found > known {
		return tidemark.Errorf(tidemark.CodeFormatTooNew,
			"the metadata file has schema version %d; this program knows versions up to %d", found, known).
			WithParams("schema", found, known).
			WithHint("Start the newer Tidemark that wrote it, or put back a copy from before.")
	}
	results, err := p.Up(ctx)
	if err != nil {
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			err = partial.Err
		}
		return failed(err, "changing the schema")
	}
	for _, r := range results {
		log.InfoContext(ctx, "schema changed", "version", r.Source.Version, "took", r.Duration)
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName(schemaTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
}
