package run

import (
	"context"
	"errors"

	"tidemark"
)

// coded says whether err needs no wrapping: it has a code, or is the end of a
// context, which callers look for with errors.Is.
func coded(err error) bool {
	if _, ok := errors.AsType[*tidemark.Error](err); ok {
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// damaged is the error for a run whose bytes are not what was written.
func damaged(ref RunRef, format string, args ...any) error {
	e := tidemark.Errorf(tidemark.CodeObjectDamaged, "run %s is damaged: "+format, append([]any{ref.Object}, args...)...)
	return e.WithParams(ref.Object).
		WithHint("Restore the object from a copy of the vault, or choose another snapshot.")
}
