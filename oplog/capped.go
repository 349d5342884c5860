package oplog

import (
	"bytes"
	"context"
	"errors"

	"tidemark"
	"tidemark/run"
)

// capped walks a capped collection. Where no fold changed it, that is its base.
// Else its base is sorted by _id, merged with the edits that folds left under
// that, and what comes out sorted by position.
func (s Source) capped(ctx context.Context, c tidemark.Collection) (Documents, error) {
	changed, err := s.changed(ctx, c)
	if err != nil {
		return nil, err
	}
	if !changed {
		return run.OpenMerged(ctx, s.Open, s.Runs, run.CollectionBounds(c.UUID), NewMerger(s.Catalogue)), nil
	}
	if s.Scratch == nil {
		s.Scratch = ScratchDir("")
	}
	if s.BufferBytes <= 0 {
		s.BufferBytes = DefaultBufferBytes
	}
	base, err := s.byID(ctx, c)
	if err != nil {
		return nil, err
	}
	sorted, err := s.byPosition(ctx, c, base)
	if err := errors.Join(err, base.close()); err != nil {
		return nil, err
	}
	return sorted, nil
}

// changed says whether a fold left something of the collection.
func (s Source) changed(ctx context.Context, c tidemark.Collection) (bool, error) {
	for _, kind := range []run.KeyKind{run.KeyTruncation, run.KeyCapped} {
		it := run.OpenEdits(ctx, s.Open, s.Runs, run.KindBounds(c.UUID, kind), NewMerger(s.Catalogue))
		found := it.Next()
		if err := errors.Join(it.Err(), it.Close()); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// byID collects the base by _id, each document after its position.
func (s Source) byID(ctx context.Context, c tidemark.Collection) (*accumulator, error) {
	acc := newAccumulator(s.BufferBytes, s.Scratch, NewMerger(s.Catalogue))
	g := acc.group(c.UUID)
	var key, head []byte
	ordinal := uint32(0)
	for _, kind := range []run.KeyKind{run.KeyID, run.KeyNatural} { // those of KeyID were there before it was capped
		it := run.OpenMerged(ctx, s.Open, s.Runs, run.KindBounds(c.UUID, kind), NewMerger(s.Catalogue))
		for it.Next() {
			id, err := run.ID(it.Doc())
			if err == nil {
				key, err = run.AppendCappedKey(key[:0], c.UUID, id)
			}
			if err == nil {
				head = appendPosition(head[:0], position{ordinal: ordinal})
				acc.set(acc.at(g, key), run.EditPut, head, it.Doc())
				ordinal++
				if acc.full() {
					err = acc.spillAll(ctx)
				}
			}
			if err != nil {
				return nil, errors.Join(err, it.Close(), acc.close())
			}
		}
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			return nil, errors.Join(err, acc.close())
		}
	}
	if err := acc.spillAll(ctx); err != nil {
		return nil, errors.Join(err, acc.close())
	}
	return acc, nil
}

// byPosition merges the base with the edits and sorts the documents that are
// left by their positions.
func (s Source) byPosition(ctx context.Context, c tidemark.Collection, base *accumulator) (*cappedDocuments, error) {
	cut, err := s.truncation(ctx, c)
	if err != nil {
		return nil, err
	}
	refs := refs(base.spills)
	for _, ref := range s.Runs {
		ref.Sequence += len(base.spills)
		refs = append(refs, ref)
	}
	open := func(ctx context.Context, ref run.RunRef) (run.Source, error) {
		if f := base.files[ref.Object]; f != nil {
			return f, nil
		}
		return s.Open(ctx, ref)
	}
	d := &cappedDocuments{acc: newAccumulator(s.BufferBytes, s.Scratch, NewMerger(s.Catalogue))}
	g := d.acc.group(c.UUID)
	it := run.OpenMerged(ctx, open, refs, run.KindBounds(c.UUID, run.KeyCapped), NewMerger(s.Catalogue))
	var key []byte
	for it.Next() {
		value := it.Doc()
		if len(value) < positionBytes {
			err = tidemark.Errorf(tidemark.CodeInvalidData, "a document of %s has no position", c.Namespace())
		} else if bytes.Compare(value[:positionBytes], cut) > 0 {
			key = append(run.KindBounds(c.UUID, run.KeyNatural).Lower, value[:positionBytes]...)
			d.acc.set(d.acc.at(g, key), run.EditPut, value[positionBytes:])
			d.documents++
			d.bytes += int64(len(value) - positionBytes)
			if d.acc.full() {
				err = d.acc.spillAll(ctx)
			}
		}
		if err != nil {
			break
		}
	}
	if err := errors.Join(err, it.Err(), it.Close()); err != nil {
		return nil, errors.Join(err, d.acc.close())
	}
	return d, d.start(ctx, c)
}

// truncation is the position up to which the collection was emptied; nil where
// it was not.
func (s Source) truncation(ctx context.Context, c tidemark.Collection) ([]byte, error) {
	it := run.OpenMerged(ctx, s.Open, s.Runs, run.KindBounds(c.UUID, run.KeyTruncation), NewMerger(s.Catalogue))
	var cut []byte
	if it.Next() {
		cut = bytes.Clone(it.Doc())
	}
	return cut, errors.Join(it.Err(), it.Close())
}

// cappedDocuments walks documents sorted by position.
type cappedDocuments struct {
	acc              *accumulator
	it               *run.Iterator
	documents, bytes int64 // those left
	maxCount         int64 // -1 for no limit
	maxBytes         int64
}

// start opens the sorted documents.
func (d *cappedDocuments) start(ctx context.Context, c tidemark.Collection) error {
	d.maxCount, d.maxBytes = cappedLimits(c)
	if err := d.acc.spillAll(ctx); err != nil {
		return errors.Join(err, d.acc.close())
	}
	d.it = run.OpenMerged(ctx, d.acc.open, refs(d.acc.spills), run.Bounds{}, d.acc.merger)
	return nil
}

// cappedLimits are max, or -1, and size of a capped collection.
func cappedLimits(c tidemark.Collection) (count, size int64) {
	k := collection{Collection: c}
	limit := func(name string) int64 {
		if el, ok := k.option(name); ok {
			if n, ok := el.integer(); ok && n > 0 {
				return n
			}
		}
		return -1
	}
	return limit("max"), limit("size")
}

func (d *cappedDocuments) Next() bool {
	for d.it.Next() {
		over := d.maxCount >= 0 && d.documents > d.maxCount || d.maxBytes >= 0 && d.bytes > d.maxBytes
		d.documents--
		d.bytes -= int64(len(d.it.Doc()))
		if !over || d.documents == 0 { // the newest document always stays
			return true
		}
	}
	return false
}

func (d *cappedDocuments) Doc() []byte { return d.it.Doc() }
func (d *cappedDocuments) Err() error  { return d.it.Err() }

func (d *cappedDocuments) Close() error { return errors.Join(d.it.Close(), d.acc.close()) }
