package store

import (
	"context"
	"crypto/subtle"

	"github.com/uptrace/bun"

	"tidemark"
)

type keyRow struct {
	bun.BaseModel `bun:"table:keys,alias:k"`

	ID           string `bun:"id,pk"`
	OrgID        string `bun:"org_id"`
	Kind         string `bun:"kind"`
	PublicID     string `bun:"public_id"`
	Name         string `bun:"name"`
	Description  string `bun:"description"`
	SealedSecret string `bun:"sealed_secret"` // private key, or hash of the client secret
	SecretTail   string `bun:"secret_tail"`
	Roles        string `bun:"roles"`
	CreatedAt    millis `bun:"created_at"`
	ExpiresAt    millis `bun:"expires_at"`
	LastUsedAt   millis `bun:"last_used_at"`
}

func (r *keyRow) value() (*tidemark.Key, error) {
	roles, err := sliceFromJSON[tidemark.Role](r.Roles)
	if err != nil {
		return nil, err
	}
	return &tidemark.Key{
		ID: tidemark.ID(r.ID), OrgID: tidemark.ID(r.OrgID), Kind: tidemark.KeyKind(r.Kind), PublicID: r.PublicID,
		Name: r.Name, Description: r.Description, SecretTail: r.SecretTail, Roles: roles,
		CreatedAt: stamp(r.CreatedAt), ExpiresAt: stamp(r.ExpiresAt), LastUsedAt: stamp(r.LastUsedAt),
	}, nil
}

// CreateKey stores the key with its Secret, sealed for an API key, hashed and
// sealed for a service account. It is CodeOrgNotFound for an organization that
// is not there, CodeConflict for a PublicID that the kind has, and
// CodeInvalidData for a key without a secret.
func (t *tx) CreateKey(ctx context.Context, k *tidemark.Key) error {
	if k.Secret == "" {
		return tidemark.Errorf(tidemark.CodeInvalidData, "a key needs a secret")
	}
	roles, err := toJSON(k.Roles)
	if err != nil {
		return err
	}
	secret, table := k.Secret, sealAPIKey
	if k.Kind == tidemark.KeyServiceAccount {
		secret, table = secretHash(k.Secret), sealAccount
	}
	sealed, err := t.db.box.seal(secret, table, string(k.ID))
	if err != nil {
		return err
	}
	row := &keyRow{
		ID: string(k.ID), OrgID: string(k.OrgID), Kind: string(k.Kind), PublicID: clean(k.PublicID),
		Name: clean(k.Name), Description: clean(k.Description), SealedSecret: sealed, SecretTail: clean(k.SecretTail), Roles: roles,
		CreatedAt: millis(k.CreatedAt), ExpiresAt: millis(k.ExpiresAt), LastUsedAt: millis(k.LastUsedAt),
	}
	_, err = t.bun.NewInsert().Model(row).Exec(ctx)
	if faultOf(err) == faultForeign {
		return orgNotFound(k.OrgID)
	}
	return failed(err, "creating a key")
}

// Key reads a key, without its secret.
func (t *tx) Key(ctx context.Context, id tidemark.ID) (*tidemark.Key, error) {
	row, err := t.keyRow(ctx, id, "")
	if err != nil {
		return nil, err
	}
	return row.value()
}

// keyRow reads a key of a kind; "" is any.
func (t *tx) keyRow(ctx context.Context, id tidemark.ID, kind tidemark.KeyKind) (*keyRow, error) {
	return selectOne[keyRow](ctx, t, "reading a key", keyNotFound(string(id)), func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("k.id = ?", clean(string(id)))
		if kind != "" {
			q = q.Where("k.kind = ?", string(kind))
		}
		return q
	})
}

// KeyByPublicID reads the key that a caller names.
func (t *tx) KeyByPublicID(ctx context.Context, kind tidemark.KeyKind, publicID string) (*tidemark.Key, error) {
	row, err := selectOne[keyRow](ctx, t, "reading a key", keyNotFound(publicID), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("k.kind = ?", clean(string(kind))).Where("k.public_id = ?", clean(publicID))
	})
	if err != nil {
		return nil, err
	}
	return row.value()
}

// APIKeySecret unseals the private key of an API key.
func (t *tx) APIKeySecret(ctx context.Context, id tidemark.ID) (string, error) {
	row, err := t.keyRow(ctx, id, tidemark.KeyAPI)
	if err != nil {
		return "", err
	}
	return t.db.box.open(row.SealedSecret, sealAPIKey, row.ID)
}

// CheckServiceAccountSecret compares hashes in constant time. It does not look
// at ExpiresAt.
func (t *tx) CheckServiceAccountSecret(ctx context.Context, id tidemark.ID, secret string) (bool, error) {
	row, err := t.keyRow(ctx, id, tidemark.KeyServiceAccount)
	if err != nil {
		return false, err
	}
	want, err := t.db.box.open(row.SealedSecret, sealAccount, row.ID)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(secretHash(secret)), []byte(want)) == 1, nil
}

// Keys lists those of an organization by creation; kind "" is any.
func (t *tx) Keys(ctx context.Context, orgID tidemark.ID, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	rows, total, err := selectPage[keyRow](ctx, t, "listing keys", p, "k.created_at, k.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("k.org_id = ?", clean(string(orgID)))
			if kind != "" {
				q = q.Where("k.kind = ?", clean(string(kind)))
			}
			return q
		})
	if err != nil {
		return nil, 0, err
	}
	values, err := convert(rows, (*keyRow).value)
	return values, total, err
}

// DeleteKey removes a key. Its roles are in its row; its tokens name it, and
// are good only while it is there.
func (t *tx) DeleteKey(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*keyRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	return changed(res, err, "deleting a key", func() error { return keyNotFound(string(id)) })
}

func keyNotFound(key string) error {
	return tidemark.Errorf(tidemark.CodeKeyNotFound, "no key is called %s", key).WithParams(key)
}
