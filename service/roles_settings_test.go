package service_test

import "tidemark"

// settingsOperations are those about settings, limits, hosts and the audit log.
func settingsOperations() []operation {
	keep := func(*tidemark.ProjectSettings) {}
	none := tidemark.ProjectUpdate{}
	return []operation{
		// A new organization needs no role in this one: see TestOrganizations.
		{"CreateOrganization", nobody, "any", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.CreateOrganization(b.Context(), c, tidemark.NewOrganization{Name: "new"})
			return err
		}},
		{"UpdateOrganization", nobody, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateOrganization(b.Context(), c, b.cred.OrgID, tidemark.OrganizationUpdate{})
			return err
		}},
		{"DeleteOrganization", nobody, "org", func(b *bench, c tidemark.Caller) error {
			err := b.svc.DeleteOrganization(b.Context(), c, b.cred.OrgID)
			if tidemark.ErrorCode(err) == tidemark.CodeOrgNotEmpty {
				return nil // so the role was enough
			}
			return err
		}},
		{"GetOrganizationSettings", nobody, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetOrganizationSettings(b.Context(), c, b.cred.OrgID)
			return err
		}},
		{"UpdateOrganizationSettings", nobody, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateOrganizationSettings(b.Context(), c, b.cred.OrgID, func(*tidemark.OrganizationSettings) {})
			return err
		}},
		{"ListEvents organization", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListEvents(b.Context(), c, tidemark.EventFilter{OrgID: b.cred.OrgID}, all)
			return err
		}},
		{"ListEvents project", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListEvents(b.Context(), c, tidemark.EventFilter{ProjectID: b.cred.GroupID}, all)
			return err
		}},
		{"GetEvent organization", anyone, "org", func(b *bench, c tidemark.Caller) error {
			return found(b.svc.GetEvent(b.Context(), c, b.cred.OrgID, "", tidemark.NewID()))
		}},
		{"GetEvent project", readers, "project", func(b *bench, c tidemark.Caller) error {
			return found(b.svc.GetEvent(b.Context(), c, "", b.cred.GroupID, tidemark.NewID()))
		}},
		{"UpdateProject", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateProject(b.Context(), c, b.cred.GroupID, none)
			return err
		}},
		{"GetProjectSettings", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetProjectSettings(b.Context(), c, b.cred.GroupID)
			return err
		}},
		{"UpdateProjectSettings", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateProjectSettings(b.Context(), c, b.cred.GroupID, keep)
			return err
		}},
		{"ListProjectLimits", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.ListProjectLimits(b.Context(), c, b.cred.GroupID)
			return err
		}},
		{"GetProjectLimit", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetProjectLimit(b.Context(), c, b.cred.GroupID, tidemark.LimitClusters)
			return err
		}},
		{"SetProjectLimit", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.SetProjectLimit(b.Context(), c, b.cred.GroupID, tidemark.LimitClusters, 500)
			return err
		}},
		{"ResetProjectLimit", owners, "project", func(b *bench, c tidemark.Caller) error {
			return b.svc.ResetProjectLimit(b.Context(), c, b.cred.GroupID, tidemark.LimitClusters)
		}},
		{"ListProcesses", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListProcesses(b.Context(), c, b.cred.GroupID, all)
			return err
		}},
		{"GetProcess", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetProcess(b.Context(), c, b.cred.GroupID, "nobody:1")
			if tidemark.ErrorCode(err) == tidemark.CodeProcessNotFound {
				return nil // so the role was enough
			}
			return err
		}},
	}
}

// found takes an event that is not there for success.
func found(_ *tidemark.Event, err error) error {
	if tidemark.ErrorCode(err) == tidemark.CodeEventNotFound {
		return nil
	}
	return err
}
