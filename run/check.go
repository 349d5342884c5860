package run

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/sstable/block/blockkind"
)

// Check reads every byte of a run and compares it with what ref says. It is
// CodeObjectDamaged where they differ.
func Check(ctx context.Context, open OpenFunc, ref RunRef) error {
	t, err := openTable(ctx, open, ref, Bounds{}, maxReadAhead)
	if err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return t.abandon(err)
	}
	return t.close()
}

// check reads a table that stands at its first entry, which was compared
// already, as the count of entries is at the end.
func (t *table) check() error {
	var last []byte
	var raw int64
	for ok := true; ok; {
		if bytes.Compare(t.entry.key, last) <= 0 {
			return damaged(t.ref, "its keys do not ascend")
		}
		last = append(last[:0], t.entry.key...)
		raw += int64(len(t.entry.doc))
		var err error
		if ok, err = t.next(); err != nil {
			return err
		}
	}
	if !bytes.Equal(last, t.ref.Last) {
		return damaged(t.ref, "it does not end with the key that it should")
	}
	if raw != t.ref.RawBytes {
		return damaged(t.ref, "it has %d bytes of documents, not %d", raw, t.ref.RawBytes)
	}
	return t.checkFilter()
}

// checkFilter reads the bloom filter, which a merge does not.
func (t *table) checkFilter() error {
	layout, err := t.reader.Layout()
	if err != nil {
		return t.fail(err)
	}
	if len(layout.Filter) == 0 {
		return damaged(t.ref, "it has no filter")
	}
	for _, f := range layout.Filter {
		noMetadata := func(*block.Metadata, []byte) error { return nil }
		h, err := t.reader.BlockReader().Read(t.readable.ctx, block.NoReadEnv, nil, f.Handle, blockkind.Filter, noMetadata)
		if err != nil {
			return t.fail(err)
		}
		h.Release()
	}
	return nil
}
