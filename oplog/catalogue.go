package oplog

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// viewsCollection has a document for each view of its database.
const viewsCollection = "system.views"

// collection is one of the catalogue while it is folded.
type collection struct {
	tidemark.Collection
	capped  bool
	edits   *edits // what happened to its documents; nil where nothing did
	changes Changes
}

// catalogue is the catalogue while it is folded. Collections are found by UUID;
// names are for entries without one. In a torn stretch two collections may have
// one name for a while: one was dropped after the entries and before the
// catalogue was read.
type catalogue struct {
	byUUID map[tidemark.UUID]*collection
	byName map[string]*collection
	views  map[string]bson.Raw // the documents of system.views, by namespace
	last   *collection         // found last by UUID
}

func newCatalogue(from *tidemark.Catalogue) (*catalogue, error) {
	c := &catalogue{
		byUUID: map[tidemark.UUID]*collection{}, byName: map[string]*collection{},
		views: map[string]bson.Raw{},
	}
	if from == nil {
		return c, nil
	}
	for _, coll := range from.Collections {
		if !coll.HasDocuments() {
			doc, err := viewDocument(coll)
			if err != nil {
				return nil, err
			}
			c.views[coll.Namespace()] = doc
			continue
		}
		coll.Indexes = slices.Clone(coll.Indexes)
		if c.byUUID[coll.UUID] != nil {
			return nil, tidemark.Errorf(tidemark.CodeInvalidData, "two collections of a catalogue have the UUID %s", coll.UUID)
		}
		c.add(coll)
	}
	return c, nil
}

func (c *catalogue) add(coll tidemark.Collection) *collection {
	k := &collection{Collection: coll, capped: coll.Capped()}
	c.byUUID[coll.UUID], c.byName[coll.Namespace()] = k, k
	return k
}

// collection is the one that an entry is about; nil where it is not known.
// namespace is what to look for where the entry has no UUID.
func (c *catalogue) collection(e *Entry, namespace string) *collection {
	if !e.HasUUID {
		return c.byName[namespace]
	}
	if c.last == nil || c.last.UUID != e.UUID {
		found := c.byUUID[e.UUID]
		if found == nil {
			return nil
		}
		c.last = found
	}
	return c.last
}

// rename moves a collection to another name.
func (c *catalogue) rename(k *collection, db, name string) {
	c.unname(k)
	k.DB, k.Name = db, name
	c.byName[k.Namespace()] = k
}

// unname forgets the name, if it is still the collection's.
func (c *catalogue) unname(k *collection) {
	if ns := k.Namespace(); c.byName[ns] == k {
		delete(c.byName, ns)
	}
}

// remove drops a collection and what happened to its documents.
func (c *catalogue) remove(k *collection) {
	c.unname(k)
	delete(c.byUUID, k.UUID)
	if c.last == k {
		c.last = nil
	}
}

// derivedUUID is the UUID of a collection that a server without UUIDs makes. It
// has the time in it: a collection that is dropped and made again is another.
func derivedUUID(namespace string, at tidemark.Timestamp) tidemark.UUID {
	sum := sha256.Sum256([]byte(namespace + "\x00" + at.String()))
	return tidemark.UUID(sum[:16])
}

// result is the catalogue as it stands, sorted by namespace. Names are unique
// but in a torn stretch.
func (c *catalogue) result(torn bool) (*tidemark.Catalogue, error) {
	out := &tidemark.Catalogue{}
	named := map[string]bool{}
	for _, k := range c.byUUID {
		ns := k.Namespace()
		if named[ns] && !torn {
			return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the oplog leaves two collections of the name %s", ns).
				WithHint("Take a new base.")
		}
		named[ns] = true
		out.Collections = append(out.Collections, k.Collection)
	}
	for ns, doc := range c.views {
		if named[ns] && !torn {
			return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the oplog leaves a view and a collection of the name %s", ns).
				WithHint("Take a new base.")
		}
		view, err := c.view(ns, doc)
		if err != nil {
			return nil, err
		}
		out.Collections = append(out.Collections, view)
	}
	slices.SortFunc(out.Collections, func(a, b tidemark.Collection) int {
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// unlisted says whether a catalogue leaves a collection out: it lists of
// system.* only the storage of time-series.
func unlisted(name string) bool {
	return strings.HasPrefix(name, "system.") && !strings.HasPrefix(name, bucketsPrefix)
}
