package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// RevokeToken notes that the token with that JWT id is no longer good. Notes
// whose expiry has passed are dropped on the way; the zero expiry never
// passes. Of two notes on one token the later expiry holds.
func (t *tx) RevokeToken(ctx context.Context, jti string, expiry time.Time) error {
	const doing = "revoking a token"
	_, err := t.bun.NewRaw(`DELETE FROM revoked_tokens WHERE expires_at < ?`, millis(time.Now())).Exec(ctx)
	if err != nil {
		return failed(err, doing)
	}
	_, err = t.bun.NewRaw(`INSERT INTO revoked_tokens (jti, expires_at) VALUES (?, ?)
		ON CONFLICT (jti) DO UPDATE SET expires_at = CASE
			WHEN revoked_tokens.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
			WHEN revoked_tokens.expires_at > excluded.expires_at THEN revoked_tokens.expires_at
			ELSE excluded.expires_at END`, clean(jti), millis(expiry)).Exec(ctx)
	return failed(err, doing)
}

// TokenRevoked says whether there is a note on the token.
func (t *tx) TokenRevoked(ctx context.Context, jti string) (bool, error) {
	var n int
	err := t.bun.NewRaw(`SELECT count(*) FROM revoked_tokens WHERE jti = ?`, clean(jti)).Scan(ctx, &n)
	return n > 0, failed(err, "looking for a revoked token")
}

// Setting unseals a setting; a missing one is "".
func (t *tx) Setting(ctx context.Context, name string) (string, error) {
	var sealed string
	err := t.bun.NewRaw(`SELECT sealed_value FROM settings WHERE name = ?`, clean(name)).Scan(ctx, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", failed(err, "reading a setting")
	}
	return t.db.box.open(sealed, sealSetting, clean(name))
}

// SetSetting seals and stores a setting, over one that is there; "" removes it.
func (t *tx) SetSetting(ctx context.Context, name, value string) error {
	const doing = "storing a setting"
	if value == "" {
		_, err := t.bun.NewRaw(`DELETE FROM settings WHERE name = ?`, clean(name)).Exec(ctx)
		return failed(err, doing)
	}
	sealed, err := t.db.box.seal(value, sealSetting, clean(name))
	if err != nil {
		return err
	}
	_, err = t.bun.NewRaw(`INSERT INTO settings (name, sealed_value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET sealed_value = excluded.sealed_value`, clean(name), sealed).Exec(ctx)
	return failed(err, doing)
}
