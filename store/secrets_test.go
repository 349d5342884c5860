package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"tidemark"
	"tidemark/store"
)

// secrets are what the store of seed must not show.
type secrets struct{ uri, private, client, token, setting string }

func (s secrets) each() []string { return []string{s.uri, s.private, s.client, s.token, s.setting} }

// rows are the ids of what seed stored, two of each kind.
type rows struct{ instances, apiKeys, accounts, jobs [2]tidemark.ID }

// seed stores two of everything that has a secret.
func seed(t *testing.T, db tidemark.Store) (s [2]secrets, r rows) {
	t.Helper()
	err := db.Update(t.Context(), func(tx tidemark.Tx) error {
		ctx := t.Context()
		org := tidemark.NewID()
		project := tidemark.NewID()
		err := errors.Join(
			tx.CreateOrganization(ctx, &tidemark.Organization{ID: org, Name: "o"}),
			tx.CreateProject(ctx, &tidemark.Project{ID: project, OrgID: org, Name: "p"}))
		for n := range 2 {
			s[n] = secrets{
				"mongodb://root:" + tidemark.RandomHex(16) + "@db/", tidemark.RandomHex(16),
				"mdb_sa_sk_" + tidemark.RandomHex(32), tidemark.RandomHex(32), tidemark.RandomHex(32),
			}
			r.instances[n], r.apiKeys[n], r.accounts[n], r.jobs[n] = tidemark.NewID(), tidemark.NewID(), tidemark.NewID(), tidemark.NewID()
			err = errors.Join(err,
				tx.CreateInstance(ctx, &tidemark.Instance{
					ID: r.instances[n], ProjectID: project, Name: string(r.instances[n]), URI: s[n].uri,
					Kind: tidemark.KindFlex, State: tidemark.StateIdle,
				}),
				tx.CreateKey(ctx, &tidemark.Key{
					ID: r.apiKeys[n], OrgID: org, Kind: tidemark.KeyAPI, PublicID: string(r.apiKeys[n]), Secret: s[n].private,
				}),
				tx.CreateKey(ctx, &tidemark.Key{
					ID: r.accounts[n], OrgID: org, Kind: tidemark.KeyServiceAccount, PublicID: string(r.accounts[n]),
					Secrets: []tidemark.ClientSecret{{ID: r.accounts[n], Secret: s[n].client}},
				}),
				tx.CreateRestoreJob(ctx, &tidemark.RestoreJob{
					ID: r.jobs[n], InstanceID: r.instances[n], State: tidemark.JobCompleted,
					DeliveryType: tidemark.DeliverDownload, DownloadToken: s[n].token,
				}),
				tx.SetSetting(ctx, []string{"first", "second"}[n], s[n].setting))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// TestStolenFile looks for every secret in the database and its log, as it is,
// in hexadecimal and in base64 at each of the three offsets it may have.
func TestStolenFile(t *testing.T) {
	t.Parallel()
	c := config(t)
	db := open(t, c)
	s, _ := seed(t, db)
	look := func(suffix string) {
		t.Helper()
		content, err := os.ReadFile(c.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		lower := bytes.ToLower(content)
		if suffix != "" && !bytes.Contains(content, []byte("organizations")) && !bytes.Contains(content, []byte("first")) {
			t.Errorf("the file %q does not hold the rows: the search proves nothing", suffix)
		}
		for _, secret := range append(s[0].each(), s[1].each()...) {
			if bytes.Contains(content, []byte(secret)) || bytes.Contains(lower, []byte(hex.EncodeToString([]byte(secret)))) {
				t.Errorf("meta.db%s shows a secret", suffix)
			}
			for shift := range 3 {
				encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
				inner := encoded[4 : len(encoded)-4] // what does not depend on the neighbours
				if bytes.Contains(content, []byte(inner)) {
					t.Errorf("meta.db%s shows a secret in base64", suffix)
				}
			}
		}
	}
	look("-wal")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	look("") // the log has been folded into the file
}

// TestMovedSecrets moves each sealed value into the other row of its table, as
// one could who can write the file but lacks the master key.
func TestMovedSecrets(t *testing.T) {
	t.Parallel()
	c := config(t)
	db := open(t, c)
	s, r := seed(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	move := func(table, column, key string, from, to any) {
		raw(t, c.Path, "UPDATE "+table+" SET "+column+" = (SELECT "+column+" FROM "+table+" WHERE "+key+" = ?) WHERE "+key+" = ?", from, to)
	}
	move("instances", "sealed_uri", "id", r.instances[0], r.instances[1])
	move("keys", "sealed_secret", "id", r.apiKeys[0], r.apiKeys[1])
	move("client_secrets", "sealed_hash", "id", r.accounts[0], r.accounts[1])
	move("restore_jobs", "sealed_token", "id", r.jobs[0], r.jobs[1])
	move("settings", "sealed_value", "name", "first", "second")

	db = open(t, c)
	reads := map[string]func(tx tidemark.Tx, n int) error{
		"connection string": func(tx tidemark.Tx, n int) error {
			_, err := tx.Instance(t.Context(), r.instances[n])
			return err
		},
		"private key": func(tx tidemark.Tx, n int) error {
			_, err := tx.APIKeySecret(t.Context(), r.apiKeys[n])
			return err
		},
		"client secret": func(tx tidemark.Tx, n int) error {
			_, err := tx.FindClientSecret(t.Context(), r.accounts[n], s[0].client)
			return err
		},
		"download token": func(tx tidemark.Tx, n int) error {
			_, err := tx.RestoreJobByToken(t.Context(), s[n].token)
			return err
		},
		"setting": func(tx tidemark.Tx, n int) error {
			_, err := tx.Setting(t.Context(), []string{"first", "second"}[n])
			return err
		},
	}
	for what, read := range reads {
		for n := range 2 {
			err := db.View(t.Context(), func(tx tidemark.Tx) error { return read(tx, n) })
			if n == 0 && err != nil {
				t.Errorf("the %s that was not touched: %v", what, err)
			}
			if n == 1 && err == nil {
				t.Errorf("the %s opens in another row", what)
			}
			for _, secret := range append(s[0].each(), s[1].each()...) {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error of the %s shows a secret", what)
				}
			}
		}
	}
}

// breakable is a Sealer that can be made to fail.
type breakable struct {
	store.Sealer
	broken bool
}

func (b *breakable) Seal(plaintext []byte, context string) ([]byte, error) {
	if b.broken {
		return nil, tidemark.Errorf(tidemark.CodeWrongMasterKey, "the key is gone")
	}
	return b.Sealer.Seal(plaintext, context)
}
