package oplog

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// bucketsPrefix is how the storage of time-series collections is called.
const bucketsPrefix = "system.buckets."

// viewFields are those of a document of system.views that are the options of
// the view.
var viewFields = map[string]bool{"viewOn": true, "pipeline": true, "collation": true}

// frontFields are the options of the storage that listCollections shows as
// those of the time-series collection before it.
var frontFields = map[string]bool{
	"storageEngine": true, "indexOptionDefaults": true, "collation": true,
	"timeseries": true, "expireAfterSeconds": true,
}

// viewDocument is the document of system.views that a view of a catalogue comes
// from. That of a time-series collection is not known in full, and servers
// replace it whole where they change it.
func viewDocument(c tidemark.Collection) (bson.Raw, error) {
	dst, at := begin(nil)
	dst = append(appendHead(dst, bson.TypeString, []byte("_id")), textValue(c.Namespace())...)
	if c.Type == tidemark.TypeTimeseries {
		dst = append(appendHead(dst, bson.TypeString, []byte("viewOn")), textValue(bucketsPrefix+c.Name)...)
		return end(dst, at), nil
	}
	dst, err := appendOnly(dst, c.Options, viewFields)
	return end(dst, at), err
}

// appendOnly appends the elements of doc that keep has.
func appendOnly(dst []byte, doc []byte, keep map[string]bool) ([]byte, error) {
	if len(doc) == 0 {
		return dst, nil
	}
	err := eachElement(doc, func(el element) error {
		if keep[string(el.name)] {
			dst = append(dst, el.raw...)
		}
		return nil
	})
	return dst, err
}

// textValue is a BSON string.
func textValue(s string) []byte {
	n := len(s) + 1
	return append(append([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}, s...), 0)
}

// view is what listCollections says of a document of system.views.
func (c *catalogue) view(ns string, doc bson.Raw) (tidemark.Collection, error) {
	db, name, _ := strings.Cut(ns, ".")
	out := tidemark.Collection{DB: db, Name: name, Type: tidemark.TypeView}
	on, ok, err := find(doc, "viewOn")
	if err != nil {
		return out, err
	}
	source, isText := on.text()
	if !ok || !isText {
		return out, tidemark.Errorf(tidemark.CodeInvalidData, "the view %s is on nothing", ns)
	}
	options, at := begin(nil)
	if buckets := c.byName[db+"."+source]; source == bucketsPrefix+name && buckets != nil {
		out.Type = tidemark.TypeTimeseries
		if out.Indexes, err = frontIndexes(buckets); err != nil {
			return out, err
		}
		options, err = appendOnly(options, buckets.Options, frontFields)
	} else {
		options, err = appendOnly(options, doc, viewFields)
	}
	out.Options = end(options, at)
	return out, err
}

// editView takes over an entry about system.views.
func (f *folder) editView(e *Entry) error {
	id, ok, err := find(e.Key(), "_id")
	if err != nil {
		return err
	}
	ns, isText := id.text()
	if !ok || !isText {
		return badEntry(*e, "it is about a view without a name")
	}
	switch e.Op {
	case OpDelete:
		delete(f.catalogue.views, ns)
		return nil
	case OpInsert:
		f.catalogue.views[ns] = append(bson.Raw(nil), e.O...)
		return nil
	}
	u, err := ParseUpdate(e.O)
	if err != nil {
		return err
	}
	old, known := f.catalogue.views[ns]
	if !known && !u.Replaces() {
		if f.torn() {
			return nil
		}
		return badEntry(*e, "it changes the view "+ns+", which is not known")
	}
	made, err := f.applier.Apply(nil, old, u)
	if err != nil {
		return err
	}
	f.catalogue.views[ns] = made
	return nil
}
