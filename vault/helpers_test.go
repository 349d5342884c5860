package vault_test

import (
	"crypto/rand"
	"io"
	"testing"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

func newMaster(t testing.TB) *vault.MasterKey {
	t.Helper()
	m, err := vault.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// memVault returns a vault over a bucket in memory.
func memVault(t testing.TB) (*vault.Vault, *buckettest.Mem, *vault.MasterKey) {
	t.Helper()
	mem, master := buckettest.NewMem(), newMaster(t)
	return vault.Open(mem, master), mem, master
}

// seal writes an object and returns its name.
func seal(t testing.TB, v *vault.Vault, kind vault.Kind, data []byte) string {
	t.Helper()
	w, err := v.Create(t.Context(), kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return w.Name()
}

func openObject(t testing.TB, v *vault.Vault, name string) *vault.Reader {
	t.Helper()
	r, err := v.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func readAll(t testing.TB, v *vault.Vault, name string) []byte {
	t.Helper()
	r, err := v.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantCode(t testing.TB, err error, codes ...tidemark.Code) {
	t.Helper()
	got := tidemark.ErrorCode(err)
	for _, code := range codes {
		if got == code {
			return
		}
	}
	t.Fatalf("the error is %q (%v), want %q", got, err, codes)
}

func randomBytes(n int) []byte {
	p := make([]byte, n)
	rand.Read(p)
	return p
}
