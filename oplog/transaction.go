package oplog

import (
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// transaction is one that has begun and not yet ended.
type transaction struct {
	session  bson.Raw
	number   int64
	first    tidemark.Timestamp // of its entries
	last     tidemark.Timestamp
	prepared bool
	ops      spool
}

// transactions are the open ones, by session: a session has one at a time.
type transactions struct {
	open    map[string]*transaction
	memory  int64 // bytes of operations in memory
	limit   int64
	scratch Scratch
}

// applyOps is what the o of an applyOps says.
type applyOps struct {
	ops              bson.Raw // the array
	partial, prepare bool
}

func parseApplyOps(e *Entry) (applyOps, error) {
	var a applyOps
	err := eachElement(e.O, func(el element) error {
		switch string(el.name) {
		case "applyOps":
			if !el.isArray() {
				return badEntry(*e, "its operations are not an array")
			}
			a.ops = el.value
		case "partialTxn":
			a.partial = el.truth()
		case "prepare":
			a.prepare = el.truth()
		}
		return nil
	})
	return a, err
}

// each calls fn with the operations.
func (a applyOps) each(fn func(op []byte) error) error {
	return eachElement(a.ops, func(el element) error {
		if !el.isDoc() {
			return tidemark.Errorf(tidemark.CodeInvalidData, "an operation of an applyOps is not a document")
		}
		return fn(el.value)
	})
}

// apply takes an applyOps entry: it keeps the operations where their transaction
// goes on, or else calls fn with all of its operations, in order. Of one that is
// of no session it calls loose: somebody may have sent it as a command, with
// operations that change nothing.
func (ts *transactions) apply(e *Entry, fn, loose func(op []byte) error) error {
	a, err := parseApplyOps(e)
	if err != nil {
		return err
	}
	switch {
	case e.Vectored:
		return a.each(fn)
	case e.Session == nil:
		return a.each(loose)
	}
	t, err := ts.chain(e)
	if err != nil {
		return err
	}
	if !a.partial && !a.prepare {
		if t == nil {
			return a.each(fn)
		}
		if err := t.ops.each(fn); err != nil {
			return err
		}
		if err := a.each(fn); err != nil {
			return err
		}
		return ts.drop(t)
	}
	if t == nil {
		t = &transaction{session: append(bson.Raw(nil), e.Session...), number: e.Number, first: e.TS}
		ts.open[string(t.session)] = t
	}
	t.last, t.prepared = e.TS, a.prepare
	return ts.keep(t, a)
}

// chain is the open transaction that an entry goes on with; nil where the entry
// is the first. A transaction of the session that it does not go on with was
// given up.
func (ts *transactions) chain(e *Entry) (*transaction, error) {
	t := ts.open[string(e.Session)]
	if e.Previous.IsZero() {
		if t != nil {
			return nil, ts.drop(t)
		}
		return nil, nil
	}
	if t == nil || t.number != e.Number || t.last != e.Previous {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData,
			"the transaction that %s goes on with began before the oplog that is folded", e.name()).
			WithHint("Take a new base that starts at or before the oldest transaction that is open.")
	}
	return t, nil
}

// keep adds operations to a transaction and sees that memory is enough.
func (ts *transactions) keep(t *transaction, a applyOps) error {
	err := a.each(func(op []byte) error {
		t.ops.add(op)
		ts.memory += int64(len(op))
		return nil
	})
	if err != nil {
		return err
	}
	for ts.memory > ts.limit {
		largest := t
		for _, o := range ts.open {
			if len(o.ops.memory) > len(largest.ops.memory) {
				largest = o
			}
		}
		n := len(largest.ops.memory)
		if err := largest.ops.spill(ts.scratch); err != nil {
			return err
		}
		ts.memory -= int64(n)
	}
	return nil
}

// commit takes a commitTransaction: it calls fn with the operations.
func (ts *transactions) commit(e *Entry, fn func(op []byte) error) error {
	t, err := ts.chain(e)
	if err != nil {
		return err
	}
	if t == nil || !t.prepared {
		return badEntry(*e, "its transaction was not prepared")
	}
	if err := t.ops.each(fn); err != nil {
		return err
	}
	return ts.drop(t)
}

// abort takes an abortTransaction.
func (ts *transactions) abort(e *Entry) error {
	if t := ts.open[string(e.Session)]; t != nil && t.number == e.Number {
		return ts.drop(t)
	}
	return nil // it began before the log, and did nothing
}

func (ts *transactions) drop(t *transaction) error {
	ts.memory -= int64(len(t.ops.memory))
	delete(ts.open, string(t.session))
	return t.ops.close()
}

// close gives up all.
func (ts *transactions) close() error {
	var errs []error
	for _, t := range ts.open {
		errs = append(errs, t.ops.close())
	}
	clear(ts.open)
	ts.memory = 0
	return errors.Join(errs...)
}
