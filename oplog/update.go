package oplog

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// form is how an update says what it does. The numbers are stored in patches.
type form byte

const (
	formReplace form = 1 // the document
	formDiff    form = 2 // the diff of $v:2
	formModify  form = 3 // $set and $unset of $v:1
)

// Update is what a u entry does to its document. Its bytes are those of the
// entry.
type Update struct {
	form form
	body []byte
}

// ParseUpdate reads the o of a u entry. A document without $v replaces; so does
// a $set of $v:1 that has the _id: the embedded server writes whole documents
// so, and MongoDB never does. Other versions than 1 and 2 are CodeUnsupported,
// what is malformed is CodeInvalidData, as far as it shows without a document.
func ParseUpdate(o []byte) (Update, error) {
	rest, err := elements(o)
	if err != nil {
		return Update{}, err
	}
	if len(rest) == 0 {
		return Update{}, badDiff("it is empty")
	}
	first, _, err := nextElement(rest)
	switch {
	case err != nil:
		return Update{}, err
	case string(first.name) == "$v":
		return parseVersioned(o, first)
	case len(first.name) > 0 && first.name[0] == '$':
		return parseModify(o) // before MongoDB 3.6
	default:
		return Update{formReplace, o}, nil
	}
}

func parseVersioned(o []byte, version element) (Update, error) {
	switch v, _ := version.integer(); v {
	case 1:
		return parseModify(o)
	case 2:
		diff, ok, err := find(o, "diff")
		if err != nil {
			return Update{}, err
		}
		if !ok || !diff.isDoc() {
			return Update{}, badDiff("it has no diff")
		}
		return Update{formDiff, diff.value}, nil
	default:
		return Update{}, tidemark.Errorf(tidemark.CodeUnsupported, "an update entry is of version %d, and 1 and 2 are known", v).
			WithHint("Use a version of Tidemark that knows the server's version.")
	}
}

// parseModify tells modifiers from the embedded server's replacements.
func parseModify(o []byte) (Update, error) {
	var set element
	unsets := false
	err := eachElement(o, func(el element) error {
		switch string(el.name) {
		case "$v":
			return nil
		case "$set":
			set = el
		case "$unset":
			unsets = true
		default:
			return badDiff("it has a modifier that is not $set or $unset")
		}
		if !el.isDoc() {
			return badDiff("a modifier is not a document")
		}
		return nil
	})
	if err != nil {
		return Update{}, err
	}
	if set.value != nil && !unsets {
		_, whole, err := find(set.value, "_id")
		if err != nil {
			return Update{}, err
		}
		if whole {
			return Update{formReplace, set.value}, nil
		}
	}
	return Update{formModify, o}, nil
}

// Replaces says whether the update is a whole document.
func (u Update) Replaces() bool { return u.form == formReplace }

// Replacement is that document.
func (u Update) Replacement() bson.Raw { return bson.Raw(u.body) }

// Applier applies updates and keeps memory to do it again. The zero value is
// ready. It is for one goroutine.
type Applier struct {
	differ   differ
	modifier modifier
	turns    [2][]byte // documents between the updates of a patch
}

// Apply appends to dst the document that u makes of doc. It takes time in
// proportion to the sizes of both and of the result. Applied to a document that
// already has this update and later ones, as the torn part of a base has, it
// does what a server does, and applying the later ones once more gives the
// document as it was. It is CodeInvalidData where doc or u is malformed.
func (a *Applier) Apply(dst, doc []byte, u Update) ([]byte, error) {
	switch u.form {
	case formDiff:
		a.differ.reset(len(dst))
		return a.differ.document(dst, doc, u.body)
	case formModify:
		return a.modifier.apply(dst, doc, u.body)
	default:
		if _, err := elements(u.body); err != nil {
			return dst, err
		}
		return append(dst, u.body...), nil
	}
}
