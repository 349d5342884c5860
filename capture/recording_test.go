package capture_test

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// recordings are those of a real replica set that package oplog is tested with.
const recordings = "../oplog/testdata"

// recorded is the state of a deployment: a tidemark.Source to scan.
type recorded struct {
	catalogue tidemark.Catalogue
	documents map[tidemark.UUID][]bson.Raw
	at        tidemark.Timestamp
}

func (r *recorded) Describe(context.Context) (tidemark.ServerInfo, error) {
	return tidemark.ServerInfo{Version: "5.0.0", ReplicaSet: "rs0"}, nil
}

func (r *recorded) ClusterTime(context.Context) (tidemark.Timestamp, error) { return r.at, nil }

func (r *recorded) Catalogue(context.Context) (*tidemark.Catalogue, error) { return &r.catalogue, nil }

func (r *recorded) Partition(context.Context, tidemark.Collection, int64) ([]tidemark.ScanRange, error) {
	return []tidemark.ScanRange{{}}, nil
}

func (r *recorded) Scan(_ context.Context, c tidemark.Collection, _ tidemark.ScanRange, fn func(bson.Raw) error) error {
	for _, doc := range r.documents[c.UUID] {
		if err := fn(doc); err != nil {
			return err
		}
	}
	return nil
}

// loadState reads a state of a recording.
func loadState(t testing.TB, dir string) *recorded {
	t.Helper()
	r := &recorded{documents: map[tidemark.UUID][]bson.Raw{}}
	for _, raw := range loadDocuments(t, filepath.Join(dir, "catalog.bson.gz")) {
		var entry struct {
			DB         string
			Collection struct {
				Name    string
				Type    tidemark.CollectionType
				Options bson.Raw
				Info    struct{ UUID bson.Binary }
			}
			Indexes []bson.Raw
			File    string
		}
		if err := bson.Unmarshal(raw, &entry); err != nil {
			t.Fatal(err)
		}
		c := tidemark.Collection{
			DB: entry.DB, Name: entry.Collection.Name, Type: entry.Collection.Type,
			Options: entry.Collection.Options, Indexes: entry.Indexes,
		}
		if c.Name == "system.views" {
			continue // the views themselves are listed
		}
		copy(c.UUID[:], entry.Collection.Info.UUID.Data)
		r.catalogue.Collections = append(r.catalogue.Collections, c)
		if c.HasDocuments() && entry.File != "" {
			r.documents[c.UUID] = loadDocuments(t, filepath.Join(dir, entry.File))
		}
	}
	slices.SortFunc(r.catalogue.Collections, func(a, b tidemark.Collection) int { return strings.Compare(a.Namespace(), b.Namespace()) })
	return r
}

func loadDocuments(t testing.TB, path string) []bson.Raw {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var out []bson.Raw
	for len(all) > 0 {
		n := binary.LittleEndian.Uint32(all)
		out = append(out, bson.Raw(all[:n]))
		all = all[n:]
	}
	return out
}

type stamp struct{ T, I uint32 }

// meta is what a recording says of itself.
type meta struct {
	Start, End  stamp
	Checkpoints []struct {
		Name, Dir string
		TS        stamp
	}
}

func loadMeta(t testing.TB, dir string) meta {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m meta
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// allRecordings are the folders of all that there are.
func allRecordings(t testing.TB) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(recordings, "v*", "*", "meta.json"))
	if err != nil || len(dirs) < 17 {
		t.Fatalf("%d recordings, %v", len(dirs), err)
	}
	for i, path := range dirs {
		dirs[i] = filepath.Dir(path)
	}
	return dirs
}

// replayed is a recording whose first state was taken into a vault.
type replayed struct {
	meta     meta
	entries  []bson.Raw
	vault    *vault.Vault
	bucket   *buckettest.Mem
	snapshot *vault.Manifest
	manifest string // the object of the snapshot
}

func replay(t testing.TB, dir string) *replayed {
	t.Helper()
	r := &replayed{meta: loadMeta(t, dir), entries: loadDocuments(t, filepath.Join(dir, "oplog.bson.gz"))}
	r.vault, r.bucket = restoretest.Vault(t)
	base := loadState(t, filepath.Join(dir, "base"))
	base.at = tidemark.Timestamp(r.meta.Start)
	var err error
	if r.snapshot, r.manifest, err = capture.Take(t.Context(), request(r.vault, base)); err != nil {
		t.Fatal(err)
	}
	return r
}
