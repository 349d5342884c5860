package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// metadata is the document that mongodump keeps for a collection, in the order
// of its fields. A document of options that is empty is left out.
type metadata struct {
	Options        bson.Raw   `bson:"options,omitempty"`
	Indexes        []bson.Raw `bson:"indexes"`
	UUID           string     `bson:"uuid,omitempty"`
	CollectionName string     `bson:"collectionName"`
	Type           string     `bson:"type,omitempty"`
}

// formatMetadata returns the metadata of c as canonical Extended JSON. Options
// and indexes that would come back from it as other bytes are refused.
func formatMetadata(c tidemark.Collection) (string, error) {
	m := metadata{
		Indexes:        []bson.Raw{},
		CollectionName: c.Name,
		Type:           string(c.Type),
	}
	if len(c.Options) > minDocumentBytes {
		m.Options = c.Options
	}
	if c.Type != tidemark.TypeView && len(c.Indexes) > 0 {
		m.Indexes = c.Indexes
	}
	if c.UUID != (tidemark.UUID{}) {
		m.UUID = c.UUID.String()
	}
	js, err := bson.MarshalExtJSON(m, true, false)
	if err != nil {
		return "", tidemark.Errorf(tidemark.CodeUnsupported,
			"options or indexes of %s cannot be written as Extended JSON: %w", c.Namespace(), err)
	}
	if err := reversible(m, js); err != nil {
		return "", tidemark.Errorf(tidemark.CodeUnsupported,
			"options or indexes of %s change when written as Extended JSON: %w", c.Namespace(), err).
			WithHint("Change the option or index, or restore this snapshot into a deployment instead of downloading it.")
	}
	return string(js), nil
}

// reversible reads js back and compares it with m.
func reversible(m metadata, js []byte) error {
	want, err := bson.Marshal(m)
	if err != nil {
		return err
	}
	var got bson.Raw
	if err := bson.UnmarshalExtJSON(js, true, &got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return tidemark.Errorf(tidemark.CodeUnsupported, "a value has no exact form in it")
	}
	return nil
}

// parseMetadata fills in options, indexes and UUID of c.
func parseMetadata(js string, c *tidemark.Collection) error {
	c.Options = bson.Raw{minDocumentBytes, 0, 0, 0, 0}
	if js == "" { // users, roles and the oplog have none
		return nil
	}
	m, err := decodeMetadata([]byte(js))
	if err != nil {
		return invalid("the metadata of %s is not Extended JSON: %w", c.Namespace(), err)
	}
	if m.Options != nil {
		c.Options = m.Options
	}
	c.Indexes = m.Indexes
	if m.UUID == "" {
		return nil
	}
	u, err := hex.DecodeString(m.UUID)
	if err != nil || len(u) != len(c.UUID) {
		return invalid("the UUID of %s is not 32 hexadecimal digits", c.Namespace())
	}
	copy(c.UUID[:], u)
	return nil
}

// decodeMetadata goes by way of BSON, and checks the JSON first: the driver
// (v2.10.0) loops forever where it skips an unknown field of malformed JSON.
func decodeMetadata(js []byte) (metadata, error) {
	var m metadata
	if !json.Valid(js) {
		return m, errors.New("malformed JSON")
	}
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON(js, true, &doc); err != nil {
		return m, err
	}
	err := bson.Unmarshal(doc, &m)
	return m, err
}
