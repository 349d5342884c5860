package oplog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"tidemark/run"
)

// edit is what is known of a document: that it was put, deleted or patched. Of
// capped collections the value of a put starts with the document's position.
type edit struct {
	key     []byte // after the collection
	value   []byte
	compact int // the size from which on a patch is composed
	kind    run.Edit
	shared  bool // value is of the arena
}

// editCost is the memory that an edit takes beside its key and value: its own,
// that of two slots, and that of being sorted.
const editCost = 128

// slot is a place of a hash table, free where it has no edit.
type slot struct {
	hash uint64
	edit *edit
}

// edits are those of one collection, by the part of their keys after it: a hash
// table with linear probing whose keys are in the edits. The zero value is empty.
type edits struct {
	slots []slot // a power of two
	count int
}

// hashSeed is one for all, so that tables need none.
var hashSeed = maphash.MakeSeed()

// find is the edit of a key, nil where there is none, and the hash of the key.
func (e *edits) find(key []byte) (*edit, uint64) {
	hash := maphash.Bytes(hashSeed, key)
	if len(e.slots) == 0 {
		return nil, hash
	}
	for i := hash; ; i++ {
		s := &e.slots[i&uint64(len(e.slots)-1)]
		if s.edit == nil || s.hash == hash && bytes.Equal(s.edit.key, key) {
			return s.edit, hash
		}
	}
}

// insert adds an edit that is not there.
func (e *edits) insert(hash uint64, added *edit) {
	if e.count*4 >= len(e.slots)*3 {
		old := e.slots
		e.slots = make([]slot, max(8, 2*len(old)))
		for _, s := range old {
			if s.edit != nil {
				e.place(s)
			}
		}
	}
	e.count++
	e.place(slot{hash, added})
}

func (e *edits) place(s slot) {
	i := s.hash
	for e.slots[i&uint64(len(e.slots)-1)].edit != nil {
		i++
	}
	e.slots[i&uint64(len(e.slots)-1)] = s
}

// reset forgets all.
func (e *edits) reset() { *e = edits{} }

// keyed is an edit and the first bytes of its key, which mostly tell keys apart.
type keyed struct {
	head uint64
	edit *edit
}

// sorted are the edits in order of their keys.
func (e *edits) sorted() []keyed {
	all := make([]keyed, 0, e.count)
	for _, s := range e.slots {
		if s.edit != nil && s.edit.kind != 0 {
			all = append(all, keyed{headOf(s.edit.key), s.edit})
		}
	}
	slices.SortFunc(all, func(x, y keyed) int {
		if x.head != y.head {
			return cmp.Compare(x.head, y.head)
		}
		return bytes.Compare(x.edit.key, y.edit.key)
	})
	return all
}

// headOf orders keys by their first bytes.
func headOf(key []byte) uint64 {
	var head [8]byte
	copy(head[:], key)
	return binary.BigEndian.Uint64(head[:])
}

// The arena makes memory in pieces of this size; values above smallValue get
// memory of their own.
const (
	arenaBytes = 64 << 10
	arenaEdits = 256
	smallValue = 1 << 10
)

// arena is the memory of keys, small values and edits, which are given up
// together: two allocations for hundreds of them.
type arena struct {
	bytes []byte // not in use yet
	edits []edit
}

// room is memory for so many bytes, and no more.
func (a *arena) room(size int) []byte {
	if size > len(a.bytes) {
		if size > arenaBytes/8 {
			return make([]byte, 0, size)
		}
		a.bytes = make([]byte, arenaBytes)
	}
	room := a.bytes[:0:size]
	a.bytes = a.bytes[size:]
	return room
}

// edit is an empty one.
func (a *arena) edit() *edit {
	if len(a.edits) == 0 {
		a.edits = make([]edit, arenaEdits)
	}
	e := &a.edits[0]
	a.edits = a.edits[1:]
	return e
}
