package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"tidemark"
	"tidemark/store"
	"tidemark/store/storetest"
)

// refused checks that Open fails with a code and says what to do.
func refused(t *testing.T, c store.Config, code tidemark.Code) {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err == nil {
		t.Fatalf("opened; want code %q, and closing says %v", code, db.Close())
	}
	if got := tidemark.ErrorCode(err); got != code {
		t.Errorf("%v has code %q, want %q", err, got, code)
	}
	if tidemark.ErrorHint(err) == "" {
		t.Errorf("%v has no hint", err)
	}
}

// raw runs a statement on the file behind the store's back.
func raw(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement, args...)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	c := config(t)
	// No character of the path means anything to SQLite's URIs.
	c.Path = filepath.Join(filepath.Dir(c.Path), "a b?mode=memory#c%20d'e", "meta.db")
	for range 3 {
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx tidemark.Tx) error {
			had, err := tx.Setting(t.Context(), "opened")
			if err != nil {
				return err
			}
			return tx.SetSetting(t.Context(), "opened", had+"+")
		})
		if err := errors.Join(err, db.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), nil); tidemark.ErrorCode(err) != tidemark.CodeInternal {
			t.Errorf("a closed store returned %v", err)
		}
	}
	db := open(t, c)
	err := db.View(t.Context(), func(tx tidemark.Tx) error {
		got, err := tx.Setting(t.Context(), "opened")
		if got != "+++" {
			t.Errorf("the setting is %q after three openings", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFilesAreForTheUserAlone(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Path = filepath.Join(filepath.Dir(c.Path), "deep", "meta.db")
	if err := os.Mkdir(filepath.Dir(c.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.Path, nil, 0o666); err != nil { // someone made it carelessly
		t.Fatal(err)
	}
	db := open(t, c)
	if err := db.Update(t.Context(), func(tx tidemark.Tx) error { return tx.SetSetting(t.Context(), "a", "b") }); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(c.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	c := config(t)
	db := open(t, c)
	refused(t, c, tidemark.CodeConflict)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, c)
}

func TestOpenWithAnotherMasterKey(t *testing.T) {
	t.Parallel()
	c := config(t)
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	other, err := storetest.NewSealer()
	if err != nil {
		t.Fatal(err)
	}
	refused(t, store.Config{Path: c.Path, Sealer: other}, tidemark.CodeWrongMasterKey)
	open(t, c) // the failure left the file free
}

func TestOpenDamagedFile(t *testing.T) {
	t.Parallel()
	made := config(t)
	if err := open(t, made).Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	overwritten := append([]byte(nil), whole...)
	copy(overwritten[100:], make([]byte, 4096-100)) // the schema's page, but for the header
	for name, content := range map[string][]byte{
		"no database": []byte("this is the story of a hare and a tortoise"),
		"overwritten": overwritten,
		"truncated":   whole[:4096],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			if err := os.WriteFile(c.Path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, c, tidemark.CodeInvalidData)
		})
	}
}

func TestOpenNewerSchema(t *testing.T) {
	t.Parallel()
	c := config(t)
	if err := open(t, c).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, c.Path, "INSERT INTO tidemark_schema (version_id, is_applied) VALUES (9999, 1)")
	refused(t, c, tidemark.CodeFormatTooNew)
}

func TestOpenUnusablePath(t *testing.T) {
	t.Parallel()
	c := config(t)
	blocked := c
	blocked.Path = filepath.Join(c.Path, "below-a-file", "meta.db")
	if err := os.WriteFile(c.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, blocked, tidemark.CodeInternal)
	directory := c
	directory.Path = t.TempDir()
	refused(t, directory, tidemark.CodeInternal)
	for _, c := range []store.Config{{Path: c.Path}, {Sealer: c.Sealer}} {
		if _, err := store.Open(t.Context(), c); err == nil {
			t.Errorf("opened %+v", c)
		}
	}
}
