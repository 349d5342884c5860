package storetest

import (
	"tidemark"
)

// slices checks what Slices lists.
func (h *harness) slices(i *tidemark.Instance, after, upTo tidemark.Timestamp, limit int, want ...*tidemark.Slice) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Slices(h.Context(), i.ID, after, upTo, limit)
		h.equal(got, want)
		return err
	})
}

// totals checks that SlicesTotal adds up the slices.
func (h *harness) totals(i *tidemark.Instance, slices ...*tidemark.Slice) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, err := totalOf(h, tx, i.ID)
		h.equal(got, sum(slices))
		return err
	})
}

func totalOf(h *harness, tx tidemark.Tx, id tidemark.ID) (got [4]int64, err error) {
	got[0], got[1], got[2], got[3], err = tx.SlicesTotal(h.Context(), id)
	return got, err
}

func sum(slices []*tidemark.Slice) [4]int64 {
	var total [4]int64
	for _, s := range slices {
		total[0]++
		total[1] += s.Entries
		total[2] += s.RawBytes
		total[3] += s.StoredBytes
	}
	return total
}

func testSlices(h *harness) {
	i := h.instance("one")
	// Where nothing was saved, the position is zero.
	s := sampleSlice(i, tidemark.Timestamp{}, ts(1), ts(2))
	h.update(func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), s) })
	h.sameCapture(&tidemark.Capture{InstanceID: i.ID, Position: ts(2)})
	next := sampleSlice(i, ts(2), ts(3), ts(3)) // of one entry
	next.Entries, next.RawBytes, next.StoredBytes = 1, 200, 90
	h.filled(next)
	h.update(func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), next) })
	h.slices(i, tidemark.Timestamp{}, tidemark.Timestamp{}, 9, s, next)
	h.totals(i, s, next)

	// What else is saved of the capture leaves its slices alone.
	c := sampleCapture(i)
	h.update(func(tx tidemark.Tx) error { return tx.SaveCapture(h.Context(), c) })
	h.totals(i, s, next)
	last := sampleSlice(i, c.Position, ts(7), ts(9)) // after a gap
	h.update(func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), last) })
	c.Position = ts(9)
	h.sameCapture(c) // and nothing else
	h.totals(i, s, next, last)

	for range 2 { // the second time is no error
		h.update(func(tx tidemark.Tx) error { return tx.DeleteSlice(h.Context(), next.ID) })
		h.totals(i, s, last)
		h.slices(i, tidemark.Timestamp{}, tidemark.Timestamp{}, 9, s, last)
	}
	h.sameCapture(c)
}

func testSliceErrors(h *harness) {
	i := h.instance("one")
	chain := h.chain(i, 0, 3, 6)
	refuse := func(code tidemark.Code, s *tidemark.Slice, edit func(*tidemark.Slice)) {
		h.Helper()
		if edit != nil {
			edit(s)
		}
		h.refuses(code, func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), s) })
		// One who does not give up the transaction has changed nothing either.
		if code != tidemark.CodeConflict || s.ID != chain[0].ID {
			h.update(func(tx tidemark.Tx) error {
				h.hasCode(code, tx.AddSlice(h.Context(), s))
				return nil
			})
		}
		h.slices(i, tidemark.Timestamp{}, tidemark.Timestamp{}, 9, chain...)
		h.totals(i, chain...)
		h.sameCapture(&tidemark.Capture{InstanceID: i.ID, Position: ts(6)})
	}
	follow := func() *tidemark.Slice { return sampleSlice(i, ts(6), ts(7), ts(8)) }
	refuse(tidemark.CodeConflict, sampleSlice(i, ts(3), ts(4), ts(6)), nil)
	refuse(tidemark.CodeConflict, sampleSlice(i, ts(7), ts(8), ts(9)), nil)
	refuse(tidemark.CodeConflict, sampleSlice(i, tidemark.Timestamp{}, ts(8), ts(9)), nil)
	refuse(tidemark.CodeConflict, follow(), func(s *tidemark.Slice) { s.ID = chain[0].ID })
	refuse(tidemark.CodeInvalidData, follow(), func(s *tidemark.Slice) { s.First = ts(6) })
	refuse(tidemark.CodeInvalidData, follow(), func(s *tidemark.Slice) { s.First = ts(9) })
	refuse(tidemark.CodeInstanceNotFound, follow(), func(s *tidemark.Slice) { s.InstanceID = tidemark.NewID() })
	refuse(tidemark.CodeInstanceNotFound, sampleSlice(i, tidemark.Timestamp{}, ts(1), ts(2)),
		func(s *tidemark.Slice) { s.InstanceID = tidemark.NewID() })
	for _, edit := range []func(*tidemark.Slice){
		func(s *tidemark.Slice) { s.ID = "short" },
		func(s *tidemark.Slice) { s.Entries = -1 },
		func(s *tidemark.Slice) { s.RawBytes = -1 },
		func(s *tidemark.Slice) { s.StoredBytes = -1 },
	} {
		odd := follow()
		edit(odd)
		h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), odd) })
	}
	// A position that someone put back does not let entries in twice.
	h.update(func(tx tidemark.Tx) error {
		return tx.SaveCapture(h.Context(), &tidemark.Capture{InstanceID: i.ID, Position: ts(3)})
	})
	for _, s := range []*tidemark.Slice{sampleSlice(i, ts(3), ts(4), ts(5)), sampleSlice(i, ts(3), ts(7), ts(8))} {
		h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.AddSlice(h.Context(), s) })
	}
	h.totals(i, chain...)
}

func testSliceLists(h *harness) {
	i, other := h.instance("one"), h.instance("other")
	elsewhere := h.chain(other, 1, 5)
	early := h.chain(i, 0, 3, 4, 8) // 1-3, 4, 5-8
	late := h.chain(i, 10, 14, 15)  // 11-14, 15: 9 and 10 were lost
	all := append(early, late...)
	zero, end := ts(0), ts(99)   // before and after them all
	none := tidemark.Timestamp{} // no bound
	last := tidemark.Timestamp{T: lastSecond, I: lastSecond}
	h.slices(i, none, none, 99, all...)
	h.slices(i, zero, last, 99, all...)
	h.slices(other, none, end, 99, elsewhere...)
	h.slices(i, last, none, 99)
	h.slices(i, none, none, 0)
	h.slices(i, none, none, -1)
	h.slices(i, none, end, 2, all[:2]...)
	h.slices(i, ts(4), end, 2, all[2:4]...) // goes on after a page

	h.slices(i, ts(2), none, 99, all...) // the first has 3 still
	h.slices(i, ts(3), none, 99, all[1:]...)
	h.slices(i, ts(4), none, 99, all[2:]...)
	h.slices(i, ts(9), none, 99, all[3:]...)
	h.slices(i, ts(14), none, 99, all[4:]...)
	h.slices(i, ts(15), none, 99)

	h.slices(i, none, ts(0), 99)
	h.slices(i, none, ts(1), 99, all[:1]...)
	h.slices(i, none, ts(3), 99, all[:1]...)
	h.slices(i, none, ts(4), 99, all[:2]...)
	h.slices(i, none, ts(5), 99, all[:3]...)
	h.slices(i, none, ts(9), 99, all[:3]...) // in the gap
	h.slices(i, none, ts(10), 99, all[:3]...)
	h.slices(i, none, ts(11), 99, all[:4]...)
	h.slices(i, ts(3), ts(11), 99, all[1:4]...)
	h.slices(i, ts(5), ts(6), 99, all[2])
	h.slices(i, ts(8), ts(10), 99)

	expired := func(before tidemark.Timestamp, limit int, want ...*tidemark.Slice) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ExpiredSlices(h.Context(), i.ID, before, limit)
			h.equal(got, want)
			return err
		})
	}
	expired(none, 99)
	expired(ts(3), 99)
	expired(ts(4), 99, all[:1]...)
	expired(ts(9), 99, all[:3]...)
	expired(last, 99, all...)
	expired(last, 2, all[:2]...)
	expired(last, 0)
}
