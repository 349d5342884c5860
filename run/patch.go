package run

import (
	"context"

	"tidemark"
)

// Edit is what an entry of a run does to its key.
type Edit uint8

// The edits.
const (
	EditPut    Edit = iota + 1 // the value is the document
	EditDelete                 // the document is gone; there is no value
	EditPatch                  // the value says how an older document changes
)

// Merger gives patches their meaning. Patches come newest first, never none.
// Neither key nor values may be kept or changed; what a method returns must
// stay valid until it is called again.
type Merger interface {
	// Apply makes a document of an older one. base is nil where there is none:
	// nobody put the document or it was deleted. If ok is false the document is
	// left out. An error ends the iteration and is returned as it is.
	Apply(key, base []byte, patches [][]byte) (doc []byte, ok bool, err error)
	// Compose makes one patch of two or more.
	Compose(key []byte, patches [][]byte) ([]byte, error)
}

// Patch adds a patch: in a merge it changes the document that older runs have.
func (w *Writer) Patch(key, patch []byte) error {
	if err := w.next(key); err != nil {
		return err
	}
	w.marks.add(key, len(patch))
	w.info.RawBytes += int64(len(patch))
	return w.failed(w.table.Merge(key, patch))
}

// conclude makes what the merge has at a key: of the patches collected so far
// and what they are applied to, if anything (kindPatch: nothing). It is false
// where that is nothing to stop at, or it fails.
func (it *Iterator) conclude(base []byte, k kind) bool {
	patches := it.patches
	it.patches = it.patches[:0]
	if len(patches) == 0 {
		it.doc, it.edit = base, EditPut
		if k == kindDelete {
			it.doc, it.edit = nil, EditDelete
		}
		return k == kindPut || it.edits
	}
	if k == kindPatch && it.edits {
		it.edit, it.doc = EditPatch, patches[0]
		if len(patches) > 1 {
			it.doc, it.err = it.merger.Compose(it.key, patches)
		}
		return it.err == nil
	}
	if k != kindPut {
		base = nil
	}
	doc, ok, err := it.merger.Apply(it.key, base, patches)
	switch {
	case err != nil:
		it.err = err
		return false
	case ok:
		it.doc, it.edit = doc, EditPut
		return true
	default:
		it.doc, it.edit = nil, EditDelete
		return it.edits
	}
}

// unknown is the error for an entry of a kind that the iteration cannot read.
func unknown(e entry, ref RunRef) error {
	return tidemark.Errorf(tidemark.CodeFormatTooNew, "run %s has an entry of kind %d, which this version does not know", ref.Object, e.kind).
		WithHint("Use the version of Tidemark that wrote it, or a newer one.")
}

// Edits walks the merge of runs in order of keys like an Iterator, but yields
// deletions, and patches whose document is in none of the runs: what the runs
// together do to older ones. It is for one goroutine.
type Edits struct{ it *Iterator }

// OpenEdits merges runs within bounds into edits. Else it is like Open.
func OpenEdits(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds, m Merger) *Edits {
	it := OpenMerged(ctx, open, refs, b, m)
	it.edits = true
	return &Edits{it: it}
}

// Next moves to the next edit. It is false at the end and after an error.
func (e *Edits) Next() bool { return e.it.Next() }

// Edit is the kind of the edit.
func (e *Edits) Edit() Edit { return e.it.edit }

// Key is valid until the next call of Next.
func (e *Edits) Key() []byte { return e.it.key }

// Value is the document or patch. It is valid until the next call of Next.
func (e *Edits) Value() []byte { return e.it.doc }

// Err is what ended the iteration early, as for an Iterator.
func (e *Edits) Err() error { return e.it.err }

// Close closes the open runs. Calling it again does nothing.
func (e *Edits) Close() error { return e.it.Close() }
