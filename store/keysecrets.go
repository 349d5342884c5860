package store

import (
	"context"
	"crypto/subtle"

	"github.com/uptrace/bun"

	"tidemark"
)

// secretRow is a secret of a service account.
type secretRow struct {
	bun.BaseModel `bun:"table:client_secrets,alias:cs"`

	ID         string `bun:"id,pk"`
	KeyID      string `bun:"key_id"`
	SealedHash string `bun:"sealed_hash"`
	Tail       string `bun:"tail"`
	CreatedAt  millis `bun:"created_at"`
	ExpiresAt  millis `bun:"expires_at"`
	LastUsedAt millis `bun:"last_used_at"`
}

func (r *secretRow) value() tidemark.ClientSecret {
	return tidemark.ClientSecret{
		ID: tidemark.ID(r.ID), Tail: r.Tail,
		CreatedAt: stamp(r.CreatedAt), ExpiresAt: stamp(r.ExpiresAt), LastUsedAt: stamp(r.LastUsedAt),
	}
}

// APIKeySecret unseals the private key of an API key.
func (t *tx) APIKeySecret(ctx context.Context, id tidemark.ID) (string, error) {
	row, err := t.keyRow(ctx, id, tidemark.KeyAPI)
	if err != nil {
		return "", err
	}
	return t.db.box.open(row.SealedSecret, sealAPIKey, row.ID)
}

// AddClientSecret stores a secret as a hash, sealed. CodeKeyNotFound for a key
// that is not there, CodeInvalidData for an empty secret or an API key.
func (t *tx) AddClientSecret(ctx context.Context, keyID tidemark.ID, s *tidemark.ClientSecret) error {
	if s.Secret == "" {
		return tidemark.Errorf(tidemark.CodeInvalidData, "a secret of a service account is empty")
	}
	if _, err := t.keyRow(ctx, keyID, tidemark.KeyServiceAccount); err != nil {
		return err
	}
	sealed, err := t.db.box.seal(secretHash(s.Secret), sealAccount, string(s.ID))
	if err != nil {
		return err
	}
	_, err = t.bun.NewInsert().Model(&secretRow{
		ID: string(s.ID), KeyID: string(keyID), SealedHash: sealed, Tail: clean(s.Tail),
		CreatedAt: millis(s.CreatedAt), ExpiresAt: millis(s.ExpiresAt), LastUsedAt: millis(s.LastUsedAt),
	}).Exec(ctx)
	return failed(err, "adding a secret")
}

// FindClientSecret compares hashes in constant time, with each secret of the
// account, whichever is right.
func (t *tx) FindClientSecret(ctx context.Context, keyID tidemark.ID, secret string) (*tidemark.ClientSecret, error) {
	rows, err := selectAll[secretRow](ctx, t, "reading the secrets of a key", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("cs.key_id = ?", clean(string(keyID))).OrderExpr("cs.created_at, cs.id")
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 { // of an account that has lost all, or none
		_, err := t.keyRow(ctx, keyID, tidemark.KeyServiceAccount)
		return nil, err
	}
	given := []byte(secretHash(secret))
	var found *tidemark.ClientSecret
	for _, row := range rows {
		want, err := t.db.box.open(row.SealedHash, sealAccount, row.ID)
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare(given, []byte(want)) == 1 {
			s := row.value()
			found = &s
		}
	}
	return found, nil
}

// DeleteClientSecret removes a secret; CodeSecretNotFound unless the key has it.
func (t *tx) DeleteClientSecret(ctx context.Context, keyID, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*secretRow)(nil)).
		Where("id = ?", clean(string(id))).Where("key_id = ?", clean(string(keyID))).Exec(ctx)
	return changed(res, err, "deleting a secret", func() error {
		return tidemark.Errorf(tidemark.CodeSecretNotFound, "the key has no secret %s", id).WithParams(id)
	})
}
