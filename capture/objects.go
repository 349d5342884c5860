package capture

import (
	"context"
	"errors"
	"slices"
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

// list is all names so far.
func (o *objects) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.names)
}

// sink is a run.Sink into the vault.
type sink struct{ writer *vault.Writer }

func (s *sink) Write(p []byte) (int, error) { return s.writer.Write(p) }

func (s *sink) Commit() error { return s.writer.Commit() }

// Abort has nobody to tell an error to: nothing is in the vault either way.
func (s *sink) Abort() { _ = s.writer.Abort() }

// writer makes objects, notes each before it can be in the vault, and remembers
// them until it is known whether they count.
type writer struct {
	vault   *vault.Vault
	note    func(ctx context.Context, object string) error
	objects objects
}

// create begins an object.
func (w *writer) create(ctx context.Context, kind vault.Kind) (*vault.Writer, error) {
	object, err := w.vault.Create(ctx, kind)
	if err != nil {
		return nil, err
	}
	if err := w.note(ctx, object.Name()); err != nil {
		return nil, errors.Join(err, object.Abort())
	}
	w.objects.add(object.Name())
	return object, nil
}

// createRun begins a run.
func (w *writer) createRun(ctx context.Context) (run.Sink, error) {
	object, err := w.create(ctx, vault.KindRun)
	if err != nil {
		return nil, err
	}
	return &sink{writer: object}, nil
}

func (w *writer) openRun(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return w.vault.Open(ctx, ref.Object)
}

// undo deletes what was written and returns the cause. What cannot be deleted
// now was noted, and is deleted by whoever discards the notes.
func (w *writer) undo(ctx context.Context, cause error) error {
	_ = Discard(ctx, w.vault, w.objects.list())
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
