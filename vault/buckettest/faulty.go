package buckettest

import (
	"context"
	"io"
	"iter"
	"sync"

	"tidemark"
	"tidemark/vault"
)

// Method is a call of a bucket, its writers or its readers.
type Method string

// The methods that can be made to fail or to wait.
const (
	Create Method = "Create"
	Write  Method = "Write"
	Commit Method = "Commit"
	Abort  Method = "Abort"
	Open   Method = "Open"
	ReadAt Method = "ReadAt"
	Stat   Method = "Stat"
	Delete Method = "Delete"
	List   Method = "List"
)

// Faulty wraps a bucket and lets chosen calls fail, wait or fall short. It may
// be used from many goroutines, while it is being told what to do too.
type Faulty struct {
	vault.Bucket

	mu     sync.Mutex
	calls  map[Method]int
	faults map[fault]error
	short  map[int]bool
	gates  map[Method]<-chan struct{}
}

type fault struct {
	method Method
	call   int
}

var _ vault.Bucket = (*Faulty)(nil)

// NewFaulty wraps a bucket; with no fault set it behaves as the bucket does.
func NewFaulty(b vault.Bucket) *Faulty {
	return &Faulty{
		Bucket: b,
		calls:  make(map[Method]int),
		faults: make(map[fault]error),
		short:  make(map[int]bool),
		gates:  make(map[Method]<-chan struct{}),
	}
}

// Fail lets the n-th call of m from now on fail with err, without reaching the
// bucket; 1 is the next call. A nil err stands for CodeInternal.
func (f *Faulty) Fail(m Method, n int, err error) {
	if err == nil {
		err = tidemark.Errorf(tidemark.CodeInternal, "injected failure of %s", m)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[fault{m, f.calls[m] + n}] = err
}

// ShortRead lets the n-th ReadAt from now on give half of what it should, with
// io.ErrUnexpectedEOF.
func (f *Faulty) ShortRead(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.short[f.calls[ReadAt]+n] = true
}

// Gate makes every call of m receive from gate before it goes on: a latency
// that the test owns. Closing gate opens it for good.
func (f *Faulty) Gate(m Method, gate <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gates[m] = gate
}

// Calls says how often m was called.
func (f *Faulty) Calls(m Method) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[m]
}

// enter counts a call, waits at its gate and returns its fault. The number of
// the call comes back too.
func (f *Faulty) enter(ctx context.Context, m Method) (int, error) {
	f.mu.Lock()
	f.calls[m]++
	n := f.calls[m]
	err := f.faults[fault{m, n}]
	gate := f.gates[m]
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return n, tidemark.Errorf(tidemark.CodeInternal, "%s: %w", m, ctx.Err())
		}
	}
	return n, err
}

// Create implements [vault.Bucket].
func (f *Faulty) Create(ctx context.Context, name string) (vault.BucketWriter, error) {
	if _, err := f.enter(ctx, Create); err != nil {
		return nil, err
	}
	w, err := f.Bucket.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	return &faultyWriter{BucketWriter: w, faulty: f, ctx: ctx}, nil
}

// Open implements [vault.Bucket].
func (f *Faulty) Open(ctx context.Context, name string) (vault.BucketReader, error) {
	if _, err := f.enter(ctx, Open); err != nil {
		return nil, err
	}
	r, err := f.Bucket.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &faultyReader{BucketReader: r, faulty: f, ctx: ctx}, nil
}

// Stat implements [vault.Bucket].
func (f *Faulty) Stat(ctx context.Context, name string) (vault.ObjectInfo, error) {
	if _, err := f.enter(ctx, Stat); err != nil {
		return vault.ObjectInfo{}, err
	}
	return f.Bucket.Stat(ctx, name)
}

// Delete implements [vault.Bucket].
func (f *Faulty) Delete(ctx context.Context, name string) error {
	if _, err := f.enter(ctx, Delete); err != nil {
		return err
	}
	return f.Bucket.Delete(ctx, name)
}

// List implements [vault.Bucket].
func (f *Faulty) List(ctx context.Context, prefix string) iter.Seq2[vault.ObjectInfo, error] {
	return func(yield func(vault.ObjectInfo, error) bool) {
		if _, err := f.enter(ctx, List); err != nil {
			yield(vault.ObjectInfo{}, err)
			return
		}
		f.Bucket.List(ctx, prefix)(yield)
	}
}

type faultyWriter struct {
	vault.BucketWriter
	faulty *Faulty
	ctx    context.Context
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	if _, err := w.faulty.enter(w.ctx, Write); err != nil {
		return 0, err
	}
	return w.BucketWriter.Write(p)
}

func (w *faultyWriter) Commit(ctx context.Context) error {
	if _, err := w.faulty.enter(ctx, Commit); err != nil {
		return err
	}
	return w.BucketWriter.Commit(ctx)
}

func (w *faultyWriter) Abort() error {
	if _, err := w.faulty.enter(w.ctx, Abort); err != nil {
		return err
	}
	return w.BucketWriter.Abort()
}

type faultyReader struct {
	vault.BucketReader
	faulty *Faulty
	ctx    context.Context
}

func (r *faultyReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.faulty.enter(r.ctx, ReadAt)
	if err != nil {
		return 0, err
	}
	r.faulty.mu.Lock()
	short := r.faulty.short[n]
	r.faulty.mu.Unlock()
	if !short {
		return r.BucketReader.ReadAt(p, off)
	}
	got, err := r.BucketReader.ReadAt(p[:len(p)/2], off)
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return got, err
}
