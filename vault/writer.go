package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"

	"tidemark"
)

// Writer seals one object. It belongs to one goroutine. Each Writer ends with
// Commit or Abort; Abort after Commit does nothing, so it can be deferred.
type Writer struct {
	ctx    context.Context
	name   string
	stored counter        // what goes to the bucket
	stream io.WriteCloser // what seals
	size   int64
	err    error // the first failure, or that the writer is done
}

// Create begins an object of a kind under a new random name. Nothing is in the
// bucket before Commit. The context governs the whole write.
func (v *Vault) Create(ctx context.Context, kind Kind) (*Writer, error) {
	if kind == 0 {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "an object needs a kind")
	}
	name := newName()
	dataKey := make([]byte, dataKeySize)
	rand.Read(dataKey) // never fails: it aborts the program instead
	head, err := sealHeader(v.master, kind, name, dataKey)
	if err != nil {
		return nil, err
	}
	b, err := v.bucket.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	w := &Writer{ctx: ctx, name: name, stored: counter{w: b}}
	if err := w.begin(head, dataKey); err != nil {
		return nil, errors.Join(err, b.Abort())
	}
	return w, nil
}

// begin writes the header and sets up the stream.
func (w *Writer) begin(head, dataKey []byte) error {
	if _, err := w.stored.Write(head); err != nil {
		return err
	}
	s, err := newStream(dataKey)
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "cannot seal object %s: %w", w.name, err)
	}
	w.stream, err = s.NewEncryptingWriter(&w.stored, []byte(w.name))
	return err
}

// Name is the name the object will have.
func (w *Writer) Name() string { return w.name }

// Size is how many bytes of plaintext were written so far.
func (w *Writer) Size() int64 { return w.size }

// StoredSize is how many bytes the object takes in the bucket; final after Commit.
func (w *Writer) StoredSize() int64 { return w.stored.n }

// Write seals p. After an error only Abort is of use.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.stream.Write(p)
	w.size += int64(n)
	// A segment whose write failed must not be sealed again: more would follow
	// bytes that may be in the bucket already.
	w.err = err
	return n, err
}

// Commit makes the object visible, whole and lasting. After an error of any
// earlier Write it fails with that error and drops the object.
func (w *Writer) Commit() error {
	err := w.err
	if err == nil {
		err = w.stream.Close()
	}
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	err = w.stored.w.Commit(w.ctx)
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	w.err = w.done()
	return nil
}

// Abort drops the object. After Commit it does nothing.
func (w *Writer) Abort() error {
	err := w.stored.w.Abort()
	if w.err == nil {
		w.err = w.done()
	}
	return err
}

func (w *Writer) done() error {
	return tidemark.Errorf(tidemark.CodeInternal, "object %s: %w", w.name, fs.ErrClosed)
}

// counter counts what passes through it.
type counter struct {
	w BucketWriter
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
