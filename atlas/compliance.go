package atlas

import (
	"regexp"

	"tidemark"
)

// compliancePolicy is DataProtectionSettings of both versions. They differ in
// whether the names of who is authorized are required.
type compliancePolicy struct {
	AuthorizedEmail         string       `json:"authorizedEmail"`
	AuthorizedUserFirstName string       `json:"authorizedUserFirstName"`
	AuthorizedUserLastName  string       `json:"authorizedUserLastName"`
	CopyProtectionEnabled   bool         `json:"copyProtectionEnabled"`
	Deletable               bool         `json:"deletable"`
	EncryptionAtRestEnabled bool         `json:"encryptionAtRestEnabled"`
	OnDemandPolicyItem      *policyItem  `json:"onDemandPolicyItem,omitempty"`
	PITEnabled              bool         `json:"pitEnabled"`
	ProjectID               tidemark.ID  `json:"projectId"`
	RestoreWindowDays       int          `json:"restoreWindowDays,omitempty"`
	ScheduledPolicyItems    []policyItem `json:"scheduledPolicyItems"`
	State                   string       `json:"state"`
	UpdatedDate             date         `json:"updatedDate"`
}

func showCompliance(p *tidemark.CompliancePolicy) any {
	out := compliancePolicy{
		AuthorizedEmail:         p.AuthorizedEmail,
		AuthorizedUserFirstName: p.AuthorizedFirstName,
		AuthorizedUserLastName:  p.AuthorizedLastName,
		CopyProtectionEnabled:   p.CopyProtection,
		Deletable:               p.Deletable,
		EncryptionAtRestEnabled: p.EncryptionAtRest,
		PITEnabled:              p.PointInTime,
		ProjectID:               p.ProjectID,
		RestoreWindowDays:       p.RestoreWindowDays,
		ScheduledPolicyItems:    showItems(p.Scheduled),
		State:                   "ACTIVE",
		UpdatedDate:             date{p.UpdatedAt},
	}
	if p.OnDemand != nil {
		item := showItem(*p.OnDemand)
		out.OnDemandPolicyItem = &item
	}
	return out
}

// getCompliancePolicy answers {} where there is none: Atlas never says 404
// here, and its clients look whether the answer is empty.
func (a *api) getCompliancePolicy(q *request) (any, error) {
	p, err := a.service.GetCompliancePolicy(q.ctx, q.caller, q.projectID())
	if err == nil && p == nil {
		return struct{}{}, nil
	}
	return one(p, err, showCompliance)
}

func (a *api) deleteCompliancePolicy(q *request) (any, error) {
	return nil, a.service.DeleteCompliancePolicy(q.ctx, q.caller, q.projectID())
}

var emailAddress = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// setCompliancePolicy passes over what only answers have, as Atlas says it does.
func (a *api) setCompliancePolicy(q *request) (any, error) {
	flags := queryReader{values: q.query}
	overwrite := flags.flag("overwriteBackupPolicies", true)
	if flags.err != nil {
		return nil, flags.err
	}
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.ignored("deletable", "links", "state", "updatedDate", "updatedUser")
	named := presence(q.version != v20230101)
	p := tidemark.CompliancePolicy{
		ProjectID:           q.projectID(),
		AuthorizedEmail:     o.text("authorizedEmail", required, 320, emailAddress),
		AuthorizedFirstName: o.name("authorizedUserFirstName", named),
		AuthorizedLastName:  o.name("authorizedUserLastName", named),
		CopyProtection:      isTrue(o.flag("copyProtectionEnabled")),
		EncryptionAtRest:    isTrue(o.flag("encryptionAtRestEnabled")),
		PointInTime:         isTrue(o.flag("pitEnabled")),
	}
	if days := o.anyInteger("restoreWindowDays"); days != nil {
		p.RestoreWindowDays = *days
	}
	if id := o.identifier("projectId", optional, true); id != "" && id != p.ProjectID {
		o.invalid("projectId", "it is not that of the path")
	}
	if o.has("onDemandPolicyItem") {
		item := readItem(o.object("onDemandPolicyItem", optional), 0, "ondemand")
		p.OnDemand = &item
	}
	o.ignored("onDemandPolicyItem")
	for _, item := range o.objects("scheduledPolicyItems", tidemark.PolicyItemsMax) {
		rule := readItem(item, 0, "hourly", "daily", "weekly", "monthly", "yearly")
		rule.Interval = max(rule.Interval, 1) // where it means nothing, clients send 0
		p.Scheduled = append(p.Scheduled, rule)
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	set, err := a.service.SetCompliancePolicy(q.ctx, q.caller, p, overwrite)
	return one(set, err, showCompliance)
}

// name reads the name of a person, which may be empty where it may be left out.
func (o *object) name(attribute string, p presence) string {
	if p == required {
		return o.text(attribute, required, 256, nil)
	}
	s, _ := o.rawText(attribute, optional)
	if len(s) > 256 {
		o.invalid(attribute, "it has at most 256 bytes")
	}
	return s
}
