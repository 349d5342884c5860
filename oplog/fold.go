package oplog

import (
	"context"
	"errors"
	"iter"

	"tidemark"
	"tidemark/run"
)

// The defaults of Options.
const (
	DefaultBufferBytes      = 32 << 20
	DefaultTransactionBytes = 16 << 20
)

// Options says what to fold and where to.
type Options struct {
	// Catalogue is the one before the first entry. It is not changed. In a torn
	// stretch it may be of any time within it.
	Catalogue *tidemark.Catalogue
	// State is what the fold before handed on; nil where there is none. Fold
	// closes it.
	State *State
	// After is the last entry that Catalogue, State and the runs to merge with
	// have already; entries up to it are an error. Zero takes any.
	After tidemark.Timestamp
	// To is the last instant that counts, inclusive; zero takes all entries.
	To tidemark.Timestamp
	// TornUntil is the end of the stretch in which the base was read; zero where
	// the base is of one instant. Up to it entries may be about collections that
	// were dropped before the catalogue was read, and make some that it has.
	TornUntil tidemark.Timestamp
	// Into takes the edits of a collection over, which changes tells of but for
	// their number. Where it is nil, all edits are written to runs.
	Into func(c tidemark.Collection, changes Changes) Into
	// Create makes the sinks of the delta runs. Sequence is that of all of them:
	// higher than that of any run they change.
	Create   run.CreateFunc
	Sequence int
	RunBytes int64 // run.SeriesOptions.RunBytes
	Writer   run.WriterOptions
	// Scratch is for what BufferBytes and TransactionBytes do not hold; the
	// system's directory for temporary files.
	Scratch Scratch
	// BufferBytes bounds the memory for edits; DefaultBufferBytes. One document
	// may exceed it. Writing them out takes about half as much again.
	BufferBytes int64
	// TransactionBytes bounds the memory for open transactions;
	// DefaultTransactionBytes.
	TransactionBytes int64
}

// Into takes the edits of one collection.
type Into interface {
	// Add takes an edit. Keys ascend. Neither key nor value may be kept.
	Add(ctx context.Context, key []byte, edit run.Edit, value []byte) error
	// Finish is called after the last edit, if all were added.
	Finish() error
}

// Result is what a stretch of oplog comes to.
type Result struct {
	// Catalogue is the one after the last entry.
	Catalogue *tidemark.Catalogue
	// Runs are the delta: sorted, no two overlapping, of one Sequence. None
	// where no document changed, or where Options.Into took it.
	Runs []run.SortedRun
	// Changes are those of each collection that the delta changes.
	Changes map[tidemark.UUID]Changes
	// State is for the fold of the entries that follow. The caller closes it.
	State *State
	// Last is the timestamp of the last entry that counted; After where none
	// did. Entries counts them.
	Last    tidemark.Timestamp
	Entries int64
}

// Changes is what a delta does to a collection.
type Changes struct {
	Edits int64 // keys
	// Documents is by how many the collection grows or, negative, shrinks. Not of
	// capped collections, nor of a torn base.
	Documents int64
	// Doubtful says that Documents may be wrong: an entry did not fit what was
	// known of its document, or is of a kind that need not.
	Doubtful bool
}

// folder is a fold under way.
type folder struct {
	opts      Options
	catalogue *catalogue
	dropped   map[tidemark.UUID]bool // collections, by the entries so far
	txns      transactions
	acc       *accumulator
	applier   Applier
	composer  composer
	current   Entry
	at        tidemark.Timestamp // of the entry
	ordinal   uint32             // of the operation within it
	namespace string             // of the last entry or operation
	depth     int                // of applyOps
	loose     bool               // within an applyOps that somebody sent as a command
	key, doc  []byte
	count     int64
}

// Fold turns a stretch of oplog into its net effect. Entries come in order of
// their timestamps, as raw documents that need be valid only until the next; an
// error of theirs ends the fold and is returned as it is. Entries after
// Options.To are not looked at, and only the first of them is asked for.
//
// It is CodeInvalidData where entries cannot be read, do not ascend, or do not
// follow the catalogue, and CodeUnsupported for those whose effect is not
// known. Whatever it wrote before it failed is known to nobody.
func Fold(ctx context.Context, entries iter.Seq2[[]byte, error], opts Options) (Result, error) {
	f, err := newFolder(opts)
	if err != nil {
		return Result{}, errors.Join(err, opts.State.Close())
	}
	result, err := f.run(ctx, entries)
	closed := errors.Join(f.acc.close(), f.txns.close())
	if err == nil {
		err = closed
	}
	if err != nil {
		return Result{}, errors.Join(err, result.State.Close())
	}
	return result, nil
}

func newFolder(opts Options) (*folder, error) {
	if opts.Scratch == nil {
		opts.Scratch = ScratchDir("")
	}
	if opts.BufferBytes <= 0 {
		opts.BufferBytes = DefaultBufferBytes
	}
	if opts.TransactionBytes <= 0 {
		opts.TransactionBytes = DefaultTransactionBytes
	}
	c, err := newCatalogue(opts.Catalogue)
	if err != nil {
		return nil, err
	}
	f := &folder{
		opts: opts, catalogue: c, at: opts.After, dropped: map[tidemark.UUID]bool{},
		txns: transactions{open: map[string]*transaction{}, limit: opts.TransactionBytes, scratch: opts.Scratch},
		acc:  newAccumulator(opts.BufferBytes, opts.Scratch, NewMerger(opts.Catalogue)),
	}
	f.txns.take(opts.State)
	return f, nil
}

// torn says whether the entry is of the stretch in which the base was read.
func (f *folder) torn() bool { return f.at.Compare(f.opts.TornUntil) <= 0 }

func (f *folder) run(ctx context.Context, entries iter.Seq2[[]byte, error]) (Result, error) {
	for raw, err := range entries {
		if err != nil {
			return Result{}, err
		}
		more, err := f.entry(raw)
		if err != nil {
			return Result{}, err
		}
		if !more {
			break
		}
		if f.acc.full() {
			err = f.acc.spillAll(ctx)
		} else if f.count%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return Result{}, err
		}
	}
	return f.result(ctx)
}

// entry takes over an entry. It is false where that comes after the target.
func (f *folder) entry(raw []byte) (bool, error) {
	e, err := parseEntry(raw, f.namespace)
	if err != nil {
		return false, err
	}
	f.namespace = e.NS
	if !f.opts.To.IsZero() && e.TS.Compare(f.opts.To) > 0 {
		return false, nil
	}
	if e.TS.Compare(f.at) <= 0 {
		return false, tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry %s does not come after %s", e.name(), f.at)
	}
	f.at, f.ordinal = e.TS, 0
	f.count++
	f.current = e
	return true, f.operation(&f.current)
}

// operation takes over an entry or an operation of a transaction.
func (f *folder) operation(e *Entry) error {
	if e.PassedOver() {
		return nil
	}
	switch e.Op {
	case OpNoop:
		return nil
	case OpInsert, OpUpdate, OpDelete:
		f.ordinal++
		return f.document(e)
	case OpCommand:
		return f.command(e)
	case "ci", "cu", "cd", "km": // about how one server stores data
		return nil
	default:
		return unknownCommand(e, string(e.Op))
	}
}
