package buckettest

import (
	"bytes"
	"context"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark"
	"tidemark/vault"
)

// Mem is a bucket in memory. Make it with [NewMem].
type Mem struct {
	mu      sync.Mutex
	objects map[string]memObject
}

type memObject struct {
	data     []byte
	modified time.Time
}

var _ vault.Bucket = (*Mem)(nil)

// NewMem returns an empty bucket.
func NewMem() *Mem { return &Mem{objects: make(map[string]memObject)} }

// Bytes returns a copy of what is stored under a name, nil if nothing is.
func (m *Mem) Bytes(name string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.objects[name].data)
}

// Put stores bytes under a name, over what is there, as no user of a bucket
// could: for tests of damage.
func (m *Mem) Put(name string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[name] = memObject{data: bytes.Clone(data), modified: time.Now().UTC()}
}

// Names lists the objects, in order.
func (m *Mem) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// Create implements [vault.Bucket].
func (m *Mem) Create(ctx context.Context, name string) (vault.BucketWriter, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	return &memWriter{bucket: m, name: name}, nil
}

// Open implements [vault.Bucket].
func (m *Mem) Open(ctx context.Context, name string) (vault.BucketReader, error) {
	o, err := m.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return memReader{bytes.NewReader(o.data)}, nil
}

// Stat implements [vault.Bucket].
func (m *Mem) Stat(ctx context.Context, name string) (vault.ObjectInfo, error) {
	o, err := m.find(ctx, name)
	if err != nil {
		return vault.ObjectInfo{}, err
	}
	return o.info(name), nil
}

// Delete implements [vault.Bucket].
func (m *Mem) Delete(ctx context.Context, name string) error {
	if err := check(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, name)
	return nil
}

// List implements [vault.Bucket].
func (m *Mem) List(ctx context.Context, prefix string) iter.Seq2[vault.ObjectInfo, error] {
	return func(yield func(vault.ObjectInfo, error) bool) {
		for _, name := range m.Names() {
			if !strings.HasPrefix(name, prefix) {
				continue
			}
			o, err := m.find(ctx, name)
			if tidemark.ErrorCode(err) == tidemark.CodeObjectMissing {
				continue
			}
			if !yield(o.info(name), err) || err != nil {
				return
			}
		}
	}
}

// Close implements [vault.Bucket].
func (m *Mem) Close() error { return nil }

func (m *Mem) find(ctx context.Context, name string) (memObject, error) {
	if err := check(ctx, name); err != nil {
		return memObject{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[name]
	if !ok {
		return o, tidemark.Errorf(tidemark.CodeObjectMissing, "there is no object %s", name).WithParams(name)
	}
	return o, nil
}

func (o memObject) info(name string) vault.ObjectInfo {
	return vault.ObjectInfo{Name: name, Size: int64(len(o.data)), Modified: o.modified}
}

func check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "object %s: %w", name, err)
	}
	return vault.CheckName(name)
}

type memWriter struct {
	bucket *Mem // nil once committed or aborted
	name   string
	buf    bytes.Buffer
}

func (w *memWriter) Write(p []byte) (int, error) {
	if w.bucket == nil {
		return 0, tidemark.Errorf(tidemark.CodeInternal, "write object %s: %w", w.name, fs.ErrClosed)
	}
	return w.buf.Write(p)
}

func (w *memWriter) Commit(ctx context.Context) error {
	m := w.bucket
	if m == nil {
		return tidemark.Errorf(tidemark.CodeInternal, "commit object %s: %w", w.name, fs.ErrClosed)
	}
	w.bucket = nil
	if err := check(ctx, w.name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.objects[w.name]; taken {
		return tidemark.Errorf(tidemark.CodeObjectExists, "there is an object %s already", w.name).WithParams(w.name)
	}
	m.objects[w.name] = memObject{data: w.buf.Bytes(), modified: time.Now().UTC()}
	return nil
}

func (w *memWriter) Abort() error {
	w.bucket = nil
	return nil
}

type memReader struct{ *bytes.Reader }

func (r memReader) Close() error { return nil }
