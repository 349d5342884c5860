package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// segment is the plaintext of a segment but the first, which has 40 bytes less.
const segment = 64<<10 - 16

// borderSizes are lengths of plaintext around the borders of segments.
var borderSizes = []int{
	0, 1, segment - 41, segment - 40, segment - 39, segment,
	2*segment - 41, 2*segment - 40, 2*segment - 39, 5*segment - 40, 5*segment + 7,
}

func TestObjectsRoundTrip(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	for _, size := range borderSizes {
		want := randomBytes(size)
		w, err := v.Create(t.Context(), vault.KindSlice)
		if err != nil {
			t.Fatal(err)
		}
		for p := want; len(p) > 0; p = p[min(len(p), 10_007):] {
			if _, err := w.Write(p[:min(len(p), 10_007)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := w.Abort(); err != nil {
			t.Fatalf("Abort after Commit: %v", err)
		}
		r := openObject(t, v, w.Name())
		got, err := io.ReadAll(io.NewSectionReader(r, 0, 1<<40))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes come back as %d others, %v", size, len(got), err)
		}
		stored := int64(len(mem.Bytes(w.Name())))
		if r.Size() != int64(size) || w.Size() != int64(size) || r.StoredSize() != stored || w.StoredSize() != stored {
			t.Fatalf("sizes %d %d stored %d %d of %d, %d", r.Size(), w.Size(), r.StoredSize(), w.StoredSize(), size, stored)
		}
		if r.Kind() != vault.KindSlice || r.Name() != w.Name() {
			t.Fatalf("it is a %v named %s", r.Kind(), r.Name())
		}
	}
}

func TestNamesGiveNothingAway(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	form := regexp.MustCompile(`^objects/([0-9a-f]{2})/([0-9a-f]{2})[0-9a-f]{30}$`)
	seen := make(map[string]bool)
	for range 50 {
		for _, kind := range []vault.Kind{vault.KindRun, vault.KindManifest} {
			name := seal(t, v, kind, nil)
			if m := form.FindStringSubmatch(name); m == nil || m[1] != m[2] || seen[name] {
				t.Fatalf("%q is not a new name", name)
			}
			seen[name] = true
		}
	}
}

func TestReadsAnywhere(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 700_000), rapid.SampledFrom(borderSizes)).Draw(rt, "size")
		want := randomBytes(size)
		r := openObject(t, v, seal(t, v, vault.KindRun, want))
		defer r.Close()
		for range 20 {
			off := rapid.IntRange(0, size+10).Draw(rt, "off")
			p := make([]byte, rapid.OneOf(rapid.IntRange(0, 2000), rapid.IntRange(0, 400_000)).Draw(rt, "length"))
			n, err := r.ReadAt(p, int64(off))
			if left := max(0, size-off); n != min(len(p), left) || (n < len(p)) != errors.Is(err, io.EOF) || n == len(p) && err != nil {
				rt.Fatalf("%d bytes at %d of %d: %d, %v", len(p), off, size, n, err)
			}
			if n > 0 && !bytes.Equal(p[:n], want[off:off+n]) {
				rt.Fatalf("%d bytes at %d of %d are others", len(p), off, size)
			}
		}
	})
}

func TestReadsFromManyGoroutines(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	want := randomBytes(20 * segment)
	r := openObject(t, v, seal(t, v, vault.KindRun, want))
	var g errgroup.Group
	for i := range 10 {
		g.Go(func() error {
			p := make([]byte, 30_000)
			for off := i * 1000; off < len(want); off += len(p) / (i%3 + 1) {
				n, err := r.ReadAt(p, int64(off))
				if err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				if !bytes.Equal(p[:n], want[off:off+n]) {
					return errors.New("other bytes")
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestReadAheadIsForSequentialReads(t *testing.T) {
	t.Parallel()
	mem, master := buckettest.NewMem(), newMaster(t)
	f := buckettest.NewFaulty(mem)
	v := vault.Open(f, master)
	name := seal(t, v, vault.KindRun, randomBytes(200*segment))

	r := openObject(t, v, name)
	before := f.Calls(buckettest.ReadAt)
	if _, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, r.Size())); err != nil {
		t.Fatal(err)
	}
	if n := f.Calls(buckettest.ReadAt) - before; n > 200/4+3 {
		t.Errorf("%d requests to read 200 segments in order", n)
	}

	r = openObject(t, v, name)
	before = f.Calls(buckettest.ReadAt)
	p := make([]byte, 100)
	for range 10 { // stays in what is cached
		for _, at := range []int64{20, 80, 140} {
			if _, err := r.ReadAt(p, at*segment); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := f.Calls(buckettest.ReadAt) - before; n != 3 {
		t.Errorf("%d requests to read three segments ten times", n)
	}
}

func TestMissingObjects(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	name := seal(t, v, vault.KindRun, []byte("x"))
	if there, err := v.Exists(t.Context(), name); !there || err != nil {
		t.Fatalf("Exists: %v, %v", there, err)
	}
	if info, err := v.Stat(t.Context(), name); err != nil || info.Size < 100 {
		t.Fatalf("Stat: %+v, %v", info, err)
	}
	for range 2 {
		if err := v.Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := v.Exists(t.Context(), name); there || err != nil {
		t.Fatalf("Exists after Delete: %v, %v", there, err)
	}
	_, err := v.Open(t.Context(), name)
	wantCode(t, err, tidemark.CodeObjectMissing)
	_, err = v.Exists(t.Context(), "NO NAME")
	wantCode(t, err, tidemark.CodeInvalidData)
}

func TestAbortedWriterLeavesNothing(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	w, err := v.Create(t.Context(), vault.KindRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(randomBytes(200_000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Fatal("a write after Abort succeeds")
	}
	if err := w.Commit(); err == nil {
		t.Fatal("a commit after Abort succeeds")
	}
	if names := mem.Names(); len(names) != 0 {
		t.Fatalf("there is %v", names)
	}
}

func TestWriterFailsAtAnyCall(t *testing.T) {
	t.Parallel()
	master, want := newMaster(t), randomBytes(3*segment)
	boom := errors.New("boom")
	write := func(v *vault.Vault) error {
		w, err := v.Create(t.Context(), vault.KindRun)
		if err != nil {
			return err
		}
		_, _ = w.Write(want[:segment+100]) // Commit must remember the failure
		_, _ = w.Write(want[segment+100:])
		return w.Commit()
	}
	for _, m := range []buckettest.Method{buckettest.Create, buckettest.Write, buckettest.Commit} {
		for n := 1; ; n++ {
			mem := buckettest.NewMem()
			f := buckettest.NewFaulty(mem)
			f.Fail(m, n, boom)
			err := write(vault.Open(f, master))
			if f.Calls(m) < n {
				if err != nil || n == 1 {
					t.Fatalf("%s was called %d times: %v", m, n-1, err)
				}
				break
			}
			if !errors.Is(err, boom) || len(mem.Names()) != 0 {
				t.Fatalf("%s %d: error %v, objects %v", m, n, err, mem.Names())
			}
		}
	}
}

func TestReaderFailsAtAnyCall(t *testing.T) {
	t.Parallel()
	mem, master := buckettest.NewMem(), newMaster(t)
	want := randomBytes(9 * segment)
	name := seal(t, vault.Open(mem, master), vault.KindRun, want)
	for n := 1; ; n++ {
		f := buckettest.NewFaulty(mem)
		if n%2 == 0 {
			f.Fail(buckettest.ReadAt, n, fmt.Errorf("connection lost: %w", io.EOF))
		} else {
			f.ShortRead(n)
		}
		got, err := readSome(t, vault.Open(f, master), name)
		if !bytes.Equal(got, want[:len(got)]) {
			t.Fatalf("read %d failing gives other bytes", n)
		}
		if f.Calls(buckettest.ReadAt) < n {
			if err != nil || len(got) != len(want) {
				t.Fatalf("without a failure: %d bytes, %v", len(got), err)
			}
			return
		}
		wantCode(t, err, tidemark.CodeInternal)
	}
}

func TestClosedReader(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	r := openObject(t, v, seal(t, v, vault.KindRun, []byte("x")))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.ReadAt(make([]byte, 1), 0); n != 0 || err == nil {
		t.Fatalf("a read after Close gives %d, %v", n, err)
	}
	if _, err := r.ReadAt(nil, -1); err == nil {
		t.Fatal("a negative offset is fine")
	}
}

// readSome reads an object in order until the end or an error.
func readSome(t *testing.T, v *vault.Vault, name string) ([]byte, error) {
	r, err := v.Open(t.Context(), name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
}
