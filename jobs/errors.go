package jobs

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"tidemark"
)

// staleError says that the row belongs to a newer attempt, or is gone.
type staleError struct{ err error }

func (e *staleError) Error() string { return "the attempt is stale: " + e.err.Error() }

func (e *staleError) Unwrap() error { return e.err }

// stale marks the errors with which the store refuses a write of an attempt
// that is no longer current. Only errors of the store may be given: the same
// codes from a port mean something else.
func stale(err error) error {
	switch tidemark.ErrorCode(err) {
	case tidemark.CodeConflict, tidemark.CodeSnapshotNotFound, tidemark.CodeJobNotFound, tidemark.CodeExportNotFound:
		return &staleError{err}
	}
	return err
}

func isStale(err error) bool {
	_, ok := errors.AsType[*staleError](err)
	return ok
}

// waitError says that the task has to wait for another.
type waitError struct{ d time.Duration }

func (e *waitError) Error() string { return fmt.Sprintf("not yet; again in %s", e.d) }

func asWait(err error) (time.Duration, bool) {
	if e, ok := errors.AsType[*waitError](err); ok {
		return e.d, true
	}
	return 0, false
}

// panicError is a panic of a port.
type panicError struct {
	value string
	stack []byte
}

func (e *panicError) Error() string { return "panic: " + e.value }

func panicked(value any) error {
	return &panicError{value: fmt.Sprint(value), stack: debug.Stack()}
}

// protect turns a panic of fn into an error.
func protect(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	return fn()
}

// cutOff is the reason of a job that the process did not survive too often.
func cutOff(times int) error {
	return tidemark.Errorf(tidemark.CodeInternal, "the service died %d times while it ran this job", times).
		WithHint("look at the log of the service for what ended it, such as too little memory")
}

// passing are the codes of errors that may pass: all others will not.
var passing = map[tidemark.Code]bool{
	tidemark.CodeInternal:          true,
	tidemark.CodeTargetUnreachable: true,
	tidemark.CodeConflict:          true,
	tidemark.CodeInstanceNotReady:  true,
	tidemark.CodeInstanceBusy:      true,
	tidemark.CodeExportUnreachable: true,
}

// permanent says whether trying again is of no use.
func permanent(err error) bool {
	if _, ok := errors.AsType[*panicError](err); ok {
		return true
	}
	return !passing[tidemark.ErrorCode(err)]
}

// reason is what a person reads about a failure. Of errors that are not ours
// it says nothing: they may hold anything.
func reason(err error) string {
	if _, ok := errors.AsType[*panicError](err); ok {
		return "an internal fault ended the job; the log of the service has it"
	}
	e, ok := errors.AsType[*tidemark.Error](err)
	if !ok {
		return "an internal error ended the job; the log of the service has it"
	}
	if hint := tidemark.ErrorHint(e); hint != "" {
		return e.Message + " (" + hint + ")"
	}
	return e.Message
}
