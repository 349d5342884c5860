package capture_test

import (
	"bytes"
	"context"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/oplog"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
)

// after yields the entries after a timestamp.
func after(entries []bson.Raw, ts tidemark.Timestamp) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, e := range entries {
			if at(e).Compare(ts) > 0 && !yield(e, nil) {
				return
			}
		}
	}
}

// documents reads a collection of a snapshot.
func documents(t *testing.T, v *vault.Vault, m *vault.Manifest, c tidemark.Collection) [][]byte {
	t.Helper()
	var refs []run.RunRef
	for _, r := range m.Runs {
		if r.Collection == c.UUID {
			refs = append(refs, run.RunRef{Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
				Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes})
		}
	}
	it := run.OpenMerged(t.Context(), func(ctx context.Context, ref run.RunRef) (run.Source, error) { return v.Open(ctx, ref.Object) },
		refs, run.CollectionBounds(c.UUID), oplog.NewMerger(m.Catalogue()))
	defer it.Close()
	var out [][]byte
	for it.Next() {
		out = append(out, bytes.Clone(it.Doc()))
	}
	if err := it.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// sameAs compares a snapshot with a recorded state: what it says it has, and
// what its runs have.
func sameAs(t *testing.T, where string, v *vault.Vault, m *vault.Manifest, want *recorded) {
	t.Helper()
	if len(m.Collections) != len(want.catalogue.Collections) {
		t.Errorf("%s: %d collections, not %d", where, len(m.Collections), len(want.catalogue.Collections))
		return
	}
	for i, c := range want.catalogue.Collections {
		got := m.Collections[i]
		if got.Namespace() != c.Namespace() || got.Type != c.Type || got.UUID != c.UUID {
			t.Errorf("%s: %s, not %s", where, got.Namespace(), c.Namespace())
			continue
		}
		if !c.HasDocuments() {
			continue
		}
		stored := documents(t, v, m, got.Collection)
		var expected, read tidemark.Content
		for _, doc := range want.documents[c.UUID] {
			expected.Add(doc)
		}
		for _, doc := range stored {
			read.Add(doc)
		}
		if !fits(got.Content, expected) || read != expected {
			t.Errorf("%s: %s: manifest %+v, runs %+v, recorded %+v", where, c.Namespace(), got.Content, read, expected)
		}
		if c.Capped() && !slices.EqualFunc(stored, want.documents[c.UUID], func(a []byte, b bson.Raw) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: %s is in another order", where, c.Namespace())
		}
	}
}

// fits says whether what a manifest says is so: of an estimate the count.
func fits(says, is tidemark.Content) bool {
	if says.Estimated {
		return says.Documents == is.Documents && (says.Bytes > 0) == (is.Bytes > 0)
	}
	return says == is
}

// TestEveryCheckpointOfEveryRecording advances a snapshot of the state before
// a recording from checkpoint to checkpoint.
func TestEveryCheckpointOfEveryRecording(t *testing.T) {
	t.Parallel()
	for _, dir := range allRecordings(t) {
		t.Run(strings.TrimPrefix(dir, recordings+"/"), func(t *testing.T) {
			t.Parallel()
			rec := replay(t, dir)
			m, v, snapshot := rec.meta, rec.vault, rec.snapshot
			kept := map[string]bool{rec.manifest: true}
			for _, r := range snapshot.Runs {
				kept[r.Object] = true
			}
			var torn tidemark.Timestamp
			if strings.HasSuffix(dir, "fuzzy") {
				torn = tidemark.Timestamp(m.End)
			}
			for _, c := range m.Checkpoints {
				next, object, added, err := capture.Advance(t.Context(), capture.AdvanceRequest{
					SnapshotID: tidemark.NewID(), InstanceID: snapshot.InstanceID, Base: snapshot, Vault: v,
					Entries: after(rec.entries, snapshot.ClusterTime), To: tidemark.Timestamp(c.TS), TornUntil: torn,
				})
				if err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				sameAs(t, c.Name, v, next, loadState(t, filepath.Join(dir, c.Dir)))
				kept[object] = true
				for _, name := range added {
					kept[name] = true
				}
				for _, r := range next.Runs {
					if !kept[r.Object] {
						t.Errorf("%s: run %s is neither of the base nor added", c.Name, r.Object)
					}
				}
				if snapshot, err = v.ReadManifest(t.Context(), object); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range rec.bucket.Names() {
				if !kept[name] {
					t.Errorf("%s is in the vault, and nobody knows of it", name)
				}
			}
		})
	}
}

// TestAdvanceToEveryEntry goes to each instant of a recording in one step and
// in two, which must come to the same.
func TestAdvanceToEveryEntry(t *testing.T) {
	t.Parallel()
	r := replay(t, filepath.Join(recordings, "v5.0", "transactions"))
	advance := func(from *vault.Manifest, to tidemark.Timestamp) *vault.Manifest {
		return step(t, r.vault, from, r.entries, to, 0)
	}
	apart := max(len(r.entries)/25, 1)
	for i := 0; i < len(r.entries); i += apart {
		middle, end := at(r.entries[i/2]), at(r.entries[i])
		once, twice := advance(r.snapshot, end), advance(advance(r.snapshot, middle), end)
		for n, c := range once.Collections {
			if other := twice.Collections[n]; other.Namespace() != c.Namespace() || contentOf(t, r.vault, once, c.Collection) != contentOf(t, r.vault, twice, c.Collection) {
				t.Fatalf("at %v: %s %+v in one step, %s %+v in two", end, c.Namespace(), c.Content, other.Namespace(), other.Content)
			}
		}
	}
}

func TestAPatchWithoutItsDocumentIsCorruptionWhereItIsMerged(t *testing.T) {
	t.Parallel()
	v, bucket := restoretest.Vault(t)
	base, c := large(t, 10)
	snapshot, _, err := capture.Take(t.Context(), request(v, base))
	if err != nil {
		t.Fatal(err)
	}
	before := len(bucket.Names())
	entries := changes(t, c, base.at, 3, 77)
	_, _, _, err = capture.Advance(t.Context(), capture.AdvanceRequest{
		Base: snapshot, Vault: v, Entries: after(entries, base.at), To: at(entries[1]), CompactShare: 0.001,
	})
	if tidemark.ErrorCode(err) != tidemark.CodeInvalidData || !strings.Contains(err.Error(), "77") || !strings.Contains(err.Error(), "a.b") {
		t.Errorf("%v", err)
	}
	if got := len(bucket.Names()); got != before {
		t.Errorf("%d objects, %d before", got, before)
	}
}

func TestAnEphemeralManifestIsNotStored(t *testing.T) {
	t.Parallel()
	v, bucket := restoretest.Vault(t)
	base, c := large(t, 10)
	snapshot, _, err := capture.Take(t.Context(), request(v, base))
	if err != nil {
		t.Fatal(err)
	}
	before := len(bucket.Names())
	entries := changes(t, c, base.at, 3)
	_, object, added, err := capture.Advance(t.Context(), capture.AdvanceRequest{
		Base: snapshot, Vault: v, Entries: after(entries, base.at), To: at(entries[0]), Ephemeral: true,
	})
	if err != nil || object != "" || len(added) != 1 || len(bucket.Names()) != before+1 {
		t.Errorf("%q, %v, %d objects, %v", object, added, len(bucket.Names()), err)
	}
}

// contentOf reads a collection of a snapshot.
func contentOf(t *testing.T, v *vault.Vault, m *vault.Manifest, c tidemark.Collection) tidemark.Content {
	t.Helper()
	var content tidemark.Content
	for _, doc := range documents(t, v, m, c) {
		content.Add(doc)
	}
	return content
}
