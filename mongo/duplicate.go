package mongo

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// duplicateIndex finds the index of a duplicate key error: by its key pattern,
// which servers tell since MongoDB 4.4, else in the message, "E11000 duplicate
// key error collection: db.name index: _id_ dup key: ...". The name is "" if
// neither is there.
func duplicateIndex(doc bson.Raw) (name string, isID bool) {
	message := stringAt(doc, "errmsg")
	if _, rest, ok := strings.Cut(message, " index: "); ok {
		name, _, _ = strings.Cut(rest, " ")
	}
	if pattern, err := doc.LookupErr("keyPattern"); err == nil {
		keys, _ := pattern.DocumentOK()
		elements, err := keys.Elements()
		if err != nil || len(elements) == 0 {
			return name, name == "_id_"
		}
		if name == "" {
			name = "on " + elements[0].Key()
		}
		direction, _ := elements[0].Value().AsInt64OK()
		return name, len(elements) == 1 && elements[0].Key() == "_id" && direction == 1
	}
	return name, name == "_id_"
}
