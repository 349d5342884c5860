package run

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// ID returns the _id of a document. It shares doc's memory. It looks at no more
// of doc than it needs: servers put _id first, and then its cost does not grow
// with the document. It is CodeInvalidData where doc is not a document or has
// no _id.
func ID(doc []byte) (bson.RawValue, error) {
	rest, err := elements(doc)
	if err != nil {
		return bson.RawValue{}, err
	}
	for len(rest) > 0 {
		var el element
		if el, rest, err = nextElement(rest); err != nil {
			return bson.RawValue{}, err
		}
		if string(el.name) == "_id" {
			return bson.RawValue{Type: el.typ, Value: el.value}, nil
		}
	}
	return bson.RawValue{}, tidemark.Errorf(tidemark.CodeInvalidData, "a document has no _id")
}
