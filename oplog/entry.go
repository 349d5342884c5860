package oplog

import (
	"encoding/binary"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Op is what an entry does.
type Op string

// The operations that a fold knows. Others are named as the server names them.
const (
	OpInsert  Op = "i"
	OpUpdate  Op = "u"
	OpDelete  Op = "d"
	OpCommand Op = "c"
	OpNoop    Op = "n"
)

// Entry is one entry of an oplog, or one operation of an applyOps. Its slices
// share the memory that it was parsed from.
type Entry struct {
	// TS is when it happened; zero for an operation of an applyOps.
	TS   tidemark.Timestamp
	Term int64 // "t", the election term; -1 where there is none
	Op   Op
	// NS is "db.collection", "db.$cmd" for commands, and may be empty for no-ops.
	NS string
	// UUID is the collection's where HasUUID.
	UUID    tidemark.UUID
	HasUUID bool
	O, O2   bson.Raw // O2 is nil where there is none
	// Session is the lsid document; nil outside sessions. Number is txnNumber.
	Session bson.Raw
	Number  int64
	// Previous is the entry before in the session's chain. It is zero where the
	// chain starts.
	Previous tidemark.Timestamp
	// Vectored marks an applyOps whose operations are no transaction but were
	// written together (multiOpType 1, MongoDB 8.0).
	Vectored    bool
	FromMigrate bool
	Wall        time.Time // the primary's clock; zero where not recorded
	Raw         bson.Raw
}

// ParseEntry reads an entry of an oplog. It looks at the fields that it knows
// and no deeper: o and o2 are not walked. It is CodeInvalidData where a field
// that it needs is missing or of another type.
func ParseEntry(raw []byte) (Entry, error) { return parseEntry(raw, "") }

// parseEntry is ParseEntry after an entry of a namespace.
func parseEntry(raw []byte, last string) (Entry, error) {
	e, err := parseOperation(raw, last)
	if err == nil && e.TS.IsZero() {
		err = badEntry(e, "it has no ts")
	}
	return e, err
}

// parseOperation reads an entry that may be without a timestamp. If it has the
// namespace last, it shares that string.
func parseOperation(raw []byte, last string) (Entry, error) {
	e := Entry{Term: -1, Raw: raw}
	rest, err := elements(raw)
	if err != nil {
		return e, err
	}
	for len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return e, err
		}
		if !e.set(el, last) {
			return e, badEntry(e, "its field "+string(el.name)+" is not of the type that it should be")
		}
	}
	switch {
	case e.Op == "":
		return e, badEntry(e, "it has no op")
	case e.O == nil && e.Op != OpNoop:
		return e, badEntry(e, "it has no o")
	case e.Op == OpUpdate && e.O2 == nil:
		return e, badEntry(e, "it is an update without o2")
	}
	return e, nil
}

// set takes a field over. It is false where the field is not of its type.
func (e *Entry) set(el element, last string) (ok bool) {
	ok = true
	switch string(el.name) {
	case "ts":
		e.TS, ok = el.timestamp()
	case "t":
		e.Term, ok = el.integer()
	case "op":
		e.Op, ok = opOf(el)
	case "ns":
		e.NS, ok = el.textLike(last)
	case "ui":
		e.UUID, ok = el.uuid()
		e.HasUUID = ok
	case "o":
		e.O, ok = el.value, el.isDoc()
	case "o2":
		e.O2, ok = el.value, el.isDoc()
	case "lsid":
		e.Session, ok = el.value, el.isDoc()
	case "txnNumber":
		e.Number, ok = el.integer()
	case "prevOpTime":
		e.Previous, ok = previousOf(el)
	case "multiOpType":
		var n int64
		n, ok = el.integer()
		e.Vectored = n == 1
	case "fromMigrate":
		e.FromMigrate = el.truth()
	case "wall":
		if ok = el.typ == bson.TypeDateTime; ok {
			e.Wall = time.UnixMilli(int64(binary.LittleEndian.Uint64(el.value))).UTC()
		}
	}
	return ok
}

// opOf spares the usual operations a string of their own.
func opOf(el element) (Op, bool) {
	if v := el.value; el.typ == bson.TypeString && len(v) == 6 && v[5] == 0 {
		switch v[4] {
		case 'i':
			return OpInsert, true
		case 'u':
			return OpUpdate, true
		case 'd':
			return OpDelete, true
		case 'c':
			return OpCommand, true
		case 'n':
			return OpNoop, true
		}
	}
	name, ok := el.text()
	return Op(name), ok && name != ""
}

// previousOf reads an opTime: {ts, t}, or in old logs only the timestamp.
func previousOf(el element) (tidemark.Timestamp, bool) {
	if ts, ok := el.timestamp(); ok {
		return ts, true
	}
	if !el.isDoc() {
		return tidemark.Timestamp{}, false
	}
	ts, ok, err := find(el.value, "ts")
	if err != nil || !ok {
		return tidemark.Timestamp{}, false
	}
	return ts.timestamp()
}

// Database is the part of NS before its first dot.
func (e *Entry) Database() string {
	db, _, _ := strings.Cut(e.NS, ".")
	return db
}

// Collection is the part of NS after its first dot.
func (e *Entry) Collection() string {
	_, name, _ := strings.Cut(e.NS, ".")
	return name
}

// Command is the name of the command of a c entry: that of the first field of
// O. It is "" for others.
func (e *Entry) Command() string {
	if e.Op != OpCommand {
		return ""
	}
	rest, err := elements(e.O)
	if err != nil || len(rest) == 0 {
		return ""
	}
	el, _, err := nextElement(rest)
	if err != nil {
		return ""
	}
	return string(el.name)
}

// Key is the document that names what an i, u or d entry is about: it has the
// _id. It is O2 of updates and O of the others.
func (e *Entry) Key() bson.Raw {
	if e.Op == OpUpdate {
		return e.O2
	}
	return e.O
}

// PassedOver says whether the entry is about a database that is not backed up:
// admin, config and local. Transactions are entries of admin and not passed over.
func (e *Entry) PassedOver() bool {
	switch e.Database() {
	case "config", "local":
		return true
	case "":
		return e.Op == OpNoop
	case "admin":
		switch e.Command() {
		case "applyOps", "commitTransaction", "abortTransaction":
			return false
		}
		return true
	default:
		return false
	}
}

// badEntry names an entry that cannot be read.
func badEntry(e Entry, why string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog entry %s cannot be read: %s", e.name(), why)
}

// name tells a person which entry it is, without showing its data.
func (e Entry) name() string {
	what := string(e.Op)
	if c := e.Command(); c != "" {
		what += " " + c
	}
	if e.NS != "" {
		what += " on " + e.NS
	}
	if !e.TS.IsZero() {
		what += " at " + e.TS.String()
	}
	return what
}
