package storetest

import "tidemark"

func testProjectSettings(h *harness) {
	p := h.project("shop")
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.ProjectSettings(h.Context(), p.ID)
		h.equal(got, tidemark.DefaultProjectSettings())
		return err
	})
	want := &tidemark.ProjectSettings{
		DatabaseStatistics: true, DataExplorer: true, DataExplorerGenAI: true, GenAISamples: true, ExtendedStorageSizes: true,
		PerformanceAdvisor: true, RealtimePanel: true, SchemaAdvisor: true, ManagedSlowMs: true,
		Limits: map[tidemark.LimitName]int64{tidemark.LimitClusters: 1 << 40},
	}
	h.filled(want)
	off := &tidemark.ProjectSettings{}
	for _, s := range []*tidemark.ProjectSettings{want, off, want} {
		h.update(func(tx tidemark.Tx) error { return tx.SaveProjectSettings(h.Context(), p.ID, s) })
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.ProjectSettings(h.Context(), p.ID)
			h.equal(got, s)
			return err
		})
	}
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.SaveProjectSettings(h.Context(), tidemark.NewID(), want)
	})
	h.update(func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), p.ID) })
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.ProjectSettings(h.Context(), p.ID)
		h.equal(got, tidemark.DefaultProjectSettings())
		return err
	})
}

func testProjectUpdates(h *harness) {
	p, other := h.project("shop"), h.project("other")
	p.Name, p.Tags = "shøp", []tidemark.Tag{{Key: "a", Value: "b"}}
	h.update(func(tx tidemark.Tx) error { return tx.UpdateProject(h.Context(), p) })
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.ProjectByName(h.Context(), "shøp")
		h.equal(got, p)
		return err
	})
	taken := *p
	taken.Name = other.Name
	h.refuses(tidemark.CodeDuplicateProject, func(tx tidemark.Tx) error { return tx.UpdateProject(h.Context(), &taken) })
	taken.ID, taken.Name = tidemark.NewID(), "free"
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error { return tx.UpdateProject(h.Context(), &taken) })
}

func testOrganizationUpdates(h *harness) {
	p := h.project("shop")
	var o *tidemark.Organization
	h.view(func(tx tidemark.Tx) (err error) {
		o, err = tx.Organization(h.Context(), p.OrgID)
		return err
	})
	o.Name = "renamed"
	settings := &tidemark.OrganizationSettings{
		APIAccessListRequired: true, GenAIFeatures: true, MaxSecretHours: 8, MFARequired: true,
		RestrictEmployeeAccess: true, SecurityContact: "a@b.example", SkipDefaultAlerts: true,
	}
	h.filled(settings)
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.OrganizationSettings(h.Context(), o.ID)
		h.equal(got, tidemark.DefaultOrganizationSettings())
		return err
	})
	h.update(func(tx tidemark.Tx) error { return tx.UpdateOrganization(h.Context(), o) })
	h.update(func(tx tidemark.Tx) error { return tx.SaveOrganizationSettings(h.Context(), o.ID, settings) })
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Organization(h.Context(), o.ID)
		h.equal(got, o)
		if err != nil {
			return err
		}
		s, err := tx.OrganizationSettings(h.Context(), o.ID)
		h.equal(s, settings)
		return err
	})
	nobody := &tidemark.Organization{ID: tidemark.NewID(), Name: "x"}
	h.refuses(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error { return tx.UpdateOrganization(h.Context(), nobody) })
	h.refuses(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error { return tx.DeleteOrganization(h.Context(), nobody.ID) })
	h.refuses(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error {
		return tx.SaveOrganizationSettings(h.Context(), nobody.ID, settings)
	})
	h.refuses(tidemark.CodeOrgNotEmpty, func(tx tidemark.Tx) error { return tx.DeleteOrganization(h.Context(), o.ID) })
	h.update(func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), p.ID) })
	h.update(func(tx tidemark.Tx) error { return tx.DeleteOrganization(h.Context(), o.ID) })
	h.lacks(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Organization(h.Context(), o.ID)
		return err
	})
}
