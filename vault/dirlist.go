package vault

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"tidemark"
)

// lister walks a DirBucket in the order of object names.
type lister struct {
	ctx    context.Context
	root   *os.Root
	prefix string
	yield  func(ObjectInfo, error) bool
	done   bool // yield wants no more
}

// walk yields the objects below dir.
func (l *lister) walk(dir string) error {
	entries, err := fs.ReadDir(l.root.FS(), dir)
	if err != nil {
		return err
	}
	// "a/x" comes after "a.b", though the directory "a" comes before it.
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(sortKey(a), sortKey(b)) })
	for _, e := range entries {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := l.entry(path.Join(dir, e.Name()), e); err != nil {
			return err
		}
		if l.done {
			return nil
		}
	}
	return nil
}

// entry yields one object or goes into one directory.
func (l *lister) entry(name string, e fs.DirEntry) error {
	switch {
	case !ValidName(name):
		return nil
	case e.IsDir():
		if below := name + "/"; strings.HasPrefix(below, l.prefix) || strings.HasPrefix(l.prefix, below) {
			return l.walk(name)
		}
		return nil
	case !strings.HasPrefix(name, l.prefix):
		return nil
	}
	info, err := l.root.Stat(name)
	if isMissing(err) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		l.done = !l.yield(describe(name, info), nil)
	}
	return nil
}

func sortKey(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

func describe(name string, info fs.FileInfo) ObjectInfo {
	return ObjectInfo{Name: name, Size: info.Size(), Modified: info.ModTime().UTC()}
}

// isMissing says whether err means that there is nothing under a name. A file
// where a folder of the name would be means so too.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// dirError turns an error of the file system into one of the domain. It leaves
// nil and errors that have a code alone.
func dirError(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tidemark.Error](err); ok {
		return err
	}
	code := tidemark.CodeInternal
	switch {
	case isMissing(err):
		code = tidemark.CodeObjectMissing
	case errors.Is(err, fs.ErrExist):
		code = tidemark.CodeObjectExists
	}
	e := tidemark.Errorf(code, "cannot %s %s: %w", doing, name, err).WithParams(name)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return e.WithHint("Make room on the disk of the vault and try again.")
	case errors.Is(err, fs.ErrPermission):
		return e.WithHint("Give the user that runs Tidemark the right to read and write the vault's directory, on a file system with hard links.")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return e.WithHint("Raise the limit of open files (ulimit -n).")
	}
	return e
}
