package buckettest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/vault"
)

// Run holds a bucket against the contract of [vault.Bucket]. open returns an
// empty bucket and cleans up after itself; each test has one of its own.
func Run(t *testing.T, open func(t *testing.T) vault.Bucket) {
	tests := map[string]func(*testing.T, vault.Bucket){
		"RoundTrip":       roundTrip,
		"Invisible":       invisibleBeforeCommit,
		"WriteOnce":       writeOnce,
		"RacingWriters":   racingWriters,
		"Missing":         missing,
		"Delete":          deleteObject,
		"List":            list,
		"ListStops":       listStops,
		"Names":           names,
		"RandomReads":     randomReads,
		"EndedContext":    endedContext,
		"AbortAndRewrite": abortAndRewrite,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func roundTrip(t *testing.T, b vault.Bucket) {
	for _, size := range []int{0, 1, 100, 1 << 20} {
		name, want := "objects/"+tidemark.RandomHex(8), randomBytes(size)
		before := time.Now().Add(-2 * time.Second)
		put(t, b, name, want)
		if got := get(t, b, name); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes came back as %d other ones", size, len(got))
		}
		info, err := b.Stat(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Name != name || info.Size != int64(size) || info.Modified.Before(before) {
			t.Fatalf("Stat says %+v of %d bytes just written", info, size)
		}
	}
}

func invisibleBeforeCommit(t *testing.T, b vault.Bucket) {
	w, err := b.Create(t.Context(), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(randomBytes(1000)); err != nil {
		t.Fatal(err)
	}
	_, err = b.Open(t.Context(), "a/b")
	wantCode(t, err, tidemark.CodeObjectMissing)
	if got := listed(t, b, ""); len(got) != 0 {
		t.Fatalf("an object that is being written is listed: %v", got)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, b, ""); !slices.Equal(got, []string{"a/b"}) {
		t.Fatalf("after Commit there is %v", got)
	}
	if err := w.Abort(); err != nil {
		t.Fatalf("Abort after Commit: %v", err)
	}
	if n := len(get(t, b, "a/b")); n != 1000 {
		t.Fatalf("Abort after Commit left %d bytes", n)
	}
}

func writeOnce(t *testing.T, b vault.Bucket) {
	put(t, b, "a/b", []byte("first"))
	wantCode(t, tryPut(t.Context(), b, "a/b", []byte("second")), tidemark.CodeObjectExists)
	if got := get(t, b, "a/b"); string(got) != "first" {
		t.Fatalf("the object is now %q", got)
	}
}

func racingWriters(t *testing.T, b vault.Bucket) {
	const writers = 8
	var g errgroup.Group
	won := make([]bool, writers)
	for i := range writers {
		g.Go(func() error {
			err := tryPut(t.Context(), b, "a/b", bytes.Repeat([]byte{byte(i)}, 5000))
			won[i] = err == nil
			if err != nil && tidemark.ErrorCode(err) != tidemark.CodeObjectExists {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	i := slices.Index(won, true)
	if i < 0 || slices.Contains(won[i+1:], true) {
		t.Fatalf("not exactly one of %d writers of one name won: %v", writers, won)
	}
	if got := get(t, b, "a/b"); !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, 5000)) {
		t.Fatal("the object is not the winner's")
	}
}

func missing(t *testing.T, b vault.Bucket) {
	put(t, b, "there/x", nil)
	for _, name := range []string{"a", "a/b", "there", "there/y", "there/x/y"} {
		_, err := b.Open(t.Context(), name)
		wantCode(t, err, tidemark.CodeObjectMissing)
		_, err = b.Stat(t.Context(), name)
		wantCode(t, err, tidemark.CodeObjectMissing)
	}
}

func deleteObject(t *testing.T, b vault.Bucket) {
	put(t, b, "a/b", []byte("x"))
	put(t, b, "a/c", []byte("y"))
	for range 2 { // the second time it is missing
		if err := b.Delete(t.Context(), "a/b"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Delete(t.Context(), "never/was"); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, b, ""); !slices.Equal(got, []string{"a/c"}) {
		t.Fatalf("left is %v", got)
	}
	put(t, b, "a/b", []byte("again"))
	if got := get(t, b, "a/b"); string(got) != "again" {
		t.Fatalf("a name used again holds %q", got)
	}
}

func list(t *testing.T, b vault.Bucket) {
	all := []string{"a.b", "a/x", "a/y/1", "a/y/2", "a0", "ab/x", "b", "c/d/e/f"}
	for _, i := range rand.Perm(len(all)) {
		put(t, b, all[i], []byte(all[i]))
	}
	for prefix, want := range map[string][]string{
		"":      all,
		"a":     all[:6],
		"a/":    {"a/x", "a/y/1", "a/y/2"},
		"a/y":   {"a/y/1", "a/y/2"},
		"a/y/2": {"a/y/2"},
		"c/d/e": {"c/d/e/f"},
		"b":     {"b"},
		"b/":    nil,
		"zz":    nil,
	} {
		if got := listed(t, b, prefix); !slices.Equal(got, want) {
			t.Errorf("prefix %q lists %v, want %v", prefix, got, want)
		}
	}
	for info, err := range b.List(t.Context(), "a/y") {
		if err != nil || info.Size != 5 || info.Modified.IsZero() {
			t.Errorf("listed as %+v, %v", info, err)
		}
	}
}

func listStops(t *testing.T, b vault.Bucket) {
	for _, name := range []string{"a/1", "a/2", "b/1", "b/2"} {
		put(t, b, name, nil)
	}
	seen := 0
	for range b.List(t.Context(), "") {
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Fatalf("saw %d objects before the break", seen)
	}
}

func names(t *testing.T, b vault.Bucket) {
	for _, name := range []string{"", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a", ".a", "a/.b", "A", "a b", "a\\b", "a\x00b", "ä"} {
		_, err := b.Create(t.Context(), name)
		wantCode(t, err, tidemark.CodeInvalidData)
		_, err = b.Open(t.Context(), name)
		wantCode(t, err, tidemark.CodeInvalidData)
		_, err = b.Stat(t.Context(), name)
		wantCode(t, err, tidemark.CodeInvalidData)
		wantCode(t, b.Delete(t.Context(), name), tidemark.CodeInvalidData)
	}
}

func randomReads(t *testing.T, b vault.Bucket) {
	want := randomBytes(200_000)
	put(t, b, "a", want)
	r, err := b.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			for range 50 {
				off := rand.IntN(len(want))
				p := make([]byte, rand.IntN(5000))
				n, err := r.ReadAt(p, int64(off))
				if left := len(want) - off; n < len(p) && (n != left || !errors.Is(err, io.EOF)) {
					return errors.New("a short read that is not the end")
				}
				if !bytes.Equal(p[:n], want[off:off+n]) {
					return errors.New("other bytes than were written")
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.ReadAt(make([]byte, 1), int64(len(want))); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("a read at the end gives %d, %v", n, err)
	}
}

func endedContext(t *testing.T, b vault.Bucket) {
	w, err := b.Create(t.Context(), "late")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Create(ctx, "a")
	wantCanceled(t, err)
	_, err = b.Open(ctx, "a")
	wantCanceled(t, err)
	wantCanceled(t, b.Delete(ctx, "a"))
	wantCanceled(t, w.Commit(ctx))
	if got := listed(t, b, ""); len(got) != 0 {
		t.Fatalf("a commit that was cancelled left %v", got)
	}
}

func abortAndRewrite(t *testing.T, b vault.Bucket) {
	w, err := b.Create(t.Context(), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // aborting twice is harmless
		if err := w.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Fatal("a write after Abort succeeds")
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Fatal("a commit after Abort succeeds")
	}
	put(t, b, "a/b", []byte("whole"))
	if got := get(t, b, "a/b"); string(got) != "whole" {
		t.Fatalf("after an aborted writer the object holds %q", got)
	}
}
