package store_test

import (
	"path/filepath"
	"testing"

	"tidemark"
	"tidemark/store"
	"tidemark/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) tidemark.Store { return open(t, config(t)) })
}

// config is that of a new store in a directory of the test's own.
func config(t testing.TB) store.Config {
	t.Helper()
	sealer, err := storetest.NewSealer()
	if err != nil {
		t.Fatal(err)
	}
	return store.Config{Path: filepath.Join(t.TempDir(), "meta.db"), Sealer: sealer}
}

// open opens a store until the test ends.
func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
