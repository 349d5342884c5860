package storetest

import (
	"net/netip"
	"time"

	"tidemark"
)

func testProjectKeys(h *harness) {
	p := h.project("p")
	make := func(kind tidemark.KeyKind, ms int, roles ...tidemark.Role) *tidemark.Key {
		k := sampleKey(p.OrgID, kind)
		k.CreatedAt, k.Roles = at(ms), roles
		h.update(func(tx tidemark.Tx) error { return tx.CreateKey(h.Context(), k) })
		return k
	}
	owner := tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: p.ID}
	reader := tidemark.Role{Name: tidemark.RoleProjectReadOnly, ProjectID: p.ID}
	elsewhere := tidemark.Role{Name: tidemark.RoleProjectOwner, ProjectID: tidemark.NewID()}
	member := tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: p.OrgID}
	late := make(tidemark.KeyAPI, 9, owner, reader)
	early := make(tidemark.KeyAPI, 1, member, reader)
	outside := make(tidemark.KeyAPI, 5, elsewhere, member)
	account := make(tidemark.KeyServiceAccount, 7, reader)
	list := func(project tidemark.ID, kind tidemark.KeyKind, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.ProjectKeys(h.Context(), project, kind, page())
			h.equal(idsOf(got, keyID), want)
			h.equal(total, len(want))
			return err
		})
	}
	list(p.ID, tidemark.KeyAPI, early.ID, late.ID)
	list(p.ID, tidemark.KeyServiceAccount, account.ID)
	list(elsewhere.ProjectID, tidemark.KeyAPI, outside.ID)
	list(tidemark.NewID(), tidemark.KeyAPI)
	h.view(func(tx tidemark.Tx) error {
		got, _, err := tx.ProjectKeys(h.Context(), p.ID, tidemark.KeyServiceAccount, page())
		if len(got) == 1 && len(got[0].Secrets) != 2 {
			h.Errorf("a listed account has %d secrets", len(got[0].Secrets))
		}
		return err
	})

	late.Secret, late.Name, late.Description, late.Roles = "", "new name", "new words", []tidemark.Role{member, elsewhere}
	h.update(func(tx tidemark.Tx) error { return tx.UpdateKey(h.Context(), late) })
	h.sameKey(late)
	list(p.ID, tidemark.KeyAPI, early.ID)
	list(elsewhere.ProjectID, tidemark.KeyAPI, outside.ID, late.ID)
	h.update(func(tx tidemark.Tx) error { return tx.DeleteKey(h.Context(), early.ID) })
	list(p.ID, tidemark.KeyAPI)
}

func networks(all ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func testAccessEntries(h *harness) {
	o := h.organization("o")
	k, _ := h.key(o.ID, tidemark.KeyAPI, 1)
	other, _ := h.key(o.ID, tidemark.KeyServiceAccount, 2)
	nets := networks("192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32")
	first := &tidemark.AccessEntry{Network: nets[0], CreatedAt: at(9), Requests: 4, LastUsedAt: at(10), LastUsedAddress: "192.0.2.7"}
	h.filled(first)
	add := func(id tidemark.ID, entries ...*tidemark.AccessEntry) {
		h.update(func(tx tidemark.Tx) error {
			for _, e := range entries {
				if err := tx.AddAccessEntry(h.Context(), id, e); err != nil {
					return err
				}
			}
			return nil
		})
	}
	second, third := &tidemark.AccessEntry{Network: nets[1], CreatedAt: at(3)}, &tidemark.AccessEntry{Network: nets[2], CreatedAt: at(10)}
	add(k.ID, first, second, third)
	add(other.ID, first)
	h.view(func(tx tidemark.Tx) error {
		got, total, err := tx.AccessEntries(h.Context(), k.ID, page())
		h.equal(got, []*tidemark.AccessEntry{second, first, third})
		h.equal(total, 3)
		if err != nil {
			return err
		}
		whole, err := tx.AccessNetworks(h.Context(), k.ID)
		h.equal(whole, nets)
		if err != nil {
			return err
		}
		one, err := tx.AccessEntry(h.Context(), k.ID, nets[0])
		h.equal(one, first)
		return err
	})
	h.refuses(tidemark.CodeDuplicateAddress, func(tx tidemark.Tx) error { return tx.AddAccessEntry(h.Context(), k.ID, third) })
	h.refuses(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error { return tx.AddAccessEntry(h.Context(), tidemark.NewID(), third) })
	gone := func(id tidemark.ID, network netip.Prefix) {
		h.Helper()
		h.lacks(tidemark.CodeAccessEntryNotFound, func(tx tidemark.Tx) error {
			_, err := tx.AccessEntry(h.Context(), id, network)
			return err
		})
		h.refuses(tidemark.CodeAccessEntryNotFound, func(tx tidemark.Tx) error { return tx.DeleteAccessEntry(h.Context(), id, network) })
	}
	h.update(func(tx tidemark.Tx) error { return tx.DeleteAccessEntry(h.Context(), k.ID, nets[0]) })
	gone(k.ID, nets[0])
	gone(other.ID, nets[1])
	h.update(func(tx tidemark.Tx) error { return tx.DeleteKey(h.Context(), k.ID) })
	gone(k.ID, nets[1])
	h.view(func(tx tidemark.Tx) error {
		whole, err := tx.AccessNetworks(h.Context(), k.ID)
		h.equal(whole, []netip.Prefix(nil))
		return err
	})
}

func testKeyUses(h *harness) {
	o := h.organization("o")
	k, _ := h.key(o.ID, tidemark.KeyServiceAccount, 1)
	e := &tidemark.AccessEntry{Network: networks("192.0.2.0/24")[0], CreatedAt: at(1)}
	h.update(func(tx tidemark.Tx) error { return tx.AddAccessEntry(h.Context(), k.ID, e) })
	note := func(u tidemark.KeyUse) {
		h.Helper()
		h.update(func(tx tidemark.Tx) error { return tx.NoteKeyUse(h.Context(), u) })
		h.sameKey(k)
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.AccessEntry(h.Context(), k.ID, e.Network)
			h.equal(got, e)
			return err
		})
	}
	k.LastUsedAt, k.Secrets[1].LastUsedAt = at(100), at(50)
	e.Requests, e.LastUsedAt, e.LastUsedAddress = 3, at(60), "192.0.2.9"
	note(tidemark.KeyUse{
		KeyID: k.ID, At: at(100), Secrets: map[tidemark.ID]time.Time{k.Secrets[1].ID: at(50)},
		Networks: map[netip.Prefix]tidemark.NetworkUse{
			e.Network:                     {Requests: 3, At: at(60), Address: "192.0.2.9"},
			networks("203.0.113.0/24")[0]: {Requests: 1, At: at(60), Address: "203.0.113.1"}, // taken off meanwhile
		},
	})
	// Times do not go back, and counts add up.
	e.Requests = 5
	note(tidemark.KeyUse{
		KeyID: k.ID, At: at(99), Secrets: map[tidemark.ID]time.Time{k.Secrets[1].ID: at(49), tidemark.NewID(): at(200)},
		Networks: map[netip.Prefix]tidemark.NetworkUse{e.Network: {Requests: 2, At: at(59), Address: "192.0.2.9"}},
	})
	note(tidemark.KeyUse{KeyID: k.ID})
	note(tidemark.KeyUse{KeyID: tidemark.NewID(), At: at(300), Secrets: map[tidemark.ID]time.Time{k.Secrets[0].ID: at(300)}})
}

func testNetworkEntries(h *harness) {
	p, other := h.project("p"), h.project("other")
	nets := networks("192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32")
	entry := func(project tidemark.ID, network netip.Prefix, ms int, until time.Time) *tidemark.NetworkEntry {
		return &tidemark.NetworkEntry{ProjectID: project, Network: network, Comment: "office", CreatedAt: at(ms), DeleteAfter: until}
	}
	first, second, third := entry(p.ID, nets[0], 9, at(100)), entry(p.ID, nets[1], 3, time.Time{}), entry(p.ID, nets[2], 10, at(200))
	h.filled(first)
	put := func(e *tidemark.NetworkEntry) {
		h.update(func(tx tidemark.Tx) error { return tx.PutNetworkEntry(h.Context(), e) })
	}
	for _, e := range []*tidemark.NetworkEntry{first, second, third, entry(other.ID, nets[0], 1, time.Time{})} {
		put(e)
	}
	holds := func(ms int, inOrder []*tidemark.NetworkEntry, all ...netip.Prefix) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.NetworkEntries(h.Context(), p.ID, at(ms), page())
			h.equal(got, inOrder)
			h.equal(total, len(inOrder))
			if err != nil {
				return err
			}
			whole, err := tx.ProjectNetworks(h.Context(), p.ID, at(ms))
			h.equal(whole, all)
			if err != nil {
				return err
			}
			one, err := tx.NetworkEntry(h.Context(), p.ID, second.Network, at(ms))
			h.equal(one, second)
			return err
		})
	}
	holds(99, []*tidemark.NetworkEntry{second, first, third}, nets...)
	holds(100, []*tidemark.NetworkEntry{second, third}, nets[1:]...)
	h.lacks(tidemark.CodeNetworkEntryNotFound, func(tx tidemark.Tx) error {
		_, err := tx.NetworkEntry(h.Context(), p.ID, nets[0], at(100))
		return err
	})
	h.update(func(tx tidemark.Tx) error { return tx.DeleteExpiredNetworks(h.Context(), at(100)) })
	holds(0, []*tidemark.NetworkEntry{second, third}, nets[1:]...)

	second.Comment, second.DeleteAfter = "the new office", at(300)
	again := *second
	again.CreatedAt = at(77) // stays as it was
	put(&again)
	holds(0, []*tidemark.NetworkEntry{second, third}, nets[1:]...)

	h.update(func(tx tidemark.Tx) error { return tx.DeleteNetworkEntry(h.Context(), p.ID, nets[2]) })
	h.refuses(tidemark.CodeNetworkEntryNotFound, func(tx tidemark.Tx) error {
		return tx.DeleteNetworkEntry(h.Context(), p.ID, nets[2])
	})
	h.refuses(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		return tx.PutNetworkEntry(h.Context(), entry(tidemark.NewID(), nets[0], 1, time.Time{}))
	})
	h.update(func(tx tidemark.Tx) error { return tx.DeleteProject(h.Context(), p.ID) })
	h.view(func(tx tidemark.Tx) error {
		whole, err := tx.ProjectNetworks(h.Context(), p.ID, at(0))
		h.equal(whole, []netip.Prefix(nil))
		return err
	})
}
