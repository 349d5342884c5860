package store_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"tidemark"
	"tidemark/store"
)

// TestMigrateKeys opens a file whose service account has one secret, in its own
// row, and whose keys have roles in projects.
func TestMigrateKeys(t *testing.T) {
	t.Parallel()
	c := store.Config{Path: config(t).Path, Sealer: plain{}}
	if err := store.MigrateTo(t.Context(), c.Path, 2); err != nil {
		t.Fatal(err)
	}
	const org, project, other = "000000000000000000000001", "000000000000000000000002", "000000000000000000000003"
	const api, account = "00000000000000000000000a", "00000000000000000000000b"
	raw(t, c.Path, `INSERT INTO organizations VALUES (?, 'o', NULL)`, org)
	for _, id := range []string{project, other} {
		raw(t, c.Path, `INSERT INTO projects VALUES (?, ?, ?, NULL, FALSE, '[]')`, id, org, id)
	}
	sum := sha256.Sum256([]byte("secret"))
	sealed := base64.StdEncoding.EncodeToString([]byte("serviceAccount/" + account + "\n" + hex.EncodeToString(sum[:])))
	roles := `[{"name":"ORG_MEMBER","orgId":"` + org + `"},{"name":"GROUP_OWNER","projectId":"` + project + `"}]`
	raw(t, c.Path, `INSERT INTO keys VALUES (?, ?, 'serviceAccount', 'client', 'n', 'd', ?, 'cret', ?, 5, 1700000000000, NULL)`, account, org, sealed, roles)
	raw(t, c.Path, `INSERT INTO keys VALUES (?, ?, 'apiKey', 'abcdefgh', '', '', ?, 'tail', ?, 5, NULL, NULL)`, api, org,
		base64.StdEncoding.EncodeToString([]byte("apiKey/"+api+"\nprivate")), roles)
	for range 2 { // forth, and forth again after the way back
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(t.Context(), func(tx tidemark.Tx) error {
			ctx := t.Context()
			found, err := tx.FindClientSecret(ctx, account, "secret")
			if err != nil || found == nil || found.ID != account || found.Tail != "cret" || found.ExpiresAt.UnixMilli() != 1700000000000 {
				t.Errorf("the secret is %+v, %v", found, err)
			}
			private, err := tx.APIKeySecret(ctx, api)
			if err != nil || private != "private" {
				t.Errorf("the private key is %q, %v", private, err)
			}
			for kind, want := range map[tidemark.KeyKind]tidemark.ID{tidemark.KeyAPI: api, tidemark.KeyServiceAccount: account} {
				keys, _, err := tx.ProjectKeys(ctx, project, kind, tidemark.Page{Number: 1, Size: 10})
				if err != nil || len(keys) != 1 || keys[0].ID != want {
					t.Errorf("the keys of the project are %v, %v", keys, err)
				}
				if _, n, err := tx.ProjectKeys(ctx, other, kind, tidemark.Page{Number: 1, Size: 10}); n != 0 || err != nil {
					t.Errorf("the other project has %d keys, %v", n, err)
				}
			}
			return nil
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if err := store.MigrateTo(t.Context(), c.Path, 2); err != nil {
			t.Fatal(err)
		}
	}
}
