package oplog

import (
	"context"

	"tidemark"
	"tidemark/run"
)

// Source is a base and the deltas of folds over it.
type Source struct {
	Open run.OpenFunc
	Runs []run.RunRef
	// Catalogue names collections in errors; it may be nil.
	Catalogue *tidemark.Catalogue
	// Scratch and BufferBytes are for capped collections that a fold changed:
	// they are sorted by their _ids and back. As in Options.
	Scratch     Scratch
	BufferBytes int64
}

// Documents is a walk over the documents of a collection. Its methods are those
// of run.Iterator.
type Documents interface {
	Next() bool
	Doc() []byte
	Err() error
	Close() error
}

// Documents walks the documents of a collection as they are after the last
// delta: in order of their _ids within b, or those of a capped collection all,
// in natural order. Callers must Close it in any case.
//
// Of a capped collection that a fold changed, the oldest documents are left out
// as far as it would exceed its size or count: servers before 5.0 do not log
// what falls out.
func (s Source) Documents(ctx context.Context, c tidemark.Collection, b run.Bounds) (Documents, error) {
	if !c.Capped() {
		return run.OpenMerged(ctx, s.Open, s.Runs, b, NewMerger(s.Catalogue)), nil
	}
	return s.capped(ctx, c)
}

// Count is the content of what Documents walks.
func (s Source) Count(ctx context.Context, c tidemark.Collection, b run.Bounds) (tidemark.Content, error) {
	var content tidemark.Content
	docs, err := s.Documents(ctx, c, b)
	if err != nil {
		return content, err
	}
	for docs.Next() {
		content.Add(docs.Doc())
	}
	if err := docs.Err(); err != nil {
		_ = docs.Close()
		return tidemark.Content{}, err
	}
	return content, docs.Close()
}
