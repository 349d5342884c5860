package storetest

import (
	"reflect"
	"testing"
	"time"

	"tidemark"
)

// harness is one test's store with the checks that all tests share.
type harness struct {
	*testing.T
	store tidemark.Store
}

// update commits what fn did, or ends the test.
func (h *harness) update(fn func(tx tidemark.Tx) error) {
	h.Helper()
	if err := h.store.Update(h.Context(), fn); err != nil {
		h.Fatalf("Update: %v", err)
	}
}

// view reads, or ends the test.
func (h *harness) view(fn func(tx tidemark.Tx) error) {
	h.Helper()
	if err := h.store.View(h.Context(), fn); err != nil {
		h.Fatalf("View: %v", err)
	}
}

// refuses checks that an update fails with a code and a message.
func (h *harness) refuses(code tidemark.Code, fn func(tx tidemark.Tx) error) {
	h.Helper()
	h.hasCode(code, h.store.Update(h.Context(), fn))
}

// lacks checks that a read fails with a code.
func (h *harness) lacks(code tidemark.Code, fn func(tx tidemark.Tx) error) {
	h.Helper()
	h.hasCode(code, h.store.View(h.Context(), fn))
}

func (h *harness) hasCode(code tidemark.Code, err error) {
	h.Helper()
	if got := tidemark.ErrorCode(err); got != code {
		h.Errorf("error %v has code %q, want %q", err, got, code)
	} else if err != nil && err.Error() == "" {
		h.Errorf("an error of code %q has no message", code)
	}
}

// equal checks that what came back is what went in.
func (h *harness) equal(got, want any) {
	h.Helper()
	if !reflect.DeepEqual(got, want) {
		h.Errorf("got\n%+v\nwant\n%+v", deref(got), deref(want))
	}
}

// deref makes pointers readable in a message.
func deref(v any) any {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && !r.IsNil() {
		return r.Elem().Interface()
	}
	return v
}

// filled checks that a sample sets every field, so that none is forgotten by
// the store without the suite noticing.
func (h *harness) filled(sample any, but ...string) {
	h.Helper()
	v := reflect.Indirect(reflect.ValueOf(sample))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		skip := false
		for _, b := range but {
			skip = skip || b == name
		}
		if !skip && v.Field(i).IsZero() {
			h.Errorf("the sample %T does not set %s", sample, name)
		}
	}
}

// at is a time n milliseconds after an arbitrary one, UTC.
func at(n int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Millisecond)
}

// page is the first page of the largest size.
func page() tidemark.Page { return tidemark.Page{Number: 1, Size: 500} }

// idsOf lists the ids of a list.
func idsOf[V any](values []*V, id func(*V) tidemark.ID) []tidemark.ID {
	var ids []tidemark.ID
	for _, v := range values {
		ids = append(ids, id(v))
	}
	return ids
}

func projectID(p *tidemark.Project) tidemark.ID   { return p.ID }
func instanceID(i *tidemark.Instance) tidemark.ID { return i.ID }
func snapshotID(s *tidemark.Snapshot) tidemark.ID { return s.ID }
func jobID(j *tidemark.RestoreJob) tidemark.ID    { return j.ID }
func keyID(k *tidemark.Key) tidemark.ID           { return k.ID }
