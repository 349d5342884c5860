package embedded

import (
	"errors"
	"os"
	"path/filepath"

	"tidemark"
)

// lockName is the file whose lock says that a server uses the directory. It
// stays when the server is gone; the lock does not.
const lockName = "server.lock"

var errLocked = errors.New("locked")

// lockDir takes the lock of dir. Closing the file, or the death of the process,
// gives it back.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidAttribute, "the data directory cannot be written: %w", err).WithParams("dir")
	}
	err = lockFile(f)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, errLocked) {
		err = tidemark.Errorf(tidemark.CodeConflict, "another embedded server uses %s", dir).
			WithHint("Stop it, or give each server a directory of its own.")
	} else {
		err = tidemark.Errorf(tidemark.CodeInternal, "the data directory cannot be locked: %w", err)
	}
	return nil, errors.Join(err, f.Close())
}
