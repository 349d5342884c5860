package storetest

import (
	"errors"
	"strings"
	"time"

	"tidemark"
)

// key stores a key and returns it as reads do, and its secrets: one of an API
// key, two of a service account.
func (h *harness) key(orgID tidemark.ID, kind tidemark.KeyKind, ms int) (*tidemark.Key, []string) {
	h.Helper()
	k := sampleKey(orgID, kind)
	k.CreatedAt = at(ms)
	h.update(func(tx tidemark.Tx) error { return tx.CreateKey(h.Context(), k) })
	if kind == tidemark.KeyAPI {
		h.filled(k, "Secrets")
		secret := k.Secret
		k.Secret = ""
		return k, []string{secret}
	}
	h.filled(k, "Secret", "SecretTail")
	var secrets []string
	for n := range k.Secrets {
		h.filled(&k.Secrets[n])
		secrets = append(secrets, k.Secrets[n].Secret)
		k.Secrets[n].Secret = ""
	}
	return k, secrets
}

func testKeys(h *harness) {
	o, other := h.organization("o"), h.organization("other")
	api, _ := h.key(o.ID, tidemark.KeyAPI, 9)
	account, _ := h.key(o.ID, tidemark.KeyServiceAccount, 1)
	h.key(other.ID, tidemark.KeyAPI, 5)
	for _, k := range []*tidemark.Key{api, account} {
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Key(h.Context(), k.ID)
			if err != nil {
				return err
			}
			h.equal(got, k)
			got, err = tx.KeyByPublicID(h.Context(), k.Kind, k.PublicID)
			h.equal(got, k)
			return err
		})
	}
	list := func(kind tidemark.KeyKind, want ...tidemark.ID) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, total, err := tx.Keys(h.Context(), o.ID, kind, page())
			h.equal(idsOf(got, keyID), want)
			h.equal(total, len(want))
			return err
		})
	}
	list("", account.ID, api.ID)
	list(tidemark.KeyAPI, api.ID)
	h.update(func(tx tidemark.Tx) error { return tx.DeleteKey(h.Context(), api.ID) })
	list(tidemark.KeyAPI)
	list("", account.ID)
}

func testKeySecrets(h *harness) {
	o := h.organization("o")
	api, private := h.key(o.ID, tidemark.KeyAPI, 1)
	account, secrets := h.key(o.ID, tidemark.KeyServiceAccount, 2)
	_, others := h.key(o.ID, tidemark.KeyServiceAccount, 3)
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.APIKeySecret(h.Context(), api.ID)
		h.equal(got, private[0])
		return err
	})
	finds := func(secret string, want *tidemark.ClientSecret) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.FindClientSecret(h.Context(), account.ID, secret)
			h.equal(got, want)
			return err
		})
	}
	for n, secret := range secrets {
		finds(secret, &account.Secrets[n])
		for _, wrong := range []string{"", secret[1:], secret + "0", strings.ToUpper(secret) + " ", private[0], others[n]} {
			finds(wrong, nil)
		}
	}
	// Neither answers for the other kind, or for none.
	for _, id := range []tidemark.ID{account.ID, tidemark.NewID()} {
		h.lacks(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
			_, err := tx.APIKeySecret(h.Context(), id)
			return err
		})
	}
	for _, id := range []tidemark.ID{api.ID, tidemark.NewID()} {
		h.lacks(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
			_, err := tx.FindClientSecret(h.Context(), id, secrets[0])
			return err
		})
		h.refuses(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
			s := sampleSecret(1)
			return tx.AddClientSecret(h.Context(), id, &s)
		})
	}

	third := sampleSecret(35)
	h.update(func(tx tidemark.Tx) error { return tx.AddClientSecret(h.Context(), account.ID, &third) })
	text := third.Secret
	third.Secret = ""
	finds(text, &third)
	h.refuses(tidemark.CodeSecretNotFound, func(tx tidemark.Tx) error {
		return tx.DeleteClientSecret(h.Context(), api.ID, account.Secrets[0].ID)
	})
	h.update(func(tx tidemark.Tx) error {
		return tx.DeleteClientSecret(h.Context(), account.ID, account.Secrets[0].ID)
	})
	h.refuses(tidemark.CodeSecretNotFound, func(tx tidemark.Tx) error {
		return tx.DeleteClientSecret(h.Context(), account.ID, account.Secrets[0].ID)
	})
	finds(secrets[0], nil)
	finds(secrets[1], &account.Secrets[1])
	account.Secrets = append(account.Secrets[1:], third)
	h.sameKey(account)
	h.update(func(tx tidemark.Tx) error {
		return errors.Join(
			tx.DeleteClientSecret(h.Context(), account.ID, third.ID),
			tx.DeleteClientSecret(h.Context(), account.ID, account.Secrets[0].ID))
	})
	finds(text, nil)
	account.Secrets = nil
	h.sameKey(account)
}

// sameKey reads a key and compares.
func (h *harness) sameKey(want *tidemark.Key) {
	h.Helper()
	h.view(func(tx tidemark.Tx) error {
		got, err := tx.Key(h.Context(), want.ID)
		h.equal(got, want)
		return err
	})
}

func testKeyErrors(h *harness) {
	o := h.organization("o")
	k, _ := h.key(o.ID, tidemark.KeyAPI, 1)
	h.lacks(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
		_, err := tx.Key(h.Context(), tidemark.NewID())
		return err
	})
	h.lacks(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
		_, err := tx.KeyByPublicID(h.Context(), tidemark.KeyServiceAccount, k.PublicID)
		return err
	})
	h.refuses(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error { return tx.DeleteKey(h.Context(), tidemark.NewID()) })
	h.refuses(tidemark.CodeOrgNotFound, func(tx tidemark.Tx) error {
		return tx.CreateKey(h.Context(), sampleKey(tidemark.NewID(), tidemark.KeyAPI))
	})
	h.refuses(tidemark.CodeConflict, func(tx tidemark.Tx) error {
		same := sampleKey(o.ID, tidemark.KeyAPI)
		same.PublicID = k.PublicID
		return tx.CreateKey(h.Context(), same)
	})
	for _, kind := range []tidemark.KeyKind{tidemark.KeyAPI, tidemark.KeyServiceAccount} {
		h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
			bare := sampleKey(o.ID, kind)
			bare.Secret = "" // else the empty secret would be right
			for n := range bare.Secrets {
				bare.Secrets[n].Secret = ""
			}
			return tx.CreateKey(h.Context(), bare)
		})
	}
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		both := sampleKey(o.ID, tidemark.KeyServiceAccount)
		both.Secret = "x"
		return tx.CreateKey(h.Context(), both)
	})
	h.refuses(tidemark.CodeKeyNotFound, func(tx tidemark.Tx) error {
		return tx.UpdateKey(h.Context(), sampleKey(o.ID, tidemark.KeyAPI))
	})
	h.refuses(tidemark.CodeInvalidData, func(tx tidemark.Tx) error {
		odd := sampleKey(o.ID, "passport")
		odd.Secret, odd.SecretTail = "", ""
		return tx.CreateKey(h.Context(), odd)
	})
}

func testRevokedTokens(h *harness) {
	revoke := func(jti string, expiry time.Time) {
		h.Helper()
		h.update(func(tx tidemark.Tx) error { return tx.RevokeToken(h.Context(), jti, expiry) })
	}
	revoked := func(jti string, want bool) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.TokenRevoked(h.Context(), jti)
			h.equal(got, want)
			return err
		})
	}
	hour := time.Now().Add(time.Hour)
	revoked("a", false)
	revoke("a", hour)
	revoke("a", hour) // twice is no error
	revoked("a", true)
	revoked("b", false)

	revoke("long", hour)
	revoke("long", at(0)) // does not shorten the first
	revoke("short", at(0))
	revoke("short", hour)
	revoke("never", time.Time{})
	revoke("past", at(0))
	revoke("sweeper", hour) // drops what has expired
	for _, jti := range []string{"a", "long", "short", "never", "sweeper"} {
		revoked(jti, true)
	}
	revoked("past", false)
}

func testSettings(h *harness) {
	set := func(name, value string) {
		h.Helper()
		h.update(func(tx tidemark.Tx) error { return tx.SetSetting(h.Context(), name, value) })
	}
	is := func(name, want string) {
		h.Helper()
		h.view(func(tx tidemark.Tx) error {
			got, err := tx.Setting(h.Context(), name)
			h.equal(got, want)
			return err
		})
	}
	is("signingKey", "")
	set("signingKey", "one")
	set("other", "\x00\xff bytes")
	is("signingKey", "one")
	set("signingKey", "two")
	is("signingKey", "two")
	set("signingKey", "")
	set("signingKey", "")
	is("signingKey", "")
	is("other", "\x00\xff bytes")
}
