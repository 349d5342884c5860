package history

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/oplog"
)

// changes names the fields that an update sets or removes.
func changes(o bson.Raw) string {
	u, err := oplog.ParseUpdate(o)
	switch {
	case err != nil:
		return "an update that is not understood"
	case u.Replaces():
		return "the whole document"
	}
	var n names
	if diff, ok := o.Lookup("diff").DocumentOK(); ok {
		n.diff("", diff, 0)
		return n.String()
	}
	for _, operator := range []string{"$set", "$unset"} {
		if doc, ok := o.Lookup(operator).DocumentOK(); ok {
			n.fields("", doc)
		}
	}
	return n.String()
}

// fields adds the names of a document's fields.
func (n *names) fields(prefix string, doc bson.Raw) {
	elements, _ := doc.Elements()
	for _, e := range elements {
		n.add(prefix + e.Key())
	}
}

// maxDiffDepth is more than documents nest.
const maxDiffDepth = 250

// diff adds the paths that a $v 2 diff changes: d, u and i have fields that are
// removed, updated and inserted, s with a name behind it is the diff of a
// field. In the diff of an array, which starts with a, there are u and s with
// positions behind them, and l, the new length.
func (n *names) diff(prefix string, diff bson.Raw, depth int) {
	elements, _ := diff.Elements()
	array := len(elements) > 0 && elements[0].Key() == "a"
	for _, e := range elements {
		key, v := e.Key(), e.Value()
		if key == "" {
			continue
		}
		doc, isDoc := v.DocumentOK()
		switch {
		case key[0] == 's' && len(key) > 1 && isDoc && depth < maxDiffDepth:
			n.diff(prefix+key[1:]+".", doc, depth+1)
		case array && key[0] == 'u' && len(key) > 1:
			n.add(prefix + key[1:])
		case array && key == "l":
			n.add(prefix + "length")
		case !array && isDoc && (key == "d" || key == "u" || key == "i"):
			n.fields(prefix, doc)
		}
	}
}
