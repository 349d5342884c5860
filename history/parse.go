package history

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// maxID is the longest text of an _id, in bytes.
const maxID = 4 << 10

// ParseID reads the text of an _id as a person writes it: the 24 digits of an
// ObjectId, else extended JSON, else a number, else a string. A string that
// looks like one of the others is written in quotes.
func ParseID(text string) (bson.RawValue, error) {
	switch {
	case text == "":
		return bson.RawValue{}, invalid("id", "it is empty")
	case len(text) > maxID:
		return bson.RawValue{}, invalid("id", "it has at most %d bytes", maxID)
	}
	if oid, err := bson.ObjectIDFromHex(text); err == nil {
		return value(oid)
	}
	if json.Valid([]byte(text)) {
		var doc bson.Raw
		if err := bson.UnmarshalExtJSON([]byte(`{"_id":`+text+`}`), false, &doc); err != nil {
			return bson.RawValue{}, invalid("id", "it is not extended JSON: %v", err)
		}
		return doc.Lookup("_id"), nil
	}
	if strings.ContainsAny(text[:1], "+-.") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return value(n)
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return value(n)
		}
	}
	return value(text)
}

func value(v any) (bson.RawValue, error) {
	t, b, err := bson.MarshalValue(v)
	if err != nil {
		return bson.RawValue{}, invalid("id", "it cannot be an _id: %v", err)
	}
	return bson.RawValue{Type: t, Value: b}, nil
}

// jsonOf is a value in relaxed extended JSON.
func jsonOf(v bson.RawValue) (json.RawMessage, error) {
	doc, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: v}}, false, false)
	if err != nil || len(doc) < len(`{"v":}`) {
		return nil, unshown(err)
	}
	return json.RawMessage(doc[len(`{"v":`) : len(doc)-1]), nil
}

// documentJSON is a document in relaxed extended JSON.
func documentJSON(doc []byte) (json.RawMessage, error) {
	out, err := bson.MarshalExtJSON(bson.Raw(doc), false, false)
	if err != nil {
		return nil, unshown(err)
	}
	return out, nil
}

func unshown(err error) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "a value cannot be shown as extended JSON: %w", err)
}

// cursor is a place in the history: after so many operations of an entry.
type cursor struct {
	at   tidemark.Timestamp
	done int // operations of the entry that were shown; all where it is negative
}

func (c cursor) String() string {
	if c.done < 0 {
		return c.at.String()
	}
	return fmt.Sprintf("%s:%d", c.at, c.done)
}

// parseCursor reads what String wrote.
func parseCursor(s string) (cursor, error) {
	parts := strings.Split(s, ":")
	c := cursor{done: -1}
	bad := invalid("cursor", "it is not one that the service gave")
	if len(parts) < 2 || len(parts) > 3 {
		return c, bad
	}
	numbers := make([]uint64, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return c, bad
		}
		numbers[i] = n
	}
	c.at = tidemark.Timestamp{T: uint32(numbers[0]), I: uint32(numbers[1])}
	if len(numbers) == 3 {
		c.done = int(numbers[2])
	}
	return c, nil
}
