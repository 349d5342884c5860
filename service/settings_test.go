package service_test

import (
	"fmt"
	"slices"
	"testing"

	"tidemark"
)

func TestProjectUpdates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.project("other")
	for _, c := range []struct {
		name string
		code tidemark.Code
	}{{"other", tidemark.CodeDuplicateProject}, {"", tidemark.CodeMissingAttribute}, {"a/b", tidemark.CodeInvalidAttribute}, {"new", ""}} {
		p, err := b.svc.UpdateProject(t.Context(), b.owner, b.cred.GroupID, tidemark.ProjectUpdate{Name: &c.name})
		b.code(err, c.code)
		if err == nil && p.Name != "new" {
			t.Errorf("the project is %+v", p)
		}
	}
	twice := []tidemark.Tag{{Key: "a", Value: "b"}, {Key: "a", Value: "c"}}
	_, err := b.svc.UpdateProject(t.Context(), b.owner, b.cred.GroupID, tidemark.ProjectUpdate{Tags: &twice})
	b.code(err, tidemark.CodeInvalidAttribute)
	list, n, err := b.svc.ListOrganizationProjects(t.Context(), b.owner, b.cred.OrgID, "OTH", all)
	b.ok(err)
	if n != 1 || len(list) != 1 || list[0].Name != "other" {
		t.Errorf("by name there are %d", n)
	}
}

// TestCreatorOwnsProject: who may make projects and owns nothing else owns what
// it has made.
func TestCreatorOwnsProject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	k, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), tidemark.NewKey{
		Kind: tidemark.KeyAPI, Description: "creator", Roles: []tidemark.Role{{Name: tidemark.RoleOrgGroupCreator}},
	})
	b.ok(err)
	creator, _, err := b.svc.APIKey(t.Context(), k.PublicID)
	b.ok(err)
	p, err := b.svc.CreateProject(t.Context(), creator, tidemark.NewProject{OrgID: b.cred.OrgID, Name: "mine"})
	b.ok(err)
	creator, _, err = b.svc.APIKey(t.Context(), k.PublicID)
	b.ok(err)
	_, err = b.svc.CreateInstance(t.Context(), creator, p.ID, tidemark.NewInstance{Name: "shop"})
	b.ok(err)
	_, err = b.svc.GetProject(t.Context(), creator, b.cred.GroupID)
	b.code(err, tidemark.CodeNotInProject)
	before := b.owner.Roles
	_, err = b.svc.CreateProject(t.Context(), b.owner, tidemark.NewProject{OrgID: b.cred.OrgID, Name: "ours"})
	b.ok(err)
	if owner, _, err := b.svc.APIKey(t.Context(), b.owner.PublicID); err != nil || !slices.Equal(owner.Roles, before) {
		t.Errorf("an owner of the organization has now %v, %v", owner.Roles, err)
	}
}

func TestProjectLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	list, err := b.svc.ListProjectLimits(ctx, b.owner, b.cred.GroupID)
	b.ok(err)
	if !slices.IsSortedFunc(list, func(a, b *tidemark.ProjectLimit) int { return cmpNames(a.Name, b.Name) }) {
		t.Error("the limits are not in order")
	}
	for _, l := range list {
		if l.Value != l.Default || l.Default > l.Maximum || l.Usage != 0 {
			t.Errorf("the limit is %+v", l)
		}
	}
	b.instance("one", tidemark.KindServerless)
	l, err := b.svc.SetProjectLimit(ctx, b.owner, b.cred.GroupID, tidemark.LimitClusters, 1)
	b.ok(err)
	if l.Value != 1 || l.Usage != 1 {
		t.Errorf("the limit is %+v", l)
	}
	_, err = b.svc.CreateInstance(ctx, b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "two"})
	b.code(err, tidemark.CodeTooManyInstances)
	// Settings and limits are kept side by side.
	_, err = b.svc.UpdateProjectSettings(ctx, b.owner, b.cred.GroupID, func(s *tidemark.ProjectSettings) { s.Limits, s.ManagedSlowMs = nil, false })
	b.ok(err)
	_, err = b.svc.CreateInstance(ctx, b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "two"})
	b.code(err, tidemark.CodeTooManyInstances)
	b.ok(b.svc.ResetProjectLimit(ctx, b.owner, b.cred.GroupID, tidemark.LimitClusters))
	b.instance("two", tidemark.KindServerless)
	for _, c := range []struct {
		name  tidemark.LimitName
		value int64
		code  tidemark.Code
	}{
		{"nothing", 1, tidemark.CodeInvalidEnum}, {"dataFederation.bytesProcessed.daily", 1, tidemark.CodeUnsupported},
		{"dataFederation.bytesProcessed.yearly", 1, tidemark.CodeInvalidEnum},
		{tidemark.LimitClusters, 0, tidemark.CodeInvalidAttribute}, {tidemark.LimitClusters, 1 << 40, tidemark.CodeInvalidAttribute},
	} {
		_, err := b.svc.SetProjectLimit(ctx, b.owner, b.cred.GroupID, c.name, c.value)
		b.code(err, c.code)
	}
}

func cmpNames(a, b tidemark.LimitName) int {
	if a < b {
		return -1
	}
	return 1
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.code(b.svc.DeleteOrganization(ctx, b.owner, b.cred.OrgID), tidemark.CodeOrgNotEmpty)
	b.ok(b.svc.DeleteProject(ctx, b.owner, b.cred.GroupID))
	b.code(b.svc.DeleteOrganization(ctx, b.owner, b.cred.OrgID), tidemark.CodeLastOrg)
	o, k, err := b.svc.CreateOrganization(ctx, b.owner, tidemark.NewOrganization{
		Name: "second", SkipDefaultAlerts: true,
		Key: &tidemark.NewKey{Kind: tidemark.KeyAPI, Description: "first", Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner}}},
	})
	b.ok(err)
	creator, _, err := b.svc.APIKey(ctx, b.owner.PublicID)
	b.ok(err)
	second, secret, err := b.svc.APIKey(ctx, k.PublicID)
	b.ok(err)
	if secret != k.Secret || k.OrgID != o.ID {
		t.Errorf("the key is %+v", k)
	}
	for _, c := range []tidemark.Caller{creator, second} {
		got, err := b.svc.GetOrganization(ctx, c, o.ID)
		b.ok(err)
		if got.Name != "second" || !got.SkipDefaultAlerts {
			t.Errorf("the organization is %+v", got)
		}
	}
	name, off := "renamed", false
	o, err = b.svc.UpdateOrganization(ctx, second, o.ID, tidemark.OrganizationUpdate{Name: &name, SkipDefaultAlerts: &off})
	b.ok(err)
	if o.Name != name || o.SkipDefaultAlerts {
		t.Errorf("the organization is %+v", o)
	}
	list, n, err := b.svc.ListOrganizations(ctx, creator, "REN", all)
	b.ok(err)
	if n != 1 || list[0].ID != o.ID {
		t.Errorf("by name there are %d organizations", n)
	}
	// Its keys go with it.
	b.ok(b.svc.DeleteOrganization(ctx, creator, o.ID))
	_, _, err = b.svc.APIKey(ctx, k.PublicID)
	b.code(err, tidemark.CodeUnauthenticated)
	_, err = b.svc.GetOrganization(ctx, creator, o.ID)
	b.code(err, tidemark.CodeOrgNotFound)
	_, _, err = b.svc.CreateOrganization(ctx, b.owner, tidemark.NewOrganization{Name: ""})
	b.code(err, tidemark.CodeMissingAttribute)
}

func TestOrganizationSettings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	before := len(b.log(""))
	set, err := b.svc.UpdateOrganizationSettings(ctx, b.owner, b.cred.OrgID, func(s *tidemark.OrganizationSettings) {
		*s = tidemark.OrganizationSettings{
			MaxSecretHours: 8, MFARequired: true, RestrictEmployeeAccess: true, SecurityContact: "a@b.example",
		}
	})
	b.ok(err)
	got, err := b.svc.GetOrganizationSettings(ctx, b.owner, b.cred.OrgID)
	b.ok(err)
	if *got != *set || got.MaxSecretHours != 8 {
		t.Errorf("the settings are %+v", got)
	}
	if types, want := typesOf(b.log("")[before:]), []tidemark.EventType{
		tidemark.EventOrgMFARequired, tidemark.EventOrgEmployeesRestricted,
		tidemark.EventOrgSecurityContact, tidemark.EventOrgSecretValidityEdited, tidemark.EventOrgSettingsUpdated,
	}; !slices.Equal(types, want) {
		t.Errorf("the log has %q", types)
	}
	for _, bad := range []func(*tidemark.OrganizationSettings){
		func(s *tidemark.OrganizationSettings) { s.MaxSecretHours = 7 },
		func(s *tidemark.OrganizationSettings) { s.MaxSecretHours = 8761 },
		func(s *tidemark.OrganizationSettings) { s.SecurityContact = "nobody" },
		func(s *tidemark.OrganizationSettings) { s.SecurityContact = "A <a@b.example>" },
	} {
		_, err := b.svc.UpdateOrganizationSettings(ctx, b.owner, b.cred.OrgID, bad)
		b.code(err, tidemark.CodeInvalidAttribute)
	}
}

// TestProcesses reads hosts out of connection strings, and no password.
func TestProcesses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for n, c := range []struct{ uri, hosts string }{
		{"mongodb://127.0.0.1:27018/?directConnection=true", "[127.0.0.1:27018 alone]"},
		{"mongodb://u:p%40ss@a.example,b.example:27019/db?replicaSet=rs0", "[a.example:27017 rs0 b.example:27019 rs0]"},
		{"mongodb+srv://u:pass@c.example/", "[c.example:27017]"},
		{"mongodb://[::1]:27020,[::2]/", "[::1:27020 ::2:27017]"},
		{"mongodb://%2Ftmp%2Fmongodb.sock/", "[]"},
	} {
		p := b.project(fmt.Sprint("p", n))
		_, err := b.svc.CreateInstance(t.Context(), b.owner, p.ID, tidemark.NewInstance{Name: "shop", URI: c.uri})
		b.ok(err)
		list, total, err := b.svc.ListProcesses(t.Context(), b.owner, p.ID, all)
		b.ok(err)
		words := []string{}
		for _, process := range list {
			word := fmt.Sprint(process.Host, ":", process.Port)
			if process.ReplicaSet != "" {
				word += " " + process.ReplicaSet
			}
			if process.Alone {
				word += " alone"
			}
			words = append(words, word)
			if process.Instance.URI == c.uri && process.Instance.URI != redact(c.uri) {
				t.Errorf("%s is shown", c.uri)
			}
		}
		if got := fmt.Sprint(words); got != c.hosts || total != len(list) {
			t.Errorf("%s has the hosts %s, not %s", c.uri, got, c.hosts)
		}
	}
	p := b.project("last")
	b.instanceIn(p.ID, "new", tidemark.KindServerless)
	_, err := b.svc.GetProcess(t.Context(), b.owner, p.ID, "nobody:27017")
	b.code(err, tidemark.CodeProcessNotFound)
}
