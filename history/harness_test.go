package history_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"tidemark"
	"tidemark/capture"
	"tidemark/history"
	"tidemark/run"
	"tidemark/store"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fixture is an instance whose oplog is captured.
type fixture struct {
	*history.Reader
	t        testing.TB
	store    *store.DB
	vault    *vault.Vault
	instance *tidemark.Instance
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	master, err := vault.NewMasterKey()
	check(t, err)
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tidemark.db"), Sealer: master})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	f := &fixture{t: t, store: db, vault: vault.Open(buckettest.NewMem(), master)}
	f.Reader = history.New(db, f.vault)
	now := time.Now().UTC().Truncate(time.Millisecond)
	org := &tidemark.Organization{ID: tidemark.NewID(), Name: "o", CreatedAt: now}
	project := &tidemark.Project{ID: tidemark.NewID(), OrgID: org.ID, Name: "p", CreatedAt: now}
	f.instance = &tidemark.Instance{
		ID: tidemark.NewID(), ProjectID: project.ID, Name: "shop", Kind: tidemark.KindServerless, State: tidemark.StateIdle,
		URI: "mongodb://x", ContinuousBackup: true, CreatedAt: now,
	}
	f.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateOrganization(t.Context(), org), tx.CreateProject(t.Context(), project), tx.CreateInstance(t.Context(), f.instance))
	})
	return f
}

func (f *fixture) update(fn func(tx tidemark.Tx) error) {
	f.t.Helper()
	check(f.t, f.store.Update(f.t.Context(), fn))
}

// source is an oplog of given entries.
type source struct {
	tidemark.Source
	entries [][]byte
}

func (s *source) OplogWindow(context.Context) (first, last tidemark.Timestamp, err error) {
	return at(s.entries[0]), at(s.entries[len(s.entries)-1]), nil
}

func (s *source) ReadOplog(ctx context.Context, after tidemark.Timestamp, wait time.Duration, fn func(bson.Raw) error) error {
	for _, e := range s.entries {
		if at(e).Compare(after) > 0 {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

func at(entry bson.Raw) tidemark.Timestamp {
	t, i := entry.Lookup("ts").Timestamp()
	return tidemark.Timestamp{T: t, I: i}
}

// begin says that the capture goes on after an entry, as at the start and after
// a gap.
func (f *fixture) begin(after tidemark.Timestamp) {
	f.t.Helper()
	f.update(func(tx tidemark.Tx) error {
		return tx.SaveCapture(f.t.Context(), &tidemark.Capture{InstanceID: f.instance.ID, Position: after, WindowStart: after})
	})
}

// tail captures entries in slices of about so many bytes.
func (f *fixture) tail(after tidemark.Timestamp, entries [][]byte, sliceBytes int64) {
	f.t.Helper()
	last := at(entries[len(entries)-1])
	for after != last {
		var err error
		after, err = capture.Tail(f.t.Context(), capture.TailRequest{
			InstanceID: f.instance.ID, Source: &source{entries: entries}, Vault: f.vault, After: after,
			Keep: func(ctx context.Context, s *tidemark.Slice) error {
				return f.store.Update(ctx, func(tx tidemark.Tx) error { return tx.AddSlice(ctx, s) })
			},
			For: 20 * time.Millisecond, SliceEvery: 10 * time.Millisecond, SliceBytes: sliceBytes,
		})
		check(f.t, err)
	}
}

// state is a catalogue and the documents of its collections, in natural order.
type state struct {
	catalogue *tidemark.Catalogue
	documents map[tidemark.UUID][][]byte
}

// sink is a run in the vault.
type sink struct{ *vault.Writer }

func (s sink) Abort() { _ = s.Writer.Abort() }

// snapshot keeps a state as a snapshot of the instance.
func (f *fixture) snapshot(at tidemark.Timestamp, s state) (*tidemark.Snapshot, *vault.Manifest) {
	f.t.Helper()
	ctx := f.t.Context()
	now := time.Now().UTC().Truncate(time.Millisecond)
	snap := &tidemark.Snapshot{
		ID: tidemark.NewID(), ProjectID: f.instance.ProjectID, InstanceID: f.instance.ID, InstanceName: f.instance.Name,
		Status: tidemark.SnapshotQueued, Type: tidemark.SnapshotOnDemand, Frequency: tidemark.FrequencyDaily, CreatedAt: now,
	}
	m := &vault.Manifest{SnapshotID: snap.ID, InstanceID: f.instance.ID, Started: now, Finished: now, ClusterTime: at}
	for _, c := range s.catalogue.Collections {
		m.Collections = append(m.Collections, vault.ManifestCollection{Collection: c, Natural: c.Capped()})
		if len(s.documents[c.UUID]) == 0 {
			continue
		}
		sorter := run.NewSorter(run.SorterOptions{Collection: c.UUID, Natural: c.Capped(), Create: func(ctx context.Context) (run.Sink, error) {
			w, err := f.vault.Create(ctx, vault.KindRun)
			return sink{w}, err
		}})
		for _, doc := range s.documents[c.UUID] {
			check(f.t, sorter.Add(ctx, doc))
		}
		sorted, err := sorter.Finish(ctx)
		check(f.t, err)
		for _, r := range sorted.Runs {
			w := r.Sink.(sink)
			m.Runs = append(m.Runs, vault.ManifestRun{
				Object: w.Name(), Collection: c.UUID, Sequence: int64(r.Sequence), First: r.Info.First, Last: r.Info.Last,
				Entries: r.Info.Entries, RawBytes: r.Info.RawBytes, RunBytes: r.Info.StoredBytes, StoredBytes: w.StoredSize(),
			})
		}
	}
	object, err := f.vault.WriteManifest(ctx, m)
	check(f.t, err)
	f.update(func(tx tidemark.Tx) error {
		if err := tx.CreateSnapshot(ctx, snap); err != nil {
			return err
		}
		begun, err := tx.BeginSnapshot(ctx, snap.ID)
		if err != nil {
			return err
		}
		begun.Status, begun.Manifest, begun.ClusterTime, begun.FinishedAt = tidemark.SnapshotCompleted, object, at, now
		snap = begun
		return tx.UpdateSnapshot(ctx, begun)
	})
	return snap, m
}

// recording is one of a real replica set; see the README of the recordings.
type recording struct {
	start       tidemark.Timestamp
	base        state
	entries     [][]byte
	checkpoints []tidemark.Timestamp
}

type timestampJSON struct{ T, I uint32 }

func load(t testing.TB, name string) *recording {
	t.Helper()
	dir := filepath.Join("..", "oplog", "testdata", name)
	raw, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	check(t, err)
	var meta struct {
		Start       timestampJSON
		Checkpoints []struct{ TS timestampJSON }
	}
	check(t, json.Unmarshal(raw, &meta))
	r := &recording{start: tidemark.Timestamp(meta.Start), entries: readDocs(t, filepath.Join(dir, "oplog.bson.gz"))}
	for _, c := range meta.Checkpoints {
		r.checkpoints = append(r.checkpoints, tidemark.Timestamp(c.TS))
	}
	r.base = state{catalogue: &tidemark.Catalogue{}, documents: map[tidemark.UUID][][]byte{}}
	for _, raw := range readDocs(t, filepath.Join(dir, "base", "catalog.bson.gz")) {
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
		check(t, bson.Unmarshal(raw, &entry))
		if entry.Collection.Name == "system.views" {
			continue
		}
		c := tidemark.Collection{
			DB: entry.DB, Name: entry.Collection.Name, Type: entry.Collection.Type,
			Options: entry.Collection.Options, Indexes: entry.Indexes,
		}
		copy(c.UUID[:], entry.Collection.Info.UUID.Data)
		r.base.catalogue.Collections = append(r.base.catalogue.Collections, c)
		if entry.File != "" {
			r.base.documents[c.UUID] = readDocs(t, filepath.Join(dir, "base", entry.File))
		}
	}
	return r
}

// readDocs reads a gzipped file of documents.
func readDocs(t testing.TB, path string) [][]byte {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	check(t, err)
	all, err := io.ReadAll(z)
	check(t, err)
	var docs [][]byte
	for len(all) > 0 {
		n := binary.LittleEndian.Uint32(all)
		docs = append(docs, all[:n:n])
		all = all[n:]
	}
	return docs
}

// memory keeps runs of a fold.
type memory struct{ bytes.Buffer }

func (*memory) Commit() error { return nil }
func (*memory) Abort()        {}

type memorySource struct{ *bytes.Reader }

func (m memorySource) Size() int64  { return m.Reader.Size() }
func (m memorySource) Close() error { return nil }
