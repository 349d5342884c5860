package oplog

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// modifier applies $set and $unset of paths, all of an update in one pass: the
// paths are made a tree, in their order, and the tree walks the document.
type modifier struct {
	nodes []pathNode
	index map[childKey]int // where there are many
	kids  []kid            // a stack, as differ.changes
	depth int
	base  int // where the result starts in dst
}

// pathNode is one component of a path.
type pathNode struct {
	name        []byte
	does        does
	creates     bool // a $set is in it or below
	el          element
	first, last int // its children, 0 for none: the root is nobody's child
	next        int // sibling
}

type does byte

const (
	descends does = iota
	sets
	unsets
)

type childKey struct {
	parent int
	name   string
}

// kid is a child of the node that is applied to an array.
type kid struct{ node, index int }

// apply appends what the modifiers of o make of doc.
//
// The rules are those of mongod's update nodes with fromOplogApplication: a
// field that is there keeps its place, others are appended in the order of
// their paths, and with them the documents that lead to them; a path through
// something that is no document or array does nothing; $unset of an element of
// an array makes it null; setting an element behind an array's end fills up
// with nulls.
func (m *modifier) apply(dst, doc, o []byte) ([]byte, error) {
	if err := m.plant(o); err != nil {
		return dst, err
	}
	m.depth, m.kids, m.base = 0, m.kids[:0], len(dst)
	return m.document(dst, doc, 0)
}

// plant makes the tree: first of the paths that are set, since fields are made
// in their order.
func (m *modifier) plant(o []byte) error {
	m.nodes = append(m.nodes[:0], pathNode{})
	m.index = nil
	for _, operator := range []struct {
		name string
		what does
	}{{"$set", sets}, {"$unset", unsets}} {
		op, ok, err := find(o, operator.name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		err = eachElement(op.value, func(el element) error { return m.path(el, operator.what) })
		if err != nil {
			return err
		}
	}
	return nil
}

// path adds a path to the tree.
func (m *modifier) path(el element, what does) error {
	at, left := 0, el.name
	for depth := 0; ; depth++ {
		if depth > maxDepth {
			return badDiff("a path is too deep")
		}
		name, rest, more := bytes.Cut(left, []byte{'.'})
		at, left = m.child(at, name), rest
		if what == sets {
			m.nodes[at].creates = true
		}
		if m.nodes[at].does != descends {
			return badDiff("one path leads through another")
		}
		if !more {
			break
		}
	}
	if m.nodes[at].first != 0 {
		return badDiff("one path leads through another")
	}
	m.nodes[at].does, m.nodes[at].el = what, el
	return nil
}

// child is the child of a node with that name, made where there is none.
func (m *modifier) child(parent int, name []byte) int {
	if i := m.lookup(parent, name); i > 0 {
		return i
	}
	i := len(m.nodes)
	m.nodes = append(m.nodes, pathNode{name: name})
	if p := &m.nodes[parent]; p.first == 0 {
		p.first, p.last = i, i
	} else {
		m.nodes[p.last].next = i
		p.last = i
	}
	if m.index != nil {
		m.index[childKey{parent, string(name)}] = i
	} else if i > fewNames {
		m.index = make(map[childKey]int, 2*i)
		for p := range m.nodes {
			for c := m.nodes[p].first; c != 0; c = m.nodes[c].next {
				m.index[childKey{p, string(m.nodes[c].name)}] = c
			}
		}
	}
	return i
}

// lookup finds a child by name; 0 is none.
func (m *modifier) lookup(parent int, name []byte) int {
	if m.index != nil {
		return m.index[childKey{parent, string(name)}]
	}
	for c := m.nodes[parent].first; c != 0; c = m.nodes[c].next {
		if bytes.Equal(m.nodes[c].name, name) {
			return c
		}
	}
	return 0
}

// document appends what the children of node at make of a document.
func (m *modifier) document(dst, doc []byte, at int) ([]byte, error) {
	if m.depth++; m.depth > maxDepth {
		return dst, badDiff("it nests too deeply")
	}
	rest, err := elements(doc)
	if err != nil {
		return dst, err
	}
	dst, start := begin(dst)
	for len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return dst, err
		}
		c := m.lookup(at, el.name)
		if c == 0 {
			dst = append(dst, el.raw...)
			continue
		}
		m.nodes[c].creates = false // it is there
		switch m.nodes[c].does {
		case sets:
			dst = appendNamed(dst, el.name, m.nodes[c].el.typ, m.nodes[c].el.value)
		case descends:
			if dst, err = m.value(appendHead(dst, el.typ, el.name), el, c); err != nil {
				return dst, err
			}
		}
	}
	dst = m.create(dst, at)
	m.depth--
	if len(dst)-m.base > maxDocumentBytes {
		return dst, badDiff("it makes a document that is too large")
	}
	return end(dst, start), nil
}

// create appends the children of a node that were not found.
func (m *modifier) create(dst []byte, at int) []byte {
	for c := m.nodes[at].first; c != 0; c = m.nodes[c].next {
		if m.nodes[c].creates {
			t, _ := m.created(c)
			dst = m.appendCreated(appendHead(dst, t, m.nodes[c].name), c)
		}
	}
	return dst
}

// created is the type of the value that a node makes of nothing.
func (m *modifier) created(c int) (bson.Type, bool) {
	if m.nodes[c].does == sets {
		return m.nodes[c].el.typ, true
	}
	return bson.TypeEmbeddedDocument, m.nodes[c].creates
}

// appendCreated appends that value.
func (m *modifier) appendCreated(dst []byte, c int) []byte {
	if m.nodes[c].does == sets {
		return append(dst, m.nodes[c].el.value...)
	}
	dst, at := begin(dst)
	return end(m.create(dst, c), at)
}

// value appends what the children of node c make of a value whose head is
// appended already.
func (m *modifier) value(dst []byte, el element, c int) ([]byte, error) {
	switch {
	case el.isDoc():
		return m.document(dst, el.value, c)
	case el.isArray():
		return m.array(dst, el.value, c)
	default:
		return append(dst, el.value...), nil
	}
}

// array appends what the children of node at make of an array. Those that are
// not named as elements do nothing.
func (m *modifier) array(dst, array []byte, at int) ([]byte, error) {
	if m.depth++; m.depth > maxDepth {
		return dst, badDiff("it nests too deeply")
	}
	bottom := len(m.kids)
	for c := m.nodes[at].first; c != 0; c = m.nodes[c].next {
		if i, ok := arrayIndex(m.nodes[c].name); ok {
			m.kids = append(m.kids, kid{node: c, index: i})
		}
	}
	slices.SortFunc(m.kids[bottom:], func(a, b kid) int { return a.index - b.index })
	next := bottom
	rest, err := elements(array)
	if err != nil {
		return dst, err
	}
	dst, start := begin(dst)
	i := 0
	for ; len(rest) > 0; i++ {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return dst, err
		}
		if next == len(m.kids) || m.kids[next].index != i {
			dst = appendIndexed(dst, i, el.typ, el.value)
			continue
		}
		c := m.kids[next].node
		next++
		switch m.nodes[c].does {
		case sets:
			dst = appendIndexed(dst, i, m.nodes[c].el.typ, m.nodes[c].el.value)
		case unsets:
			dst = appendIndexed(dst, i, bson.TypeNull, nil)
		default:
			if dst, err = m.value(appendIndexed(dst, i, el.typ, nil), el, c); err != nil {
				return dst, err
			}
		}
	}
	for short := i; next < len(m.kids); next++ {
		c := m.kids[next].node
		t, ok := m.created(c)
		if !ok || m.nodes[c].does == unsets {
			continue
		}
		for ; i < m.kids[next].index; i++ {
			if i-short > maxPadding || len(dst)-m.base > maxDocumentBytes {
				return dst, badDiff("it makes an array that is too large")
			}
			dst = appendIndexed(dst, i, bson.TypeNull, nil)
		}
		dst = m.appendCreated(appendIndexed(dst, i, t, nil), c)
		i++
	}
	m.kids, m.depth = m.kids[:bottom], m.depth-1
	return end(dst, start), nil
}
