package oplog

import (
	"encoding/binary"
	"slices"

	"tidemark"
	"tidemark/run"
)

// positionBytes is the size of the position before the documents of capped
// collections: when they were inserted, and the how manieth of the entry.
const positionBytes = 12

// position is where a document of a capped collection stands. Those of a base
// are at 0:0, in the order in which the scan met them.
type position struct {
	ts      tidemark.Timestamp
	ordinal uint32
}

func appendPosition(dst []byte, p position) []byte {
	dst = binary.BigEndian.AppendUint32(dst, p.ts.T)
	dst = binary.BigEndian.AppendUint32(dst, p.ts.I)
	return binary.BigEndian.AppendUint32(dst, p.ordinal)
}

// Merger applies and composes the patches that a fold writes. It is for one
// goroutine.
type Merger struct {
	names   map[tidemark.UUID]string
	applier Applier
	docs    [2][]byte
}

// NewMerger makes one that names collections in errors as c does; nil will do.
func NewMerger(c *tidemark.Catalogue) *Merger {
	m := &Merger{names: map[tidemark.UUID]string{}}
	if c != nil {
		for _, coll := range c.Collections {
			if coll.HasDocuments() {
				m.names[coll.UUID] = coll.Namespace()
			}
		}
	}
	return m
}

var _ run.Merger = (*Merger)(nil)

// Apply is CodeInvalidData where a patch has no document to change: the base or
// the oplog lacks something. In capped collections it is not, since servers
// before 5.0 do not log what falls out of them.
func (m *Merger) Apply(key, base []byte, patches [][]byte) ([]byte, bool, error) {
	_, kind, _ := run.SplitKey(key)
	if base == nil {
		if kind == run.KeyCapped {
			return nil, false, nil
		}
		return nil, false, m.orphan(key)
	}
	head := 0
	if kind == run.KeyCapped {
		head = positionBytes
	}
	if len(base) < head {
		return nil, false, tidemark.Errorf(tidemark.CodeInvalidData, "%s has no position", m.document(key))
	}
	value, turn := base, 0
	for _, patch := range slices.Backward(patches) {
		out := append(m.docs[turn][:0], value[:head]...)
		out, err := m.applier.ApplyPatch(out, value[head:], patch)
		if err != nil {
			return nil, false, m.failed(key, err)
		}
		m.docs[turn], value, turn = out, out, 1-turn
	}
	return value, true, nil
}

// Compose makes one patch of several, the newest first.
func (m *Merger) Compose(key []byte, patches [][]byte) ([]byte, error) {
	oldestFirst := slices.Clone(patches)
	slices.Reverse(oldestFirst)
	patch, err := ComposePatches(oldestFirst...)
	if err != nil {
		return nil, m.failed(key, err)
	}
	return patch, nil
}

// document names the document of a key.
func (m *Merger) document(key []byte) string {
	coll, _, _ := run.SplitKey(key)
	name := m.names[coll]
	if name == "" {
		name = "collection " + coll.String()
	}
	return "the document of " + name + " with " + run.DescribeKey(key)
}

func (m *Merger) orphan(key []byte) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "the oplog changes %s, which the snapshot does not have", m.document(key)).
		WithHint("The snapshot or the captured oplog lacks something. Restore from another snapshot, and take a new base.")
}

func (m *Merger) failed(key []byte, err error) error {
	code := tidemark.ErrorCode(err)
	if code == tidemark.CodeInternal {
		code = tidemark.CodeInvalidData
	}
	return tidemark.Errorf(code, "the oplog's change of %s cannot be applied: %w", m.document(key), err)
}
