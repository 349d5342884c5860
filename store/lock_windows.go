package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the exclusive lock of f without waiting. The kernel gives it
// back when f is closed or the process dies, however it dies.
func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if err == windows.ERROR_LOCK_VIOLATION {
		return false, nil
	}
	return err == nil, err
}
