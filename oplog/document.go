package oplog

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
)

// document takes over an entry about a document.
func (f *folder) document(e *Entry) error {
	name := e.Collection()
	if name == viewsCollection {
		return f.editView(e)
	}
	k := f.catalogue.collection(e, e.NS)
	if k == nil && !e.HasUUID && e.Op == OpInsert && name != "" && !unlisted(name) {
		k = f.implicit(e)
	}
	if k == nil {
		return f.missing(e, name)
	}
	id, err := run.ID(e.Key())
	if err != nil {
		return badEntry(*e, "it names no _id")
	}
	if k.capped {
		f.key, err = run.AppendCappedKey(f.key[:0], k.UUID, id)
	} else {
		f.key, err = run.AppendKey(f.key[:0], k.UUID, id)
	}
	if err != nil {
		return err
	}
	if k.edits == nil {
		k.edits = f.acc.group(k.UUID)
	}
	old := f.acc.at(k.edits, f.key)
	k.changes.Doubtful = k.changes.Doubtful || f.loose
	switch e.Op {
	case OpInsert:
		k.changes.inserted(old.kind)
		return f.put(k, old, e.O)
	case OpDelete:
		k.changes.deleted(old.kind)
		f.acc.set(old, run.EditDelete)
		return nil
	default:
		return f.update(k, old, e)
	}
}

// implicit makes the collection that a first insert makes, on servers that do
// not log it.
func (f *folder) implicit(e *Entry) *collection {
	options, at := begin(nil)
	return f.catalogue.add(tidemark.Collection{
		DB: e.Database(), Name: e.Collection(), Type: tidemark.TypeCollection,
		UUID: derivedUUID(e.NS, f.at), Options: end(options, at), Indexes: []bson.Raw{idIndex()},
	})
}

// idIndex is {v: 2, key: {_id: 1}, name: "_id_"}.
func idIndex() bson.Raw {
	two, one := []byte{2, 0, 0, 0}, []byte{1, 0, 0, 0}
	key, at := begin(nil)
	key = end(appendNamed(key, []byte("_id"), bson.TypeInt32, one), at)
	dst, at := begin(nil)
	dst = appendNamed(dst, []byte("v"), bson.TypeInt32, two)
	dst = appendNamed(dst, []byte("key"), bson.TypeEmbeddedDocument, key)
	dst = appendNamed(dst, []byte("name"), bson.TypeString, textValue("_id_"))
	return end(dst, at)
}

// put makes doc the document of an edit.
func (f *folder) put(k *collection, old *edit, doc []byte) error {
	if _, err := elements(doc); err != nil {
		return err
	}
	if k.capped {
		f.acc.set(old, run.EditPut, appendPosition(nil, position{f.at, f.ordinal}), doc)
	} else {
		f.acc.set(old, run.EditPut, doc)
	}
	return nil
}

// update applies an update to what is known of its document.
func (f *folder) update(k *collection, old *edit, e *Entry) error {
	u, err := ParseUpdate(e.O)
	if err != nil {
		return err
	}
	switch {
	case u.Replaces() && !k.capped:
		k.changes.replaced(old.kind)
		return f.put(k, old, u.body)
	case old.kind == run.EditPut:
		head := 0
		if k.capped {
			head = positionBytes
		}
		f.doc, err = f.applier.Apply(append(f.doc[:0], old.value[:head]...), old.value[head:], u)
		if err == nil {
			f.acc.set(old, run.EditPut, f.doc)
		}
		return err
	case old.kind == run.EditDelete:
		if f.torn() {
			return nil
		}
		return badEntry(*e, "it changes the document with "+run.DescribeKey(f.key)+", which was deleted")
	default:
		return f.patch(old, u)
	}
}

// compactBytes is the size from which on patches are composed, each time they
// have grown to compactGrowth times what they were composed to.
const (
	compactBytes  = 4 << 10
	compactGrowth = 8
)

// patch adds an update to what is known of a document without a base.
func (f *folder) patch(old *edit, u Update) error {
	if old.kind == 0 {
		old.kind, old.compact = run.EditPatch, compactBytes
		f.acc.reserve(old, patchSize(u))
	}
	before := cap(old.value)
	old.value = AppendPatch(old.value, u)
	if len(old.value) > old.compact {
		var err error
		if old.value, err = f.composer.patches(old.value[:0], old.value); err != nil {
			return err
		}
		old.compact = max(compactBytes, compactGrowth*len(old.value))
	}
	f.acc.grown(old, before)
	return nil
}
