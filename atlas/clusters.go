package atlas

import "tidemark"

func (a *api) listClusters(q *request) (any, error) {
	p := queryReader{values: q.query}
	deleted := p.flag("includeDeletedWithRetainedBackups", false)
	if p.err != nil {
		return nil, p.err
	}
	items, total, err := a.service.ListClusters(q.ctx, q.caller, q.projectID(), deleted, q.page)
	return listed(q, items, total, err, q.showCluster)
}

func (a *api) getCluster(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	return one(i, err, q.showCluster)
}

// createCluster makes an embedded server of it, whatever hardware is asked for.
func (a *api) createCluster(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	b := readCluster(q, o, nil)
	if err := o.done(); err != nil {
		return nil, err
	}
	off := false
	if b.spec.BackupEnabled == nil {
		b.spec.BackupEnabled = &off
	}
	first := b.spec.ReplicationSpecs[0].Regions[0]
	r := tidemark.NewInstance{
		Kind: tidemark.KindDedicated, Name: b.name, BackingProvider: first.Provider, Region: first.Region,
		TerminationProtection: isTrue(b.protection), ContinuousBackup: isTrue(b.pit), Cluster: &b.spec,
	}
	if b.tags != nil {
		r.Tags = *b.tags
	}
	i, err := a.service.CreateInstance(q.ctx, q.caller, q.projectID(), r)
	return one(i, err, q.showCluster)
}

func (a *api) updateCluster(q *request) (any, error) {
	_, r, err := q.clusterUpdate(func(o *object, name string) {
		if name != "" && name != q.instance() {
			o.invalid("name", "it cannot be changed")
		}
	})
	if err != nil {
		return nil, err
	}
	i, err := a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(i, err, q.showCluster)
}

// clusterUpdate reads a body that changes an instance, and checks its name. It
// is read again with the instance at hand, since what it leaves out may be that
// of the instance.
func (q *request) clusterUpdate(check func(o *object, name string)) (name string, r tidemark.InstanceUpdate, err error) {
	raw, err := q.rawBody()
	if err != nil {
		return "", r, err
	}
	read := func(now *tidemark.Instance) (b clusterBody, err error) {
		o, err := newObject("", raw, new(error))
		if err != nil {
			return b, err
		}
		b = readCluster(q, o, now)
		check(o, b.name)
		return b, o.done()
	}
	b, err := read(&tidemark.Instance{})
	r = b.update()
	r.ClusterOf = func(now *tidemark.Instance) (*tidemark.ClusterSpec, error) {
		b, err := read(now)
		return &b.spec, err
	}
	return b.name, r, err
}

// deleteCluster keeps the snapshots where the query says so: they are listed
// and restored under the cluster's name until they expire or are deleted.
func (a *api) deleteCluster(q *request) (any, error) {
	p := queryReader{values: q.query}
	retain := p.flag("retainBackups", false)
	if p.err != nil {
		return nil, p.err
	}
	return struct{}{}, a.service.DeleteCluster(q.ctx, q.caller, q.projectID(), q.instance(), retain)
}

// clusterStatus is ClusterStatus.
type clusterStatus struct {
	ChangeStatus string `json:"changeStatus"`
	Links        []link `json:"links"`
}

func (a *api) getClusterStatus(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	if err != nil {
		return nil, err
	}
	s := clusterStatus{ChangeStatus: "APPLIED", Links: q.self("/groups/%s/clusters/%s/status", i.ProjectID, i.Name)}
	if i.State != tidemark.StateIdle {
		s.ChangeStatus = "PENDING"
	}
	return s, nil
}

// upgradeFlexCluster makes a dedicated cluster of a Flex cluster and answers in
// the words of the latter, as Atlas does.
func (a *api) upgradeFlexCluster(q *request) (any, error) {
	i, err := a.upgrade(q)
	return one(i, err, showFlex)
}

// upgradeSharedCluster is the same in the words of the legacy clusters.
func (a *api) upgradeSharedCluster(q *request) (any, error) {
	i, err := a.upgrade(q)
	return one(i, err, q.showCluster)
}

func (a *api) upgrade(q *request) (*tidemark.Instance, error) {
	name, r, err := q.clusterUpdate(func(o *object, name string) {
		if name == "" {
			o.missing("name")
		}
	})
	if err != nil {
		return nil, err
	}
	return a.service.UpgradeCluster(q.ctx, q.caller, q.projectID(), name, r)
}

// orgGroup is OrgGroup, and cloudCluster CloudCluster.
type orgGroup struct {
	Clusters  []cloudCluster `json:"clusters"`
	GroupID   tidemark.ID    `json:"groupId"`
	GroupName string         `json:"groupName"`
	OrgID     tidemark.ID    `json:"orgId"`
	OrgName   string         `json:"orgName"`
	PlanType  string         `json:"planType"`
	Tags      []string       `json:"tags"`
}

type cloudCluster struct {
	AlertCount    int         `json:"alertCount"`
	AuthEnabled   bool        `json:"authEnabled"`
	Availability  string      `json:"availability"`
	BackupEnabled bool        `json:"backupEnabled"`
	ClusterID     tidemark.ID `json:"clusterId"`
	DataSizeBytes int64       `json:"dataSizeBytes"` // of the newest snapshot
	Name          string      `json:"name"`
	NodeCount     int         `json:"nodeCount"`
	SSLEnabled    bool        `json:"sslEnabled"`
	Type          string      `json:"type"`
	Versions      []string    `json:"versions"`
}

// listAllClusters lists the instances of any kind by project.
func (a *api) listAllClusters(q *request) (any, error) {
	items, total, err := a.service.ListAllInstances(q.ctx, q.caller, q.page)
	return listed(q, items, total, err, showProjectInstances)
}

func showProjectInstances(p *tidemark.ProjectInstances) any {
	g := orgGroup{
		Clusters: []cloudCluster{}, GroupID: p.Project.ID, GroupName: p.Project.Name,
		OrgID: p.Organization.ID, OrgName: p.Organization.Name, PlanType: "Atlas", Tags: []string{},
	}
	for _, i := range p.Instances {
		c := cloudCluster{
			AuthEnabled: true, Availability: "available", BackupEnabled: i.BackupEnabled(), ClusterID: i.ID,
			DataSizeBytes: p.DataBytes[i.ID], Name: i.Name, NodeCount: 1, SSLEnabled: !i.Embedded, Type: "REPLICA_SET", Versions: []string{},
		}
		if i.State != tidemark.StateIdle {
			c.Availability = "unavailable"
		}
		if i.MongoDBVersion != "" {
			c.Versions = append(c.Versions, i.MongoDBVersion)
		}
		g.Clusters = append(g.Clusters, c)
	}
	return g
}
