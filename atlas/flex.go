package atlas

import (
	"strings"

	"tidemark"
)

// flexCluster is FlexClusterDescription20241113. Real answers of the flex
// family have no links, but for those of lists.
type flexCluster struct {
	BackupSettings        flexBackupSettings     `json:"backupSettings"`
	ClusterType           string                 `json:"clusterType"`
	ConnectionStrings     *flexConnectionStrings `json:"connectionStrings,omitempty"`
	CreateDate            date                   `json:"createDate"`
	GroupID               tidemark.ID            `json:"groupId"`
	ID                    tidemark.ID            `json:"id"`
	MongoDBVersion        string                 `json:"mongoDBVersion,omitempty"`
	Name                  string                 `json:"name"`
	ProviderSettings      flexProviderSettings   `json:"providerSettings"`
	StateName             string                 `json:"stateName"`
	Tags                  []tidemark.Tag         `json:"tags"`
	TerminationProtection bool                   `json:"terminationProtectionEnabled"`
	VersionReleaseSystem  string                 `json:"versionReleaseSystem"`
}

type flexBackupSettings struct {
	Enabled bool `json:"enabled"`
}

// flexConnectionStrings are the same string twice where it is not that of an
// SRV record: clients read standardSrv, and a driver takes either.
type flexConnectionStrings struct {
	Standard    string `json:"standard,omitempty"`
	StandardSrv string `json:"standardSrv"`
}

type flexProviderSettings struct {
	BackingProviderName string  `json:"backingProviderName"`
	DiskSizeGB          float64 `json:"diskSizeGB"`
	ProviderName        string  `json:"providerName"`
	RegionName          string  `json:"regionName"`
}

// flexDiskSizeGB is what every Flex cluster of Atlas has. Nothing is limited
// by it here.
const flexDiskSizeGB = 5

func showFlex(i *tidemark.Instance) any {
	p := provider(i)
	f := flexCluster{
		BackupSettings:        flexBackupSettings{i.SnapshotInterval > 0 || i.Kind == tidemark.KindDedicated && i.BackupEnabled()},
		ClusterType:           "REPLICASET",
		CreateDate:            date{i.CreatedAt},
		GroupID:               i.ProjectID,
		ID:                    i.ID,
		MongoDBVersion:        i.MongoDBVersion,
		Name:                  i.Name,
		ProviderSettings:      flexProviderSettings{p.BackingProviderName, flexDiskSizeGB, "FLEX", p.RegionName},
		StateName:             string(i.State),
		Tags:                  append([]tidemark.Tag{}, i.Tags...),
		TerminationProtection: i.TerminationProtection,
		VersionReleaseSystem:  "LTS",
	}
	f.ConnectionStrings = connectionsOf(i)
	return f
}

// connectionsOf is nil while there is none.
func connectionsOf(i *tidemark.Instance) *flexConnectionStrings {
	uri := bareURI(i.URI)
	if uri == "" {
		return nil
	}
	s := &flexConnectionStrings{StandardSrv: uri}
	if strings.HasPrefix(uri, "mongodb://") {
		s.Standard = uri
	}
	return s
}

func (a *api) listFlexClusters(q *request) (any, error) {
	items, total, err := a.service.ListInstances(q.ctx, q.caller, q.projectID(), q.kind(), q.page)
	return listed(q, items, total, err, showFlex)
}

func (a *api) getFlexCluster(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	return one(i, err, showFlex)
}

func (a *api) createFlexCluster(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewInstance{Kind: tidemark.KindFlex, Name: o.text("name", required, 64, instanceName)}
	p := o.object("providerSettings", required)
	p.readOnly("diskSizeGB", "providerName")
	r.BackingProvider = p.enum("backingProviderName", required, "AWS", "AZURE", "GCP")
	r.Region = p.text("regionName", required, 64, nil)
	_ = p.done() // its fault is o's, too
	o.readOnly("links")
	r.TerminationProtection = isTrue(o.flag("terminationProtectionEnabled"))
	if tags := o.tags("tags"); tags != nil {
		r.Tags = *tags
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	i, err := a.service.CreateInstance(q.ctx, q.caller, q.projectID(), r)
	return one(i, err, showFlex)
}

func (a *api) updateFlexCluster(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("links")
	r := tidemark.InstanceUpdate{
		Kind:                  tidemark.KindFlex,
		TerminationProtection: o.flag("terminationProtectionEnabled"),
		Tags:                  o.tags("tags"),
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	i, err := a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(i, err, showFlex)
}
