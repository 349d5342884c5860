package tidemark

import (
	"encoding/hex"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// UUID identifies a collection for its whole life, renames included.
type UUID [16]byte

// String returns 32 hexadecimal digits.
func (u UUID) String() string { return hex.EncodeToString(u[:]) }

// CollectionType is the "type" of a listCollections entry.
type CollectionType string

// The types a server reports.
const (
	TypeCollection CollectionType = "collection"
	TypeView       CollectionType = "view"
	TypeTimeseries CollectionType = "timeseries" // the view-like front of system.buckets.NAME
)

// Collection is one collection or view as the server reports it.
type Collection struct {
	DB   string
	Name string
	Type CollectionType
	// UUID is the server's, or derived from the namespace where the server has
	// none. Views have none.
	UUID UUID
	// Options is the "options" document of listCollections, byte for byte.
	Options bson.Raw
	// Indexes are the listIndexes entries, the _id index included, byte for byte.
	Indexes []bson.Raw
}

// Namespace is "db.name".
func (c Collection) Namespace() string { return c.DB + "." + c.Name }

// Capped says whether documents keep their natural order and size is bounded.
func (c Collection) Capped() bool {
	v, err := c.Options.LookupErr("capped")
	if err != nil {
		return false
	}
	b, ok := v.BooleanOK()
	return ok && b
}

// HasDocuments says whether the collection stores documents of its own, as
// views and the fronts of time-series collections do not.
func (c Collection) HasDocuments() bool { return c.Type == TypeCollection }

// IsBuckets says whether this is the storage of a time-series collection.
func (c Collection) IsBuckets() bool { return strings.HasPrefix(c.Name, "system.buckets.") }

// Catalogue is everything of a deployment that is not documents, sorted by
// namespace. It leaves out the databases admin, config and local.
type Catalogue struct {
	Collections []Collection
}

// Find returns the collection or view with that namespace.
func (c *Catalogue) Find(db, name string) (Collection, bool) {
	for _, coll := range c.Collections {
		if coll.DB == db && coll.Name == name {
			return coll, true
		}
	}
	return Collection{}, false
}

// Databases lists the names of the databases, in order.
func (c *Catalogue) Databases() []string {
	var names []string
	for _, coll := range c.Collections {
		if len(names) == 0 || names[len(names)-1] != coll.DB {
			names = append(names, coll.DB)
		}
	}
	return names
}
