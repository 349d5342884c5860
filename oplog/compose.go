package oplog

import (
	"encoding/binary"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// composer makes one diff of two.
type composer struct {
	differ differ
	depth  int
}

// documents appends the diff that does what first older and then newer do to a
// document. It is false where no diff does.
//
// Of each field the newer change holds, with three exceptions: an update of a
// field that the older diff inserted is still an insert at its place; a change
// of a deleted field is an insert; diffs of values that the older diff sets are
// applied to these, and diffs of diffs composed. A newer update of a field that
// is not in the document would be appended behind older inserts, here before:
// servers write none but into documents that lose the field again later.
func (c *composer) documents(dst, older, newer []byte) ([]byte, bool, error) {
	if c.depth++; c.depth > maxDepth {
		return dst, false, badDiff("it nests too deeply")
	}
	defer func() { c.depth-- }()
	var a, b differ
	if err := a.read(older); err != nil {
		return dst, false, err
	}
	if err := b.read(newer); err != nil {
		return dst, false, err
	}
	index, err := indexOf(b.changes)
	if err == nil {
		_, err = indexOf(a.changes)
	}
	if err != nil {
		return dst, false, err
	}
	var out sections
	for _, x := range a.changes {
		i := index.find(b.changes, x.name)
		if i < 0 {
			out.add(x)
			continue
		}
		y := &b.changes[i]
		switch {
		case y.kind == sectionInsert:
			continue
		case y.kind == sectionUpdate && x.kind == sectionDelete:
			y.kind = sectionInsert
			continue
		}
		y.used = true
		ok, err := c.field(&out, x, *y)
		if !ok || err != nil {
			return dst, false, err
		}
	}
	for _, y := range b.changes {
		if !y.used {
			out.add(y)
		}
	}
	return out.append(dst), true, nil
}

// field composes two changes of one field, the newer one no insert.
func (c *composer) field(out *sections, x, y change) (bool, error) {
	switch {
	case y.kind == sectionDelete:
		out.add(y)
	case y.kind == sectionUpdate && x.kind == sectionInsert:
		x.el = y.el
		out.add(x)
	case y.kind == sectionUpdate:
		out.add(y)
	case x.kind == sectionDelete: // there is nothing to apply a diff to
		out.add(x)
	case x.kind == sectionUpdate || x.kind == sectionInsert:
		value, err := c.applied(x.el, y)
		if err != nil {
			return false, err
		}
		x.el = value
		out.add(x)
	case x.kind == sectionSub && y.kind == sectionSub:
		diff, ok, err := c.subs(nil, x.el.value, y.el.value)
		if !ok || err != nil {
			return false, err
		}
		out.add(change{kind: sectionSub, name: x.name, el: element{typ: bson.TypeEmbeddedDocument, value: diff}})
	case x.kind == sectionBinary && y.kind == sectionBinary:
		value, ok, err := composeBinary(x.el, y.el)
		if !ok || err != nil {
			return false, err
		}
		x.el = value
		out.add(x)
	default:
		return false, nil
	}
	return true, nil
}

// composeBinary composes two changes of a binary. It is false where the newer
// one leaves a gap behind the older, so that neither is of this binary.
func composeBinary(older, newer element) (element, bool, error) {
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
	data := append(slices.Clone(a[:from-at]), b...)
	dst, start := begin(nil)
	dst = append(appendHead(dst, bson.TypeInt32, []byte("o")), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(dst[len(dst)-4:], uint32(at))
	dst = binary.LittleEndian.AppendUint32(appendHead(dst, bson.TypeBinary, []byte("d")), uint32(len(data)))
	dst = append(append(dst, 0), data...)
	return element{typ: bson.TypeEmbeddedDocument, name: older.name, value: end(dst, start)}, true, nil
}

// applied is the value that a diff or a change of a binary makes of one.
func (c *composer) applied(value element, y change) (element, error) {
	c.differ.reset(0)
	c.differ.depth = c.depth
	head := appendHead(nil, value.typ, value.name)
	named := element{typ: value.typ, name: value.name, value: value.value}
	var err error
	if y.kind == sectionSub {
		head, err = c.differ.sub(head, named, y.el.value)
	} else {
		head, err = appendBinary(head, named, y.el)
	}
	if err != nil {
		return element{}, err
	}
	made, _, err := nextElement(head)
	return made, err
}

// subs composes two diffs of an embedded document or an array.
func (c *composer) subs(dst, older, newer []byte) ([]byte, bool, error) {
	a, err := isArrayDiff(older)
	if err != nil {
		return dst, false, err
	}
	b, err := isArrayDiff(newer)
	switch {
	case err != nil || a != b:
		return dst, false, err
	case a:
		return c.arrays(dst, older, newer)
	default:
		return c.documents(dst, older, newer)
	}
}

// sections collects the changes of a diff.
type sections struct {
	deletes, updates, inserts, binaries, subs []change
}

func (s *sections) add(c change) {
	switch c.kind {
	case sectionDelete:
		s.deletes = append(s.deletes, c)
	case sectionUpdate:
		s.updates = append(s.updates, c)
	case sectionInsert:
		s.inserts = append(s.inserts, c)
	case sectionBinary:
		s.binaries = append(s.binaries, c)
	default:
		s.subs = append(s.subs, c)
	}
}

// append writes the diff.
func (s *sections) append(dst []byte) []byte {
	dst, at := begin(dst)
	dst = appendSection(dst, sectionDelete, s.deletes)
	dst = appendSection(dst, sectionUpdate, s.updates)
	dst = appendSection(dst, sectionInsert, s.inserts)
	dst = appendSection(dst, sectionBinary, s.binaries)
	for _, c := range s.subs {
		dst = append(dst, byte(bson.TypeEmbeddedDocument), sectionSub)
		dst = append(append(dst, c.name...), 0)
		dst = append(dst, c.el.value...)
	}
	return end(dst, at)
}

func appendSection(dst []byte, section byte, changes []change) []byte {
	if len(changes) == 0 {
		return dst
	}
	dst = append(dst, byte(bson.TypeEmbeddedDocument), section, 0)
	dst, at := begin(dst)
	for _, c := range changes {
		dst = appendNamed(dst, c.name, c.el.typ, c.el.value)
	}
	return end(dst, at)
}
