package vault_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

func openDir(t *testing.T, dir string) *vault.DirBucket {
	t.Helper()
	b, err := vault.OpenDirBucket(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestDirBucketConforms(t *testing.T) {
	t.Parallel()
	buckettest.Run(t, func(t *testing.T) vault.Bucket {
		return openDir(t, filepath.Join(t.TempDir(), "new", "vault"))
	})
}

func TestDirBucketIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "vault")
	b := openDir(t, dir)
	writeObject(t, b, "objects/ab/cd", []byte("x"))
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDirBucketStaysInItsRoot(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	b := openDir(t, dir)
	if _, err := b.Open(t.Context(), "link/secret"); err == nil {
		t.Fatal("a link leads out of the bucket")
	}
	if err := b.Delete(t.Context(), "link/secret"); err == nil {
		t.Fatal("a link lets something outside be deleted")
	}
	if _, err := os.Stat(filepath.Join(outside, "secret")); err != nil {
		t.Fatal(err)
	}
}

func TestDirBucketSweepsOnlyWhatIsDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openDir(t, dir)
	w, err := first.Create(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("alive")); err != nil {
		t.Fatal(err)
	}
	// A file that no living process has locked, as a crash leaves it.
	dead := filepath.Join(dir, ".staging", ".tidemark-tmp-0123")
	if err := os.WriteFile(dead, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	openDir(t, dir)
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Fatalf("the leftover is still there: %v", err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatalf("the living writer lost its file: %v", err)
	}
	if left := staged(t, dir); len(left) != 0 {
		t.Fatalf("after Commit there is %v", left)
	}
}

// Sweeps come between the creation of a temporary file and its lock.
func TestDirBucketOpenedWhileOthersWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openDir(t, dir)
	stop := make(chan struct{})
	var sweepers, writers errgroup.Group
	for range 4 {
		sweepers.Go(func() error {
			for {
				select {
				case <-stop:
					return nil
				default:
				}
				other, err := vault.OpenDirBucket(dir)
				if err != nil {
					return err
				}
				if err := other.Close(); err != nil {
					return err
				}
			}
		})
	}
	for range 4 {
		writers.Go(func() error {
			for range 300 {
				w, err := b.Create(t.Context(), "objects/"+tidemark.RandomHex(8))
				if err != nil {
					return err
				}
				if err := w.Abort(); err != nil {
					return err
				}
			}
			for range 20 {
				w, err := b.Create(t.Context(), "objects/"+tidemark.RandomHex(8))
				if err != nil {
					return err
				}
				if err := w.Commit(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := writers.Wait()
	close(stop)
	if err := errors.Join(err, sweepers.Wait()); err != nil {
		t.Fatal(err)
	}
}

func TestDirBucketCancelledCommitLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openDir(t, dir)
	w, err := b.Create(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if left := staged(t, dir); len(left) != 0 {
		t.Fatalf("there is %v", left)
	}
}

func TestDirBucketOnAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := vault.OpenDirBucket(path); err == nil {
		b.Close()
		t.Fatal("a file is taken for a bucket")
	}
}

func TestValidName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "objects/ab/abcd": true, "a.b-c_d/0": true,
		strings.Repeat("a", 200): true, strings.Repeat("a", 201): false,
		strings.Repeat("a/", 255) + "ab": true, strings.Repeat("a/", 256) + "a": false,
		"": false, "a/": false, "/a": false, "a//b": false, ".": false, "a/..": false, "A": false,
	} {
		if got := vault.ValidName(name); got != want {
			t.Errorf("ValidName(%.20q) is %v", name, got)
		}
		if err := vault.CheckName(name); (err == nil) != want || !want && tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("CheckName(%.20q) is %v", name, err)
		}
	}
}

// staged lists the temporary files of a bucket's directory.
func staged(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, ".staging"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func writeObject(t *testing.T, b vault.Bucket, name string, data []byte) {
	t.Helper()
	w, err := b.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
