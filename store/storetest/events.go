package storetest

import (
	"fmt"
	"slices"
	"time"

	"tidemark"
)

func eventID(e *tidemark.Event) tidemark.ID { return e.ID }

// sampleEvent sets every field.
func sampleEvent(orgID, projectID tidemark.ID) *tidemark.Event {
	return &tidemark.Event{
		ID: tidemark.NewID(), Type: tidemark.EventTenantRestoreRequested, CreatedAt: at(50),
		OrgID: orgID, ProjectID: projectID, InstanceName: "shop",
		SnapshotID: tidemark.NewID(), JobID: tidemark.NewID(), TargetPublicID: "abcdefgh",
		KeyID: tidemark.NewID(), KeyKind: tidemark.KeyAPI, PublicID: "qrstuvwx", RemoteAddr: "2001:db8::1",
		Details: map[string]string{"targetClusterName": "søren's", "deliveryType": "automated"},
	}
}

func (h *harness) addEvent(e *tidemark.Event) {
	h.Helper()
	h.update(func(tx tidemark.Tx) error { return tx.AddEvent(h.Context(), e) })
}

func testEvents(h *harness) {
	p := h.project("shop")
	full := sampleEvent(p.OrgID, p.ID)
	h.filled(full)
	h.addEvent(full)
	// The organization of the project is filled in; all else may be empty.
	short := &tidemark.Event{ID: tidemark.NewID(), Type: tidemark.EventClusterReady, CreatedAt: at(51), ProjectID: p.ID}
	h.addEvent(short)
	h.equal(short.OrgID, p.OrgID)
	h.view(func(tx tidemark.Tx) error {
		for _, want := range []*tidemark.Event{full, short} {
			got, err := tx.Event(h.Context(), want.ID)
			if err != nil {
				return err
			}
			h.equal(got, want)
		}
		return nil
	})
	// It outlives what it tells of.
	h.update(func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), p.ID) })
	h.listsEvents(tidemark.EventFilter{ProjectID: p.ID}, short.ID, full.ID)
}

func testEventErrors(h *harness) {
	p := h.project("shop")
	e := sampleEvent(p.OrgID, p.ID)
	h.addEvent(e)
	changed := *e
	changed.Type = tidemark.EventProjectDeleted
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.AddEvent(h.Context(), &changed) })
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Event(h.Context(), e.ID)
		h.equal(got, e)
		return err
	})
	h.lacks(tidemark.CodeEventNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Event(h.Context(), tidemark.NewID())
		return err
	})
	for _, spoil := range []func(*tidemark.Event){
		func(e *tidemark.Event) { e.ID = "short" },
		func(e *tidemark.Event) { e.Type = "" },
		func(e *tidemark.Event) { e.CreatedAt = time.Time{} },
		func(e *tidemark.Event) { e.OrgID, e.ProjectID = "", "" },
	} {
		bad := sampleEvent(p.OrgID, p.ID)
		spoil(bad)
		h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error { return tx.AddEvent(h.Context(), bad) })
	}
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.AddEvent(h.Context(), sampleEvent("", tidemark.NewID()))
	})
	for _, f := range []tidemark.EventFilter{{}, {OrgID: p.OrgID, ProjectID: p.ID}} {
		h.lacks(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
			_, _, err := tx.Events(h.Context(), f, page())
			return err
		})
	}
}

// testEventsGoWithTheirChange: what is rolled back is not told of.
func testEventsGoWithTheirChange(h *harness) {
	p := h.project("shop")
	e := sampleEvent(p.OrgID, p.ID)
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		if err := tx.AddEvent(h.Context(), e); err != nil {
			return err
		}
		return tx.DeleteProject(h.Context(), tidemark.NewID())
	})
	h.lacks(tidemark.CodeEventNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Event(h.Context(), e.ID)
		return err
	})
}

// listsEvents checks the ids and the total of a list.
func (h *harness) listsEvents(f tidemark.EventFilter, want ...tidemark.ID) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.Events(h.Context(), f, page())
		h.equal(idsOf(got, eventID), want)
		h.equal(total, len(want))
		return err
	})
}

func testEventLists(h *harness) {
	p, other := h.project("shop"), h.project("other")
	add := func(project tidemark.ID, org tidemark.ID, kind tidemark.EventType, instance string, ms int) tidemark.ID {
		e := sampleEvent(org, project)
		e.Type, e.InstanceName, e.CreatedAt = kind, instance, at(ms)
		h.addEvent(e)
		return e.ID
	}
	created := add(p.ID, p.OrgID, tidemark.EventProjectCreated, "", 1)
	up := add(p.ID, p.OrgID, tidemark.EventServerlessCreated, "a", 5)
	snap := add(p.ID, p.OrgID, tidemark.EventTenantSnapshotStarted, "b", 3)
	same := add(p.ID, p.OrgID, tidemark.EventTenantSnapshotCompleted, "a", 5)
	org := add("", p.OrgID, tidemark.EventOrgRenamed, "", 4)
	add(other.ID, other.OrgID, tidemark.EventServerlessCreated, "a", 6)

	of := func(edit func(*tidemark.EventFilter)) tidemark.EventFilter {
		f := tidemark.EventFilter{ProjectID: p.ID}
		edit(&f)
		return f
	}
	// Newest first; of one millisecond the later id first.
	h.listsEvents(of(func(*tidemark.EventFilter) {}), same, up, snap, created)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.Instances = []string{"a"} }), same, up)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.Instances = []string{"b", "x"} }), snap)
	h.listsEvents(of(func(f *tidemark.EventFilter) {
		f.Types = []tidemark.EventType{tidemark.EventTenantSnapshotStarted, tidemark.EventProjectCreated}
	}), snap, created)
	h.listsEvents(of(func(f *tidemark.EventFilter) {
		f.Excluded = []tidemark.EventType{tidemark.EventTenantSnapshotStarted, tidemark.EventProjectCreated}
	}), same, up)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.From, f.Until = at(3), at(4) }), snap)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.From = at(5) }), same, up)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.From = at(3).Add(1) }), same, up)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.Until = at(3).Add(1) }), snap, created)
	h.listsEvents(of(func(f *tidemark.EventFilter) { f.Until = at(0) }))
	h.listsEvents(of(func(f *tidemark.EventFilter) {
		f.Instances, f.Types = []string{"a"}, []tidemark.EventType{tidemark.EventServerlessCreated}
	}), up)
	h.listsEvents(tidemark.EventFilter{OrgID: p.OrgID}, org, created)
	h.listsEvents(tidemark.EventFilter{OrgID: p.OrgID, Types: []tidemark.EventType{tidemark.EventOrgRenamed}}, org)
	h.listsEvents(tidemark.EventFilter{OrgID: tidemark.NewID()})
}

func testEventPages(h *harness) {
	p := h.project("shop")
	var all []tidemark.ID
	h.update(func(tx tidemark.Tx) error {
		for n := range 25 {
			e := sampleEvent(p.OrgID, p.ID)
			e.CreatedAt, e.InstanceName = at(n/3), fmt.Sprint("i", n%2)
			if err := tx.AddEvent(h.Context(), e); err != nil {
				return err
			}
			all = append(all, e.ID)
		}
		return nil
	})
	slices.Reverse(all)
	h.view(func(tx tidemark.Tx) error {
		var got []tidemark.ID
		for n := range 4 {
			list, total, err := tx.Events(h.Context(), tidemark.EventFilter{ProjectID: p.ID}, tidemark.Page{Number: n + 1, Size: 7})
			if err != nil {
				return err
			}
			h.equal(total, 25)
			got = append(got, idsOf(list, eventID)...)
		}
		h.equal(got, all)
		return nil
	})
}
