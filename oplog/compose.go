package oplog

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// composer makes one update of several, and keeps memory to do it again. It is
// for one goroutine.
type composer struct {
	applier Applier
	changes []change // a stack, as differ.changes
	names   names
	arena   []byte // what was made; it grows until reset
	depth   int
	updates []Update // of patches
	made    []byte   // the patch that they became
}

// reset gives up what was made.
func (c *composer) reset() {
	c.changes, c.names.slots, c.arena, c.depth = c.changes[:0], c.names.slots[:0], c.arena[:0], 0
}

// make appends to the arena and returns what was appended. What was made before
// stays as it is, even where the arena moves.
func (c *composer) make(fn func(dst []byte) ([]byte, bool, error)) ([]byte, bool, error) {
	at := len(c.arena)
	out, ok, err := fn(c.arena)
	if !ok || err != nil {
		return nil, false, err
	}
	c.arena = out
	return out[at:len(out):len(out)], true, nil
}

// documents makes the diff that does what first older and then newer do to a
// document. It is false where no diff does.
//
// Of each field the newer change holds, with three exceptions: an update of a
// field that the older diff inserted is still an insert at its place; an update
// of a deleted field is an insert; diffs of values that the older diff sets are
// applied to these, and diffs of diffs composed. A newer update of a field that
// is not in the document would be appended behind older inserts, here before:
// servers write none but into documents that lose the field again later.
func (c *composer) documents(older, newer []byte) ([]byte, bool, error) {
	if c.depth++; c.depth > maxDepth {
		return nil, false, badDiff("it nests too deeply")
	}
	defer func(bottom int) { c.depth, c.changes = c.depth-1, c.changes[:bottom] }(len(c.changes))
	// The stack has the older changes from a, the newer from b, and what comes
	// of them from out on.
	var err error
	a := len(c.changes)
	if c.changes, err = readChanges(c.changes, older); err != nil {
		return nil, false, err
	}
	b := len(c.changes)
	if c.changes, err = readChanges(c.changes, newer); err != nil {
		return nil, false, err
	}
	out := len(c.changes)
	index, ok := c.names.push(c.changes[b:out])
	if !ok {
		return nil, false, badDiff("a diff names a field twice")
	}
	defer c.names.pop(index)
	for i := a; i < b; i++ {
		x := c.changes[i]
		j := c.names.find(index, c.changes[b:out], x.name)
		if j < 0 {
			c.changes = append(c.changes, x)
			continue
		}
		y := &c.changes[b+j]
		switch {
		case y.kind == sectionInsert:
			continue
		case y.kind == sectionUpdate && x.kind == sectionDelete:
			y.kind = sectionInsert
			continue
		}
		y.used = true
		composed, ok, err := c.field(x, *y)
		if !ok || err != nil {
			return nil, false, err
		}
		c.changes = append(c.changes, composed)
	}
	for i := b; i < out; i++ {
		if y := c.changes[i]; !y.used {
			c.changes = append(c.changes, y)
		}
	}
	return c.make(func(dst []byte) ([]byte, bool, error) { return appendDiff(dst, c.changes[out:]), true, nil })
}

// field composes two changes of one field, the newer one no insert.
func (c *composer) field(x, y change) (change, bool, error) {
	switch {
	case y.kind == sectionDelete:
		return y, true, nil
	case y.kind == sectionUpdate && x.kind == sectionInsert:
		x.el = y.el
		return x, true, nil
	case y.kind == sectionUpdate:
		return y, true, nil
	case x.kind == sectionDelete: // there is nothing to apply a diff to
		return x, true, nil
	case x.kind == sectionUpdate || x.kind == sectionInsert:
		var err error
		x.el, err = c.applied(x.el, y)
		return x, err == nil, err
	case x.kind == sectionSub && y.kind == sectionSub:
		diff, ok, err := c.subs(x.el.value, y.el.value)
		x.el = element{typ: bson.TypeEmbeddedDocument, value: diff}
		return x, ok, err
	case x.kind == sectionBinary && y.kind == sectionBinary:
		value, ok, err := c.binary(x.el, y.el)
		x.el = value
		return x, ok, err
	default:
		return change{}, false, nil
	}
}

// binary composes two changes of a binary. It is false where the newer
// one leaves a gap behind the older, so that neither is of this binary.
func (c *composer) binary(older, newer element) (element, bool, error) {
	at, a, err := binaryChange(older)
	if err != nil {
		return element{}, false, err
	}
	from, b, err := binaryChange(newer)
	if err != nil || from > at+len(a) {
		return element{}, false, err
	}
	if from < at { // a binary that ends between them would be made null by one and not by both
		return element{}, false, nil
	}
	value, ok, err := c.make(func(dst []byte) ([]byte, bool, error) {
		dst, start := begin(dst)
		dst = binary.LittleEndian.AppendUint32(appendHead(dst, bson.TypeInt32, []byte("o")), uint32(at))
		dst = binary.LittleEndian.AppendUint32(appendHead(dst, bson.TypeBinary, []byte("d")), uint32(from-at+len(b)))
		dst = append(append(append(dst, 0), a[:from-at]...), b...)
		return end(dst, start), true, nil
	})
	return element{typ: bson.TypeEmbeddedDocument, name: older.name, value: value}, ok, err
}

// applied is the value that a diff or a change of a binary makes of one.
func (c *composer) applied(value element, y change) (element, error) {
	raw, _, err := c.make(func(dst []byte) ([]byte, bool, error) {
		d := &c.applier.differ
		d.reset(len(dst))
		d.depth = c.depth
		dst = appendHead(dst, value.typ, value.name)
		var err error
		if y.kind == sectionSub {
			dst, err = d.sub(dst, value, y.el.value)
		} else {
			dst, err = appendBinary(dst, value, y.el)
		}
		return dst, err == nil, err
	})
	if err != nil {
		return element{}, err
	}
	made, _, err := nextElement(raw)
	return made, err
}

// subs composes two diffs of an embedded document or an array.
func (c *composer) subs(older, newer []byte) ([]byte, bool, error) {
	a, err := isArrayDiff(older)
	if err != nil {
		return nil, false, err
	}
	b, err := isArrayDiff(newer)
	switch {
	case err != nil || a != b:
		return nil, false, err
	case a:
		return c.arrays(older, newer)
	default:
		return c.documents(older, newer)
	}
}

// appendDiff writes changes as a diff, section by section.
func appendDiff(dst []byte, changes []change) []byte {
	dst, at := begin(dst)
	for _, section := range []byte{sectionDelete, sectionUpdate, sectionInsert, sectionBinary} {
		dst = appendSection(dst, section, changes)
	}
	for _, c := range changes {
		if c.kind == sectionSub {
			dst = append(dst, byte(bson.TypeEmbeddedDocument), sectionSub)
			dst = append(append(dst, c.name...), 0)
			dst = append(dst, c.el.value...)
		}
	}
	return end(dst, at)
}

func appendSection(dst []byte, section byte, changes []change) []byte {
	before := len(dst)
	dst = append(dst, byte(bson.TypeEmbeddedDocument), section, 0)
	dst, at := begin(dst)
	empty := len(dst)
	for i := range changes {
		if c := &changes[i]; c.kind == section {
			dst = appendNamed(dst, c.name, c.el.typ, c.el.value)
		}
	}
	if len(dst) == empty {
		return dst[:before]
	}
	return end(dst, at)
}
