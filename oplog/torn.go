package oplog

import (
	"context"
	"iter"
	"strings"

	"tidemark"
)

// tearing is where an open transaction writes.
type tearing struct {
	number       int64
	chosen, left bool
}

// tearings counts the transactions that a choice of namespaces tears.
type tearings struct {
	picks func(namespace string) bool
	known map[string]bool     // what picks said
	open  map[string]*tearing // by session
	depth int
}

// CountTorn counts the transactions in a stretch of oplog that wrote both to
// namespaces of a choice and to others: see [tidemark.TornTransactions], of
// which it fills everything. Entries come in order, as Fold takes them, from
// those after from on; those up to at are Brought, those after it Undone. picks
// says of "db.collection" whether it is chosen; it is asked once for each. A
// transaction that began before the stretch counts by what it has in it. Commands
// that are no transaction change one thing, and are not counted.
func CountTorn(ctx context.Context, entries iter.Seq2[[]byte, error], from, at tidemark.Timestamp, picks func(namespace string) bool) (tidemark.TornTransactions, error) {
	out := tidemark.TornTransactions{From: from, At: at, Until: at}
	t := tearings{picks: picks, known: map[string]bool{}, open: map[string]*tearing{}}
	count := 0
	for raw, err := range entries {
		if err != nil {
			return out, err
		}
		e, err := ParseEntry(raw)
		if err != nil {
			return out, err
		}
		if count++; count%1024 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		torn, err := t.entry(&e)
		if err != nil {
			return out, err
		}
		after := e.TS.Compare(at) > 0
		switch {
		case torn && after:
			out.Undone++
		case torn:
			out.Brought++
		}
		if after {
			out.Until = e.TS
		}
	}
	return out, nil
}

// entry says whether a torn transaction commits with the entry.
func (t *tearings) entry(e *Entry) (bool, error) {
	if e.Op != OpCommand || e.Session == nil || e.Vectored {
		return false, nil
	}
	session := string(e.Session)
	switch e.Command() {
	case "commitTransaction":
		return t.end(session, e.Number), nil
	case "abortTransaction":
		t.end(session, e.Number)
		return false, nil
	case "applyOps":
	default:
		return false, nil
	}
	a, err := parseApplyOps(e)
	if err != nil {
		return false, err
	}
	now := t.open[session]
	if now == nil || now.number != e.Number || e.Previous.IsZero() {
		now = &tearing{number: e.Number}
		t.open[session] = now
	}
	if err := t.writes(now, a); err != nil {
		return false, err
	}
	if a.partial || a.prepare {
		return false, nil
	}
	return t.end(session, e.Number), nil
}

// end says whether the open transaction of a session is torn, and forgets it.
func (t *tearings) end(session string, number int64) bool {
	now := t.open[session]
	if now == nil || now.number != number {
		return false
	}
	delete(t.open, session)
	return now.chosen && now.left
}

// writes notes where operations write.
func (t *tearings) writes(to *tearing, a applyOps) error {
	return a.each(func(raw []byte) error {
		op, err := parseOperation(raw, "")
		if err != nil {
			return err
		}
		switch op.Op {
		case OpInsert, OpUpdate, OpDelete:
			t.note(to, op.NS)
		case OpCommand:
			return t.command(to, &op)
		}
		return nil
	})
}

// command notes what a command within a transaction writes to: transactions may
// create collections and indexes.
func (t *tearings) command(to *tearing, op *Entry) error {
	name := op.Command()
	if name == "applyOps" {
		if t.depth++; t.depth > maxNesting {
			return badEntry(*op, "applyOps are nested too deeply")
		}
		defer func() { t.depth-- }()
		a, err := parseApplyOps(op)
		if err != nil {
			return err
		}
		return t.writes(to, a)
	}
	if coll, ok := op.O.Lookup(name).StringValueOK(); ok && op.Database() != "" {
		t.note(to, op.Database()+"."+coll)
	}
	return nil
}

// note counts a namespace in. What servers keep in databases of their own is on
// no side.
func (t *tearings) note(to *tearing, ns string) {
	db, coll, _ := strings.Cut(ns, ".")
	switch db {
	case "", "admin", "config", "local":
		return
	}
	if coll, ok := strings.CutPrefix(coll, "system.buckets."); ok {
		ns = db + "." + coll
	}
	picked, known := t.known[ns]
	if !known {
		picked = t.picks(ns)
		t.known[ns] = picked
	}
	to.chosen = to.chosen || picked
	to.left = to.left || !picked
}
