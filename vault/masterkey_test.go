package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/vault"
)

func keyFile(t *testing.T) string { return filepath.Join(t.TempDir(), "data", "master.key") }

func loadKey(t *testing.T, path string) *vault.MasterKey {
	t.Helper()
	m, err := vault.LoadOrCreateMasterKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMasterKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	sealed, err := loadKey(t, path).Seal([]byte("secret"), "key 1")
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := loadKey(t, path).Open(sealed, "key 1")
	if err != nil || string(got) != "secret" {
		t.Fatalf("after a restart the secret is %q, %v", got, err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Fatalf("a second start changed the key file (%v)", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file has mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Fatalf("beside the key file there is more: %v", entries)
	}
}

func TestMasterKeyRacingStarts(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	keys := make([]*vault.MasterKey, 6)
	var g errgroup.Group
	for i := range keys {
		g.Go(func() (err error) {
			keys[i], err = vault.LoadOrCreateMasterKey(path)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.ID() != keys[0].ID() {
			t.Fatal("two starts at once made two keys")
		}
	}
}

func TestMasterKeyFileThatOthersMayRead(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	loadKey(t, path)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := vault.LoadOrCreateMasterKey(path)
		wantCode(t, err, tidemark.CodeWrongMasterKey)
		if hint := tidemark.ErrorHint(err); !strings.Contains(hint, "chmod 600") {
			t.Fatalf("mode %v: the hint is %q", mode, hint)
		}
	}
}

func TestMasterKeyFileThatIsNone(t *testing.T) {
	t.Parallel()
	path := keyFile(t)
	loadKey(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty":     {},
		"cut":       whole[:len(whole)/2],
		"text":      []byte("correct horse battery staple"),
		"no keys":   []byte(`{"primaryKeyId":1,"key":[]}`),
		"too long":  bytes.Repeat([]byte(" "), 100_000),
		"unmarked":  bytes.ReplaceAll(whole, []byte(`"TINK"`), []byte(`"RAW"`)),
		"other use": bytes.ReplaceAll(whole, []byte("tink.AesGcmKey"), []byte("tink.HmacKey")),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vault.LoadOrCreateMasterKey(path)
		if tidemark.ErrorCode(err) != tidemark.CodeWrongMasterKey || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: %v (hint %q)", name, err, tidemark.ErrorHint(err))
		}
		if err != nil && strings.Contains(err.Error(), "battery") {
			t.Errorf("%s: the error quotes the file", name)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, data) {
			t.Fatalf("%s: the file was changed (%v)", name, err)
		}
	}
}

func TestSecretsAreBoundToTheirContext(t *testing.T) {
	t.Parallel()
	m := newMaster(t)
	sealed, err := m.Seal([]byte("mongodb://u:p@h"), "instance 1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("mongodb")) {
		t.Fatal("a sealed secret shows")
	}
	_, err = m.Open(sealed, "instance 2")
	wantCode(t, err, tidemark.CodeInvalidData)
	_, err = newMaster(t).Open(sealed, "instance 1")
	wantCode(t, err, tidemark.CodeWrongMasterKey)
	_, err = m.Open(nil, "instance 1")
	wantCode(t, err, tidemark.CodeInvalidData)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := m.Open(bad, "instance 1"); err == nil {
			t.Fatalf("a flip of byte %d goes unseen", i)
		}
	}
}
