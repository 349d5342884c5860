package capture

import (
	"context"
	"errors"
	"sync"

	"tidemark/run"
	"tidemark/vault"
)

// objects remembers what a capture has begun to write.
type objects struct {
	mu    sync.Mutex
	names []string
}

func (o *objects) add(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names = append(o.names, name)
}

// sink is a run.Sink into the vault.
type sink struct{ writer *vault.Writer }

func (s *sink) Write(p []byte) (int, error) { return s.writer.Write(p) }

func (s *sink) Commit() error { return s.writer.Commit() }

// Abort has nobody to tell an error to: nothing is in the vault either way.
func (s *sink) Abort() { _ = s.writer.Abort() }

// createRun begins an object, which is noted before it can be in the vault.
func (t *taker) createRun(ctx context.Context) (run.Sink, error) {
	w, err := t.Vault.Create(ctx, vault.KindRun)
	if err != nil {
		return nil, err
	}
	if err := t.Note(ctx, w.Name()); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	t.objects.add(w.Name())
	return &sink{writer: w}, nil
}

func (t *taker) openRun(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return t.Vault.Open(ctx, ref.Object)
}

// undo deletes what a failed capture wrote and returns its error. What cannot
// be deleted now was noted, and is deleted by whoever discards the notes.
func (t *taker) undo(ctx context.Context, cause error) error {
	t.objects.mu.Lock()
	defer t.objects.mu.Unlock()
	_ = Discard(ctx, t.Vault, t.objects.names)
	return cause
}

// Discard deletes objects that no manifest lists. Missing ones are no error.
func Discard(ctx context.Context, v *vault.Vault, names []string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, v.Delete(ctx, name))
	}
	return errors.Join(errs...)
}
