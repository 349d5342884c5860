package service_test

import (
	"net/netip"
	"time"

	"tidemark"
)

// inProjectOwn is an account with a role in the project only.
func inProjectOwn(b *bench) tidemark.KeyRef {
	k, err := b.svc.CreateKey(b.Context(), b.owner, b.inOrg(), tidemark.NewKey{
		Kind: tidemark.KeyServiceAccount, Roles: []tidemark.Role{{Name: tidemark.RoleProjectReadOnly, ProjectID: b.cred.GroupID}},
	})
	b.ok(err)
	return tidemark.KeyRef{ClientID: k.PublicID}
}

var office = netip.MustParsePrefix("192.0.2.0/24")

// keyOperations are those of KeyService beyond the first, and of NetworkService.
func keyOperations() []operation {
	readRole := []tidemark.RoleName{tidemark.RoleProjectReadOnly}
	inProject := func(name string, allowed []tidemark.RoleName, do func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error) operation {
		return operation{name + " project", allowed, "project", func(b *bench, c tidemark.Caller) error { return do(b, c, inProjectOwn(b)) }}
	}
	inOrg := func(name string, allowed []tidemark.RoleName, do func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error) operation {
		return operation{name, allowed, "org", func(b *bench, c tidemark.Caller) error { return do(b, c, inProjectOwn(b)) }}
	}
	words := "other words"
	return []operation{
		{"ListKeys project", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListKeys(b.Context(), c, b.inProject(), tidemark.KeyAPI, all)
			return err
		}},
		{"ListKeys accounts", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListKeys(b.Context(), c, b.inProject(), tidemark.KeyServiceAccount, all)
			return err
		}},
		{"CreateKey project", owners, "project", func(b *bench, c tidemark.Caller) error {
			_, err := b.svc.CreateKey(b.Context(), c, b.inProject(), tidemark.NewKey{
				Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleProjectOwner, ProjectID: b.cred.GroupID}},
			})
			return err
		}},
		inProject("GetKey", readers, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, err := b.svc.GetKey(b.Context(), c, b.inProject(), ref)
			return err
		}),
		inProject("UpdateKey", owners, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, err := b.svc.UpdateKey(b.Context(), c, b.inProject(), ref, tidemark.KeyUpdate{Description: &words, Roles: &readRole})
			return err
		}),
		inOrg("UpdateKey", nobody, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, err := b.svc.UpdateKey(b.Context(), c, b.inOrg(), ref, tidemark.KeyUpdate{Description: &words})
			return err
		}),
		inProject("DeleteKey", owners, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			return b.svc.DeleteKey(b.Context(), c, b.inProject(), ref)
		}),
		inProject("AssignKey", owners, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, err := b.svc.AssignKey(b.Context(), c, b.cred.GroupID, ref, []tidemark.RoleName{tidemark.RoleProjectOwner})
			return err
		}),
		inOrg("ListKeyProjects", anyone, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, _, err := b.svc.ListKeyProjects(b.Context(), c, b.cred.OrgID, ref, all)
			return err
		}),
		inProject("CreateClientSecret", owners, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, err := b.svc.CreateClientSecret(b.Context(), c, b.inProject(), ref, 9*time.Hour)
			return err
		}),
		inOrg("DeleteClientSecret", nobody, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			k, err := b.svc.GetKey(b.Context(), b.owner, b.inOrg(), ref)
			b.ok(err)
			return b.svc.DeleteClientSecret(b.Context(), c, b.inOrg(), ref, k.Secrets[0].ID)
		}),
		inProject("ListAccess", readers, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			_, _, err := b.svc.ListAccess(b.Context(), c, b.inProject(), ref, all)
			return err
		}),
		inOrg("GetAccess", anyone, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			b.ok(b.svc.AddAccess(b.Context(), b.owner, b.inOrg(), ref, []netip.Prefix{office}))
			_, err := b.svc.GetAccess(b.Context(), c, b.inOrg(), ref, office)
			return err
		}),
		inProject("AddAccess", owners, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			return b.svc.AddAccess(b.Context(), c, b.inProject(), ref, []netip.Prefix{office})
		}),
		inOrg("DeleteAccess", nobody, func(b *bench, c tidemark.Caller, ref tidemark.KeyRef) error {
			b.ok(b.svc.AddAccess(b.Context(), b.owner, b.inOrg(), ref, []netip.Prefix{office}))
			return b.svc.DeleteAccess(b.Context(), c, b.inOrg(), ref, office)
		}),
		{"RotateSigningKey", nobody, "org", func(b *bench, c tidemark.Caller) error {
			return b.svc.RotateSigningKey(b.Context(), c, false)
		}},
		{"ListNetworkEntries", readers, "project", func(b *bench, c tidemark.Caller) error {
			_, _, err := b.svc.ListNetworkEntries(b.Context(), c, b.cred.GroupID, all)
			return err
		}},
		{"GetNetworkEntry", readers, "project", func(b *bench, c tidemark.Caller) error {
			addOffice(b)
			_, err := b.svc.GetNetworkEntry(b.Context(), c, b.cred.GroupID, office)
			return err
		}},
		{"AddNetworkEntries", []tidemark.RoleName{tidemark.RoleProjectOwner, tidemark.RoleProjectChartsAdmin}, "project",
			func(b *bench, c tidemark.Caller) error {
				return b.svc.AddNetworkEntries(b.Context(), c, b.cred.GroupID, []tidemark.NewNetworkEntry{{Network: office}})
			}},
		{"DeleteNetworkEntry", owners, "project", func(b *bench, c tidemark.Caller) error {
			addOffice(b)
			return b.svc.DeleteNetworkEntry(b.Context(), c, b.cred.GroupID, office)
		}},
	}
}

func addOffice(b *bench) {
	b.ok(b.svc.AddNetworkEntries(b.Context(), b.owner, b.cred.GroupID, []tidemark.NewNetworkEntry{{Network: office}}))
}
