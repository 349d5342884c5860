package service

import (
	"context"
	"net/mail"

	"tidemark"
)

// GetOrganizationSettings needs ORG_OWNER, as at Atlas.
func (s *Service) GetOrganizationSettings(ctx context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.OrganizationSettings, error) {
	var settings *tidemark.OrganizationSettings
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = organization(ctx, tx, c, id, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		settings, err = tx.OrganizationSettings(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

// UpdateOrganizationSettings needs ORG_OWNER.
func (s *Service) UpdateOrganizationSettings(ctx context.Context, c tidemark.Caller, id tidemark.ID, change func(*tidemark.OrganizationSettings)) (*tidemark.OrganizationSettings, error) {
	var settings *tidemark.OrganizationSettings
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = organization(ctx, tx, c, id, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		settings, err = s.changeOrgSettings(ctx, tx, c, id, change)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

func (s *Service) changeOrgSettings(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, id tidemark.ID, change func(*tidemark.OrganizationSettings)) (*tidemark.OrganizationSettings, error) {
	settings, err := tx.OrganizationSettings(ctx, id)
	if err != nil {
		return nil, err
	}
	was := *settings
	change(settings)
	if h := settings.MaxSecretHours; h != 0 && (h < 8 || h > 8760) {
		return nil, invalid("maxServiceAccountSecretValidityInHours", "must be from 8 to 8760")
	}
	if contact := settings.SecurityContact; contact != "" {
		if a, err := mail.ParseAddress(contact); err != nil || a.Address != contact || !printable(contact) {
			return nil, invalid("securityContact", "must be an email address, or empty")
		}
	}
	if settings.APIAccessListRequired && !was.APIAccessListRequired && c.OrgID == id && len(c.AllowedFrom) == 0 {
		return nil, invalid("apiAccessListRequired", "cannot be turned on by a key without an access list, which would shut itself out")
	}
	if err := tx.SaveOrganizationSettings(ctx, id, settings); err != nil {
		return nil, err
	}
	return settings, s.recordAll(ctx, tx, c, tidemark.Event{OrgID: id}, orgSettingsEvents(was, *settings))
}

// orgSettingsEvents are the types that tell of a change of settings.
func orgSettingsEvents(was, is tidemark.OrganizationSettings) []tidemark.EventType {
	var types []tidemark.EventType
	flag := func(was, is bool, on, off tidemark.EventType) {
		switch {
		case is && !was:
			types = append(types, on)
		case was && !is:
			types = append(types, off)
		}
	}
	flag(was.APIAccessListRequired, is.APIAccessListRequired, tidemark.EventOrgAccessListRequired, tidemark.EventOrgAccessListNotRequired)
	flag(was.MFARequired, is.MFARequired, tidemark.EventOrgMFARequired, tidemark.EventOrgMFAOptional)
	flag(was.RestrictEmployeeAccess, is.RestrictEmployeeAccess, tidemark.EventOrgEmployeesRestricted, tidemark.EventOrgEmployeesUnrestricted)
	if was.SecurityContact != is.SecurityContact {
		types = append(types, tidemark.EventOrgSecurityContact)
	}
	if was.MaxSecretHours != is.MaxSecretHours {
		types = append(types, tidemark.EventOrgSecretValidityEdited)
	}
	if was.GenAIFeatures != is.GenAIFeatures || was.SkipDefaultAlerts != is.SkipDefaultAlerts {
		types = append(types, tidemark.EventOrgSettingsUpdated)
	}
	return types
}

// GetProjectSettings needs any role in the project.
func (s *Service) GetProjectSettings(ctx context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.ProjectSettings, error) {
	var settings *tidemark.ProjectSettings
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = project(ctx, tx, c, id, rightRead); err != nil {
			return err
		}
		settings, err = tx.ProjectSettings(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

// UpdateProjectSettings needs GROUP_OWNER.
func (s *Service) UpdateProjectSettings(ctx context.Context, c tidemark.Caller, id tidemark.ID, change func(*tidemark.ProjectSettings)) (*tidemark.ProjectSettings, error) {
	var settings *tidemark.ProjectSettings
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		p, err := project(ctx, tx, c, id, rightOwn)
		if err != nil {
			return err
		}
		if settings, err = tx.ProjectSettings(ctx, id); err != nil {
			return err
		}
		was, limits := *settings, settings.Limits
		change(settings)
		settings.Limits = limits
		if err := tx.SaveProjectSettings(ctx, id, settings); err != nil {
			return err
		}
		return s.recordAll(ctx, tx, c, tidemark.Event{OrgID: p.OrgID, ProjectID: id}, projectSettingsEvents(was, *settings))
	})
	if err != nil {
		return nil, err
	}
	return settings, nil
}

// projectSettingsEvents are the types for what of the settings Atlas tells of.
func projectSettingsEvents(was, is tidemark.ProjectSettings) []tidemark.EventType {
	var types []tidemark.EventType
	switch {
	case is.DataExplorer && !was.DataExplorer:
		types = append(types, tidemark.EventDataExplorerEnabled)
	case was.DataExplorer && !is.DataExplorer:
		types = append(types, tidemark.EventDataExplorerDisabled)
	}
	if was.ExtendedStorageSizes != is.ExtendedStorageSizes {
		types = append(types, tidemark.EventProjectExtendedStorage)
	}
	return types
}
