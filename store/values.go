package store

import (
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tidemark"
)

// millis is a time in a column: milliseconds since the Unix epoch, NULL for
// the zero time.
type millis time.Time

// Value is the stored form.
func (m millis) Value() (driver.Value, error) {
	if time.Time(m).IsZero() {
		return nil, nil
	}
	return time.Time(m).UnixMilli(), nil
}

// Scan reads the stored form.
func (m *millis) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m = millis{}
	case int64:
		*m = millis(time.UnixMilli(v).UTC())
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// cut gives a time inside a JSON value the form of one in a column: UTC, whole
// milliseconds, zero kept.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// clean takes out what TEXT of PostgreSQL cannot hold.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// toJSON encodes a value that is only ever read whole.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", tidemark.Errorf(tidemark.CodeInvalidData, "a value cannot be stored: %w", err)
	}
	return string(b), nil
}

// fromJSON decodes what toJSON wrote.
func fromJSON(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidData, "a stored value cannot be read: %w", err).
			WithHint("The metadata file is damaged or was edited; put a copy back.")
	}
	return nil
}

// sliceFromJSON decodes a list; an empty one is nil.
func sliceFromJSON[T any](s string) ([]T, error) {
	var v []T
	if err := fromJSON(s, &v); err != nil || len(v) == 0 {
		return nil, err
	}
	return v, nil
}

func progressJSON(p tidemark.Progress) (string, error) {
	p.StartedAt, p.UpdatedAt = cut(p.StartedAt), cut(p.UpdatedAt)
	return toJSON(p)
}

func progressFromJSON(s string) (tidemark.Progress, error) {
	var p tidemark.Progress
	if err := fromJSON(s, &p); err != nil {
		return p, err
	}
	p.StartedAt, p.UpdatedAt = p.StartedAt.UTC(), p.UpdatedAt.UTC()
	return p, nil
}

func toBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// fromBase64 decodes what toBase64 wrote; nothing is nil.
func fromBase64(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "a stored value is not base64: %w", err).
			WithHint("The metadata file is damaged or was edited; put a copy back.")
	}
	return b, nil
}

func stamp(m millis) time.Time { return time.Time(m) }

// texts makes ids values of a query.
func texts(ids []tidemark.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = clean(string(id))
	}
	return out
}
