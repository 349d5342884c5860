package atlas

import (
	"strings"

	"tidemark"
)

// serverless is ServerlessInstanceDescription.
type serverless struct {
	ConnectionStrings       *connectionStrings `json:"connectionStrings,omitempty"`
	CreateDate              date               `json:"createDate"`
	GroupID                 tidemark.ID        `json:"groupId"`
	ID                      tidemark.ID        `json:"id"`
	Links                   []link             `json:"links"`
	MongoDBVersion          string             `json:"mongoDBVersion,omitempty"`
	Name                    string             `json:"name"`
	ProviderSettings        providerSettings   `json:"providerSettings"`
	ServerlessBackupOptions backupOptions      `json:"serverlessBackupOptions"`
	StateName               string             `json:"stateName"`
	Tags                    []tidemark.Tag     `json:"tags"`
	TerminationProtection   bool               `json:"terminationProtectionEnabled"`
}

type connectionStrings struct {
	StandardSrv string `json:"standardSrv"`
}

type providerSettings struct {
	BackingProviderName string `json:"backingProviderName"`
	ProviderName        string `json:"providerName"`
	RegionName          string `json:"regionName"`
}

type backupOptions struct {
	ContinuousBackupEnabled bool `json:"serverlessContinuousBackupEnabled"`
}

// Relations of links, as Atlas names them.
const (
	relRestoreJobs = "https://cloud.mongodb.com/restoreJobs"
	relSnapshots   = "https://cloud.mongodb.com/snapshots"
	relSnapshot    = "https://cloud.mongodb.com/snapshot"
	relCluster     = "https://cloud.mongodb.com/cluster"
	relGroup       = "https://cloud.mongodb.com/group"
)

// shownInstance shows one in the shape of the API that was asked.
func (q *request) shownInstance(i *tidemark.Instance) any {
	if q.extension() {
		return q.ownInstance(i)
	}
	s := serverless{
		CreateDate:              date{i.CreatedAt},
		GroupID:                 i.ProjectID,
		ID:                      i.ID,
		Links:                   q.self("/groups/%s/serverless/%s", i.ProjectID, i.Name),
		MongoDBVersion:          i.MongoDBVersion,
		Name:                    i.Name,
		ProviderSettings:        provider(i),
		ServerlessBackupOptions: backupOptions{i.ContinuousBackup},
		StateName:               string(i.State),
		Tags:                    append([]tidemark.Tag{}, i.Tags...),
		TerminationProtection:   i.TerminationProtection,
	}
	if uri := bareURI(i.URI); uri != "" {
		s.ConnectionStrings = &connectionStrings{uri}
	}
	if !q.endpoint.list {
		s.Links = append(s.Links,
			link{q.href("/groups/%s/serverless/%s/backup/restoreJobs", i.ProjectID, i.Name), relRestoreJobs},
			link{q.href("/groups/%s/serverless/%s/backup/snapshots", i.ProjectID, i.Name), relSnapshots})
	}
	return s
}

// provider fills in what the document requires and a registered deployment
// does not have.
func provider(i *tidemark.Instance) providerSettings {
	p := providerSettings{BackingProviderName: i.BackingProvider, ProviderName: "SERVERLESS", RegionName: i.Region}
	if p.BackingProviderName == "" {
		p.BackingProviderName = "AWS"
	}
	if p.RegionName == "" {
		p.RegionName = "US_EAST_1"
	}
	return p
}

func (a *api) listInstances(q *request) (any, error) {
	items, total, err := a.service.ListInstances(q.ctx, q.caller, q.projectID(), q.kind(), q.page)
	return listed(q, items, total, err, q.shownInstance)
}

func (a *api) getInstance(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	return one(i, err, q.shownInstance)
}

func (a *api) createServerless(q *request) (any, error) {
	r, err := newServerless(q)
	if err != nil {
		return nil, err
	}
	i, err := a.service.CreateInstance(q.ctx, q.caller, q.projectID(), r)
	return one(i, err, q.shownInstance)
}

// serverlessReadOnly are the attributes that only answers have.
var serverlessReadOnly = strings.Fields("id groupId links createDate connectionStrings mongoDBVersion stateName")

func newServerless(q *request) (r tidemark.NewInstance, err error) {
	o, err := q.body()
	if err != nil {
		return r, err
	}
	o.readOnly(serverlessReadOnly...)
	r.Kind = tidemark.KindServerless
	r.Name = o.text("name", required, 64, instanceName)
	p := o.object("providerSettings", required)
	p.readOnly("effectiveDiskSizeGBLimit", "effectiveInstanceSizeName", "effectiveProviderName", "nextBackupDate", "tenantBackupEnabled")
	r.BackingProvider = p.enum("backingProviderName", required, "AWS", "AZURE", "GCP")
	p.enum("providerName", optional, "SERVERLESS")
	r.Region = p.text("regionName", required, 64, nil)
	_ = p.done() // its fault is o's, too
	r.ContinuousBackup = isTrue(readBackupOptions(o))
	r.TerminationProtection = isTrue(o.flag("terminationProtectionEnabled"))
	if tags := o.tags("tags"); tags != nil {
		r.Tags = *tags
	}
	return r, o.done()
}

func readBackupOptions(o *object) *bool {
	options := o.object("serverlessBackupOptions", optional)
	enabled := options.flag("serverlessContinuousBackupEnabled")
	_ = options.done() // its fault is o's, too
	return enabled
}

func (a *api) updateServerless(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly(append([]string{"name", "providerSettings"}, serverlessReadOnly...)...)
	r := tidemark.InstanceUpdate{
		Kind:                  tidemark.KindServerless,
		ContinuousBackup:      readBackupOptions(o),
		TerminationProtection: o.flag("terminationProtectionEnabled"),
		Tags:                  o.tags("tags"),
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	i, err := a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(i, err, q.shownInstance)
}

func (a *api) deleteInstance(q *request) (any, error) {
	return struct{}{}, a.service.DeleteInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
}
