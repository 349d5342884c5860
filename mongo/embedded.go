package mongo

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"tidemark"
)

// What the embedded server, FerretDB v1.24, does in its own way.

const (
	// embeddedBatch bounds the documents of one reply. The embedded server
	// heeds the count alone, and drivers take at most 48 MB.
	embeddedBatch = 256
	// embeddedSafeBatch fits whatever the documents' size.
	embeddedSafeBatch = 2
)

// embeddedIndexes refuses what the embedded server would take and choke on, and
// leaves out what is there already: two or more of those make it hang up.
func (d *Deployment) embeddedIndexes(ctx context.Context, db, name string, indexes []bson.Raw) ([]bson.Raw, error) {
	there := tidemark.Collection{DB: db, Name: name, Type: tidemark.TypeCollection}
	if _, err := d.loadIndexes(ctx, &there); err != nil {
		return nil, err
	}
	var missing []bson.Raw
	for _, index := range indexes {
		if isIDIndex(index) || hasIndex(there.Indexes, index) {
			continue
		}
		if !embeddedBuilds(index) {
			return nil, tidemark.Errorf(tidemark.CodeUnsupported, "the embedded server cannot build the index %s of %s.%s",
				stringAt(index, "name"), db, name).WithHint("it builds plain ascending and descending indexes only")
		}
		missing = append(missing, index)
	}
	return missing, nil
}

// hasIndex says whether an index of that name and those keys is there.
func hasIndex(there []bson.Raw, index bson.Raw) bool {
	for _, other := range there {
		if stringAt(other, "name") == stringAt(index, "name") && bytes.Equal(other.Lookup("key").Value, index.Lookup("key").Value) {
			return true
		}
	}
	return false
}

// embeddedBuilds says whether the keys of an index are plain ascending or
// descending fields. The embedded server takes a wildcard key and then fails
// every insert; other kinds, and most options, it refuses itself.
func embeddedBuilds(index bson.Raw) bool {
	key, err := index.LookupErr("key")
	if err != nil {
		return false
	}
	doc, _ := key.DocumentOK()
	elements, err := doc.Elements()
	for _, e := range elements {
		if _, numeric := e.Value().AsInt64OK(); !numeric || strings.Contains(e.Key(), "$**") {
			return false
		}
	}
	return err == nil
}

// isReplyTooLarge says whether the driver gave a connection up because of a
// reply above the limit, of which only the driver's text tells.
func isReplyTooLarge(err error) bool {
	e, ok := errors.AsType[topology.ConnectionError](err)
	return ok && strings.Contains(e.Error(), "length of read message too large")
}
