package atlas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"tidemark"
)

// object is a JSON object of a request's body that is read attribute by
// attribute. The first fault is kept and all later reads return zero values,
// so a reader asks once, at the end, with done.
type object struct {
	prefix string // of attribute names, such as "providerSettings."
	fields map[string]json.RawMessage
	read   map[string]bool
	fault  *error // shared with the objects inside
}

// body reads the request's body, which must be one JSON object.
func (q *request) body() (*object, error) {
	raw, err := q.rawBody()
	if err != nil {
		return nil, err
	}
	return newObject("", raw, new(error))
}

// maxBodies is how many objects a body may list.
const maxBodies = 500

// bodies reads the request's body where it must be a list of JSON objects, of
// at least one.
func (q *request) bodies() ([]*object, error) {
	raw, err := q.rawBody()
	if err != nil {
		return nil, err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || len(items) == 0 || len(items) > maxBodies {
		return nil, malformed("it is not a list of 1 to %d objects", maxBodies)
	}
	objects := make([]*object, 0, len(items))
	for _, item := range items {
		o, err := newObject("", item, new(error))
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// optionalBody is body, but no body at all is an empty object.
func (q *request) optionalBody() (*object, error) {
	raw, err := q.rawBody()
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	return newObject("", raw, new(error))
}

func (q *request) rawBody() ([]byte, error) {
	if contentType := q.http.Header.Get("Content-Type"); !isJSON(contentType) {
		return nil, tidemark.Errorf(codeUnsupportedMediaType, "the body is not JSON by its Content-Type").WithParams(contentType)
	}
	var raw []byte
	err := q.inTime(func() (err error) {
		raw, err = q.readBody()
		return err
	})
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, tidemark.Errorf(tidemark.CodeBodyTooLarge, "the body is too large").WithParams(q.maxBody)
	}
	if tidemark.ErrorCode(err) == codeUnsupportedMediaType {
		return nil, err
	}
	if err != nil {
		return nil, malformed("the body breaks off")
	}
	return raw, nil
}

func malformed(format string, args ...any) error {
	return tidemark.Errorf(tidemark.CodeInvalidJSON, format, args...)
}

// newObject takes an object apart. A name that comes twice is refused, because
// readers differ in which one counts.
func newObject(prefix string, raw []byte, fault *error) (*object, error) {
	o := &object{prefix: prefix, fields: map[string]json.RawMessage{}, read: map[string]bool{}, fault: fault}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("it is not an object")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, malformed("it breaks off at byte %d", dec.InputOffset())
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, malformed("the value of %v is not JSON", name)
		}
		key := name.(string) // the decoder lets no other token stand here
		if _, twice := o.fields[key]; twice {
			return nil, malformed("%s comes twice", key)
		}
		o.fields[key] = value
	}
	if t, err := dec.Token(); err != nil || t != json.Delim('}') {
		return nil, malformed("it breaks off at byte %d", dec.InputOffset())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("something follows the object")
	}
	return o, nil
}

// done returns the first fault; attributes that nobody read are one.
func (o *object) done() error {
	var unknown []string
	for name := range o.fields {
		if !o.read[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		o.fail(tidemark.Errorf(tidemark.CodeUnknownAttribute, "there is no such attribute").WithParams(o.prefix + unknown[0]))
	}
	return *o.fault
}

func (o *object) fail(err error) {
	if *o.fault == nil {
		*o.fault = err
	}
}

// take returns the value of an attribute and notes that it was read. null is
// the same as not there.
func (o *object) take(name string) (json.RawMessage, bool) {
	o.read[name] = true
	raw, ok := o.fields[name]
	if !ok || *o.fault != nil || string(raw) == "null" {
		return nil, false
	}
	return raw, true
}

// invalid reports a malformed value.
func (o *object) invalid(name, format string, args ...any) {
	o.fail(tidemark.Errorf(tidemark.CodeInvalidAttribute, "%s", fmt.Sprintf(format, args...)).WithParams(o.prefix + name))
}

// missing reports a value that must be there.
func (o *object) missing(name string) {
	o.fail(tidemark.Errorf(tidemark.CodeMissingAttribute, "%s is required", o.prefix+name).WithParams(o.prefix + name))
}

// has says whether an attribute is there, and not null.
func (o *object) has(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// readOnly refuses attributes that only answers have.
func (o *object) readOnly(names ...string) {
	for _, name := range names {
		if _, ok := o.take(name); ok {
			o.fail(tidemark.Errorf(tidemark.CodeReadOnlyAttribute, "%s is read-only", o.prefix+name).WithParams(o.prefix + name))
		}
	}
}

// ignored accepts attributes that clients send and that mean nothing here.
func (o *object) ignored(names ...string) {
	for _, name := range names {
		o.take(name)
	}
}
