package vault

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"tidemark"
)

// tempPrefix begins the names of files that are being written. No object can
// have such a name.
const tempPrefix = ".tidemark-tmp-"

// staging writes files so that they are under their final name whole or not at
// all. A file begins as a temporary one in dir, which its writer keeps locked:
// an unlocked one was left by a process that died.
type staging struct {
	root *os.Root
	dir  string // where temporary files are, relative to root
}

// create makes a temporary file and locks it. The name is relative to root.
func (s staging) create() (*os.File, string, error) {
	for {
		name := path.Join(s.dir, tempPrefix+tidemark.RandomHex(16))
		f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, "", err
		}
		held, err := lock(f)
		if err != nil {
			return nil, "", errors.Join(err, f.Close(), s.root.Remove(name))
		}
		// A sweep may have come between creation and lock: then it has the lock,
		// or the file is gone.
		if held && s.isAt(f, name) {
			return f, name, nil
		}
		if err := f.Close(); err != nil {
			return nil, "", err
		}
	}
}

// isAt says whether f is still the file under name.
func (s staging) isAt(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := s.root.Lstat(name)
	return err == nil && os.SameFile(open, there)
}

// publish gives a finished temporary file its final name and makes it last. It
// is fs.ErrExist if the name is taken. It closes f and removes temp in any case.
func (s staging) publish(f *os.File, temp, name string) error {
	err := f.Sync()
	if err == nil {
		// A link, unlike a rename, never replaces what is there.
		err = s.root.Link(temp, name)
	}
	if err == nil {
		err = syncDir(s.root, path.Dir(name))
	}
	return errors.Join(err, s.discard(f, temp))
}

// writeFile sweeps, then writes a small file.
func (s staging) writeFile(name string, data []byte) error {
	if err := s.sweep(); err != nil {
		return err
	}
	f, temp, err := s.create()
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, s.discard(f, temp))
	}
	return s.publish(f, temp, name)
}

// discard closes and removes a temporary file.
func (s staging) discard(f *os.File, temp string) error {
	err := s.root.Remove(temp)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// sweep removes the temporary files of processes that died.
func (s staging) sweep() error {
	entries, err := fs.ReadDir(s.root.FS(), s.dir)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(4)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			g.Go(func() error { return s.sweepOne(path.Join(s.dir, e.Name())) })
		}
	}
	return g.Wait()
}

// sweepOne removes one temporary file unless a living process writes it.
func (s staging) sweepOne(name string) error {
	f, err := s.root.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its writer or another sweep was faster
	}
	if err != nil {
		return err
	}
	held, err := lock(f)
	if err == nil && held {
		return s.discard(f, name)
	}
	return errors.Join(err, f.Close())
}

// lock takes the lock of an open file, false if another holds it. The lock
// ends with the file or with the process.
func lock(f *os.File) (bool, error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// syncDir makes the entries of a directory last.
func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
