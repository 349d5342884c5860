package capture

import (
	"context"
	"errors"
	"iter"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// Entries yields the oplog entries after one timestamp, up to and including
// another, out of slices that are in order: each entry once, in order. An entry
// is valid until the next. A stretch that the slices do not cover without a
// hole is CodeOplogGap, and nothing is yielded. Some are read ahead.
func Entries(ctx context.Context, v *vault.Vault, slices []*tidemark.Slice, after, upTo tidemark.Timestamp) iter.Seq2[[]byte, error] {
	return ahead(ctx, func(ctx context.Context) iter.Seq2[[]byte, error] { return entries(ctx, v, slices, after, upTo) })
}

// entries is Entries on the caller's goroutine.
func entries(ctx context.Context, v *vault.Vault, slices []*tidemark.Slice, after, upTo tidemark.Timestamp) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := linked(slices, after, upTo); err != nil {
			yield(nil, err)
			return
		}
		bounds := run.Bounds{
			Lower: SliceKey(nil, next(after)),
			Upper: SliceKey(nil, next(upTo)),
		}
		for _, s := range slices {
			if s.Last.Compare(after) <= 0 || s.First.Compare(upTo) > 0 {
				continue
			}
			more, err := sliceEntries(ctx, v, s, bounds, yield)
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// next is the timestamp right after t.
func next(t tidemark.Timestamp) tidemark.Timestamp {
	if t.I++; t.I == 0 {
		t.T++
	}
	return t
}

// linked checks that slices cover all after one timestamp up to another.
func linked(slices []*tidemark.Slice, after, upTo tidemark.Timestamp) error {
	at := after
	for _, s := range slices {
		if s.Last.Compare(at) <= 0 || s.First.Compare(upTo) > 0 {
			continue
		}
		if s.After.Compare(at) > 0 {
			return tidemark.Errorf(tidemark.CodeOplogGap, "entries between %s and %s were not captured", at, s.First).
				WithHint("Restore to a time at or before %s, or after %s.", at, s.First).WithParams(at.String(), s.First.String())
		}
		at = s.Last
	}
	if at.Compare(upTo) < 0 {
		return tidemark.Errorf(tidemark.CodeOplogGap, "entries after %s are not captured yet", at).
			WithHint("Restore to a time at or before %s, or wait.", at).WithParams(at.String(), upTo.String())
	}
	return nil
}

// sliceEntries yields the entries of one slice that are within bounds. It is
// false if the receiver wants no more.
func sliceEntries(ctx context.Context, v *vault.Vault, s *tidemark.Slice, b run.Bounds, yield func([]byte, error) bool) (bool, error) {
	object, err := v.Open(ctx, s.Object)
	if err != nil {
		return false, err
	}
	ref := run.RunRef{
		Object: s.Object, First: SliceKey(nil, s.First), Last: SliceKey(nil, s.Last),
		Entries: s.Entries, RawBytes: s.RawBytes, StoredBytes: object.Size(),
	}
	opened := false
	it := run.Open(ctx, func(context.Context, run.RunRef) (run.Source, error) { opened = true; return object, nil }, []run.RunRef{ref}, b)
	for it.Next() {
		if !yield(it.Doc(), nil) {
			return false, it.Close()
		}
	}
	err = errors.Join(it.Err(), it.Close())
	if !opened {
		err = errors.Join(err, object.Close())
	}
	return true, err
}
