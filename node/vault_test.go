package node_test

import (
	"path/filepath"
	"testing"

	"tidemark"
	"tidemark/store"
	"tidemark/vault"
)

// noOrphans opens the directory of a service that has ended, and fails the
// test unless the objects in its vault are those of so many snapshots, no more
// and no less.
func noOrphans(t *testing.T, dir string, snapshots int) {
	t.Helper()
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dir, "master.key"))
	must(t, err)
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(dir, "tidemark.db"), Sealer: master})
	must(t, err)
	defer db.Close()
	bucket, err := vault.OpenDirBucket(filepath.Join(dir, "vault"))
	must(t, err)
	defer bucket.Close()

	wanted, found := map[string]bool{}, 0
	v := vault.Open(bucket, master)
	for _, list := range everything(t, db) {
		captured, _ := list.([]*tidemark.Instance)
		for _, i := range captured {
			for _, s := range slicesOf(t, db, i.ID) {
				wanted[s.Object] = true
			}
		}
		of, _ := list.([]*tidemark.Snapshot)
		for _, s := range of {
			if s.Manifest == "" {
				continue
			}
			found++
			m, err := v.ReadManifest(t.Context(), s.Manifest)
			must(t, err)
			wanted[s.Manifest] = true
			for _, r := range m.Runs {
				wanted[r.Object] = true
			}
			if m.Transactions != "" {
				wanted[m.Transactions] = true
			}
		}
	}
	if found != snapshots {
		t.Errorf("%d snapshots are in the vault, not %d", found, snapshots)
	}
	for o, err := range bucket.List(t.Context(), "") {
		must(t, err)
		if !wanted[o.Name] {
			t.Errorf("%s (%d bytes) is of no snapshot", o.Name, o.Size)
		}
		delete(wanted, o.Name)
	}
	for name := range wanted {
		t.Errorf("%s is not in the vault", name)
	}
}

// slicesOf lists the slices of an instance.
func slicesOf(t *testing.T, db tidemark.Store, id tidemark.ID) (list []*tidemark.Slice) {
	t.Helper()
	must(t, db.View(t.Context(), func(tx tidemark.Tx) (err error) {
		list, err = tx.Slices(t.Context(), id, tidemark.Timestamp{}, tidemark.Timestamp{}, 100_000)
		return err
	}))
	return list
}
