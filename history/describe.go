package history

import (
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/oplog"
)

// kindOf is what an entry is called.
func kindOf(e *oplog.Entry) string {
	switch e.Op {
	case oplog.OpInsert:
		return KindInsert
	case oplog.OpUpdate:
		return KindUpdate
	case oplog.OpDelete:
		return KindDelete
	case oplog.OpCommand:
		return e.Command()
	default:
		return string(e.Op)
	}
}

// namespaceOf is "db.collection", or "db" for commands on a whole database.
func namespaceOf(e *oplog.Entry) string {
	if e.Op != oplog.OpCommand {
		return e.NS
	}
	target, ok := e.O.Lookup(e.Command()).StringValueOK()
	switch {
	case !ok:
		return e.Database()
	case e.Command() == "renameCollection":
		return target
	default:
		return e.Database() + "." + target
	}
}

// renamedTo is the new name that a rename gives; "" for others.
func renamedTo(e *oplog.Entry) string {
	if e.Command() != "renameCollection" {
		return ""
	}
	to, _ := e.O.Lookup("to").StringValueOK()
	return to
}

// summaryOf says of an update which fields it changes, and of a command what it
// does. It shows no values of documents.
func summaryOf(e *oplog.Entry) string {
	switch e.Op {
	case oplog.OpUpdate:
		return changes(e.O)
	case oplog.OpCommand:
		return effect(e)
	default:
		return ""
	}
}

// effect is for commands.
func effect(e *oplog.Entry) string {
	switch e.Command() {
	case "drop":
		if n, ok := e.O2.Lookup("numRecords").AsInt64OK(); ok {
			return fmt.Sprintf("about %d documents", n)
		}
	case "renameCollection":
		to := "to " + renamedTo(e)
		if drop := e.O.Lookup("dropTarget"); drop.Type == bson.TypeBinary || truth(e.O, "dropTarget") {
			to += ", dropping what had that name"
		}
		return to
	case "create":
		switch {
		case e.O.Lookup("viewOn").Type != 0:
			return "a view"
		case e.O.Lookup("timeseries").Type != 0:
			return "a time-series collection"
		case truth(e.O, "capped"):
			return "capped"
		}
	case "createIndexes":
		return indexes(e.O.Lookup("name"))
	case "commitIndexBuild", "startIndexBuild", "abortIndexBuild":
		return indexes(e.O.Lookup("indexes"))
	case "dropIndexes", "dropIndex", "deleteIndexes", "deleteIndex":
		return indexes(e.O.Lookup("index"))
	case "collMod":
		return strings.Join(fieldsBut(e.O, "collMod"), ", ")
	}
	return ""
}

// indexes names the index or indexes of a command.
func indexes(v bson.RawValue) string {
	if name, ok := v.StringValueOK(); ok {
		return "index " + short(name)
	}
	array, ok := v.ArrayOK()
	if !ok {
		return ""
	}
	values, _ := array.Values()
	var n names
	for _, v := range values {
		if doc, ok := v.DocumentOK(); ok {
			name, _ := doc.Lookup("name").StringValueOK()
			n.add(name)
		}
	}
	return "index " + n.String()
}

func fieldsBut(doc bson.Raw, first string) []string {
	elements, _ := doc.Elements()
	var out []string
	for _, e := range elements {
		if e.Key() != first {
			out = append(out, short(e.Key()))
		}
	}
	return out
}

// maxShown names are shown of a list, each of at most maxShort bytes.
const (
	maxShown = 12
	maxShort = 80
)

// short cuts what is too long to be shown.
func short(s string) string {
	if len(s) <= maxShort {
		return s
	}
	return strings.ToValidUTF8(s[:maxShort], "") + "…"
}

// names is a list of names of which a few are kept.
type names struct {
	kept  []string
	count int
}

func (n *names) add(name string) {
	if n.count++; n.count <= maxShown {
		n.kept = append(n.kept, short(name))
	}
}

func (n *names) String() string {
	s := strings.Join(n.kept, ", ")
	if more := n.count - len(n.kept); more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s
}
