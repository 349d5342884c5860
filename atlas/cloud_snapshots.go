package atlas

import "tidemark"

// cloudSnapshot is DiskBackupReplicaSet. Every instance is shown as a replica
// set, and there are no copies in other regions.
type cloudSnapshot struct {
	CloudProvider    string        `json:"cloudProvider"`
	CopyRegions      []string      `json:"copyRegions"`
	CreatedAt        date          `json:"createdAt"`
	Description      string        `json:"description"`
	ExpiresAt        *date         `json:"expiresAt,omitempty"`
	FrequencyType    string        `json:"frequencyType"`
	ID               tidemark.ID   `json:"id"`
	Links            []link        `json:"links"`
	MongodVersion    string        `json:"mongodVersion,omitempty"`
	PolicyItems      []tidemark.ID `json:"policyItems"`
	ReplicaSetName   string        `json:"replicaSetName"`
	SnapshotType     string        `json:"snapshotType"`
	Status           string        `json:"status"`
	StorageSizeBytes int64         `json:"storageSizeBytes"`
	Type             string        `json:"type"`
}

// showCloudSnapshot returns what shows the snapshots of an instance.
func (q *request) showCloudSnapshot(i *tidemark.Instance) func(*tidemark.Snapshot) any {
	return func(s *tidemark.Snapshot) any {
		out := cloudSnapshot{
			CloudProvider:    provider(i).BackingProviderName,
			CopyRegions:      []string{},
			CreatedAt:        date{s.CreatedAt},
			Description:      s.Description,
			ExpiresAt:        dateOf(s.ExpiresAt),
			FrequencyType:    string(s.Frequency),
			ID:               s.ID,
			Links:            q.self(q.family()+"/snapshots/%s", s.ProjectID, s.InstanceName, s.ID),
			MongodVersion:    s.MongoDBVersion,
			PolicyItems:      append([]tidemark.ID{}, s.PolicyItems...),
			ReplicaSetName:   s.InstanceName,
			SnapshotType:     string(s.Type),
			Status:           string(s.Status),
			StorageSizeBytes: s.StorageBytes,
			Type:             "replicaSet",
		}
		if !q.endpoint.list {
			out.Links = append(out.Links, q.clusterLinks(s.ProjectID, s.InstanceName)...)
		}
		return out
	}
}

// dedicated is the instance that the path names. A dedicated one stays that, so
// it need not be looked up with what follows in one transaction. One that was
// deleted is found, too, if its snapshots were kept.
func (a *api) dedicated(q *request) (*tidemark.Instance, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), "")
	if err == nil && i.Kind != tidemark.KindDedicated {
		return nil, tidemark.Errorf(tidemark.CodeWrongInstanceKind, "%s is a %s instance, not a dedicated one", i.Name, i.Kind).
			WithParams(i.Name, string(i.Kind), string(tidemark.KindDedicated))
	}
	return i, err
}

// otherKind is the error of a path whose instance is not dedicated. What else is
// wrong is left to the operation, which looks at the caller's role first.
func (a *api) otherKind(q *request) error {
	if _, err := a.dedicated(q); tidemark.ErrorCode(err) == tidemark.CodeWrongInstanceKind {
		return err
	}
	return nil
}

// changed shows a snapshot that was made or changed.
func (a *api) changed(q *request, s *tidemark.Snapshot, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	i, err := a.dedicated(q)
	if err != nil {
		return nil, err
	}
	return q.showCloudSnapshot(i)(s), nil
}

func (a *api) listCloudSnapshots(q *request) (any, error) {
	i, err := a.dedicated(q)
	if err != nil {
		return nil, err
	}
	items, total, err := a.service.ListSnapshots(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.page)
	return listed(q, items, total, err, q.showCloudSnapshot(i))
}

func (a *api) getCloudSnapshot(q *request) (any, error) {
	i, err := a.dedicated(q)
	if err != nil {
		return nil, err
	}
	s, err := a.service.GetSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("snapshotId"))
	return one(s, err, q.showCloudSnapshot(i))
}

// takeCloudSnapshot takes one on demand.
func (a *api) takeCloudSnapshot(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("links")
	r, err := newSnapshot(o)
	if err != nil {
		return nil, err
	}
	if err := a.otherKind(q); err != nil {
		return nil, err
	}
	s, err := a.service.TakeSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return a.changed(q, s, err)
}

// updateSnapshotRetention moves the end of a snapshot.
func (a *api) updateSnapshotRetention(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly("links")
	units := map[string]tidemark.RetentionUnit{
		"DAYS": tidemark.RetainDays, "WEEKS": tidemark.RetainWeeks, "MONTHS": tidemark.RetainMonths, "YEARS": tidemark.RetainYears,
	}
	r := tidemark.Retention{
		Unit:  units[o.enum("retentionUnit", required, "DAYS", "WEEKS", "MONTHS", "YEARS")],
		Value: int(o.integer("retentionValue", required, 1)),
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := a.service.UpdateSnapshotRetention(q.ctx, q.caller, q.projectID(), q.instance(), q.id("snapshotId"), r)
	return a.changed(q, s, recode(err, tidemark.CodeSnapshotIncomplete, codeRetentionInProgress))
}

func (a *api) deleteCloudSnapshot(q *request) (any, error) {
	if err := a.otherKind(q); err != nil {
		return nil, err
	}
	return a.deleteSnapshot(q)
}

// listShardedSnapshots is empty: no instance is a sharded cluster.
func (a *api) listShardedSnapshots(q *request) (any, error) {
	_, err := a.dedicated(q)
	return listed(q, nil, 0, err, q.showCloudSnapshot(nil))
}

// noShardedSnapshot is all that can be asked about one. Terraform asks for
// every snapshot here, too, and goes on without.
func (a *api) noShardedSnapshot(q *request) (any, error) {
	if _, err := a.dedicated(q); err != nil {
		return nil, err
	}
	id := q.id("snapshotId")
	return nil, tidemark.Errorf(tidemark.CodeSnapshotNotFound, "no snapshot %s of a sharded cluster", id).WithParams(id, q.instance())
}

func (a *api) cancelCloudRestoreJob(q *request) (any, error) {
	_, err := a.service.CancelRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
	return nil, err
}
