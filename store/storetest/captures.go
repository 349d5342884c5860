package storetest

import (
	"math"
	"time"

	"tidemark"
)

const lastSecond = math.MaxUint32

// ts is a cluster time past 2038, so that a signed 32-bit second would not hold it.
func ts(n int) tidemark.Timestamp {
	return tidemark.Timestamp{T: 1<<31 + uint32(n/3), I: uint32(n%3) + 1<<31}
}

func sampleCapture(i *tidemark.Instance) *tidemark.Capture {
	return &tidemark.Capture{
		InstanceID: i.ID, Position: ts(4), WindowStart: ts(1), GapAfter: ts(2),
		SourceTime: tidemark.Timestamp{T: lastSecond, I: lastSecond - 1}, SeenAt: at(40),
		FailCode: tidemark.CodeOplogGap, FailReason: "the log rolled over",
	}
}

// sampleSlice has the entries from first to last, which follow after.
func sampleSlice(i *tidemark.Instance, after, first, last tidemark.Timestamp) *tidemark.Slice {
	return &tidemark.Slice{
		ID: tidemark.NewID(), InstanceID: i.ID, After: after, First: first, Last: last,
		Entries: 3, RawBytes: 1 << 40, StoredBytes: 1 << 39, Object: "slices/" + tidemark.RandomHex(16), CreatedAt: at(41),
	}
}

// chain adds slices that follow each other, each with the entries ts(n) after
// that of the one before up to the next of ends.
func (h *harness) chain(i *tidemark.Instance, from int, ends ...int) []*tidemark.Slice {
	h.Helper()
	var chain []*tidemark.Slice
	for _, end := range ends {
		chain = append(chain, sampleSlice(i, ts(from), ts(from+1), ts(end)))
		from = end
	}
	h.update(func(tx tidemark.Tx) error {
		c, err := tx.Capture(h.Context(), i.ID)
		if err != nil {
			return err
		}
		c.Position = chain[0].After
		if err := tx.SaveCapture(h.Context(), c); err != nil {
			return err
		}
		for _, s := range chain {
			if err := tx.AddSlice(h.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	return chain
}

func (h *harness) sameCapture(want *tidemark.Capture) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Capture(h.Context(), want.InstanceID)
		h.equal(got, want)
		return err
	})
}

func testCaptures(h *harness) {
	i, other := h.instance("one"), h.instance("other")
	h.sameCapture(&tidemark.Capture{InstanceID: i.ID})
	c := sampleCapture(i)
	h.filled(c)
	h.update(func(tx tidemark.Tx) error { return tx.SaveCapture(h.Context(), c) })
	h.sameCapture(c)
	h.sameCapture(&tidemark.Capture{InstanceID: other.ID})
	c.FailCode, c.FailReason, c.SeenAt, c.Position = "", "", time.Time{}, tidemark.Timestamp{}
	h.update(func(tx tidemark.Tx) error { return tx.SaveCapture(h.Context(), c) })
	h.sameCapture(c)
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		return tx.SaveCapture(h.Context(), &tidemark.Capture{InstanceID: tidemark.NewID()})
	})
}

func testCapturedInstances(h *harness) {
	p := h.project("p")
	create := func(name string, ms int, continuous bool, state tidemark.InstanceState) tidemark.ID {
		i := sampleInstance(p.ID, name)
		i.CreatedAt, i.ContinuousBackup, i.State = at(ms), continuous, state
		h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), i) })
		return i.ID
	}
	later := create("a", 9, true, tidemark.StateIdle)
	earlier := create("b", 5, true, tidemark.StateCreating)
	create("c", 1, false, tidemark.StateIdle)
	create("d", 2, true, tidemark.StateDeleting)
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.CapturedInstances(h.Context())
		h.equal(idsOf(got, instanceID), []tidemark.ID{earlier, later})
		return err
	})
}

func testCaptureDeletion(h *harness) {
	i, other := h.instance("one"), h.instance("other")
	s, kept := h.chain(i, 0, 3), h.chain(other, 0, 3)
	h.update(func(tx tidemark.Tx) error { return tx.DeleteInstance(h.Context(), i.ID) })
	h.sameCapture(&tidemark.Capture{InstanceID: i.ID})
	h.slices(i, ts(0), tidemark.Timestamp{}, 9)
	h.slices(other, ts(0), tidemark.Timestamp{}, 9, kept...)
	h.totals(i)
	h.totals(other, kept...)
	// Whoever listed it before may say that it is deleted.
	h.update(func(tx tidemark.Tx) error { return tx.DeleteSlice(h.Context(), s[0].ID) })
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), s[0]) })
}
