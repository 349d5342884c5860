package storetest

import (
	"pgregory.net/rapid"

	"tidemark"
)

// testCaptureModel has two instances, so that each gets many slices.
func testCaptureModel(h *harness) {
	runModel(h, (*model).compareCaptures, func(m *model) actions {
		m.begin(0)
		return actions{
			"saveCapture":  m.saveCapture,
			"addSlice":     m.addSlice,
			"addNextSlice": m.addSlice,
			"addLastSlice": m.addSlice,
			"deleteSlice":  m.deleteSlice,
		}
	})
}

// drawTimestamp is a cluster time about those that captures have come to; one
// of ten is not known.
func drawTimestamp(t *rapid.T, label string) tidemark.Timestamp {
	if n := rapid.IntRange(-2, 24).Draw(t, label); n >= 0 {
		return ts(n)
	}
	return tidemark.Timestamp{}
}

// capture is the model's, made where there is none.
func (m *model) capture(id tidemark.ID) tidemark.Capture {
	if c, ok := m.captures[id]; ok {
		return c
	}
	return tidemark.Capture{InstanceID: id}
}

func (m *model) slicesOf(id tidemark.ID, keep func(*tidemark.Slice) bool) []*tidemark.Slice {
	return without(m.slices, func(s *tidemark.Slice) bool { return s.InstanceID != id || !keep(s) })
}

func (m *model) saveCapture(t *rapid.T) {
	c := m.capture(pick(t, m.instances, "instance").ID)
	c.Position, c.GapAfter = drawTimestamp(t, "position"), drawTimestamp(t, "gap")
	c.SeenAt, c.FailReason = drawTime(t, "seen"), rapid.SampledFrom([]string{"", "it's gone"}).Draw(t, "reason")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.SaveCapture(m.h.Context(), &c) }) {
		m.captures[c.InstanceID] = c
	}
}

func (m *model) addSlice(t *rapid.T) {
	i := pick(t, m.instances, "instance")
	c := m.capture(i.ID)
	s := sampleSlice(i, c.Position, drawTimestamp(t, "first"), drawTimestamp(t, "last"))
	s.Entries = rapid.Int64Range(0, 9).Draw(t, "entries")
	if rapid.IntRange(0, 9).Draw(t, "behind") == 0 {
		s.After = drawTimestamp(t, "after")
	}
	beyond := m.slicesOf(i.ID, func(o *tidemark.Slice) bool { return o.Last.Compare(s.After) > 0 })
	var want tidemark.Code
	switch {
	case s.After.Compare(s.First) >= 0 || s.First.Compare(s.Last) > 0:
		want = tidemark.CodeInvalidData
	case s.After != c.Position || len(beyond) > 0:
		want = tidemark.CodeConflict
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.AddSlice(m.h.Context(), s) }) {
		c.Position = s.Last
		m.captures[i.ID] = c
		m.slices = append(m.slices, s) // by Last, within an instance
	}
}

func (m *model) deleteSlice(t *rapid.T) {
	s := pick(t, m.slices, "slice")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.DeleteSlice(m.h.Context(), s.ID) }) {
		m.slices = without(m.slices, func(o *tidemark.Slice) bool { return o.ID == s.ID })
	}
}

func (m *model) compareCaptures(t *rapid.T) {
	m.read(t, func(tx tidemark.Tx) error {
		for _, i := range m.instances {
			if err := m.compareCapture(t, tx, i.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// compareCapture checks what the store knows of an instance's capture.
func (m *model) compareCapture(t *rapid.T, tx tidemark.Tx, id tidemark.ID) error {
	ctx := m.h.Context()
	c, err := tx.Capture(ctx, id)
	if err != nil {
		return err
	}
	same(t, *c, m.capture(id))
	after, upTo := drawTimestamp(t, "after"), drawTimestamp(t, "upTo")
	limit := rapid.IntRange(0, 6).Draw(t, "limit")
	want := m.slicesOf(id, func(s *tidemark.Slice) bool {
		return s.Last.Compare(after) > 0 && (upTo.IsZero() || s.First.Compare(upTo) <= 0)
	})
	got, err := tx.Slices(ctx, id, after, upTo, limit)
	if err != nil {
		return err
	}
	same(t, got, atMost(want, limit))
	want = m.slicesOf(id, func(s *tidemark.Slice) bool { return s.Last.Compare(upTo) < 0 })
	got, err = tx.ExpiredSlices(ctx, id, upTo, limit)
	if err != nil {
		return err
	}
	same(t, got, atMost(want, limit))
	total, err := totalOf(m.h, tx, id)
	same(t, total, sum(m.slicesOf(id, func(*tidemark.Slice) bool { return true })))
	return err
}

// atMost is the first n of values; none are nil.
func atMost[V any](values []*V, n int) []*V {
	if values = values[:min(n, len(values))]; len(values) == 0 {
		return nil
	}
	return values
}

// compareClusterTimes checks which snapshots the store finds by time; mine are
// those of the instance, newest first.
func (m *model) compareClusterTimes(t *rapid.T, tx tidemark.Tx, id tidemark.ID, mine []*tidemark.Snapshot) error {
	ctx := m.h.Context()
	when := drawTimestamp(t, "when")
	var latest, before, since *tidemark.Snapshot
	for _, s := range mine {
		if s.Status != tidemark.SnapshotCompleted {
			continue
		}
		if latest == nil {
			latest = s
		}
		if s.ClusterTime.IsZero() {
			continue
		}
		if s.ClusterTime.Compare(when) <= 0 && (before == nil || s.ClusterTime.Compare(before.ClusterTime) > 0) {
			before = s
		}
		if s.ClusterTime.Compare(when) >= 0 && (since == nil || s.ClusterTime.Compare(since.ClusterTime) <= 0) {
			since = s
		}
	}
	found := func(got *tidemark.Snapshot, err error, want *tidemark.Snapshot) error {
		same(t, got, want)
		if want == nil && tidemark.ErrorCode(err) == tidemark.CodeSnapshotNotFound {
			return nil
		}
		return err
	}
	got, err := tx.LatestSnapshot(ctx, id)
	if err := found(got, err, latest); err != nil {
		return err
	}
	got, err = tx.SnapshotAt(ctx, id, when)
	if err := found(got, err, before); err != nil {
		return err
	}
	got, err = tx.OldestSnapshotSince(ctx, id, when)
	return found(got, err, since)
}
