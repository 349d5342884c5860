package service_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"tidemark"
	"tidemark/service"
)

func nets(all ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// TestAccessList is enforced for both kinds of key, at once, and counts.
func TestAccessList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := tidemark.KeyRef{ID: b.key(tidemark.Role{Name: tidemark.RoleOrgMember}).KeyID}
	k, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), key)
	b.ok(err)
	account, secret := b.account(tidemark.Role{Name: tidemark.RoleOrgMember})
	token, err := b.svc.IssueToken(t.Context(), account.ClientID, secret.Secret)
	b.ok(err)
	callers := map[tidemark.KeyRef]func() (tidemark.Caller, error){
		key:     func() (tidemark.Caller, error) { c, _, err := b.svc.APIKey(t.Context(), k.PublicID); return c, err },
		account: func() (tidemark.Caller, error) { return b.svc.Bearer(t.Context(), token.Token) },
	}
	for ref, caller := range callers {
		use := func(from string, want tidemark.Code) {
			t.Helper()
			c, err := caller()
			b.ok(err)
			c.RemoteAddr = from
			b.code(b.svc.Admit(c), want)
		}
		use("198.51.100.1", "")
		b.ok(b.svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, nets("192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32")))
		use("198.51.100.1", tidemark.CodeAddressNotAllowed)
		use("not an address", tidemark.CodeAddressNotAllowed)
		use("192.0.2.8", "")
		use("::ffff:192.0.2.8", "")
		use("192.0.2.7", "") // by the narrower entry
		use("2001:db8::1", "")
		b.ok(b.svc.Maintain(t.Context()))
		for network, requests := range map[string]int64{"192.0.2.0/24": 2, "192.0.2.7/32": 1, "2001:db8::/32": 1} {
			e, err := b.svc.GetAccess(t.Context(), b.owner, b.inOrg(), ref, netip.MustParsePrefix(network))
			b.ok(err)
			if e.Requests != requests || !e.LastUsedAt.Equal(b.clock()) || e.LastUsedAddress == "" {
				t.Errorf("the entry is %+v", e)
			}
		}
		got, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), ref)
		b.ok(err)
		if !got.LastUsedAt.Equal(b.clock()) {
			t.Errorf("the key was last used at %s", got.LastUsedAt)
		}
		b.code(b.svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, nets("203.0.113.0/24", "192.0.2.7/32")), tidemark.CodeDuplicateAddress)
		_, n, err := b.svc.ListAccess(t.Context(), b.owner, b.inOrg(), ref, all)
		b.ok(err)
		if n != 3 {
			t.Errorf("%d entries after a refused call", n)
		}
		for _, network := range nets("192.0.2.0/24", "2001:db8::/32") {
			b.ok(b.svc.DeleteAccess(t.Context(), b.owner, b.inOrg(), ref, network))
		}
		use("192.0.2.8", tidemark.CodeAddressNotAllowed)
		b.code(b.svc.DeleteAccess(t.Context(), b.owner, b.inOrg(), ref, office), tidemark.CodeAccessEntryNotFound)
		b.ok(b.svc.DeleteAccess(t.Context(), b.owner, b.inOrg(), ref, nets("192.0.2.7/32")[0]))
		use("198.51.100.1", "")
	}
}

func TestAccessListRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ref := tidemark.KeyRef{ID: b.owner.KeyID}
	b.code(b.svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, nil), tidemark.CodeMissingAttribute)
	for _, n := range []netip.Prefix{{}, netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("::ffff:192.0.2.0/120")} {
		b.code(b.svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, []netip.Prefix{n}), tidemark.CodeInvalidNetwork)
	}
	var many []netip.Prefix
	for n := range 201 {
		many = append(many, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 32))
	}
	b.code(b.svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, many), tidemark.CodeAccessListFull)
	// A key cannot shut itself out, but may open up again.
	self := b.owner
	self.RemoteAddr = "192.0.2.9"
	b.ok(b.svc.AddAccess(t.Context(), self, b.inOrg(), ref, nets("192.0.2.0/24", "198.51.100.0/24")))
	b.code(b.svc.DeleteAccess(t.Context(), self, b.inOrg(), ref, office), tidemark.CodeCallerOnAccessList)
	b.ok(b.svc.DeleteAccess(t.Context(), self, b.inOrg(), ref, nets("198.51.100.0/24")[0]))
	b.ok(b.svc.DeleteAccess(t.Context(), self, b.inOrg(), ref, office))
}

// TestProjectAccessList keeps downloads to its addresses, and ends by itself.
func TestProjectAccessList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	j := b.finish(b.download(i, b.snapshot(i, tidemark.SnapshotCompleted)), tidemark.JobCompleted)
	open := func(from string, want tidemark.Code) {
		t.Helper()
		_, err := b.svc.OpenDownload(t.Context(), j.DownloadToken, from)
		b.code(err, want)
	}
	add := func(e ...tidemark.NewNetworkEntry) error {
		return b.svc.AddNetworkEntries(t.Context(), b.owner, b.cred.GroupID, e)
	}
	open("198.51.100.1", "")
	b.ok(add(tidemark.NewNetworkEntry{Network: office, Comment: "office", DeleteAfter: b.clock().Add(time.Hour)}))
	open("198.51.100.1", tidemark.CodeAddressNotAllowed)
	open("", tidemark.CodeAddressNotAllowed)
	open("192.0.2.1", "")
	b.advance(time.Hour)
	open("198.51.100.1", "")
	_, err := b.svc.GetNetworkEntry(t.Context(), b.owner, b.cred.GroupID, office)
	b.code(err, tidemark.CodeNetworkEntryNotFound)
	b.code(b.svc.DeleteNetworkEntry(t.Context(), b.owner, b.cred.GroupID, office), tidemark.CodeNetworkEntryNotFound)

	for _, c := range []struct {
		e    tidemark.NewNetworkEntry
		want tidemark.Code
	}{
		{tidemark.NewNetworkEntry{}, tidemark.CodeInvalidNetwork},
		{tidemark.NewNetworkEntry{Network: office, DeleteAfter: b.clock()}, tidemark.CodeInvalidAttribute},
		{tidemark.NewNetworkEntry{Network: office, DeleteAfter: b.clock().Add(7*24*time.Hour + 1)}, tidemark.CodeInvalidAttribute},
		{tidemark.NewNetworkEntry{Network: office, Comment: string(make([]byte, 81))}, tidemark.CodeInvalidAttribute},
	} {
		b.code(add(tidemark.NewNetworkEntry{Network: nets("203.0.113.0/24")[0]}, c.e), c.want)
	}
	b.code(add(), tidemark.CodeMissingAttribute)
	_, n, err := b.svc.ListNetworkEntries(t.Context(), b.owner, b.cred.GroupID, all)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d entries after refused calls", n)
	}
	var many []tidemark.NewNetworkEntry
	for n := range 201 {
		many = append(many, tidemark.NewNetworkEntry{Network: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 32)})
	}
	b.code(add(many...), tidemark.CodeAccessListFull)
	b.ok(add(many[1:]...))
	b.ok(add(many[1:]...)) // once more replaces them
}

// TestUsesSurviveFailure: what could not be written is written with the next.
func TestUsesSurviveFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	failing := &failingStore{Store: b.db}
	svc, err := service.New(service.Config{Store: failing, Probe: b.ask, RedactURI: redact, Downloads: &b.files, Clock: b.clock})
	b.ok(err)
	ref := tidemark.KeyRef{ID: b.owner.KeyID}
	b.ok(svc.AddAccess(t.Context(), b.owner, b.inOrg(), ref, []netip.Prefix{office}))
	c, _, err := svc.APIKey(t.Context(), b.cred.PublicKey)
	b.ok(err)
	c.RemoteAddr = "192.0.2.1"
	b.ok(svc.Admit(c))
	failing.err = errors.New("the disk is full")
	if err := svc.Maintain(t.Context()); !errors.Is(err, failing.err) {
		t.Errorf("Maintain returned %v", err)
	}
	b.advance(time.Minute)
	b.ok(svc.Admit(c))
	failing.err = nil
	for range 2 { // the second has nothing to add
		b.ok(svc.Maintain(t.Context()))
		e, err := svc.GetAccess(t.Context(), b.owner, b.inOrg(), ref, office)
		b.ok(err)
		if e.Requests != 2 || !e.LastUsedAt.Equal(b.clock()) {
			t.Errorf("the entry is %+v", e)
		}
	}
}

// failingStore refuses to write while it has an error.
type failingStore struct {
	tidemark.Store
	err error
}

func (f *failingStore) Update(ctx context.Context, fn func(tidemark.Tx) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Update(ctx, fn)
}
