package oplog

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// The sections of a $v:2 diff of a document. A field s<name> has the diff of
// the embedded document or array in the field name.
const (
	sectionDelete = 'd' // {name: false}
	sectionUpdate = 'u' // {name: value}, in place
	sectionInsert = 'i' // {name: value}, at the end
	sectionBinary = 'b' // {name: {o: offset, d: bytes}}, from offset on
	sectionSub    = 's'
)

// change is what a diff says of one field.
type change struct {
	kind byte // a section
	used bool // an update that found its field
	name []byte
	el   element // the value; the diff of sectionSub
}

// differ applies diffs. Its changes are a stack, each level of the document
// using the top.
type differ struct {
	changes []change
	names   names
	depth   int
	base    int // where the result starts in dst
}

// reset readies d for a result that starts at base.
func (d *differ) reset(base int) {
	d.changes, d.names.slots, d.depth, d.base = d.changes[:0], d.names.slots[:0], 0, base
}

func badDiff(what string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "malformed update: %s", what)
}

// enter counts a level in.
func (d *differ) enter() error {
	if d.depth++; d.depth > maxDepth {
		return badDiff("it nests too deeply")
	}
	return nil
}

// document appends what diff makes of doc.
//
// The rules are those of mongod's document_diff_applier.cpp: fields of doc stay
// in place, inserts go to the end, and so do updates of fields that are not
// there, before the inserts. Where a diff of a document or an array meets
// something else, an old diff is applied once more to a document that newer
// ones have changed: the field becomes null, and a diff to come sets it.
func (d *differ) document(dst, doc, diff []byte) ([]byte, error) {
	if err := d.enter(); err != nil {
		return dst, err
	}
	bottom := len(d.changes)
	var err error
	if d.changes, err = readChanges(d.changes, diff); err != nil {
		return dst, err
	}
	index, ok := d.names.push(d.changes[bottom:])
	if !ok {
		return dst, badDiff("a diff names a field twice")
	}
	rest, err := elements(doc)
	if err != nil {
		return dst, err
	}
	dst, at := begin(dst)
	same := 0 // bytes of rest that stay as they are
	for same < len(rest) {
		name, end, err := elementBounds(rest[same:])
		if err != nil {
			return dst, err
		}
		i := d.names.find(index, d.changes[bottom:], rest[same+1:same+name])
		if i < 0 {
			same += end
			continue
		}
		dst = append(dst, rest[:same]...)
		if dst, err = d.change(dst, elementAt(rest[same:], name, end), bottom+i); err != nil {
			return dst, err
		}
		rest, same = rest[same+end:], 0
	}
	dst = append(dst, rest...)
	for _, c := range d.changes[bottom:] {
		if c.kind == sectionInsert || c.kind == sectionUpdate && !c.used {
			dst = appendNamed(dst, c.name, c.el.typ, c.el.value)
		}
	}
	d.changes, d.depth = d.changes[:bottom], d.depth-1
	d.names.pop(index)
	if len(dst)-d.base > maxDocumentBytes {
		return dst, badDiff("it makes a document that is too large")
	}
	return end(dst, at), nil
}

// readChanges pushes the changes of a diff of a document.
func readChanges(changes []change, diff []byte) ([]change, error) {
	rest, err := elements(diff)
	for err == nil && len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			break
		}
		if len(el.name) == 0 || !el.isDoc() {
			return changes, badDiff("a section of a diff is not a document")
		}
		kind := el.name[0]
		switch {
		case kind == sectionSub:
			changes = append(changes, change{kind: kind, name: el.name[1:], el: el})
		case len(el.name) == 1 && (kind == sectionDelete || kind == sectionUpdate || kind == sectionInsert || kind == sectionBinary):
			changes, err = readSection(changes, kind, el.value)
		default:
			return changes, badDiff("a diff has a section that is not known")
		}
	}
	return changes, err
}

// readSection pushes the changes of a section.
func readSection(changes []change, kind byte, section []byte) ([]change, error) {
	rest, err := elements(section)
	for err == nil && len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err == nil {
			changes = append(changes, change{kind: kind, name: el.name, el: el})
		}
	}
	return changes, err
}

// change appends what the change at i makes of a field.
func (d *differ) change(dst []byte, el element, i int) ([]byte, error) {
	c := &d.changes[i]
	switch c.kind {
	case sectionUpdate:
		c.used = true
		return appendNamed(dst, el.name, c.el.typ, c.el.value), nil
	case sectionSub:
		return d.sub(appendHead(dst, el.typ, el.name), el, c.el.value)
	case sectionBinary:
		return appendBinary(appendHead(dst, el.typ, el.name), el, c.el)
	default: // deleted, or to be inserted at the end
		return dst, nil
	}
}

// sub appends the value that diff makes of a value that is a document or an
// array. Its head is appended already.
func (d *differ) sub(dst []byte, el element, diff []byte) ([]byte, error) {
	array, err := isArrayDiff(diff)
	switch {
	case err != nil:
		return dst, err
	case el.isDoc() && !array:
		return d.document(dst, el.value, diff)
	case el.isArray() && array:
		return d.array(dst, el.value, diff)
	default:
		return nullify(dst, el), nil
	}
}

// nullify turns the head that was appended last into that of a null.
func nullify(dst []byte, el element) []byte {
	dst[len(dst)-len(el.name)-2] = byte(bson.TypeNull)
	return dst
}

// binaryHead is the length and the subtype before the bytes of a binary.
const binaryHead = 5

// appendBinary appends a binary whose bytes from an offset on are replaced, as
// compressed columns of time-series buckets are. Its head is appended already.
func appendBinary(dst []byte, el, patch element) ([]byte, error) {
	from, data, err := binaryChange(patch)
	if err != nil {
		return dst, err
	}
	if el.typ != bson.TypeBinary || from > len(el.value)-binaryHead {
		return nullify(dst, el), nil
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(from+len(data)))
	dst = append(dst, el.value[4:binaryHead+from]...)
	return append(dst, data...), nil
}

// binaryChange reads {o: offset, d: bytes}.
func binaryChange(patch element) (from int, data []byte, err error) {
	if !patch.isDoc() {
		return 0, nil, badDiff("a change of a binary is not a document")
	}
	o, ok, err := find(patch.value, "o")
	if err != nil {
		return 0, nil, err
	}
	d, has, err := find(patch.value, "d")
	if err != nil {
		return 0, nil, err
	}
	offset, whole := o.integer()
	if !ok || !has || !whole || offset < 0 || offset > maxDocumentBytes || d.typ != bson.TypeBinary {
		return 0, nil, badDiff("a change of a binary has no offset or no bytes")
	}
	return int(offset), d.value[binaryHead:], nil
}
