package history

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
)

// operation is one thing that happened: an entry, or an operation of a
// transaction at the time of its commit.
type operation struct {
	oplog.Entry // with the TS of the commit
	before      tidemark.Timestamp
	ordinal     int
	wall        time.Time
	transaction bool
	// part is the operation as the applyOps has it; nil outside of those.
	part []byte
}

// flattener makes operations of entries. It is for one walk.
type flattener struct {
	log     *log
	op      operation
	stamped []byte
	depth   int
	fn      func(*operation) error
	// lost is told of a transaction whose beginning is not captured.
	lost func(*oplog.Entry) error
}

// maxNesting is how deeply a server lets applyOps nest.
const maxNesting = 10

// entry calls fn with the operations of an entry: none, one or many. What fn
// is given is valid during the call.
func (f *flattener) entry(ctx context.Context, s step) error {
	e, err := oplog.ParseEntry(s.raw)
	if err != nil {
		return err
	}
	if e.PassedOver() || e.Op == oplog.OpNoop {
		return nil
	}
	f.op = operation{before: s.before, wall: e.Wall}
	if f.op.wall.IsZero() {
		f.op.wall = e.TS.Time()
	}
	switch e.Command() {
	case "applyOps":
		return f.applyOps(ctx, &e)
	case "commitTransaction":
		f.op.transaction = true
		return f.chain(ctx, &e)
	case "abortTransaction":
		return nil
	}
	f.op.Entry = e
	return f.fn(&f.op)
}

// applyOps is for one that is a whole transaction, a part of one, or no
// transaction at all.
func (f *flattener) applyOps(ctx context.Context, e *oplog.Entry) error {
	if e.Session != nil && !e.Vectored {
		f.op.transaction = true
		if truth(e.O, "partialTxn") || truth(e.O, "prepare") {
			return nil // it takes effect where it commits
		}
		if !e.Previous.IsZero() {
			if err := f.chain(ctx, e); err != nil {
				return err
			}
		}
	}
	return f.parts(e.TS, e.O)
}

// chain calls fn with the operations of the entries that a commit goes on from,
// the oldest first.
func (f *flattener) chain(ctx context.Context, commit *oplog.Entry) error {
	var links []tidemark.Timestamp
	for at := commit.Previous; !at.IsZero(); {
		link, err := f.link(ctx, at, commit)
		if err != nil {
			return err
		}
		if link == nil {
			return f.lost(commit)
		}
		if link.Previous.Compare(at) >= 0 {
			return tidemark.Errorf(tidemark.CodeInvalidData, "the transaction that commits at %s has an entry at %s that goes on from %s", commit.TS, at, link.Previous)
		}
		links = append(links, at)
		at = link.Previous
	}
	for _, at := range slices.Backward(links) {
		link, err := f.link(ctx, at, commit)
		if err != nil {
			return err
		}
		if err := f.parts(commit.TS, link.O); err != nil {
			return err
		}
	}
	return nil
}

// link reads an entry of a transaction; nil where it is not captured.
func (f *flattener) link(ctx context.Context, at tidemark.Timestamp, commit *oplog.Entry) (*oplog.Entry, error) {
	e, err := f.log.entry(ctx, at)
	if err != nil || e == nil {
		return nil, err
	}
	if e.Command() != "applyOps" || e.Number != commit.Number || string(e.Session) != string(commit.Session) {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the entry at %s is not of the transaction that commits at %s", at, commit.TS)
	}
	return e, nil
}

// parts calls fn with the operations of an applyOps.
func (f *flattener) parts(at tidemark.Timestamp, o bson.Raw) error {
	array, ok := o.Lookup("applyOps").ArrayOK()
	if !ok {
		return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry at %s cannot be read: its operations are not an array", at)
	}
	if f.depth++; f.depth > maxNesting {
		return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry at %s cannot be read: it nests too deeply", at)
	}
	defer func() { f.depth-- }()
	values, err := array.Values()
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry at %s cannot be read: %w", at, err)
	}
	for _, v := range values {
		part, ok := v.DocumentOK()
		if !ok {
			return tidemark.Errorf(tidemark.CodeInvalidData, "an operation of the oplog entry at %s is not a document", at)
		}
		if err := f.part(at, part); err != nil {
			return err
		}
	}
	return nil
}

func (f *flattener) part(at tidemark.Timestamp, part bson.Raw) error {
	f.stamped = stamp(f.stamped[:0], part, at)
	e, err := oplog.ParseEntry(f.stamped)
	if err != nil {
		return err
	}
	if e.Command() == "applyOps" {
		// What is nested shares the buffer.
		return f.parts(at, append(bson.Raw(nil), e.O...))
	}
	if e.PassedOver() || e.Op == oplog.OpNoop {
		return nil
	}
	f.op.Entry, f.op.part = e, part
	err = f.fn(&f.op)
	f.op.ordinal++
	return err
}

// stamp appends an operation of an applyOps as an entry with a timestamp.
func stamp(dst []byte, part bson.Raw, at tidemark.Timestamp) []byte {
	const size = 1 + len("ts") + 1 + 8
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(part)+size))
	dst = append(dst, byte(bson.TypeTimestamp), 't', 's', 0)
	dst = binary.LittleEndian.AppendUint32(dst, at.I)
	dst = binary.LittleEndian.AppendUint32(dst, at.T)
	return append(dst, part[4:]...)
}

// truth is what servers take a field for.
func truth(doc bson.Raw, name string) bool {
	v := doc.Lookup(name)
	if b, ok := v.BooleanOK(); ok {
		return b
	}
	n, ok := v.AsInt64OK()
	return ok && n != 0
}
