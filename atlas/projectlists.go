package atlas

import (
	"slices"

	"tidemark"
)

// listNobody is the teams, or the users, of a project: there are none here,
// only keys.
func (a *api) listNobody(q *request) (any, error) {
	_, err := a.service.GetProject(q.ctx, q.caller, q.projectID())
	return listed(q, []*struct{}{}, 0, err, func(*struct{}) any { return nil })
}

func (a *api) listProjectUsers(q *request) (any, error) {
	p := queryReader{values: q.query}
	p.flag("flattenTeams", false)
	p.flag("includeOrgUsers", false)
	if status, given := p.value("orgMembershipStatus"); given && q.version != v20230101 && status != "ACTIVE" && status != "PENDING" {
		p.fail("orgMembershipStatus", "it is ACTIVE or PENDING")
	}
	if p.err != nil {
		return nil, p.err
	}
	return a.listNobody(q)
}

// mongoDBVersion is MdbAvailableVersion.
type mongoDBVersion struct {
	CloudProvider string `json:"cloudProvider"`
	DefaultStatus string `json:"defaultStatus"`
	InstanceSize  string `json:"instanceSize,omitempty"` // the document has none for TENANT
	Links         []link `json:"links"`
	Version       string `json:"version"`
}

// offeredSizes is one size for each provider: sizes mean nothing here.
var offeredSizes = []struct{ provider, size string }{{"AWS", "M10"}, {"AZURE", "M10"}, {"GCP", "M10"}, {"TENANT", ""}}

func (a *api) listMongoDBVersions(q *request) (any, error) {
	p := queryReader{values: q.query}
	provider, byProvider := p.value("cloudProvider")
	size, bySize := p.value("instanceSize")
	status, byStatus := p.value("defaultStatus")
	if byProvider && !slices.Contains([]string{"AWS", "AZURE", "GCP", "TENANT"}, provider) {
		p.fail("cloudProvider", "it is one of AWS, AZURE, GCP, TENANT")
	}
	if byStatus && status != "DEFAULT" {
		p.fail("defaultStatus", "it is DEFAULT")
	}
	if p.err != nil {
		return nil, p.err
	}
	if _, err := a.service.GetProject(q.ctx, q.caller, q.projectID()); err != nil {
		return nil, err
	}
	var found []*mongoDBVersion
	for _, offered := range offeredSizes {
		for _, version := range tidemark.MongoDBVersions {
			v := &mongoDBVersion{CloudProvider: offered.provider, DefaultStatus: "NOT_DEFAULT", InstanceSize: offered.size, Links: []link{}, Version: version}
			if version == tidemark.MongoDBVersionDefault {
				v.DefaultStatus = "DEFAULT"
			}
			if (byProvider && provider != v.CloudProvider) || (bySize && size != v.InstanceSize) || (byStatus && status != v.DefaultStatus) {
				continue
			}
			found = append(found, v)
		}
	}
	from := min(q.page.Offset(), len(found))
	items := found[from:min(from+q.page.Size, len(found))]
	return listed(q, items, len(found), nil, func(v *mongoDBVersion) any { return v })
}
