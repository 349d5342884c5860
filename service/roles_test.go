package service_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tidemark"
)

// operation is one method of the service as one caller sees it.
type operation struct {
	name string // of the method; a word after a space tells cases apart
	// allowed lists the roles that may; ORG_OWNER always may.
	allowed []tidemark.RoleName
	// scope says what the caller needs a role in: "project" or "org".
	scope string
	do    func(b *bench, c tidemark.Caller) error
}

var (
	inProject = []tidemark.RoleName{
		tidemark.RoleProjectOwner, tidemark.RoleProjectReadOnly, tidemark.RoleBackupManager, tidemark.RoleClusterManager,
		tidemark.RoleDataAccessAdmin, tidemark.RoleDataAccessReader, tidemark.RoleDataAccessWriter, tidemark.RoleProjectChartsAdmin,
		tidemark.RoleSearchIndexEditor, tidemark.RoleStreamOwner, tidemark.RoleObserver, tidemark.RoleDatabaseUserAdmin,
	}
	inOrg = []tidemark.RoleName{
		tidemark.RoleOrgOwner, tidemark.RoleOrgReadOnly, tidemark.RoleOrgMember, tidemark.RoleOrgGroupCreator,
		tidemark.RoleOrgBillingAdmin, tidemark.RoleOrgBillingReader,
	}
	readers = append(slices.Clone(inProject), tidemark.RoleOrgReadOnly)
	// Who may see documents.
	dataReaders = []tidemark.RoleName{
		tidemark.RoleProjectOwner, tidemark.RoleDataAccessAdmin, tidemark.RoleDataAccessReader, tidemark.RoleDataAccessWriter,
	}
	owners = []tidemark.RoleName{tidemark.RoleProjectOwner}
	backup = []tidemark.RoleName{tidemark.RoleProjectOwner, tidemark.RoleBackupManager}
	// Every key is a member of its organization, so all may see that.
	anyone = append(slices.Clone(inProject), inOrg...)
	nobody []tidemark.RoleName
)

// The fixture: a serverless and a dedicated instance with a completed snapshot
// and a restore job each.
type fixture struct {
	serverless, dedicated *tidemark.Instance
	snapshots             map[tidemark.InstanceKind]*tidemark.Snapshot
	jobs                  map[tidemark.InstanceKind]*tidemark.RestoreJob
}

func newFixture(b *bench) *fixture {
	f := &fixture{
		serverless: b.instance("serverless", tidemark.KindServerless),
		dedicated:  b.instance("dedicated", tidemark.KindDedicated),
		snapshots:  map[tidemark.InstanceKind]*tidemark.Snapshot{},
		jobs:       map[tidemark.InstanceKind]*tidemark.RestoreJob{},
	}
	for _, i := range []*tidemark.Instance{f.serverless, f.dedicated} {
		s := b.snapshot(i, tidemark.SnapshotCompleted)
		j, err := b.restore(i, automated(s, i))
		b.ok(err)
		f.snapshots[i.Kind], f.jobs[i.Kind] = s, b.finish(j, tidemark.JobCompleted)
	}
	return f
}

func operations(f *fixture) []operation {
	fresh := 0
	name := func() string { fresh++; return fmt.Sprintf("fresh-%d", fresh) }
	on := true
	return slices.Concat(settingsOperations(), cloudBackupOperations(f), keyOperations(), []operation{
		{"ListOrganizations", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListOrganizations(b.Context(), c, "", all)
			return err
		}},
		{"GetOrganization", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetOrganization(b.Context(), c, b.cred.OrgID)
			return err
		}},
		{"ListProjects", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListProjects(b.Context(), c, all)
			return err
		}},
		{"ListOrganizationProjects", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListOrganizationProjects(b.Context(), c, b.cred.OrgID, "", all)
			return err
		}},
		{"GetProject", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetProject(b.Context(), c, b.cred.GroupID)
			return err
		}},
		{"GetProjectByName", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetProjectByName(b.Context(), c, "Project 0")
			return err
		}},
		{"CreateProject", []tidemark.RoleName{tidemark.RoleOrgGroupCreator}, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.CreateProject(b.Context(), c, tidemark.NewProject{OrgID: b.cred.OrgID, Name: name()})
			return err
		}},
		{"DeleteProject", owners, "project", func(b *bench, c tidemark.Caller) error {
			err := b.svc.DeleteProject(b.Context(), c, b.cred.GroupID)
			if tidemark.ErrorCode(err) == tidemark.CodeProjectNotEmpty {
				return nil // so the role was enough
			}
			return err
		}},
		{"ListInstances", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListInstances(b.Context(), c, b.cred.GroupID, "", all)
			return err
		}},
		{"GetInstance", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetInstance(b.Context(), c, b.cred.GroupID, "serverless", "")
			return err
		}},
		{"CreateInstance", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.CreateInstance(b.Context(), c, b.cred.GroupID, tidemark.NewInstance{Name: name()})
			return err
		}},
		{"UpdateInstance serverless", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.UpdateInstance(b.Context(), c, b.cred.GroupID, "serverless", tidemark.InstanceUpdate{ContinuousBackup: &on})
			return err
		}},
		{"UpdateInstance dedicated", []tidemark.RoleName{tidemark.RoleProjectOwner, tidemark.RoleClusterManager}, "project",
			func(b *bench, c tidemark.Caller) error {
				_, err := b.svc.UpdateInstance(b.Context(), c, b.cred.GroupID, "dedicated", tidemark.InstanceUpdate{ContinuousBackup: &on})
				return err
			}},
		{"DeleteInstance", owners, "project", func(b *bench, c tidemark.Caller) error {
			i := b.instance(name(), tidemark.KindFlex)
			return b.svc.DeleteInstance(b.Context(), c, b.cred.GroupID, i.Name, "")
		}},
		{"ListClusters", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListClusters(b.Context(), c, b.cred.GroupID, true, all)
			return err
		}},
		{"ListAllInstances", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListAllInstances(b.Context(), c, all)
			return err
		}},
		{"DeleteCluster", owners, "project", func(b *bench, c tidemark.Caller) error {
			i := b.instance(name(), tidemark.KindDedicated)
			return b.svc.DeleteCluster(b.Context(), c, b.cred.GroupID, i.Name, true)
		}},
		{"UpgradeCluster", []tidemark.RoleName{tidemark.RoleProjectOwner, tidemark.RoleClusterManager}, "project", func(b *bench, c tidemark.Caller) error {
			i := b.instance(name(), tidemark.KindFlex)
			_, err := b.svc.UpgradeCluster(b.Context(), c, b.cred.GroupID, i.Name, tidemark.InstanceUpdate{})
			return err
		}},
		{"ListSnapshots", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListSnapshots(b.Context(), c, b.cred.GroupID, "serverless", "", all)
			return err
		}},
		{"GetSnapshot", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetSnapshot(b.Context(), c, b.cred.GroupID, "serverless", "", f.snapshots[tidemark.KindServerless].ID)
			return err
		}},
		{"TakeSnapshot", backup, "project", func(b *bench, c tidemark.Caller) error {
			i := b.instance(name(), tidemark.KindFlex)
			_, err := b.svc.TakeSnapshot(b.Context(), c, b.cred.GroupID, i.Name, tidemark.NewSnapshot{})
			return err
		}},
		{"DeleteSnapshot", backup, "project", func(b *bench, c tidemark.Caller) error {
			s := b.snapshot(f.serverless, tidemark.SnapshotCompleted)
			return b.svc.DeleteSnapshot(b.Context(), c, b.cred.GroupID, "serverless", s.ID)
		}},
		{"CreateRestoreJob", owners, "project", func(b *bench, c tidemark.Caller) error {
			target := b.instance(name(), tidemark.KindServerless)
			_, err := b.svc.CreateRestoreJob(b.Context(), c, b.cred.GroupID, "serverless", "",
				automated(f.snapshots[tidemark.KindServerless], target))
			return err
		}},
		{"ListRestoreJobs serverless", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListRestoreJobs(b.Context(), c, b.cred.GroupID, "serverless", "", all)
			return err
		}},
		{"ListRestoreJobs dedicated", backup, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListRestoreJobs(b.Context(), c, b.cred.GroupID, "dedicated", "", all)
			return err
		}},
		{"GetRestoreJob serverless", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetRestoreJob(b.Context(), c, b.cred.GroupID, "serverless", "", f.jobs[tidemark.KindServerless].ID)
			return err
		}},
		{"GetRestoreJob dedicated", backup, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetRestoreJob(b.Context(), c, b.cred.GroupID, "dedicated", "", f.jobs[tidemark.KindDedicated].ID)
			return err
		}},
		{"PlanRestore", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.PlanRestore(b.Context(), c, b.cred.GroupID, "serverless", "", automated(f.snapshots[tidemark.KindServerless], f.serverless))
			return err
		}},
		{"UndoRestoreJob", owners, "project", func(b *bench, c tidemark.Caller) error {
			j := b.cutOver(f.serverless, f.snapshots[tidemark.KindServerless], f.serverless, func(*tidemark.RestoreJob) {})
			undo, err := b.svc.UndoRestoreJob(b.Context(), c, b.cred.GroupID, "serverless", "", j.ID)
			if err == nil {
				b.finish(undo, tidemark.JobCompleted)
			}
			return err
		}},
		{"CancelRestoreJob serverless", owners, "project", func(b *bench, c tidemark.Caller) error {
			j := b.download(f.serverless, f.snapshots[tidemark.KindServerless])
			_, err := b.svc.CancelRestoreJob(b.Context(), c, b.cred.GroupID, "serverless", "", j.ID)
			return err
		}},
		{"CancelRestoreJob dedicated", backup, "project", func(b *bench, c tidemark.Caller) error {
			j := b.download(f.dedicated, f.snapshots[tidemark.KindDedicated])
			_, err := b.svc.CancelRestoreJob(b.Context(), c, b.cred.GroupID, "dedicated", "", j.ID)
			return err
		}},
		{"History", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.History(b.Context(), c, b.cred.GroupID, "serverless", tidemark.HistoryQuery{})
			return err
		}},
		{"HistorySummary", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.HistorySummary(b.Context(), c, b.cred.GroupID, "serverless", tidemark.HistoryQuery{}, 1)
			return err
		}},
		{"Document", dataReaders, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.Document(b.Context(), c, b.cred.GroupID, "dedicated", tidemark.DocumentQuery{})
			return err
		}},
		{"DocumentVersions", dataReaders, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.DocumentVersions(b.Context(), c, b.cred.GroupID, "dedicated", tidemark.HistoryQuery{})
			return err
		}},
		{"ListKeys", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListKeys(b.Context(), c, b.inOrg(), "", all)
			return err
		}},
		{"GetKey", anyone, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.GetKey(b.Context(), c, b.inOrg(), tidemark.KeyRef{ID: b.owner.KeyID})
			return err
		}},
		{"CreateKey", nobody, "org", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.CreateKey(b.Context(), c, b.inOrg(), tidemark.NewKey{
				Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleOrgMember}},
			})
			return err
		}},
		{"DeleteKey", nobody, "org", func(b *bench, c tidemark.Caller) error {
			return b.svc.DeleteKey(b.Context(), c, b.inOrg(), tidemark.KeyRef{ID: b.key(tidemark.Role{Name: tidemark.RoleOrgMember}).KeyID})
		}},
	})
}

// TestRoles tries every method as every role.
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, role := range slices.Concat(inOrg, inProject) {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			f := newFixture(b)
			r := tidemark.Role{Name: role}
			if slices.Contains(inProject, role) {
				r.ProjectID = b.cred.GroupID
			}
			c := b.key(r)
			for _, op := range operations(f) {
				want := tidemark.CodeForbidden
				switch {
				case role == tidemark.RoleOrgOwner || slices.Contains(op.allowed, role):
					want = ""
				case op.scope == "project" && !slices.Contains(readers, role):
					want = tidemark.CodeNotInProject
				}
				if err := op.do(b, c); tidemark.ErrorCode(err) != want {
					t.Errorf("%s: got %v, want %q", op.name, err, want)
				}
			}
		})
	}
}

// TestOutsiders tries every method as a key of another organization and as
// the owner of another project.
func TestOutsiders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	f := newFixture(b)
	other := b.project("other")
	strangers := tidemark.Caller{PublicID: "stranger", OrgID: tidemark.NewID(), Roles: []tidemark.Role{
		{Name: tidemark.RoleOrgOwner, OrgID: tidemark.NewID()},
		{Name: tidemark.RoleProjectOwner, ProjectID: other.ID},
		// A role's scope must fit its name, or it means nothing.
		{Name: tidemark.RoleProjectOwner, OrgID: b.cred.OrgID},
		{Name: tidemark.RoleOrgOwner, OrgID: b.cred.OrgID, ProjectID: b.cred.GroupID},
		{Name: tidemark.RoleOrgOwner, OrgID: b.cred.OrgID, ProjectID: other.ID},
	}}
	for _, op := range operations(f) {
		if op.scope == "any" {
			continue
		}
		want := tidemark.CodeNotInProject
		if op.scope == "org" {
			want = tidemark.CodeNotInOrg
		}
		if op.name == "ListOrganizations" || op.name == "ListProjects" || op.name == "ListAllInstances" {
			want = "" // they list what the caller may see
		}
		if err := op.do(b, strangers); tidemark.ErrorCode(err) != want {
			t.Errorf("%s: got %v, want %q", op.name, err, want)
		}
	}
	orgs, n, err := b.svc.ListOrganizations(t.Context(), strangers, "", all)
	b.ok(err)
	projects, m, err := b.svc.ListProjects(t.Context(), strangers, all)
	b.ok(err)
	if len(orgs) != 0 || n != 0 || len(projects) != 1 || m != 1 || projects[0].ID != other.ID {
		t.Errorf("a stranger sees %d organizations and %d projects", n, m)
	}
}

// TestEveryMethodIsTried finds methods that the matrix has forgotten.
func TestEveryMethodIsTried(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, op := range operations(&fixture{}) {
		method, _, _ := strings.Cut(op.name, " ")
		tried[method] = true
	}
	service := reflect.TypeFor[tidemark.Service]()
	for n := range service.NumMethod() {
		m := service.Method(n)
		if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[tidemark.Caller]() && !tried[m.Name] {
			t.Errorf("no operation tries %s", m.Name)
		}
	}
}

// TestUnknownProject is not found, whoever asks.
func TestUnknownProject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []tidemark.Caller{b.owner, {}} {
		_, err := b.svc.GetProject(t.Context(), c, tidemark.NewID())
		b.code(err, tidemark.CodeProjectNotFound)
		_, err = b.svc.GetProjectByName(t.Context(), c, "no such project")
		b.code(err, tidemark.CodeProjectNotFound)
		_, _, err = b.svc.ListInstances(context.Background(), c, tidemark.NewID(), "", all)
		b.code(err, tidemark.CodeProjectNotFound)
		_, err = b.svc.GetOrganization(t.Context(), c, tidemark.NewID())
		b.code(err, tidemark.CodeOrgNotFound)
	}
}
