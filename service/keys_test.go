package service_test

import (
	"slices"
	"testing"
	"time"

	"tidemark"
)

// account makes a service account with those roles and returns a reference to
// it and its secret.
func (b *bench) account(roles ...tidemark.Role) (tidemark.KeyRef, tidemark.ClientSecret) {
	b.Helper()
	k, err := b.svc.CreateKey(b.Context(), b.owner, b.inOrg(), tidemark.NewKey{Kind: tidemark.KeyServiceAccount, Name: "ci", Roles: roles})
	b.ok(err)
	if k.Name != "ci" {
		b.Errorf("the account is called %q", k.Name)
	}
	return tidemark.KeyRef{ClientID: k.PublicID}, k.Secrets[0]
}

// TestSecretsOverlap: a second secret works beside the first until the first is
// deleted, and each ends at its own time.
func TestSecretsOverlap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ref, old := b.account(tidemark.Role{Name: tidemark.RoleOrgMember})
	works := func(secret string, want tidemark.Code) {
		t.Helper()
		_, err := b.svc.IssueToken(t.Context(), ref.ClientID, secret)
		b.code(err, want)
	}
	_, err := b.svc.CreateClientSecret(t.Context(), b.owner, b.inOrg(), ref, 8761*time.Hour)
	b.code(err, tidemark.CodeInvalidAttribute)
	next, err := b.svc.CreateClientSecret(t.Context(), b.owner, b.inOrg(), ref, 8*time.Hour)
	b.ok(err)
	matches(t, `^mdb_sa_sk_[0-9a-f]{64}$`, next.Secret)
	b.advance(time.Minute)
	works(old.Secret, "")
	works(next.Secret, "")
	b.ok(b.svc.Maintain(t.Context()))
	k, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), ref)
	b.ok(err)
	for _, s := range k.Secrets {
		if s.Secret != "" || !s.LastUsedAt.Equal(b.clock()) {
			t.Errorf("the secret is %+v", s)
		}
	}
	b.advance(8 * time.Hour)
	works(next.Secret, tidemark.CodeUnauthenticated)
	works(old.Secret, "")
	b.ok(b.svc.DeleteClientSecret(t.Context(), b.owner, b.inOrg(), ref, old.ID))
	works(old.Secret, tidemark.CodeUnauthenticated)
	b.code(b.svc.DeleteClientSecret(t.Context(), b.owner, b.inOrg(), ref, old.ID), tidemark.CodeSecretNotFound)
	for range 9 {
		_, err = b.svc.CreateClientSecret(t.Context(), b.owner, b.inOrg(), ref, 8*time.Hour)
		b.ok(err)
	}
	_, err = b.svc.CreateClientSecret(t.Context(), b.owner, b.inOrg(), ref, 8*time.Hour)
	b.code(err, tidemark.CodeTooManySecrets)
}

// TestProjectOwnerGainsNothing: an owner of a project has keys of the whole
// organization in its project, and still gets none of their power.
func TestProjectOwnerGainsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.key(tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: b.cred.GroupID})
	other := b.project("other")
	ref, secret := b.account(tidemark.Role{Name: tidemark.RoleOrgOwner})
	in, words := b.inProject(), "words"
	_, err := b.svc.GetKey(t.Context(), c, in, ref)
	b.code(err, tidemark.CodeServiceAccountNotFound)
	_, err = b.svc.AssignKey(t.Context(), c, b.cred.GroupID, ref, []tidemark.RoleName{tidemark.RoleProjectReadOnly})
	b.ok(err)
	_, err = b.svc.GetKey(t.Context(), c, in, ref)
	b.ok(err)

	_, err = b.svc.CreateClientSecret(t.Context(), c, in, ref, 8*time.Hour)
	b.code(err, tidemark.CodeForbidden)
	b.code(b.svc.DeleteClientSecret(t.Context(), c, in, ref, secret.ID), tidemark.CodeForbidden)
	b.code(b.svc.AddAccess(t.Context(), c, in, ref, nil), tidemark.CodeForbidden)
	b.code(b.svc.DeleteAccess(t.Context(), c, in, ref, office), tidemark.CodeForbidden)
	_, err = b.svc.UpdateKey(t.Context(), c, in, ref, tidemark.KeyUpdate{Description: &words})
	b.code(err, tidemark.CodeForbidden)
	for _, r := range []tidemark.Role{
		{Name: tidemark.RoleOrgOwner}, {Name: tidemark.RoleOrgReadOnly}, {Name: tidemark.RoleProjectReadOnly, ProjectID: other.ID},
	} {
		_, err = b.svc.CreateKey(t.Context(), c, in, tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{r}})
		b.code(err, tidemark.CodeForbidden)
	}
	// What stays within the project it may.
	k, err := b.svc.UpdateKey(t.Context(), c, in, ref, tidemark.KeyUpdate{Roles: &[]tidemark.RoleName{tidemark.RoleBackupManager}})
	b.ok(err)
	want := []tidemark.Role{{Name: tidemark.RoleOrgOwner, OrgID: b.cred.OrgID}, {Name: tidemark.RoleBackupManager, ProjectID: b.cred.GroupID}}
	if !slices.Equal(k.Roles, want) {
		t.Errorf("the roles are %v", k.Roles)
	}
	b.ok(b.svc.DeleteKey(t.Context(), c, in, ref))
	k, err = b.svc.GetKey(t.Context(), b.owner, b.inOrg(), ref)
	b.ok(err)
	if !slices.Equal(k.Roles, want[:1]) {
		t.Errorf("out of the project the roles are %v", k.Roles)
	}
}

func TestRolesAreOfTheirScope(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ref, _ := b.account(tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: b.cred.GroupID})
	for _, c := range []struct {
		in   tidemark.KeyScope
		role tidemark.RoleName
		want tidemark.Code
	}{
		{b.inOrg(), tidemark.RoleProjectOwner, tidemark.CodeInvalidOrgRole},
		{b.inOrg(), "KING", tidemark.CodeInvalidEnum},
		{b.inProject(), tidemark.RoleOrgOwner, tidemark.CodeInvalidProjectRole},
		{b.inProject(), "KING", tidemark.CodeInvalidEnum},
		{b.inOrg(), tidemark.RoleOrgReadOnly, ""},
		{b.inProject(), tidemark.RoleBackupManager, ""},
	} {
		_, err := b.svc.UpdateKey(t.Context(), b.owner, c.in, ref, tidemark.KeyUpdate{Roles: &[]tidemark.RoleName{c.role, c.role}})
		b.code(err, c.want)
		_, err = b.svc.UpdateKey(t.Context(), b.owner, c.in, ref, tidemark.KeyUpdate{Roles: &[]tidemark.RoleName{}})
		b.code(err, tidemark.CodeMissingAttribute)
	}
	k, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), ref)
	b.ok(err)
	want := []tidemark.Role{{Name: tidemark.RoleOrgReadOnly, OrgID: b.cred.OrgID}, {Name: tidemark.RoleBackupManager, ProjectID: b.cred.GroupID}}
	if !slices.Equal(k.Roles, want) {
		t.Errorf("the roles are %v", k.Roles)
	}
	projects, n, err := b.svc.ListKeyProjects(t.Context(), b.owner, b.cred.OrgID, ref, all)
	b.ok(err)
	if n != 1 || projects[0].ID != b.cred.GroupID {
		t.Errorf("%d projects: %v", n, projects)
	}
	// A project that is deleted takes the roles in it along.
	b.ok(b.svc.DeleteProject(t.Context(), b.owner, b.cred.GroupID))
	_, n, err = b.svc.ListKeyProjects(t.Context(), b.owner, b.cred.OrgID, ref, all)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d projects are left", n)
	}
}

// TestLastOwnerCannotStepDown by any way there is.
func TestLastOwnerCannotStepDown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reader := []tidemark.RoleName{tidemark.RoleOrgReadOnly}
	account := tidemark.KeyRef{ClientID: b.cred.ClientID}
	k, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), account)
	b.ok(err)
	_, err = b.svc.UpdateKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ID: b.owner.KeyID}, tidemark.KeyUpdate{Roles: &reader})
	b.ok(err)
	asAccount := tidemark.Caller{KeyID: k.ID, OrgID: k.OrgID, Roles: k.Roles}
	_, err = b.svc.UpdateKey(t.Context(), asAccount, b.inOrg(), account, tidemark.KeyUpdate{Roles: &reader})
	b.code(err, tidemark.CodeLastOwner)
	b.code(b.svc.DeleteClientSecret(t.Context(), asAccount, b.inOrg(), account, k.Secrets[0].ID), tidemark.CodeLastOwner)
	b.token() // it still works
}
