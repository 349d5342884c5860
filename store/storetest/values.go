package storetest

import (
	"math"
	"strings"
	"time"

	"tidemark"
)

func testPages(h *harness) {
	i := h.instance("one")
	var newest []tidemark.ID
	h.update(func(tx tidemark.Tx) error {
		for n := range 7 {
			s := sampleSnapshot(i)
			s.CreatedAt = at(n)
			newest = append([]tidemark.ID{s.ID}, newest...)
			if err := tx.CreateSnapshot(h.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		number, size int
		want         []tidemark.ID
	}{
		{1, 3, newest[:3]},
		{2, 3, newest[3:6]},
		{3, 3, newest[6:]},
		{4, 3, nil},
		{1, 7, newest},
		{2, 7, nil},
		{math.MaxInt, 500, nil},
	} {
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.Snapshots(h.Context(), i.ID, tidemark.Page{Number: c.number, Size: c.size})
			h.equal(idsOf(got, snapshotID), c.want)
			h.equal(total, 7)
			return err
		})
	}
	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.Snapshots(h.Context(), i.ID, tidemark.Page{Number: 2, Size: 3, Reversed: true})
		h.equal(idsOf(got, snapshotID), []tidemark.ID{newest[3], newest[2], newest[1]})
		h.equal(total, 7)
		return err
	})
	for _, p := range []tidemark.Page{{}, {Number: 0, Size: 1}, {Number: -1, Size: 1}, {Number: 1, Size: 0}, {Number: 1, Size: 501}} {
		h.lacks(tidemark.CodeInvalidQuery, func(tx tidemark.Tx) error {
			_, _, err := tx.Snapshots(h.Context(), i.ID, p)
			return err
		})
	}
}

func testStrings(h *harness) {
	// What comes back of the strings that a store could trip over.
	for in, want := range map[string]string{
		"it's":                       "it's",
		`"quoted" and \back\slashed`: `"quoted" and \back\slashed`,
		"?, ?0, ?name, $1, :x, %s":   "?, ?0, ?name, $1, :x, %s",
		"'; DROP TABLE projects; --": "'; DROP TABLE projects; --",
		"tab\tline\nreturn\r":        "tab\tline\nreturn\r",
		"NULL":                       "NULL",
		"12":                         "12",
		"žluťoučký 🐎":                "žluťoučký 🐎",
		"a\x00b":                     "a\uFFFDb",
		"c\xffd":                     "c\uFFFDd",
		strings.Repeat("x", 1<<16):   strings.Repeat("x", 1<<16),
	} {
		p := h.project(in)
		p.Name = want
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ProjectByName(h.Context(), in)
			h.equal(got, p)
			return err
		})
		i := sampleInstance(p.ID, "one")
		i.URI, i.Tags = in, []tidemark.Tag{{Key: want, Value: want}}
		h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), i) })
		s := h.snapshot(i, func(s *tidemark.Snapshot) { s.FailReason, s.Progress.Phase = in, want })
		s.FailReason = want
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Instance(h.Context(), i.ID)
			if err != nil {
				return err
			}
			h.equal(got, i) // a sealed value is kept byte for byte
			gotS, err := tx.Snapshot(h.Context(), s.ID)
			h.equal(gotS, s)
			return err
		})
	}
}

func testTimes(h *harness) {
	zone := time.FixedZone("east", 5*3600+1800)
	for in, want := range map[time.Time]time.Time{
		{}:                             {},
		at(0).Add(999_999):             at(0),
		at(7).In(zone):                 at(7),
		time.Unix(0, 0):                time.Unix(0, 0).UTC(),
		time.Unix(-1, 5e8):             time.Unix(-1, 5e8).UTC(),
		time.UnixMilli(253402300799e3): time.UnixMilli(253402300799e3).UTC(),
	} {
		i := h.instance("i" + tidemark.RandomHex(4))
		s := h.snapshot(i, func(s *tidemark.Snapshot) { s.CreatedAt, s.ExpiresAt, s.Progress.StartedAt = in, in, in })
		s.CreatedAt, s.ExpiresAt, s.Progress.StartedAt = want, want, want
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Snapshot(h.Context(), s.ID)
			h.equal(got, s)
			return err
		})
	}
}

func testNothingIsNil(h *harness) {
	p := h.project("p")
	i := sampleInstance(p.ID, "one")
	i.Tags = []tidemark.Tag{}
	h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), i) })
	i.Tags = nil
	j := h.job(i, func(j *tidemark.RestoreJob) {
		j.Cursor, j.Progress.Collections = []byte{}, []tidemark.CollectionProgress{}
		j.Report = &tidemark.RestoreReport{
			Collections: []tidemark.CollectionReport{}, Dropped: []string{}, Warnings: []string{}, Verified: true,
		}
	})
	j.Cursor, j.Progress.Collections, j.Report = nil, nil, &tidemark.RestoreReport{Verified: true}
	h.sameJob(j)
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Instance(h.Context(), i.ID)
		if err != nil {
			return err
		}
		h.equal(got, i)
		list, _, err := tx.Snapshots(h.Context(), i.ID, page())
		h.equal(list, []*tidemark.Snapshot(nil))
		return err
	})
}
