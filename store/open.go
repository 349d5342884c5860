package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"tidemark"
)

// Config says where the store is and what seals its secrets.
type Config struct {
	// Path is the SQLite file. It and its directory are made if they are not
	// there, for the user alone; SQLite keeps Path-wal and Path-shm beside it,
	// and this package Path.lock.
	Path string
	// Sealer seals what must not be readable in the file.
	Sealer Sealer
	// Logger hears of changes of the schema; nil is silence.
	Logger *slog.Logger
}

// Open opens the store, makes it if there is none, and brings its schema up to
// date. It is CodeConflict while another process has it, CodeInvalidData for a
// file that is damaged or no database, CodeFormatTooNew for the schema of a
// newer program, and CodeWrongMasterKey where Sealer is not the one it was
// made with.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Path == "" || c.Sealer == nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "a store needs a path and a sealer")
	}
	log := c.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	lock, err := prepare(c.Path)
	if err != nil {
		return nil, err
	}
	db, err := openPools(ctx, c, log)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	db.lock = lock
	return db, nil
}

// prepare makes the files with modes that keep others out and takes the lock.
func prepare(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unusable(path, err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	ok, err := tryLock(lock)
	switch {
	case err != nil:
		err = unusable(path, err)
	case !ok:
		err = tidemark.Errorf(tidemark.CodeConflict, "another process has the metadata file %s open", path).
			WithHint("Stop the other Tidemark, or give this one a data directory of its own.")
	default:
		err = private(path)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// private makes the file if it is not there and takes it from others if it is.
// SQLite gives its -wal and -shm the mode of the file.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return unusable(path, err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return unusable(path, err)
	}
	return nil
}

func unusable(path string, err error) error {
	e := tidemark.Errorf(tidemark.CodeInternal, "the metadata file %s cannot be used: %w", path, err)
	if errors.Is(err, fs.ErrPermission) {
		return e.WithHint("The service must run as the user that owns the data directory.")
	}
	return e.WithHint("Check that the path is a file in a directory that can be written.")
}

// openPools opens the writer, changes the schema through it, and opens the readers.
func openPools(ctx context.Context, c Config, log *slog.Logger) (_ *DB, err error) {
	writer, err := sql.Open("sqlite", dsn(c.Path, "_txlock=immediate"))
	if err != nil {
		return nil, failed(err, "opening the metadata file")
	}
	writer.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, writer.Close())
		}
	}()
	if err := writer.PingContext(ctx); err != nil {
		return nil, failed(err, "opening the metadata file")
	}
	if err := migrate(ctx, writer, log); err != nil {
		return nil, err
	}
	if err := checkSealer(ctx, writer, c.Sealer); err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", dsn(c.Path, "_query_only=1"))
	if err != nil {
		return nil, failed(err, "opening the metadata file")
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &DB{
		writer: bun.NewDB(writer, sqlitedialect.New()),
		reader: bun.NewDB(reader, sqlitedialect.New()),
		box:    box{c.Sealer},
	}, nil
}

// dsn is the data source name: a URI, so that no character of the path means
// anything, and the pragmas of every connection. busy_timeout is for tools
// such as sqlite3 that someone holds the file with; the store itself never waits
// on it.
func dsn(path, extra string) string {
	const pragmas = "_defensive=1&_busy_timeout=10000&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-4096)&_pragma=journal_size_limit(67108864)&"
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas + extra
}

// checkSealer tries the Sealer on a value that the first Open sealed.
func checkSealer(ctx context.Context, db *sql.DB, s Sealer) error {
	const doing = "checking the master key"
	b := box{s}
	var sealed string
	err := db.QueryRowContext(ctx, "SELECT sealed FROM seal_check WHERE id = 1").Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		if sealed, err = b.seal("tidemark", sealCheck, "1"); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, "INSERT INTO seal_check (id, sealed) VALUES (1, $1)", sealed)
		return failed(err, doing)
	}
	if err != nil {
		return failed(err, doing)
	}
	if _, err := b.open(sealed, sealCheck, "1"); err != nil {
		return tidemark.Errorf(tidemark.CodeWrongMasterKey, "the metadata file was made under another master key: %w", err).
			WithHint("Give the master key that belongs to this data directory.")
	}
	return nil
}
