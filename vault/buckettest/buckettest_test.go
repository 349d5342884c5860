package buckettest_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"go.uber.org/goleak"

	"tidemark/vault"
	"tidemark/vault/buckettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMem(t *testing.T) {
	t.Parallel()
	buckettest.Run(t, func(*testing.T) vault.Bucket { return buckettest.NewMem() })
}

func TestFaultyWithoutFaults(t *testing.T) {
	t.Parallel()
	buckettest.Run(t, func(*testing.T) vault.Bucket { return buckettest.NewFaulty(buckettest.NewMem()) })
}

func TestFaultyFailsTheNthCall(t *testing.T) {
	t.Parallel()
	f := buckettest.NewFaulty(buckettest.NewMem())
	boom := errors.New("boom")
	f.Fail(buckettest.Delete, 2, boom)
	for i, want := range []error{nil, boom, nil} {
		if err := f.Delete(t.Context(), "a"); !errors.Is(err, want) {
			t.Fatalf("call %d: %v, want %v", i+1, err, want)
		}
	}
	if n := f.Calls(buckettest.Delete); n != 3 {
		t.Fatalf("%d calls counted", n)
	}
}

func TestFaultyReadsShort(t *testing.T) {
	t.Parallel()
	mem := buckettest.NewMem()
	mem.Put("a", []byte("0123456789"))
	f := buckettest.NewFaulty(mem)
	r, err := f.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	f.ShortRead(1)
	if n, err := r.ReadAt(make([]byte, 4), 0); n != 2 || err != io.ErrUnexpectedEOF {
		t.Fatalf("a short read gives %d, %v", n, err)
	}
	if n, err := r.ReadAt(make([]byte, 4), 0); n != 4 || err != nil {
		t.Fatalf("the next read gives %d, %v", n, err)
	}
}

func TestFaultyWaitsAtItsGate(t *testing.T) {
	t.Parallel()
	f := buckettest.NewFaulty(buckettest.NewMem())
	gate := make(chan struct{})
	f.Gate(buckettest.Delete, gate)
	done := make(chan error)
	go func() { done <- f.Delete(context.Background(), "a") }()
	select {
	case <-done:
		t.Fatal("the call did not wait")
	case gate <- struct{}{}:
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Delete(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled call at the gate: %v", err)
	}
}
