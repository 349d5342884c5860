package oplogstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	dataSuffix = ".sqlite"
	pragmas    = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous("
)

// Store is the oplog of the server on one directory. All methods may be called
// from many goroutines, but for what their comments say.
type Store struct {
	dir      string
	limit    int64
	commands commands

	// mu is held for reading while files are used, and for writing to change
	// which there are.
	mu    sync.RWMutex
	files map[string]*file // by name of the database
	own   *file            // FileName

	drops sync.Mutex // held from BeginDrop to EndDrop

	// meta is held while the fields below and their row change.
	meta     sync.Mutex
	floor    Time   // entries up to it are no longer seen
	dropping string // the database whose drop has begun; "" for none
	dropFrom Time   // entries of that drop are later
}

// file is one SQLite file with entries.
type file struct {
	sql   *sql.DB
	from  string      // the columns of a row and the table
	ready atomic.Bool // the table is there

	size     sync.Mutex
	bytes    int64 // of the entries up to measured
	measured Time
	deleted  Time // rows up to it are deleted
}

// logged matches the databases that a server makes; those of them that MongoDB
// does not replicate, or keeps for itself, are in reserved.
var (
	logged   = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,63}$`)
	reserved = map[string]bool{"admin": true, "config": true, "local": true}
)

// Logged says whether writes to a database have entries.
func Logged(db string) bool { return logged.MatchString(db) && !reserved[db] }

// Open takes the log in dir up, or begins one, and sees to the triggers of all
// databases. FerretDB must not run yet. limit is about how many bytes of entries
// are kept.
func Open(ctx context.Context, dir string, limit int64) (s *Store, err error) {
	if err := Register(); err != nil {
		return nil, err
	}
	s = &Store{dir: dir, limit: limit, files: make(map[string]*file), commands: newCommands()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	begun, err := s.openOwn(ctx)
	if err != nil {
		return s, err
	}
	if !begun {
		if err := s.stripAll(ctx); err != nil {
			return s, err
		}
	}
	names, err := databases(dir)
	if err != nil {
		return s, err
	}
	if err := s.raiseClock(ctx, names); err != nil {
		return s, err
	}
	if err := s.finishDrop(ctx); err != nil {
		return s, err
	}
	for _, db := range names {
		if _, err := s.sync(ctx, db, begun); err != nil {
			return s, err
		}
	}
	if begun {
		return s, nil
	}
	return s, s.begin(ctx)
}

// databases are the names of those in dir that are logged.
func databases(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if db, ok := strings.CutSuffix(e.Name(), dataSuffix); ok && Logged(db) {
			names = append(names, db)
		}
	}
	return names, nil
}

// raiseClock makes new entries later than all there are.
func (s *Store) raiseClock(ctx context.Context, names []string) error {
	raise(s.floor)
	raise(s.dropFrom)
	files := []*file{s.own}
	for _, db := range names {
		f, err := s.file(ctx, db)
		if err != nil {
			return err
		}
		const q = `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '` + TableName + `')`
		var there bool
		if err := f.sql.QueryRowContext(ctx, q).Scan(&there); err != nil {
			return err
		}
		if there {
			files = append(files, f)
		}
	}
	for _, f := range files {
		var last Time
		if err := f.sql.QueryRowContext(ctx, `SELECT coalesce(max(ts), 0) FROM `+TableName).Scan(&last); err != nil {
			return err
		}
		raise(last)
	}
	return nil
}

// file opens the file of a database, nil if it is not there.
func (s *Store) file(ctx context.Context, db string) (*file, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[db]; f != nil {
		return f, nil
	}
	path := filepath.Join(s.dir, db+dataSuffix)
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	f, err := openFile(ctx, path, "normal", literal(db))
	if err != nil {
		return nil, err
	}
	s.files[db] = f
	return f, nil
}

// openFile opens a file whose rows are of the database that an expression gives.
func openFile(ctx context.Context, path, synchronous, db string) (*file, error) {
	pool, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+pragmas+synchronous+")")
	if err != nil {
		return nil, err
	}
	pool.SetMaxIdleConns(1)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &file{sql: pool, from: `ts, kind, name, coalesce(uuid, ''), coalesce(o, ''), coalesce("to", ''), ` + db + ` FROM ` + TableName}, nil
}

// Close closes the files.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for db, f := range s.files {
		err = errors.Join(err, f.sql.Close())
		delete(s.files, db)
	}
	if s.own != nil {
		err = errors.Join(err, s.own.sql.Close())
		s.own = nil
	}
	return err
}

// RemoveOwn removes FileName from dir, so that the log is not gone on with. For
// a server that keeps none; Strip does the rest.
func RemoveOwn(dir string) error { return removeFile(filepath.Join(dir, FileName)) }

// removeFile removes a SQLite file and what is kept beside it.
func removeFile(path string) error {
	var all error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}
