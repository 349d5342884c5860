package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"tidemark"
)

// dir keeps buckets as directories of one directory. The root keeps names from
// leading out of it, symbolic links included.
type dir struct{ root *os.Root }

func openDir(at string) (Storage, error) {
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, refusedDir(err)
	}
	root, err := os.OpenRoot(at)
	if err != nil {
		return nil, refusedDir(err)
	}
	return &dir{root}, nil
}

// Put writes beside the place, and renames.
func (d *dir) Put(ctx context.Context, bucket, name string, r io.Reader) error {
	place := path.Join(bucket, name)
	if err := d.root.MkdirAll(path.Dir(place), 0o700); err != nil {
		return refusedDir(err)
	}
	part := fmt.Sprintf("%s.%s.part", place, tidemark.RandomHex(4))
	err := d.write(ctx, part, r)
	if err == nil {
		if err = d.root.Rename(part, place); err == nil {
			return nil
		}
		err = refusedDir(err)
	}
	if rerr := d.root.Remove(part); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
		return errors.Join(err, rerr)
	}
	return err
}

func (d *dir) write(ctx context.Context, part string, r io.Reader) error {
	f, err := d.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return refusedDir(err)
	}
	in := &reading{ctx: ctx, r: r}
	_, err = io.Copy(f, in)
	switch {
	case in.err != nil:
		err = in.err
	case err != nil:
		err = refusedDir(err)
	default:
		if err = f.Sync(); err != nil {
			err = refusedDir(err)
		}
	}
	if cerr := f.Close(); err == nil && cerr != nil {
		err = refusedDir(cerr)
	}
	return err
}

// Close gives up the directory.
func (d *dir) Close() error { return d.root.Close() }

func refusedDir(err error) error {
	return tidemark.Errorf(tidemark.CodeExportRefused, "the directory for exports cannot be written: %w", err).
		WithHint("see to its disk and its permissions, then export again")
}

// reading keeps the error of a source, to tell it from one of the storage, and
// ends with its context.
type reading struct {
	ctx context.Context
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return 0, err
	}
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
