package vault

import (
	"context"
	"io"
	"iter"
	"time"

	"tidemark"
)

// Bucket stores objects: bytes under a name, written once and never changed.
// All methods may be called from many goroutines. Names are those of
// [ValidName]; any other is CodeInvalidData. No name may be a folder of
// another: with "a/b" there can be no "a".
type Bucket interface {
	// Create begins an object. Nothing is under its name before Commit. It may
	// say CodeObjectExists at once; Commit says so in any case.
	Create(ctx context.Context, name string) (BucketWriter, error)
	// Open opens an object; a missing one is CodeObjectMissing. The context
	// governs the reads too: they may fail once it has ended.
	Open(ctx context.Context, name string) (BucketReader, error)
	// Stat describes an object; a missing one is CodeObjectMissing.
	Stat(ctx context.Context, name string) (ObjectInfo, error)
	// Delete removes an object for good. A missing one is no error. Readers
	// that have it open may go on or fail, but never see other bytes.
	Delete(ctx context.Context, name string) error
	// List yields the objects whose names begin with prefix, in the order of
	// the bytes of their names. Objects that come or go meanwhile may be left
	// out. It ends after the first error.
	List(ctx context.Context, prefix string) iter.Seq2[ObjectInfo, error]
	// Close lets go of the bucket. Nothing else may be called after it.
	Close() error
}

// BucketWriter writes one object. It belongs to one goroutine. After an error
// of Write only Abort is of use.
type BucketWriter interface {
	io.Writer
	// Commit makes the object visible, whole and lasting. If the name is taken,
	// also by a writer that was faster, it is CodeObjectExists and the other
	// object stays as it is. After any other error the object may be there or
	// not; if it is, it is whole.
	Commit(ctx context.Context) error
	// Abort drops what was written. After Commit it does nothing.
	Abort() error
}

// BucketReader reads one object. ReadAt is one ranged request to the store, so
// a caller asks for much at a time. It may be called from many goroutines.
type BucketReader interface {
	io.ReaderAt
	// Size is the length of the object in bytes.
	Size() int64
	Close() error
}

// ObjectInfo describes a stored object.
type ObjectInfo struct {
	Name     string
	Size     int64     // bytes in the bucket, header and seals included
	Modified time.Time // when it was written, UTC
}

// The longest names and parts of names: what file systems and object stores
// all take.
const (
	maxNameLength = 512
	maxPartLength = 200
)

// ValidName says whether s can name an object: parts of lower-case letters,
// digits, '.', '-' and '_', none beginning with '.', joined by '/'. Such names
// mean the same on every file system and cannot leave their root.
func ValidName(s string) bool {
	if s == "" || len(s) > maxNameLength {
		return false
	}
	part := 0 // length of the part so far
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			if part == 0 {
				return false
			}
			part = 0
			continue
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.' && part > 0:
		default:
			return false
		}
		if part++; part > maxPartLength {
			return false
		}
	}
	return part > 0
}

// CheckName returns CodeInvalidData for what is not a [ValidName].
func CheckName(name string) error {
	if ValidName(name) {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeInvalidData, "%.80q cannot be the name of an object", name)
}
