package storetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"tidemark"
)

// model is what a project should hold, in memory.
type model struct {
	h         *harness
	project   *tidemark.Project
	instances []*tidemark.Instance
	snapshots []*tidemark.Snapshot
	jobs      []*tidemark.RestoreJob
	objects   map[tidemark.ID]map[string]bool
	captures  map[tidemark.ID]tidemark.Capture
	slices    []*tidemark.Slice
	// references are kept of deleted snapshots too.
	references map[tidemark.ID]*references
}

// testModel runs random sequences of all operations.
func testModel(h *harness) {
	runModel(h, (*model).compare, func(m *model) actions {
		m.begin(1)
		return actions{
			"createInstance": m.createInstance,
			"updateInstance": m.updateInstance,
			"deleteInstance": m.deleteInstance,
			"createSnapshot": m.createSnapshot,
			"beginSnapshot":  m.beginSnapshot,
			"updateSnapshot": m.updateSnapshot,
			"deleteSnapshot": m.deleteSnapshot,
			"noteObject":     m.noteObject,
			"createJob":      m.createJob,
			"beginJob":       m.beginJob,
			"updateJob":      m.updateJob,
			"countDownload":  m.countDownload,
			"saveCapture":    m.saveCapture,
			"addSlice":       m.addSlice,
			"deleteSlice":    m.deleteSlice,
			"referRuns":      m.referRuns,
			"releaseRuns":    m.releaseRuns,
			"forgetObjects":  m.forgetObjects,
		}
	})
}

type actions = map[string]func(*rapid.T)

// begin gives the model two instances with some snapshots each.
func (m *model) begin(snapshots int) {
	for _, name := range []string{"a", "b"} {
		i := sampleInstance(m.project.ID, name)
		m.h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(m.h.Context(), i) })
		m.instances = append(m.instances, i)
		for range snapshots {
			m.snapshots = append(m.snapshots, m.h.snapshot(i, nil))
		}
	}
}

// runModel runs random sequences of operations on the store and on the model
// and compares what the two then hold; after one operation of five, too, since
// that is what makes up most of the test's time.
func runModel(h *harness, compare func(*model, *rapid.T), of func(*model) actions) {
	runs := 0
	rapid.Check(h.T, func(t *rapid.T) {
		runs++
		m := &model{
			h: h, project: h.project(fmt.Sprint("run ", runs)), objects: map[tidemark.ID]map[string]bool{},
			captures: map[tidemark.ID]tidemark.Capture{}, references: map[tidemark.ID]*references{},
		}
		doing := of(m)
		doing[""] = func(t *rapid.T) {
			if rapid.IntRange(0, 4).Draw(t, "compare") == 0 {
				compare(m, t)
			}
		}
		t.Repeat(doing)
		compare(m, t)
	})
}

// try runs fn in a transaction that is given up now and then. It says whether
// it was committed; then the model follows. want is the code that fn must end with.
func (m *model) try(t *rapid.T, want tidemark.Code, fn func(tx tidemark.Tx) error) bool {
	giveUp := rapid.IntRange(0, 5).Draw(t, "giveUp") == 0
	err := m.h.store.Update(m.h.Context(), func(tx tidemark.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if giveUp {
			return errGivenUp
		}
		return nil
	})
	if want == "" && giveUp {
		want = tidemark.CodeInternal // errGivenUp has no code
	}
	if got := tidemark.ErrorCode(err); got != want {
		t.Fatalf("the store returned %v (%q), the model says %q", err, got, want)
	}
	return err == nil
}

// pick draws one of values, or skips the operation.
func pick[V any](t *rapid.T, values []V, label string) V {
	if len(values) == 0 {
		t.Skip("nothing to choose from")
	}
	return values[rapid.IntRange(0, len(values)-1).Draw(t, label)]
}

// read compares in one transaction.
func (m *model) read(t *rapid.T, fn func(tx tidemark.Tx) error) {
	if err := m.h.store.View(m.h.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func drawTime(t *rapid.T, label string) time.Time {
	if n := rapid.IntRange(0, 9).Draw(t, label); n > 0 {
		return at(n)
	}
	return time.Time{}
}

func (m *model) createInstance(t *rapid.T) {
	i := sampleInstance(m.project.ID, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"))
	i.CreatedAt, i.NextSnapshotAt = drawTime(t, "created").Add(time.Hour), drawTime(t, "next")
	i.State = rapid.SampledFrom([]tidemark.InstanceState{tidemark.StateIdle, tidemark.StateDeleting}).Draw(t, "state")
	var want tidemark.Code
	for _, other := range m.instances {
		if other.Name == i.Name {
			want = tidemark.CodeDuplicateInstance
		}
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.CreateInstance(m.h.Context(), i) }) {
		m.instances = append(m.instances, i)
	}
}

func (m *model) updateInstance(t *rapid.T) {
	i := pick(t, m.instances, "instance")
	changed := *i
	changed.URI = rapid.String().Draw(t, "uri")
	changed.NextSnapshotAt = drawTime(t, "next")
	changed.Embedded = rapid.Bool().Draw(t, "embedded")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.UpdateInstance(m.h.Context(), &changed) }) {
		*i = changed
	}
}

func (m *model) deleteInstance(t *rapid.T) {
	if len(m.instances) == 1 {
		t.Skip("most operations need one")
	}
	i := pick(t, m.instances, "instance")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.DeleteInstance(m.h.Context(), i.ID) }) {
		m.instances = without(m.instances, func(o *tidemark.Instance) bool { return o.ID == i.ID })
		m.snapshots = without(m.snapshots, func(s *tidemark.Snapshot) bool { return s.InstanceID == i.ID })
		m.jobs = without(m.jobs, func(j *tidemark.RestoreJob) bool { return j.InstanceID == i.ID })
		m.slices = without(m.slices, func(s *tidemark.Slice) bool { return s.InstanceID == i.ID })
		delete(m.captures, i.ID)
	}
}

func without[V any](values []*V, gone func(*V) bool) []*V {
	var kept []*V
	for _, v := range values {
		if !gone(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func (m *model) createSnapshot(t *rapid.T) {
	s := sampleSnapshot(pick(t, m.instances, "instance"))
	s.CreatedAt, s.ExpiresAt, s.Epoch = drawTime(t, "created").Add(time.Hour), drawTime(t, "expires"), 0
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.CreateSnapshot(m.h.Context(), s) }) {
		m.snapshots = append(m.snapshots, s)
	}
}

func finished(s *tidemark.Snapshot) bool {
	return s.Status == tidemark.SnapshotCompleted || s.Status == tidemark.SnapshotFailed
}

func (m *model) beginSnapshot(t *rapid.T) {
	s := pick(t, m.snapshots, "snapshot")
	var want tidemark.Code
	if finished(s) {
		want = tidemark.CodeConflict
	}
	begin := func(tx tidemark.Tx) error {
		_, err := tx.BeginSnapshot(m.h.Context(), s.ID)
		return err
	}
	if m.try(t, want, begin) {
		s.Epoch++
		s.Status = tidemark.SnapshotInProgress
	}
}

func (m *model) updateSnapshot(t *rapid.T) {
	s := pick(t, m.snapshots, "snapshot")
	changed := *s
	changed.Epoch -= rapid.IntRange(0, 1).Draw(t, "behind")
	changed.Status = rapid.SampledFrom([]tidemark.SnapshotStatus{
		tidemark.SnapshotInProgress, tidemark.SnapshotCompleted, tidemark.SnapshotFailed,
	}).Draw(t, "status")
	changed.ClusterTime = drawTimestamp(t, "clusterTime")
	changed.StorageBytes = rapid.Int64().Draw(t, "bytes")
	var want tidemark.Code
	if changed.Epoch != s.Epoch {
		want = tidemark.CodeConflict
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.UpdateSnapshot(m.h.Context(), &changed) }) {
		*s = changed
	}
}

func (m *model) deleteSnapshot(t *rapid.T) {
	s := pick(t, m.snapshots, "snapshot")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.DeleteSnapshot(m.h.Context(), s.ID) }) {
		m.snapshots = without(m.snapshots, func(o *tidemark.Snapshot) bool { return o.ID == s.ID })
	}
}

func (m *model) noteObject(t *rapid.T) {
	s := pick(t, m.snapshots, "snapshot")
	name := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "object")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.NoteSnapshotObject(m.h.Context(), s.ID, name) }) {
		if m.objects[s.ID] == nil {
			m.objects[s.ID] = map[string]bool{}
		}
		m.objects[s.ID][name] = true
	}
}
