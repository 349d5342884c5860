package storetest

import "tidemark"

func testOrganizations(h *harness) {
	b, a := h.organization("b"), h.organization("a")
	c := h.organization("c")
	h.filled(a, "SkipDefaultAlerts")
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Organization(h.Context(), b.ID)
		if err != nil {
			return err
		}
		h.equal(got, b)
		all, total, err := tx.Organizations(h.Context(), nil, page())
		if err != nil {
			return err
		}
		h.equal(all, []*tidemark.Organization{a, b, c})
		h.equal(total, 3)
		some, total, err := tx.Organizations(h.Context(), []tidemark.ID{c.ID, a.ID, tidemark.NewID()}, page())
		if err != nil {
			return err
		}
		h.equal(some, []*tidemark.Organization{a, c})
		h.equal(total, 2)
		none, total, err := tx.Organizations(h.Context(), []tidemark.ID{}, page())
		h.equal(len(none)+total, 0)
		return err
	})
	h.lacks(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Organization(h.Context(), tidemark.NewID())
		return err
	})
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error { return tx.CreateOrganization(h.Context(), a) })
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		return tx.CreateOrganization(h.Context(), &tidemark.Organization{ID: "short", Name: "x"})
	})
}

func testProjects(h *harness) {
	p := h.project("shop")
	h.filled(p, "InstanceCount")
	for _, name := range []string{"one", "two"} {
		h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), sampleInstance(p.ID, name)) })
	}
	p.InstanceCount = 2
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Project(h.Context(), p.ID)
		if err != nil {
			return err
		}
		h.equal(got, p)
		got, err = tx.ProjectByName(h.Context(), "shop")
		h.equal(got, p)
		return err
	})
	empty := h.project("empty")
	h.update(func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), empty.ID) })
	h.lacks(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Project(h.Context(), empty.ID)
		return err
	})
	// The name is free again.
	h.project("empty")
}

func testProjectLists(h *harness) {
	o1, o2 := h.organization("1"), h.organization("2")
	create := func(o *tidemark.Organization, name string, ms int) *tidemark.Project {
		p := sampleProject(o.ID, name)
		p.CreatedAt = at(ms)
		h.update(func(tx tidemark.Tx) error { return tx.CreateProject(h.Context(), p) })
		return p
	}
	late, early, other := create(o1, "a", 9), create(o1, "b", 1), create(o2, "c", 5)
	list := func(orgs, ids []tidemark.ID, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.Projects(h.Context(), orgs, ids, page())
			h.equal(idsOf(got, projectID), want)
			h.equal(total, len(want))
			return err
		})
	}
	list([]tidemark.ID{o1.ID}, nil, early.ID, late.ID)
	list([]tidemark.ID{o1.ID, o2.ID}, nil, early.ID, other.ID, late.ID)
	list(nil, []tidemark.ID{other.ID, tidemark.NewID()}, other.ID)
	list([]tidemark.ID{o1.ID}, []tidemark.ID{other.ID, early.ID}, early.ID, other.ID, late.ID)
	list(nil, nil)
	list([]tidemark.ID{}, []tidemark.ID{})
}

func testProjectErrors(h *harness) {
	p := h.project("shop")
	h.lacks(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		_, err := tx.ProjectByName(h.Context(), "Shop")
		return err
	})
	h.refuses(tidemark.CodeDuplicateProject, func(tx tidemark.Tx) error {
		return tx.CreateProject(h.Context(), sampleProject(p.OrgID, "shop"))
	})
	other := h.organization("another")
	h.refuses(tidemark.CodeDuplicateProject, func(tx tidemark.Tx) error {
		return tx.CreateProject(h.Context(), sampleProject(other.ID, "shop"))
	})
	h.refuses(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error {
		return tx.CreateProject(h.Context(), sampleProject(tidemark.NewID(), "lost"))
	})
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.DeleteProject(h.Context(), tidemark.NewID())
	})
	h.update(func(tx tidemark.Tx) error { return tx.CreateInstance(h.Context(), sampleInstance(p.ID, "one")) })
	h.refuses(tidemark.CodeProjectNotEmpty, func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), p.ID) })
}
