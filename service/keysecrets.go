package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"tidemark"
)

const (
	// The life of a service account's secret, as Atlas has it: 8 hours to a year.
	secretLifeMin = 8 * time.Hour
	secretLifeMax = 365 * 24 * time.Hour
	// secretsMax bounds the secrets of a service account: each costs a
	// comparison when a token is asked for.
	secretsMax = 10
)

// secretLife checks how long a secret is to live; zero is as long as it may. An
// organization may allow less than a year.
func secretLife(ctx context.Context, tx tidemark.Tx, orgID tidemark.ID, asked time.Duration) (time.Duration, error) {
	settings, err := tx.OrganizationSettings(ctx, orgID)
	if err != nil {
		return 0, err
	}
	most := secretLifeMax
	if settings.MaxSecretHours > 0 {
		most = time.Duration(settings.MaxSecretHours) * time.Hour
	}
	if asked == 0 {
		return most, nil
	}
	if asked < secretLifeMin || asked > most {
		return 0, invalid("secretExpiresAfterHours", fmt.Sprintf("must be from 8 to %d", most/time.Hour))
	}
	return asked, nil
}

// CreateClientSecret needs the role of an owner, and whoever is an owner of a
// project only may not make a way into an account that can do more.
func (s *Service) CreateClientSecret(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, life time.Duration) (*tidemark.ClientSecret, error) {
	var secret tidemark.ClientSecret
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, in)
		if err != nil {
			return err
		}
		life, err := secretLife(ctx, tx, k.orgID, life)
		if err != nil {
			return err
		}
		key, err := k.findFor(ctx, tx, c, ref)
		if err != nil {
			return err
		}
		if len(key.Secrets) >= secretsMax {
			return tidemark.Errorf(tidemark.CodeTooManySecrets, "a service account has at most %d secrets", secretsMax).
				WithHint("delete those that are not used any more").WithParams(secretsMax)
		}
		secret = newClientSecret(s.now(), life)
		if err := tx.AddClientSecret(ctx, key.ID, &secret); err != nil {
			return err
		}
		return s.recordInKeys(ctx, tx, c, k, key, tidemark.EventServiceAccountSecretAdded, map[string]string{"secretId": string(secret.ID)})
	})
	if err != nil {
		return nil, err
	}
	return &secret, nil
}

// DeleteClientSecret needs what CreateClientSecret needs. The last way into the
// last owner stays.
func (s *Service) DeleteClientSecret(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, id tidemark.ID) error {
	return s.changeKeyFor(ctx, c, in, ref, func(tx tidemark.Tx, k keysIn, key *tidemark.Key) error {
		if err := tx.DeleteClientSecret(ctx, key.ID, id); err != nil {
			return err
		}
		key, err := tx.Key(ctx, key.ID)
		if err != nil {
			return err
		}
		if !s.usable(key) {
			if err := s.checkOtherOwner(ctx, tx, key); err != nil {
				return err
			}
		}
		return s.recordInKeys(ctx, tx, c, k, key, tidemark.EventServiceAccountSecretDeleted, map[string]string{"secretId": string(id)})
	})
}

// newKey makes a key with its secret.
func newKey(orgID tidemark.ID, r tidemark.NewKey, roles []tidemark.Role, now time.Time) *tidemark.Key {
	k := &tidemark.Key{
		ID:          tidemark.NewID(),
		OrgID:       orgID,
		Kind:        r.Kind,
		Name:        r.Name,
		Description: r.Description,
		Roles:       roles,
		CreatedAt:   now,
	}
	if r.Kind == tidemark.KeyAPI {
		k.PublicID, k.Secret = randomLetters(8), randomUUID()
		k.SecretTail = k.Secret[len(k.Secret)-12:]
		return k
	}
	if r.ExpiresIn == 0 {
		r.ExpiresIn = secretLifeMax
	}
	k.PublicID = "mdb_sa_id_" + tidemark.RandomHex(12)
	k.Secrets = []tidemark.ClientSecret{newClientSecret(now, r.ExpiresIn)}
	return k
}

func newClientSecret(now time.Time, life time.Duration) tidemark.ClientSecret {
	secret := "mdb_sa_sk_" + tidemark.RandomHex(32)
	return tidemark.ClientSecret{
		ID: tidemark.NewID(), Secret: secret, Tail: secret[len(secret)-4:], CreatedAt: now, ExpiresAt: now.Add(life),
	}
}

// randomLetters returns n lower-case letters.
func randomLetters(n int) string {
	const letters = 'z' - 'a' + 1
	out := make([]byte, 0, n)
	for b := make([]byte, 1); len(out) < n; {
		rand.Read(b) // never fails: it aborts the program instead
		// Above the last whole multiple of 26 some letters would come more often.
		if b[0] < 256/letters*letters {
			out = append(out, 'a'+b[0]%letters)
		}
	}
	return string(out)
}

// randomUUID returns a UUID of version 4 (RFC 9562, section 5.4).
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
