package capture

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"
)

// sized yields entries of those sizes, each of another byte, then the error, if
// any.
func sized(sizes []int, end error) func(context.Context) iter.Seq2[[]byte, error] {
	return func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			var buf []byte
			for i, n := range sizes {
				buf = append(buf[:0], bytes.Repeat([]byte{byte(i)}, n)...)
				if !yield(buf, nil) {
					return
				}
			}
			if end != nil {
				yield(nil, end)
			}
		}
	}
}

func TestAheadYieldsAllInOrder(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	small := make([]int, 200)
	for i := range small {
		small[i] = 100 + 97*i
	}
	for _, sizes := range [][]int{nil, {1}, small, {aheadBytes, 1, aheadBytes - 1, 3 * aheadBytes, 5, 5 * aheadBytes, 0, aheadBytes + 1}} {
		for _, end := range []error{nil, boom} {
			n := 0
			var got error
			for entry, err := range ahead(t.Context(), sized(sizes, end)) {
				if err != nil {
					got = err
					continue
				}
				if !bytes.Equal(entry, bytes.Repeat([]byte{byte(n)}, sizes[n])) {
					t.Fatalf("entry %d of %d is of %d bytes, not %d", n, len(sizes), len(entry), sizes[n])
				}
				n++
			}
			if n != len(sizes) || !errors.Is(got, end) {
				t.Errorf("%d entries of %d, then %v instead of %v", n, len(sizes), got, end)
			}
		}
	}
}

// TestAheadEndsWithItsReader stops early: the goroutine must be gone.
func TestAheadEndsWithItsReader(t *testing.T) {
	t.Parallel()
	ended := false
	from := func(ctx context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			defer func() { ended = true }()
			for yield(make([]byte, aheadBytes), nil) {
			}
		}
	}
	for range ahead(t.Context(), from) {
		break
	}
	if !ended {
		t.Error("the reading goes on")
	}
}

func TestAheadTellsThatItWasCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endless := func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for yield(make([]byte, aheadBytes), nil) {
			}
		}
	}
	var last error
	n := 0
	for _, err := range ahead(ctx, endless) {
		if n++; n == 3 {
			cancel()
		}
		last = err
		if n > 1000 {
			t.Fatal("it goes on")
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("it ended with %v", last)
	}
}
