package sjson

import (
	"encoding/json"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// schema is the fields of a document, in order.
type schema struct{ fields []field }

type field struct {
	name string
	elem elem
}

// elem is the type of one value.
type elem struct {
	bsonType bson.Type
	object   *schema // of an object
	items    []elem  // of an array
	options  string  // of a regular expression
	subtype  byte    // of binary data
}

// rawSchema and rawElem are the JSON of schemas.
type rawSchema struct {
	Properties map[string]*rawElem `json:"p"`
	Keys       []string            `json:"$k"`
}

type rawElem struct {
	Type    string     `json:"t"`
	Schema  *rawSchema `json:"$s"`
	Options string     `json:"o"`
	Items   []*rawElem `json:"i"`
	Subtype byte       `json:"s"`
}

var bsonTypes = map[string]bson.Type{
	"object":    bson.TypeEmbeddedDocument,
	"array":     bson.TypeArray,
	"double":    bson.TypeDouble,
	"string":    bson.TypeString,
	"binData":   bson.TypeBinary,
	"objectId":  bson.TypeObjectID,
	"bool":      bson.TypeBoolean,
	"date":      bson.TypeDateTime,
	"null":      bson.TypeNull,
	"regex":     bson.TypeRegex,
	"int":       bson.TypeInt32,
	"timestamp": bson.TypeTimestamp,
	"long":      bson.TypeInt64,
}

func parseSchema(text string) (*schema, error) {
	var raw rawSchema
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	return raw.schema()
}

func (r *rawSchema) schema() (*schema, error) {
	s := new(schema)
	if r == nil {
		return s, nil
	}
	for _, name := range r.Keys {
		e, err := r.Properties[name].elem()
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, field{name, e})
	}
	return s, nil
}

func (r *rawElem) elem() (elem, error) {
	if r == nil {
		return elem{}, fmt.Errorf("the schema lacks a type")
	}
	t, known := bsonTypes[r.Type]
	if !known {
		return elem{}, fmt.Errorf("the schema has the unknown type %q", r.Type)
	}
	e := elem{bsonType: t, options: r.Options, subtype: r.Subtype}
	var err error
	if t == bson.TypeEmbeddedDocument {
		e.object, err = r.Schema.schema()
	}
	for _, item := range r.Items {
		i, itemErr := item.elem()
		if itemErr != nil {
			return elem{}, itemErr
		}
		e.items = append(e.items, i)
	}
	return e, err
}
