package storetest

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"tidemark"
)

// testRunModel has many snapshots share few runs.
func testRunModel(h *harness) {
	nothing := func(*model, *rapid.T) {} // each release compares
	runModel(h, nothing, func(m *model) actions {
		m.begin(2)
		return actions{
			"createSnapshot": m.createSnapshot,
			"deleteSnapshot": m.deleteSnapshot,
			"referRuns":      m.referRuns,
			"referMoreRuns":  m.referRuns,
			"releaseRuns":    m.releaseRuns,
			"forgetObjects":  m.forgetObjects,
		}
	})
}

// references are those of one snapshot to runs.
type references struct {
	objects  map[string]bool
	released bool
}

// referring says whether a snapshot refers to the object, and known whether
// one does or has released it.
func (m *model) referring(object string) (referring, known bool) {
	for _, r := range m.references {
		if r.objects[object] {
			known = true
			referring = referring || !r.released
		}
	}
	return referring, known
}

func (m *model) referRuns(t *rapid.T) {
	s := pick(t, m.snapshots, "snapshot")
	var objects []string
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 7), 0, 6).Draw(t, "objects") {
		// Other runs of the test are other projects in the same store.
		objects = append(objects, fmt.Sprint(m.project.ID, "/", n))
	}
	r := m.references[s.ID]
	var want tidemark.Code
	if r != nil && r.released {
		want = tidemark.CodeConflict
	}
	for _, object := range objects {
		if referring, known := m.referring(object); known && !referring {
			want = tidemark.CodeConflict
		}
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.ReferRuns(m.h.Context(), s.ID, objects) }) {
		if r == nil {
			r = &references{objects: map[string]bool{}}
			m.references[s.ID] = r
		}
		for _, object := range objects {
			r.objects[object] = true
		}
	}
}

// holder draws a snapshot that has references; it may be deleted.
func (m *model) holder(t *rapid.T) tidemark.ID {
	return pick(t, slices.Sorted(maps.Keys(m.references)), "holder")
}

func (m *model) releaseRuns(t *rapid.T) {
	id := m.holder(t)
	r := m.references[id]
	var got []string
	release := func(tx tidemark.Tx) (err error) {
		got, err = tx.ReleaseRuns(m.h.Context(), id)
		return err
	}
	if !m.try(t, "", release) {
		return
	}
	r.released = true
	var want []string
	for _, object := range slices.Sorted(maps.Keys(r.objects)) {
		if referring, _ := m.referring(object); !referring {
			want = append(want, object)
		}
	}
	same(t, got, want)
}

func (m *model) forgetObjects(t *rapid.T) {
	id := m.holder(t)
	var want tidemark.Code
	if !m.references[id].released {
		want = tidemark.CodeConflict
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.ForgetObjects(m.h.Context(), id) }) {
		delete(m.references, id)
	}
}
