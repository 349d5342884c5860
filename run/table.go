package run

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/sstable/block"

	"tidemark"
)

// poolBlocks is how many blocks an iterator holds at once, index included.
const poolBlocks = 4

// table is one open run.
type table struct {
	ref      RunRef
	readable *readable
	reader   *sstable.Reader
	iter     sstable.Iterator
	pool     block.BufferPool
	entry    entry
	count    int64 // entries read
	whole    bool  // the bounds leave nothing out
}

// kind is what an entry does, as the table library numbers it.
type kind uint8

const (
	kindPut    = kind(sstable.InternalKeyKindSet)
	kindDelete = kind(sstable.InternalKeyKindDelete)
	kindPatch  = kind(sstable.InternalKeyKindMerge)
)

// entry is what an open run stands at. Its bytes are valid until it moves on.
type entry struct {
	key, doc []byte
	kind     kind
}

// openReader opens the table of a run, without an iterator over it.
func openReader(ctx context.Context, open OpenFunc, ref RunRef, readAhead int) (*table, error) {
	src, err := open(ctx, ref)
	if err != nil {
		if coded(err) {
			return nil, err
		}
		return nil, tidemark.Errorf(tidemark.CodeInternal, "opening run %s: %w", ref.Object, err)
	}
	t := &table{ref: ref, readable: &readable{ctx: ctx, src: src, size: src.Size(), limit: readAhead}}
	if ref.StoredBytes != t.readable.size {
		_ = src.Close()
		return nil, damaged(ref, "it has %d bytes, not %d", t.readable.size, ref.StoredBytes)
	}
	t.reader, err = sstable.NewReader(ctx, t.readable, sstable.ReaderOptions{})
	if err != nil {
		_ = src.Close()
		return nil, t.fail(err)
	}
	return t, nil
}

// openTable opens a run and stands at its first entry within b. It returns nil
// where there is none.
func openTable(ctx context.Context, open OpenFunc, ref RunRef, b Bounds, readAhead int) (*table, error) {
	t, err := openReader(ctx, open, ref, readAhead)
	if err != nil {
		return nil, err
	}
	t.whole = b.covers(ref.First, ref.Last)
	t.pool.Init(poolBlocks)
	t.iter, err = t.reader.NewPointIter(ctx, sstable.IterOptions{
		Upper:                b.Upper,
		FilterBlockSizeLimit: sstable.NeverUseFilterBlock,
		Env:                  sstable.ReadEnv{Block: block.ReadEnv{BufferPool: &t.pool}},
		ReaderProvider:       sstable.MakeTrivialReaderProvider(t.reader),
	})
	if err != nil {
		return nil, t.abandon(t.fail(err))
	}
	ok, err := t.first(b)
	if err == nil && ok && t.whole && !bytes.Equal(t.entry.key, ref.First) {
		err = damaged(ref, "it does not start with the key that it should")
	}
	if err != nil {
		return nil, t.abandon(err)
	}
	if !ok {
		return nil, t.close()
	}
	return t, nil
}

func (t *table) first(b Bounds) (bool, error) {
	kv := t.iter.SeekGE(b.Lower, 0)
	if kv == nil {
		return t.end()
	}
	t.entry = entry{kv.K.UserKey, kv.InPlaceValue(), kind(kv.Kind())}
	t.count = 1
	return true, nil
}

// next moves on. It is false at the end of the run.
func (t *table) next() (bool, error) {
	kv := t.iter.Next()
	if kv == nil {
		return t.end()
	}
	t.entry = entry{kv.K.UserKey, kv.InPlaceValue(), kind(kv.Kind())}
	t.count++
	return true, nil
}

// end tells the end of the run from a failure, and checks that all was there.
func (t *table) end() (bool, error) {
	if err := t.iter.Error(); err != nil {
		return false, t.fail(err)
	}
	if t.whole && t.count != t.ref.Entries {
		return false, damaged(t.ref, "it has %d entries, not %d", t.count, t.ref.Entries)
	}
	return false, nil
}

// fail makes an error of the table library ours: what the source said, or else
// damage.
func (t *table) fail(err error) error {
	failed := t.readable.failed
	if failed == nil {
		return damaged(t.ref, "%w", err)
	}
	if coded(failed) {
		return failed
	}
	return tidemark.Errorf(tidemark.CodeInternal, "reading run %s: %w", t.ref.Object, failed)
}

// abandon closes the run and returns err.
func (t *table) abandon(err error) error {
	_ = t.close()
	return err
}

// close closes the source too.
func (t *table) close() error {
	if t.iter != nil {
		_ = t.iter.Close() // what it has to say was said by end
		t.pool.Release()
	}
	if err := t.reader.Close(); err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "closing run %s: %w", t.ref.Object, err)
	}
	return nil
}
