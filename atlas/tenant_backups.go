package atlas

import "tidemark"

// The backups of shared tiers are those of Flex clusters in other words:
// clusterName for instanceName, and links.

func (q *request) showTenantSnapshot(s *tidemark.Snapshot) any {
	out := newFlexSnapshot(s)
	out.Links = q.self("/groups/%s/clusters/%s/backup/tenant/snapshots/%s", s.ProjectID, s.InstanceName, s.ID)
	return out
}

func (a *api) showTenantRestore(q *request) func(*tidemark.RestoreJob) any {
	return func(j *tidemark.RestoreJob) any {
		out := q.newFlexRestoreJob(a, j)
		out.ClusterName, out.InstanceName = j.InstanceName, ""
		out.Links = q.self("/groups/%s/clusters/%s/backup/tenant/restores/%s", j.ProjectID, j.InstanceName, j.ID)
		return out
	}
}

// tenantError names what is not there as Atlas does for shared tiers.
func tenantError(err error) error {
	err = recode(err, tidemark.CodeSnapshotNotFound, codeTenantSnapshotNotFound)
	return recode(err, tidemark.CodeJobNotFound, codeTenantRestoreNotFound)
}

func (a *api) listTenantSnapshots(q *request) (any, error) {
	page := q.page
	page.Reversed = true
	items, total, err := a.service.ListSnapshots(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), page)
	return listed(q, items, total, err, q.showTenantSnapshot)
}

func (a *api) getTenantSnapshot(q *request) (any, error) {
	s, err := a.service.GetSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("snapshotId"))
	return one(s, tenantError(err), q.showTenantSnapshot)
}

func (a *api) listTenantRestores(q *request) (any, error) {
	items, total, err := a.service.ListRestoreJobs(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.page)
	return listed(q, items, total, err, a.showTenantRestore(q))
}

func (a *api) getTenantRestore(q *request) (any, error) {
	j, err := a.service.GetRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreId"))
	return one(j, tenantError(err), a.showTenantRestore(q))
}

// createTenantRestore restores into the project of the cluster unless the body
// names another.
func (a *api) createTenantRestore(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly(append([]string{"clusterName"}, flexJobReadOnly...)...)
	r := readFlexTarget(o, optional)
	if r.TargetProjectID == "" {
		r.TargetProjectID = q.projectID()
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	j, err := a.service.CreateRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	return one(j, tenantError(err), a.showTenantRestore(q))
}

// downloadTenantSnapshot has no target; the document requires one all the
// same, so clients send an empty one.
func (a *api) downloadTenantSnapshot(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	o.readOnly(append([]string{"clusterName"}, flexJobReadOnly...)...)
	o.ignored("targetDeploymentItemName", "targetProjectId")
	r := tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: o.identifier("snapshotId", required, false)}
	if err := o.done(); err != nil {
		return nil, err
	}
	j, err := a.service.CreateRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	err = recode(err, tidemark.CodeSnapshotIncomplete, codeDownloadIncomplete)
	return one(j, tenantError(err), a.showTenantRestore(q))
}
