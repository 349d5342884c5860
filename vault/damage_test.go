package vault_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// The beginning of an object as docs/formats.md has it.
const (
	headerLength = 8 + 2 + 2 + 1 + 1 + 4 + 65 + 4
	streamHeader = 40
)

// probe reads an altered object in many ways. Whatever comes out must be what
// went in; it returns the error of a whole read.
func probe(t *testing.T, v *vault.Vault, name string, want []byte) error {
	t.Helper()
	got, err := readSome(t, v, name)
	if len(got) > len(want) || !bytes.Equal(got, want[:len(got)]) {
		t.Fatalf("an altered object gives %d wrong bytes", len(got))
	}
	r, openErr := v.Open(t.Context(), name)
	if openErr != nil {
		return err
	}
	defer r.Close()
	if r.Size() != int64(len(want)) {
		t.Fatalf("an altered object opens with %d bytes, %d were written", r.Size(), len(want))
	}
	for range 10 {
		off, p := rand.IntN(len(want)), make([]byte, 1+rand.IntN(100_000))
		n, _ := r.ReadAt(p, int64(off))
		if !bytes.Equal(p[:n], want[off:off+n]) {
			t.Fatalf("an altered object gives wrong bytes at %d", off)
		}
	}
	return err
}

func TestFlippedBitsAreFound(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	want := randomBytes(3*segment + 1000)
	name := seal(t, v, vault.KindRun, want)
	stored := mem.Bytes(name)
	places := []int{len(stored) - 1}
	for i := range headerLength + streamHeader + 20 {
		places = append(places, i)
	}
	for border := headerLength + 64<<10; border < len(stored); border += 64 << 10 {
		places = append(places, border-17, border-1, border, border+1)
	}
	for range 50 {
		places = append(places, rand.IntN(len(stored)))
	}
	for _, i := range places {
		bad := bytes.Clone(stored)
		bad[i] ^= 1 << rand.IntN(8)
		mem.Put(name, bad)
		if err := probe(t, v, name, want); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
			t.Fatalf("a flip in byte %d is %q: %v", i, tidemark.ErrorCode(err), err)
		}
	}
	mem.Put(name, stored)
	if err := probe(t, v, name, want); err != nil {
		t.Fatalf("the object as it was: %v", err)
	}
}

func TestCutAndLengthenedObjectsDoNotOpen(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	name := seal(t, v, vault.KindRun, randomBytes(4*segment))
	stored := mem.Bytes(name)
	var lengths []int
	for border := headerLength; border < len(stored); border += 64 << 10 {
		for d := -17; d <= 17; d++ {
			lengths = append(lengths, border+d)
		}
	}
	for n := range headerLength + streamHeader + 40 {
		lengths = append(lengths, n)
	}
	for _, n := range append(lengths, len(stored)-1, len(stored)-16) {
		mem.Put(name, stored[:n])
		_, err := v.Open(t.Context(), name)
		wantCode(t, err, tidemark.CodeObjectDamaged)
	}
	for _, more := range []int{1, 16, 17, 64 << 10, 200_000} {
		mem.Put(name, append(bytes.Clone(stored), make([]byte, more)...))
		_, err := v.Open(t.Context(), name)
		wantCode(t, err, tidemark.CodeObjectDamaged)
	}
}

func TestMovedSegmentsAreFound(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	want := randomBytes(5 * segment)
	name := seal(t, v, vault.KindRun, want)
	stored := mem.Bytes(name)
	at := func(i int) int { return headerLength + i<<16 }
	swapped := bytes.Clone(stored)
	copy(swapped[at(1):at(2)], stored[at(2):at(3)])
	copy(swapped[at(2):at(3)], stored[at(1):at(2)])
	without := append(bytes.Clone(stored[:at(2)]), stored[at(3):]...)
	for what, bad := range map[string][]byte{"swapped": swapped, "taken out": without} {
		mem.Put(name, bad)
		if err := probe(t, v, name, want); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
			t.Errorf("segments %s: %v", what, err)
		}
	}
}

func TestSwappedObjectsAreFound(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	a := seal(t, v, vault.KindRun, randomBytes(1000))
	b := seal(t, v, vault.KindRun, randomBytes(1000))
	storedA, storedB := mem.Bytes(a), mem.Bytes(b)
	mem.Put(a, storedB)
	mem.Put(b, storedA)
	for _, name := range []string{a, b} {
		_, err := v.Open(t.Context(), name)
		wantCode(t, err, tidemark.CodeObjectDamaged)
	}
	// Header of one, payload of the other: the data keys differ.
	mem.Put(a, append(bytes.Clone(storedA[:headerLength]), storedB[headerLength:]...))
	_, err := v.Open(t.Context(), a)
	wantCode(t, err, tidemark.CodeObjectDamaged)
}

func TestAnObjectThatShrinksWhileOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := vault.Open(openDir(t, dir), newMaster(t))
	r := openObject(t, v, seal(t, v, vault.KindRun, randomBytes(5*segment)))
	if err := os.Truncate(filepath.Join(dir, r.Name()), 100_000); err != nil {
		t.Fatal(err)
	}
	_, err := r.ReadAt(make([]byte, 10), 3*segment)
	wantCode(t, err, tidemark.CodeObjectDamaged)
}

func TestAnotherMasterKey(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	name := seal(t, v, vault.KindRun, []byte("x"))
	_, err := vault.Open(mem, newMaster(t)).Open(t.Context(), name)
	wantCode(t, err, tidemark.CodeWrongMasterKey)
	if tidemark.ErrorHint(err) == "" {
		t.Fatal("no hint")
	}
}

// reheader changes the header of an object and makes its checksum right again.
func reheader(stored []byte, change func(h []byte)) []byte {
	bad := bytes.Clone(stored)
	h := bad[:headerLength-4]
	change(h)
	binary.BigEndian.PutUint32(bad[headerLength-4:], crc32.Checksum(h, crc32.MakeTable(crc32.Castagnoli)))
	return bad
}

func TestForgedHeaders(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	name := seal(t, v, vault.KindRun, []byte("x"))
	stored := mem.Bytes(name)
	for what, test := range map[string]struct {
		change func(h []byte)
		code   tidemark.Code
	}{
		"unchanged":     {func([]byte) {}, ""},
		"newer version": {func(h []byte) { binary.BigEndian.PutUint16(h[8:], 2) }, tidemark.CodeFormatTooNew},
		"no version":    {func(h []byte) { binary.BigEndian.PutUint16(h[8:], 0) }, tidemark.CodeObjectDamaged},
		"other kind":    {func(h []byte) { h[12] = byte(vault.KindManifest) }, tidemark.CodeObjectDamaged},
		"reserved byte": {func(h []byte) { h[13] = 1 }, tidemark.CodeObjectDamaged},
		"other key":     {func(h []byte) { h[14] ^= 1 }, tidemark.CodeWrongMasterKey},
		"wrapped key":   {func(h []byte) { h[40] ^= 1 }, tidemark.CodeObjectDamaged},
	} {
		mem.Put(name, reheader(stored, test.change))
		_, err := v.Open(t.Context(), name)
		if got := tidemark.ErrorCode(err); got != test.code {
			t.Errorf("%s: %q (%v), want %q", what, got, err, test.code)
		}
	}
}

func FuzzObject(f *testing.F) {
	_, mem, master := memVault(f)
	want := randomBytes(2*segment + 100)
	name := seal(f, vault.Open(mem, master), vault.KindRun, want)
	stored := mem.Bytes(name)
	f.Add(uint32(0), []byte{1}, uint32(0), true)
	f.Add(uint32(9), []byte{2}, uint32(0), true)
	f.Add(uint32(11), []byte{255}, uint32(0), true)
	f.Add(uint32(0), []byte{}, uint32(64<<10), true)
	f.Add(uint32(0), []byte("TIDEMARK\x00\x01\x00\x20 rubbish rubbish rubbish"), uint32(0), false)
	f.Fuzz(func(t *testing.T, at uint32, flips []byte, cut uint32, whole bool) {
		bad := flips
		if whole { // alter the real object
			bad = bytes.Clone(stored)
			for i, x := range flips {
				bad[(int(at)+i)%len(bad)] ^= x
			}
			bad = bad[:len(bad)-int(cut)%len(bad)]
		}
		own := buckettest.NewMem() // fuzzing runs in parallel
		own.Put(name, bad)
		err := probe(t, vault.Open(own, master), name, want)
		if same := bytes.Equal(bad, stored); same != (err == nil) {
			t.Fatalf("altered: %v, error: %v", !same, err)
		}
	})
}
