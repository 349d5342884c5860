package vault

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"sync"

	"tidemark"
)

// stagingDir holds the files of a DirBucket that are being written. No object
// can be in it, as no part of a name begins with '.'.
const stagingDir = ".staging"

// DirBucket is a directory as a bucket: an object is a file of mode 0600 under
// directories of mode 0700. Several processes may use one directory. The file
// system needs hard links and file locks.
type DirBucket struct {
	root    *os.Root
	staging staging
	dirs    sync.Map // directories known to be there and to last, by name
}

var _ Bucket = (*DirBucket)(nil)

// OpenDirBucket opens the directory as a bucket, making it where it is
// missing, and removes what processes that died have left half-written.
func OpenDirBucket(dir string) (*DirBucket, error) {
	if err := makeRoot(dir); err != nil {
		return nil, dirError("open the bucket", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, dirError("open the bucket", dir, err)
	}
	b := &DirBucket{root: root, staging: staging{root: root, dir: stagingDir}}
	err = b.ensureDir(stagingDir)
	if err == nil {
		err = b.staging.sweep()
	}
	if err != nil {
		return nil, errors.Join(dirError("open the bucket", dir, err), root.Close())
	}
	return b, nil
}

// makeRoot makes the directory of a bucket, to last.
func makeRoot(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	parent, err := os.Open(filepath.Dir(filepath.Clean(dir)))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

// ensureDir makes a directory and its parents within the root, to last. One
// that is there already may be so new that a crash would lose it, so its entry
// is synced the first time it is used.
func (b *DirBucket) ensureDir(dir string) error {
	if dir == "." {
		return nil
	}
	if _, ok := b.dirs.Load(dir); ok {
		return nil
	}
	parent := path.Dir(dir)
	if err := b.ensureDir(parent); err != nil {
		return err
	}
	if err := b.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(b.root, parent); err != nil {
		return err
	}
	b.dirs.Store(dir, struct{}{})
	return nil
}

// Create implements [Bucket].
func (b *DirBucket) Create(ctx context.Context, name string) (BucketWriter, error) {
	if err := checkCall(ctx, name); err != nil {
		return nil, err
	}
	f, temp, err := b.staging.create()
	if err != nil {
		return nil, dirError("create object", name, err)
	}
	return &dirWriter{bucket: b, file: f, temp: temp, name: name}, nil
}

// Open implements [Bucket].
func (b *DirBucket) Open(ctx context.Context, name string) (BucketReader, error) {
	if err := checkCall(ctx, name); err != nil {
		return nil, err
	}
	f, err := b.root.Open(name)
	if err != nil {
		return nil, dirError("open object", name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(dirError("open object", name, err), f.Close())
	}
	return &dirReader{File: f, size: info.Size()}, nil
}

// Stat implements [Bucket].
func (b *DirBucket) Stat(ctx context.Context, name string) (ObjectInfo, error) {
	if err := checkCall(ctx, name); err != nil {
		return ObjectInfo{}, err
	}
	info, err := b.root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return ObjectInfo{}, dirError("look at object", name, err)
	}
	return describe(name, info), nil
}

// Delete implements [Bucket].
func (b *DirBucket) Delete(ctx context.Context, name string) error {
	if err := checkCall(ctx, name); err != nil {
		return err
	}
	err := b.root.Remove(name)
	if isMissing(err) {
		return nil
	}
	if err == nil {
		err = syncDir(b.root, path.Dir(name))
	}
	return dirError("delete object", name, err)
}

// List implements [Bucket].
func (b *DirBucket) List(ctx context.Context, prefix string) iter.Seq2[ObjectInfo, error] {
	return func(yield func(ObjectInfo, error) bool) {
		l := &lister{ctx: ctx, root: b.root, prefix: prefix, yield: yield}
		if err := l.walk("."); err != nil {
			yield(ObjectInfo{}, dirError("list objects", prefix, err))
		}
	}
}

// Close implements [Bucket].
func (b *DirBucket) Close() error { return b.root.Close() }

// checkCall is what every method asks first.
func checkCall(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "object %s: %w", name, err)
	}
	return CheckName(name)
}

// dirWriter writes one object of a DirBucket.
type dirWriter struct {
	bucket *DirBucket
	file   *os.File // nil once committed or aborted
	temp   string
	name   string
}

// Write implements [BucketWriter].
func (w *dirWriter) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, dirError("write object", w.name, fs.ErrClosed)
	}
	n, err := w.file.Write(p)
	return n, dirError("write object", w.name, err)
}

// Commit implements [BucketWriter].
func (w *dirWriter) Commit(ctx context.Context) error {
	if w.file == nil {
		return dirError("commit object", w.name, fs.ErrClosed)
	}
	err := ctx.Err()
	if err == nil {
		err = w.bucket.ensureDir(path.Dir(w.name))
	}
	if err != nil {
		return errors.Join(dirError("commit object", w.name, err), w.Abort())
	}
	f := w.file
	w.file = nil
	return dirError("commit object", w.name, w.bucket.staging.publish(f, w.temp, w.name))
}

// Abort implements [BucketWriter].
func (w *dirWriter) Abort() error {
	if w.file == nil {
		return nil
	}
	f := w.file
	w.file = nil
	return dirError("abort object", w.name, w.bucket.staging.discard(f, w.temp))
}

// dirReader reads one object of a DirBucket.
type dirReader struct {
	*os.File
	size int64
}

// Size implements [BucketReader].
func (r *dirReader) Size() int64 { return r.size }
