package oplog

import (
	"bytes"

	"github.com/zeebo/xxh3"
)

// fewNames are looked through faster than they are hashed.
const fewNames = 12

// names finds changes by the name of their field. It is a stack of hash tables
// with open addressing, one for each level of a document, in one slice that is
// used again.
type names struct{ slots []int32 }

// table is one of them: those slots of names from at on. mask is 0 where there
// are so few changes that there is no table.
type table struct{ at, mask int }

// push makes the table of changes. It is false where two have one name.
func (n *names) push(changes []change) (table, bool) {
	if len(changes) <= fewNames {
		for i := range changes {
			for j := range changes[:i] {
				if bytes.Equal(changes[i].name, changes[j].name) {
					return table{}, false
				}
			}
		}
		return table{at: len(n.slots)}, true
	}
	size := 32
	for size < 2*len(changes) {
		size *= 2
	}
	t := table{at: len(n.slots), mask: size - 1}
	for range size {
		n.slots = append(n.slots, -1)
	}
	for i := range changes {
		slot, found := n.slot(t, changes, changes[i].name)
		if found >= 0 {
			return table{}, false
		}
		n.slots[slot] = int32(i)
	}
	return t, true
}

// slot is where the change of a name is or would be, and which it is, or -1.
func (n *names) slot(t table, changes []change, name []byte) (int, int) {
	for h := int(xxh3.Hash(name)); ; h++ {
		slot := t.at + h&t.mask
		i := n.slots[slot]
		if i < 0 || bytes.Equal(changes[i].name, name) {
			return slot, int(i)
		}
	}
}

// find is the place of the change of a name among changes, or -1.
func (n *names) find(t table, changes []change, name []byte) int {
	if t.mask == 0 {
		for i := range changes {
			if bytes.Equal(changes[i].name, name) {
				return i
			}
		}
		return -1
	}
	_, i := n.slot(t, changes, name)
	return i
}

// pop drops a table and those above it.
func (n *names) pop(t table) { n.slots = n.slots[:t.at] }
