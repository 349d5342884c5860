package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// sealSnapshot writes runs and their manifest.
func sealSnapshot(t testing.TB, v *vault.Vault, runs int) (string, *vault.Manifest) {
	t.Helper()
	m := sampleManifest(3, 0)
	for i := range runs {
		w, err := v.Create(t.Context(), vault.KindRun)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(randomBytes(100_000 + i)); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		m.Runs = append(m.Runs, vault.ManifestRun{Object: w.Name(), RawBytes: w.Size(), StoredBytes: w.StoredSize()})
	}
	name, err := v.WriteManifest(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return name, m
}

func TestDeleteSnapshotLeavesTheOthers(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	keep, kept := sealSnapshot(t, v, 3)
	drop, _ := sealSnapshot(t, v, 20)
	for range 2 { // the second time it is gone
		if err := v.DeleteSnapshot(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{keep}
	for _, r := range kept.Runs {
		want = append(want, r.Object)
	}
	slices.Sort(want)
	if got := mem.Names(); !slices.Equal(got, want) {
		t.Fatalf("left is %v, want %v", got, want)
	}
}

func TestDeleteSnapshotCanBeRepeated(t *testing.T) {
	t.Parallel()
	const runs = 10
	for n := 1; n <= runs+1; n++ {
		mem, master := buckettest.NewMem(), newMaster(t)
		f := buckettest.NewFaulty(mem)
		v := vault.Open(f, master)
		name, _ := sealSnapshot(t, v, runs)
		boom := errors.New("boom")
		f.Fail(buckettest.Delete, n, boom)
		if err := v.DeleteSnapshot(t.Context(), name); !errors.Is(err, boom) {
			t.Fatalf("delete %d failing: %v", n, err)
		}
		if !slices.Contains(mem.Names(), name) {
			t.Fatalf("delete %d failing: the manifest is gone before its runs", n)
		}
		if err := v.DeleteSnapshot(t.Context(), name); err != nil || len(mem.Names()) != 0 {
			t.Fatalf("repeated: %v, left %v", err, mem.Names())
		}
	}
}

func TestDeleteSnapshotOfADamagedManifest(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	name, _ := sealSnapshot(t, v, 2)
	bad := mem.Bytes(name)
	bad[len(bad)-1] ^= 1
	mem.Put(name, bad)
	wantCode(t, v.DeleteSnapshot(t.Context(), name), tidemark.CodeObjectDamaged)
	if n := len(mem.Names()); n != 3 {
		t.Fatalf("%d of 3 objects are left", n)
	}
}

func TestVerifyAWholeSnapshot(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	name, m := sealSnapshot(t, v, 5)
	var raw, stored int64
	for _, r := range m.Runs {
		raw, stored = raw+r.RawBytes, stored+r.StoredBytes
	}
	for depth, read := range map[vault.Depth]int64{vault.VerifyStructure: 0, vault.VerifyData: raw} {
		got, err := v.Verify(t.Context(), name, depth)
		if err != nil {
			t.Fatal(err)
		}
		if got.Runs != 5 || got.Failed != 0 || got.StoredBytes != stored || got.ReadBytes != read || got.Problems != nil {
			t.Fatalf("depth %d finds %+v of %d stored and %d raw bytes", depth, got, stored, raw)
		}
	}
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		spoil func(mem *buckettest.Mem, name string)
		depth vault.Depth // the first that finds it
		code  tidemark.Code
	}{
		"missing":  {func(m *buckettest.Mem, n string) { _ = m.Delete(context.Background(), n) }, vault.VerifyStructure, tidemark.CodeObjectMissing},
		"shorter":  {func(m *buckettest.Mem, n string) { m.Put(n, m.Bytes(n)[1:]) }, vault.VerifyStructure, tidemark.CodeObjectDamaged},
		"altered":  {func(m *buckettest.Mem, n string) { b := m.Bytes(n); b[50_000] ^= 1; m.Put(n, b) }, vault.VerifyData, tidemark.CodeObjectDamaged},
		"no magic": {func(m *buckettest.Mem, n string) { b := m.Bytes(n); b[0] ^= 1; m.Put(n, b) }, vault.VerifyData, tidemark.CodeObjectDamaged},
	} {
		v, mem, _ := memVault(t)
		name, m := sealSnapshot(t, v, 5)
		test.spoil(mem, m.Runs[1].Object)
		test.spoil(mem, m.Runs[3].Object)
		if test.depth == vault.VerifyData {
			if _, err := v.Verify(t.Context(), name, vault.VerifyStructure); err != nil {
				t.Errorf("%s: found without reading: %v", what, err)
			}
		}
		got, err := v.Verify(t.Context(), name, test.depth)
		if tidemark.ErrorCode(err) != test.code || got.Runs != 5 || got.Failed != 2 || len(got.Problems) != 2 {
			t.Errorf("%s: %v, %+v", what, err, got)
		}
		for _, p := range got.Problems {
			if p.Object != m.Runs[1].Object && p.Object != m.Runs[3].Object || tidemark.ErrorCode(p.Err) != test.code {
				t.Errorf("%s: problem %v", what, p)
			}
		}
	}
}

func TestVerifyListsNotTooMany(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	name, err := v.WriteManifest(t.Context(), sampleManifest(0, 500))
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(t.Context(), name, vault.VerifyData)
	wantCode(t, err, tidemark.CodeObjectMissing)
	if got.Failed != 500 || len(got.Problems) != 100 {
		t.Fatalf("%d failed, %d listed", got.Failed, len(got.Problems))
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	mem, master := buckettest.NewMem(), newMaster(t)
	name, _ := sealSnapshot(t, vault.Open(mem, master), 5)
	f := buckettest.NewFaulty(mem)
	f.Gate(buckettest.Stat, make(chan struct{})) // never opens
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := vault.Open(f, master).Verify(ctx, name, vault.VerifyStructure)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestVerifyOfAManifestThatIsNone(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	_, err := v.Verify(t.Context(), "objects/none", vault.VerifyStructure)
	wantCode(t, err, tidemark.CodeObjectMissing)
	run := seal(t, v, vault.KindRun, []byte("x"))
	_, err = v.Verify(t.Context(), run, vault.VerifyStructure)
	wantCode(t, err, tidemark.CodeInvalidData)
	// A manifest that lists a manifest as a run.
	name, _ := sealSnapshot(t, v, 1)
	info, err := v.Stat(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	m := sampleManifest(0, 0)
	m.Runs = []vault.ManifestRun{{Object: name, StoredBytes: info.Size}}
	odd, err := v.WriteManifest(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), odd, vault.VerifyData)
	wantCode(t, err, tidemark.CodeInvalidData)
}

func Example() {
	ctx := context.Background()
	master, _ := vault.NewMasterKey()
	v := vault.Open(buckettest.NewMem(), master)
	w, _ := v.Create(ctx, vault.KindRun)
	fmt.Fprint(w, "sorted documents")
	if err := w.Commit(); err != nil {
		fmt.Println(err)
	}
	r, _ := v.Open(ctx, w.Name())
	defer r.Close()
	p := make([]byte, 9)
	_, _ = r.ReadAt(p, 7)
	fmt.Printf("%s of %d bytes\n", p, r.Size())
	// Output: documents of 16 bytes
}
