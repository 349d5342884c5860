package service_test

import (
	"testing"
	"time"

	"tidemark"
)

// TestSecretLifeOfAnOrganization: an organization may allow less than a year.
func TestSecretLifeOfAnOrganization(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	_, err := b.svc.UpdateOrganizationSettings(ctx, b.owner, b.cred.OrgID, func(s *tidemark.OrganizationSettings) { s.MaxSecretHours = 24 })
	b.ok(err)
	r := tidemark.NewKey{Kind: tidemark.KeyServiceAccount, Name: "ci", Roles: []tidemark.Role{{Name: tidemark.RoleOrgMember}}, ExpiresIn: 25 * time.Hour}
	_, err = b.svc.CreateKey(ctx, b.owner, b.inOrg(), r)
	b.code(err, tidemark.CodeInvalidAttribute)
	for _, life := range []time.Duration{0, 24 * time.Hour} {
		r.ExpiresIn = life
		k, err := b.svc.CreateKey(ctx, b.owner, b.inOrg(), r)
		b.ok(err)
		if ends := k.Secrets[0].ExpiresAt; !ends.Equal(b.clock().Add(24 * time.Hour)) {
			t.Errorf("the secret lives %s", ends.Sub(b.clock()))
		}
		ref := tidemark.KeyRef{ClientID: k.PublicID}
		_, err = b.svc.CreateClientSecret(ctx, b.owner, b.inOrg(), ref, 25*time.Hour)
		b.code(err, tidemark.CodeInvalidAttribute)
		_, err = b.svc.CreateClientSecret(ctx, b.owner, b.inOrg(), ref, 8*time.Hour)
		b.ok(err)
	}
}

// TestAccessListRequired: keys without a list are let in no more, and who has
// none cannot turn that on.
func TestAccessListRequired(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	require := func(s *tidemark.OrganizationSettings) { s.APIAccessListRequired = true }
	_, err := b.svc.UpdateOrganizationSettings(ctx, b.owner, b.cred.OrgID, require)
	b.code(err, tidemark.CodeInvalidAttribute)
	b.ok(b.svc.AddAccess(ctx, b.owner, b.inOrg(), tidemark.KeyRef{ID: b.owner.KeyID}, nets("192.0.2.0/24")))
	enter := func(from string, want tidemark.Code) tidemark.Caller {
		t.Helper()
		c, _, err := b.svc.APIKey(ctx, b.cred.PublicKey)
		b.ok(err)
		c.RemoteAddr = from
		b.code(b.svc.Admit(c), want)
		return c
	}
	_, err = b.svc.UpdateOrganizationSettings(ctx, enter("192.0.2.7", ""), b.cred.OrgID, require)
	b.ok(err)
	enter("192.0.2.8", "")
	enter("198.51.100.1", tidemark.CodeAddressNotAllowed)
	token, err := b.svc.IssueToken(ctx, b.cred.ClientID, b.cred.ClientSecret)
	b.ok(err)
	account, err := b.svc.Bearer(ctx, token.Token)
	b.ok(err)
	account.RemoteAddr = "192.0.2.7"
	b.code(b.svc.Admit(account), tidemark.CodeAccessListRequired)
}

// TestNetworkLimit: the access list of a project has the limit that is set.
func TestNetworkLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	_, err := b.svc.SetProjectLimit(ctx, b.owner, b.cred.GroupID, tidemark.LimitNetworkEntries, 2)
	b.ok(err)
	var entries []tidemark.NewNetworkEntry
	for _, n := range nets("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24") {
		entries = append(entries, tidemark.NewNetworkEntry{Network: n})
	}
	b.code(b.svc.AddNetworkEntries(ctx, b.owner, b.cred.GroupID, entries), tidemark.CodeAccessListFull)
	b.ok(b.svc.AddNetworkEntries(ctx, b.owner, b.cred.GroupID, entries[:2]))
	l, err := b.svc.GetProjectLimit(ctx, b.owner, b.cred.GroupID, tidemark.LimitNetworkEntries)
	b.ok(err)
	if l.Usage != 2 || l.Value != 2 {
		t.Errorf("the limit is %+v", l)
	}
}

// TestOrganizationsKeepAnOwner: a key that alone owns another organization
// stays, until that has an owner of its own or is gone.
func TestOrganizationsKeepAnOwner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	c := b.key(tidemark.Role{Name: tidemark.RoleOrgOwner})
	o, _, err := b.svc.CreateOrganization(ctx, c, tidemark.NewOrganization{Name: "second"})
	b.ok(err)
	ref := tidemark.KeyRef{ID: c.KeyID}
	b.code(b.svc.DeleteKey(ctx, b.owner, b.inOrg(), ref), tidemark.CodeLastOwner)
	k, err := b.svc.GetKey(ctx, b.owner, b.inOrg(), ref)
	b.ok(err)
	c, _, err = b.svc.APIKey(ctx, k.PublicID)
	b.ok(err)
	_, err = b.svc.CreateKey(ctx, c, tidemark.KeyScope{OrgID: o.ID}, tidemark.NewKey{
		Kind: tidemark.KeyAPI, Description: "own", Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner}},
	})
	b.ok(err)
	b.ok(b.svc.DeleteKey(ctx, b.owner, b.inOrg(), ref))
}
