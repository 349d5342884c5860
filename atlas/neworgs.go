package atlas

import "tidemark"

// createdOrganization is CreateOrganizationResponse.
type createdOrganization struct {
	APIKey                    any         `json:"apiKey,omitempty"`
	OrgOwnerID                tidemark.ID `json:"orgOwnerId,omitempty"`
	Organization              any         `json:"organization"`
	SkipDefaultAlertsSettings bool        `json:"skipDefaultAlertsSettings"`
}

// createOrganization takes orgOwnerId, which Terraform must send, and shows it
// again: there are no users here who could be meant.
func (a *api) createOrganization(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewOrganization{Name: o.text("name", required, 64, displayName)}
	r.SkipDefaultAlerts = isTrue(o.flag("skipDefaultAlertsSettings"))
	ownerID := o.identifier("orgOwnerId", optional, false)
	federation := o.identifier("federationSettingsId", optional, false)
	if o.has("apiKey") {
		r.Key = newOrgKey(o.object("apiKey", required))
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	if federation != "" {
		return nil, tidemark.Errorf(tidemark.CodeUnsupported, "there are no federations to link an organization to")
	}
	org, key, err := a.service.CreateOrganization(q.ctx, q.caller, r)
	if err != nil {
		return nil, err
	}
	out := createdOrganization{OrgOwnerID: ownerID, Organization: q.organization(org), SkipDefaultAlertsSettings: org.SkipDefaultAlerts}
	if key != nil {
		out.APIKey = q.apiKey(key)
	}
	return out, nil
}

func newOrgKey(o *object) *tidemark.NewKey {
	key := &tidemark.NewKey{Kind: tidemark.KeyAPI, Description: o.text("desc", required, 250, nil)}
	for _, name := range o.roles("roles", required) {
		key.Roles = append(key.Roles, tidemark.Role{Name: name})
	}
	_ = o.done() // its fault is that of the whole body
	return key
}

func (a *api) updateOrganization(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("id", "isDeleted", "links")
	name := o.text("name", required, 64, displayName)
	r := tidemark.OrganizationUpdate{Name: &name, SkipDefaultAlerts: o.flag("skipDefaultAlertsSettings")}
	if err := o.done(); err != nil {
		return nil, err
	}
	org, err := a.service.UpdateOrganization(q.ctx, q.caller, q.orgID(), r)
	return one(org, err, q.organization)
}

func (a *api) deleteOrganization(q *request) (any, error) {
	return nil, a.service.DeleteOrganization(q.ctx, q.caller, q.orgID())
}

// organizationSettings is OrganizationSettings.
type organizationSettings struct {
	APIAccessListRequired   bool   `json:"apiAccessListRequired"`
	GenAIFeaturesEnabled    bool   `json:"genAIFeaturesEnabled"`
	MaxSecretHours          int    `json:"maxServiceAccountSecretValidityInHours,omitempty"`
	MultiFactorAuthRequired bool   `json:"multiFactorAuthRequired"`
	RestrictEmployeeAccess  bool   `json:"restrictEmployeeAccess"`
	SecurityContact         string `json:"securityContact,omitempty"`
}

func showOrganizationSettings(s *tidemark.OrganizationSettings) any {
	return organizationSettings{
		APIAccessListRequired: s.APIAccessListRequired, GenAIFeaturesEnabled: s.GenAIFeatures, MaxSecretHours: s.MaxSecretHours,
		MultiFactorAuthRequired: s.MFARequired, RestrictEmployeeAccess: s.RestrictEmployeeAccess, SecurityContact: s.SecurityContact,
	}
}

func (a *api) getOrganizationSettings(q *request) (any, error) {
	s, err := a.service.GetOrganizationSettings(q.ctx, q.caller, q.orgID())
	return one(s, err, showOrganizationSettings)
}

func (a *api) updateOrganizationSettings(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	list, genAI := o.flag("apiAccessListRequired"), o.flag("genAIFeaturesEnabled")
	mfa, restrict := o.flag("multiFactorAuthRequired"), o.flag("restrictEmployeeAccess")
	hours := o.integer("maxServiceAccountSecretValidityInHours", optional, 8)
	contact, hasContact := o.rawText("securityContact", optional)
	if len(contact) > 254 { // RFC 5321, section 4.5.3.1
		o.invalid("securityContact", "it has at most 254 characters")
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := a.service.UpdateOrganizationSettings(q.ctx, q.caller, q.orgID(), func(s *tidemark.OrganizationSettings) {
		setIf(&s.APIAccessListRequired, list)
		setIf(&s.GenAIFeatures, genAI)
		setIf(&s.MFARequired, mfa)
		setIf(&s.RestrictEmployeeAccess, restrict)
		if hours != 0 {
			s.MaxSecretHours = int(hours)
		}
		if hasContact {
			s.SecurityContact = contact
		}
	})
	return one(s, err, showOrganizationSettings)
}

// setIf changes what was given.
func setIf[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
