package storetest

import (
	"time"

	"tidemark"
)

func testInstances(h *harness) {
	i := h.instance("one")
	h.filled(i, "Capture", "DeletedAt")
	same := func(want *tidemark.Instance) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Instance(h.Context(), want.ID)
			if err != nil {
				return err
			}
			h.equal(got, want)
			got, err = tx.InstanceByName(h.Context(), want.ProjectID, want.Name)
			h.equal(got, want)
			return err
		})
	}
	same(i)
	changed := &tidemark.Instance{
		ID: i.ID, ProjectID: i.ProjectID, CreatedAt: i.CreatedAt,
		Name: "renamed", Kind: tidemark.KindDedicated, State: tidemark.StateDeleting, DeletedAt: at(7),
	}
	h.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(h.Context(), changed) })
	same(changed)
	moved := *i
	moved.ProjectID, moved.CreatedAt, moved.Capture = tidemark.NewID(), at(99), sampleCapture(i)
	h.update(func(tx tidemark.Tx) error { return tx.UpdateInstance(h.Context(), &moved) })
	same(i)                                            // neither the project nor the creation can be changed
	h.sameCapture(&tidemark.Capture{InstanceID: i.ID}) // which is not saved with the instance
}

func testInstanceLists(h *harness) {
	p := h.project("p")
	create := func(name string, ms int, edit func(*tidemark.Instance)) *tidemark.Instance {
		i := sampleInstance(p.ID, name)
		i.CreatedAt, i.NextSnapshotAt, i.Embedded = at(ms), time.Time{}, false
		edit(i)
		h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), i) })
		return i
	}
	flex := create("a", 9, func(i *tidemark.Instance) { i.Kind, i.Embedded = tidemark.KindFlex, true })
	due := create("b", 1, func(i *tidemark.Instance) { i.NextSnapshotAt = at(50) })
	dueFirst := create("c", 5, func(i *tidemark.Instance) { i.NextSnapshotAt, i.Embedded = at(40), true })
	dying := create("d", 6, func(i *tidemark.Instance) {
		i.NextSnapshotAt, i.Embedded, i.State = at(30), true, tidemark.StateDeleting
	})
	h.instance("elsewhere")
	kept := create("e", 7, func(i *tidemark.Instance) {
		i.Kind, i.State, i.DeletedAt = tidemark.KindDedicated, tidemark.StateDeleting, at(60)
	})

	h.view(func(tx tidemark.Tx) error {
		list := func(kind tidemark.InstanceKind, want ...tidemark.ID) error {
			got, total, err := tx.Instances(h.Context(), p.ID, kind, page())
			h.equal(idsOf(got, instanceID), want)
			h.equal(total, len(want))
			return err
		}
		if err := list("", due.ID, dueFirst.ID, dying.ID, flex.ID); err != nil {
			return err
		}
		if err := list(tidemark.KindServerless, due.ID, dueFirst.ID, dying.ID); err != nil {
			return err
		}
		if err := list(tidemark.KindDedicated); err != nil {
			return err
		}
		got, total, err := tx.InstancesWithDeleted(h.Context(), p.ID, tidemark.KindDedicated, page())
		h.equal(idsOf(got, instanceID), []tidemark.ID{kept.ID})
		h.equal(total, 1)
		if err != nil {
			return err
		}
		got, _, err = tx.InstancesWithDeleted(h.Context(), p.ID, "", page())
		h.equal(idsOf(got, instanceID), []tidemark.ID{due.ID, dueFirst.ID, dying.ID, kept.ID, flex.ID})
		return err
	})
	dues := func(t time.Time, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.DueInstances(h.Context(), t)
			h.equal(idsOf(got, instanceID), want)
			return err
		})
	}
	elsewhere := at(3) // the sample's due time
	dues(elsewhere.Add(-time.Millisecond))
	var all []*tidemark.Instance
	h.view(func(tx tidemark.Tx) (err error) {
		all, err = tx.DueInstances(h.Context(), at(50))
		return err
	})
	if len(all) != 3 {
		h.Fatalf("%d instances are due, want 3", len(all))
	}
	dues(at(39), all[0].ID)
	dues(at(40), all[0].ID, dueFirst.ID)
	dues(at(50), all[0].ID, dueFirst.ID, due.ID)
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.EmbeddedInstances(h.Context())
		h.equal(idsOf(got, instanceID), []tidemark.ID{all[0].ID, dueFirst.ID, flex.ID})
		return err
	})
}

func testInstanceErrors(h *harness) {
	i, other := h.instance("one"), h.project("other")
	two := sampleInstance(i.ProjectID, "two")
	h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), two) })

	h.refuses(tidemark.CodeDuplicateInstance, func(tx tidemark.Tx) error {
		return tx.CreateInstance(h.Context(), sampleInstance(i.ProjectID, "one"))
	})
	h.refuses(tidemark.CodeDuplicateInstance, func(tx tidemark.Tx) error {
		renamed := *two
		renamed.Name = "one"
		return tx.UpdateInstance(h.Context(), &renamed)
	})
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.CreateInstance(h.Context(), sampleInstance(tidemark.NewID(), "one"))
	})
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		return tx.UpdateInstance(h.Context(), sampleInstance(i.ProjectID, "three"))
	})
	h.refuses(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		return tx.DeleteInstance(h.Context(), tidemark.NewID())
	})
	h.lacks(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Instance(h.Context(), tidemark.NewID())
		return err
	})
	h.lacks(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		_, err := tx.InstanceByName(h.Context(), other.ID, "one")
		return err
	})
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		odd := sampleInstance(i.ProjectID, "odd")
		odd.State = "SLEEPING"
		return tx.CreateInstance(h.Context(), odd)
	})
}

func testInstanceDeletion(h *harness) {
	i, other := h.instance("one"), h.instance("other")
	s, kept := h.snapshot(i, nil), h.snapshot(other, nil)
	gone := h.job(i, nil)
	onto := h.job(other, func(j *tidemark.RestoreJob) { j.TargetInstanceID = i.ID })
	h.update(func(tx tidemark.Tx) error { return tx.NoteSnapshotObject(h.Context(), s.ID, "run/1") })
	h.update(func(tx tidemark.Tx) error { return tx.DeleteInstance(h.Context(), i.ID) })
	h.lacks(tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Instance(h.Context(), i.ID)
		return err
	})
	h.lacks(tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Snapshot(h.Context(), s.ID)
		return err
	})
	h.lacks(tidemark.CodeJobNotFound, func(tx tidemark.Tx) error {
		_, err := tx.RestoreJob(h.Context(), gone.ID)
		return err
	})
	h.view(func(tx tidemark.Tx) error {
		if _, err := tx.Snapshot(h.Context(), kept.ID); err != nil {
			return err
		}
		if _, err := tx.RestoreJob(h.Context(), onto.ID); err != nil {
			return err // a job belongs to its source, not to its target
		}
		objects, err := tx.SnapshotObjects(h.Context(), s.ID)
		h.equal(objects, []string{"run/1"}) // else what it left in the vault would be lost
		return err
	})
}
