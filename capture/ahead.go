package capture

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// Read-ahead is two batches of this size, or of one larger entry: one that is
// read and one that is looked at.
const (
	aheadBytes   = 256 << 10
	aheadBatches = 2
)

// batch is some entries in a row, and the error that ended them, if any.
type batch struct {
	bytes []byte
	ends  []int
	err   error
}

func (b *batch) add(entry []byte) {
	b.bytes = append(b.bytes, entry...)
	b.ends = append(b.ends, len(b.bytes))
}

// full says whether no entry of that size should be added.
func (b *batch) full(size int) bool { return len(b.ends) > 0 && len(b.bytes)+size > aheadBytes }

// ahead yields what from does, and lets it run on a goroutine of its own, which
// ends before the iteration does: decrypting and decompressing need not wait for
// whoever looks at the entries.
func ahead(ctx context.Context, from func(context.Context) iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var g errgroup.Group
		defer func() { _ = g.Wait() }() // its error is the last batch's
		defer cancel()
		// There is room for all batches and an error: nobody waits to send.
		filled, free := make(chan *batch, aheadBatches+1), make(chan *batch, aheadBatches)
		for range aheadBatches {
			free <- &batch{}
		}
		g.Go(func() error {
			defer close(filled)
			if err := fill(ctx, from(ctx), filled, free); err != nil {
				filled <- &batch{err: err}
			}
			return nil
		})
		for b := range filled {
			if !b.each(yield) {
				return
			}
			if cap(b.bytes) > 2*aheadBytes {
				b.bytes = nil
			}
			b.bytes, b.ends = b.bytes[:0], b.ends[:0]
			free <- b
		}
	}
}

// each yields the entries and then the error. It is false where that is the end.
func (b *batch) each(yield func([]byte, error) bool) bool {
	at := 0
	for _, end := range b.ends {
		if !yield(b.bytes[at:end:end], nil) {
			return false
		}
		at = end
	}
	if b.err != nil {
		yield(nil, b.err)
	}
	return b.err == nil
}

// fill sends all entries in batches.
func fill(ctx context.Context, entries iter.Seq2[[]byte, error], filled chan<- *batch, free <-chan *batch) error {
	var open *batch
	for entry, err := range entries {
		if open != nil && (err != nil || open.full(len(entry))) {
			filled <- open
			open = nil
		}
		if err != nil {
			return err
		}
		if open == nil {
			select {
			case open = <-free:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		open.add(entry)
	}
	if open != nil {
		filled <- open
	}
	return nil
}
