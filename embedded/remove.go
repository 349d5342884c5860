package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tidemark"
	"tidemark/embedded/internal/oplogstore"
)

// removeData deletes the files of a server that is not running, and dir if
// nothing else is in it.
func removeData(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be read: %w", err).WithParams("dir")
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	foreign := ""
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case name == lockName:
		case isData(name):
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		default:
			foreign = name
		}
	}
	err = errors.Join(err, os.Remove(filepath.Join(dir, lockName)), lock.Close())
	switch {
	case err != nil:
		return tidemark.Errorf(tidemark.CodeInternal, "the data directory cannot be removed: %w", err)
	case foreign != "":
		return tidemark.Errorf(tidemark.CodeConflict, "%s holds %s, which is not of an embedded server, and was kept", dir, foreign).
			WithHint("Look at it, and remove the directory by hand.")
	}
	if err := os.Remove(dir); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "the data directory cannot be removed: %w", err)
	}
	return nil
}

// isData reports whether name is that of a database file or the oplog's, of what
// SQLite keeps beside one, or of the socket behind the oplog.
func isData(name string) bool {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if strings.HasSuffix(name, dataSuffix+suffix) || name == oplogstore.FileName+suffix {
			return true
		}
	}
	return name == socketName
}
