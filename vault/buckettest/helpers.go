package buckettest

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"tidemark"
	"tidemark/vault"
)

func put(t *testing.T, b vault.Bucket, name string, data []byte) {
	t.Helper()
	if err := tryPut(t.Context(), b, name, data); err != nil {
		t.Fatal(err)
	}
}

// tryPut writes an object in two pieces.
func tryPut(ctx context.Context, b vault.Bucket, name string, data []byte) error {
	w, err := b.Create(ctx, name)
	if err != nil {
		return err
	}
	half := len(data) / 2
	for _, p := range [][]byte{data[:half], data[half:]} {
		if _, err := w.Write(p); err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	return w.Commit(ctx)
}

func get(t *testing.T, b vault.Bucket, name string) []byte {
	t.Helper()
	r, err := b.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(p)) != r.Size() {
		t.Fatalf("%s has %d bytes and says it has %d", name, len(p), r.Size())
	}
	return p
}

func listed(t *testing.T, b vault.Bucket, prefix string) []string {
	t.Helper()
	var names []string
	for info, err := range b.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	return names
}

func wantCode(t *testing.T, err error, code tidemark.Code) {
	t.Helper()
	if got := tidemark.ErrorCode(err); got != code {
		t.Fatalf("the error is %q (%v), want %q", got, err, code)
	}
}

func wantCanceled(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("under a cancelled context the error is %v", err)
	}
}

func randomBytes(n int) []byte {
	p := make([]byte, n)
	rand.Read(p)
	return p
}
