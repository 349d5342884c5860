package history

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

// maxNamespace is more than any server lets a namespace have, in bytes.
const maxNamespace = 512

// Kinds of entries that are no names of commands. KindCommand stands for all
// that are.
const (
	KindInsert  = "insert"
	KindUpdate  = "update"
	KindDelete  = "delete"
	KindCommand = "command"
)

// filter says which operations are asked for.
type filter struct {
	db, collection string // patterns
	all            bool   // any namespace
	kinds          []string
	id             []byte // the key of an _id in the collection of UUID zero; nil is any
	key            []byte
}

func newFilter(q tidemark.HistoryQuery) (*filter, error) {
	f := &filter{all: q.Namespace == "", kinds: q.Kinds}
	if len(q.Namespace) > maxNamespace {
		return nil, invalid("ns", "it has at most %d bytes", maxNamespace)
	}
	var dotted bool
	f.db, f.collection, dotted = strings.Cut(q.Namespace, ".")
	if !f.all && (f.db == "" || dotted && f.collection == "") {
		return nil, invalid("ns", "it is a database, database.collection, or a pattern of it with *")
	}
	if !dotted {
		f.collection = "*"
	}
	if q.ID != "" {
		id, err := ParseID(q.ID)
		if err != nil {
			return nil, err
		}
		if f.id, err = run.AppendKey(nil, tidemark.UUID{}, id); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func invalid(parameter, format string, args ...any) error {
	return tidemark.Errorf(tidemark.CodeInvalidQuery, format, args...).WithParams(parameter)
}

// passes says whether an operation is asked for.
func (f *filter) passes(op *operation) bool {
	switch op.Op {
	case oplog.OpInsert, oplog.OpUpdate, oplog.OpDelete, oplog.OpCommand:
	default: // about how one server stores data
		return false
	}
	if len(f.kinds) > 0 && !slices.Contains(f.kinds, kindOf(&op.Entry)) &&
		(op.Op != oplog.OpCommand || !slices.Contains(f.kinds, KindCommand)) {
		return false
	}
	return f.inNamespace(&op.Entry) && f.hasID(&op.Entry)
}

// inNamespace takes a rename for one of both names, and what drops a database
// for one of all its collections.
func (f *filter) inNamespace(e *oplog.Entry) bool {
	if f.all {
		return true
	}
	db, coll, _ := strings.Cut(namespaceOf(e), ".")
	if matches(f.db, db) && (coll == "" || matches(f.collection, coll)) {
		return true
	}
	if to := renamedTo(e); to != "" {
		db, coll, _ := strings.Cut(to, ".")
		return matches(f.db, db) && matches(f.collection, coll)
	}
	return false
}

// hasID says whether the operation is on the document. Numbers of all types
// that are equal are one _id.
func (f *filter) hasID(e *oplog.Entry) bool {
	if f.id == nil {
		return true
	}
	id, ok := idOf(e)
	if !ok {
		return false
	}
	var err error
	f.key, err = run.AppendKey(f.key[:0], tidemark.UUID{}, id)
	return err == nil && bytes.Equal(f.key, f.id)
}

// idOf is the _id of the document that an entry is about.
func idOf(e *oplog.Entry) (bson.RawValue, bool) {
	switch e.Op {
	case oplog.OpInsert, oplog.OpUpdate, oplog.OpDelete:
		id, err := run.ID(e.Key())
		return id, err == nil
	}
	return bson.RawValue{}, false
}

// matches says whether s is of a pattern in which * stands for any characters.
func matches(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, head)
	if !ok {
		return false
	}
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], next
	}
}
