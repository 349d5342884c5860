package store

import (
	"context"
	"net/netip"

	"github.com/uptrace/bun"

	"tidemark"
)

// accessRow is an entry of a key's access list.
type accessRow struct {
	bun.BaseModel `bun:"table:key_networks,alias:kn"`

	KeyID           string `bun:"key_id,pk"`
	Network         string `bun:"network,pk"`
	CreatedAt       millis `bun:"created_at"`
	Requests        int64  `bun:"requests"`
	LastUsedAt      millis `bun:"last_used_at"`
	LastUsedAddress string `bun:"last_used_address"`
}

func (r *accessRow) value() (*tidemark.AccessEntry, error) {
	network, err := networkOf(r.Network)
	return &tidemark.AccessEntry{
		Network: network, CreatedAt: stamp(r.CreatedAt), Requests: r.Requests,
		LastUsedAt: stamp(r.LastUsedAt), LastUsedAddress: r.LastUsedAddress,
	}, err
}

func networkOf(s string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(s)
	if err != nil {
		return network, tidemark.Errorf(tidemark.CodeInvalidData, "a stored network cannot be read: %w", err).
			WithHint("The metadata file is damaged or was edited; put a copy back.")
	}
	return network, nil
}

func networksOf[R any](rows []*R, network func(*R) string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, row := range rows {
		n, err := networkOf(network(row))
		if err != nil {
			return nil, err
		}
		networks = append(networks, n)
	}
	return networks, nil
}

// AccessEntries lists the access list of a key by creation.
func (t *tx) AccessEntries(ctx context.Context, keyID tidemark.ID, p tidemark.Page) ([]*tidemark.AccessEntry, int, error) {
	return listPage(ctx, t, "listing an access list", p, "kn.created_at, kn.network",
		func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("kn.key_id = ?", clean(string(keyID))) }, (*accessRow).value)
}

// AccessEntry reads one entry; CodeAccessEntryNotFound if there is none.
func (t *tx) AccessEntry(ctx context.Context, keyID tidemark.ID, network netip.Prefix) (*tidemark.AccessEntry, error) {
	row, err := selectOne[accessRow](ctx, t, "reading an access list", accessNotFound(network), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("kn.key_id = ?", clean(string(keyID))).Where("kn.network = ?", network.String())
	})
	if err != nil {
		return nil, err
	}
	return row.value()
}

// AccessNetworks is the whole access list of a key.
func (t *tx) AccessNetworks(ctx context.Context, keyID tidemark.ID) ([]netip.Prefix, error) {
	rows, err := selectAll[accessRow](ctx, t, "reading an access list", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Column("network").Where("kn.key_id = ?", clean(string(keyID))).OrderExpr("kn.network")
	})
	if err != nil {
		return nil, err
	}
	return networksOf(rows, func(r *accessRow) string { return r.Network })
}

// AddAccessEntry is CodeKeyNotFound for a key that is not there and
// CodeDuplicateAddress for a network that is on the list.
func (t *tx) AddAccessEntry(ctx context.Context, keyID tidemark.ID, e *tidemark.AccessEntry) error {
	_, err := t.bun.NewInsert().Model(&accessRow{
		KeyID: string(keyID), Network: e.Network.String(), CreatedAt: millis(e.CreatedAt),
		Requests: e.Requests, LastUsedAt: millis(e.LastUsedAt), LastUsedAddress: clean(e.LastUsedAddress),
	}).Exec(ctx)
	switch faultOf(err) {
	case faultForeign:
		return keyNotFound(string(keyID))
	case faultPrimary, faultUnique:
		return tidemark.Errorf(tidemark.CodeDuplicateAddress, "%s is on the access list already", e.Network).WithParams(e.Network.String())
	}
	return failed(err, "adding to an access list")
}

// DeleteAccessEntry takes a network off the list.
func (t *tx) DeleteAccessEntry(ctx context.Context, keyID tidemark.ID, network netip.Prefix) error {
	res, err := t.bun.NewDelete().Model((*accessRow)(nil)).
		Where("key_id = ?", clean(string(keyID))).Where("network = ?", network.String()).Exec(ctx)
	return changed(res, err, "taking from an access list", func() error { return accessNotFound(network) })
}

func accessNotFound(network netip.Prefix) error {
	return tidemark.Errorf(tidemark.CodeAccessEntryNotFound, "%s is not on the access list", network).WithParams(network.String())
}

// later keeps the later of a column and a value.
const later = `CASE WHEN last_used_at > ? THEN last_used_at ELSE ? END`

// NoteKeyUse writes when and from where the key was used. Times never go back.
func (t *tx) NoteKeyUse(ctx context.Context, u tidemark.KeyUse) error {
	const doing = "noting the use of a key"
	key := clean(string(u.KeyID))
	if !u.At.IsZero() {
		at := millis(u.At)
		if _, err := t.bun.NewRaw(`UPDATE keys SET last_used_at = `+later+` WHERE id = ?`, at, at, key).Exec(ctx); err != nil {
			return failed(err, doing)
		}
	}
	for id, when := range u.Secrets {
		at := millis(when)
		_, err := t.bun.NewRaw(`UPDATE client_secrets SET last_used_at = `+later+` WHERE id = ? AND key_id = ?`, at, at, clean(string(id)), key).Exec(ctx)
		if err != nil {
			return failed(err, doing)
		}
	}
	for network, n := range u.Networks {
		at := millis(n.At)
		_, err := t.bun.NewRaw(`UPDATE key_networks SET requests = requests + ?, last_used_address = ?, last_used_at = `+later+
			` WHERE key_id = ? AND network = ?`, n.Requests, clean(n.Address), at, at, key, network.String()).Exec(ctx)
		if err != nil {
			return failed(err, doing)
		}
	}
	return nil
}
