package vault_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// oddDocument is BSON that a decoder would tidy: a field twice, an array whose
// keys are not 0 and 1, a deprecated type, a double that is not a number.
func oddDocument() bson.Raw {
	array := []byte{0, 0, 0, 0, 0x10, 'x', 0, 1, 0, 0, 0, 0x10, 'y', 0, 2, 0, 0, 0, 0}
	array[0] = byte(len(array))
	doc := []byte{0, 0, 0, 0}
	doc = append(doc, 0x10, 'a', 0, 1, 0, 0, 0)
	doc = append(doc, 0x10, 'a', 0, 2, 0, 0, 0)
	doc = append(doc, 0x04, 'l', 0)
	doc = append(doc, array...)
	doc = append(doc, 0x06, 'u', 0)
	doc = append(doc, 0x01, 'n', 0, 1, 2, 3, 4, 5, 6, 0xf8, 0x7f)
	doc = append(doc, 0)
	doc[0] = byte(len(doc))
	return doc
}

func sampleManifest(collections, runs int) *vault.Manifest {
	m := &vault.Manifest{
		FormatVersion: 1,
		SnapshotID:    tidemark.NewID(),
		InstanceID:    tidemark.NewID(),
		Started:       time.Now().UTC().Truncate(time.Millisecond),
		Finished:      time.Now().UTC().Add(time.Minute).Truncate(time.Millisecond),
		ClusterTime:   tidemark.Timestamp{T: math.MaxUint32, I: 7},
		Server: tidemark.ServerInfo{
			Version: "7.0.42", FCV: "7.0", ReplicaSet: "rs0", Sharded: true, MaxBatchBytes: 48_000_000,
			MaxBatchCount: 100_000, MaxDocumentBytes: 16 << 20, Embedded: true, OplogAvailable: true,
		},
	}
	for i := range collections {
		c := vault.ManifestCollection{
			Collection: tidemark.Collection{
				DB: "shop", Name: fmt.Sprintf("c%d", i), Type: tidemark.TypeCollection,
				UUID: tidemark.UUID(randomBytes(16)), Options: oddDocument(), Indexes: []bson.Raw{oddDocument(), {5, 0, 0, 0, 0}},
			},
			Natural: i%2 == 0,
		}
		c.Content.Add(randomBytes(20))
		m.Collections = append(m.Collections, c)
	}
	for i := range runs {
		m.Runs = append(m.Runs, vault.ManifestRun{
			Object: "objects/" + tidemark.RandomHex(16), Collection: tidemark.UUID(randomBytes(16)), Sequence: int64(i),
			First: randomBytes(20), Last: randomBytes(30), Entries: math.MaxInt64, RawBytes: 1 << 40, RunBytes: 1 << 39, StoredBytes: int64(i),
		})
	}
	return m
}

func roundTrip(t testing.TB, v *vault.Vault, m *vault.Manifest) *vault.Manifest {
	t.Helper()
	name, err := v.WriteManifest(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.ReadManifest(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestManifestsRoundTrip(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	empty := sampleManifest(0, 0)
	empty.Started, empty.Finished = time.Time{}, time.Time{}
	empty.ClusterTime, empty.Server = tidemark.Timestamp{}, tidemark.ServerInfo{}
	view := sampleManifest(1, 0)
	view.Collections[0].Collection = tidemark.Collection{DB: "d", Name: "v", Type: tidemark.TypeView}
	estimated := sampleManifest(3, 1)
	estimated.FormatVersion, estimated.Collections[1].Content = 2, tidemark.Estimate(7, 700)
	for _, want := range []*vault.Manifest{empty, view, estimated, sampleManifest(1, 1), sampleManifest(50, 500)} {
		if got := roundTrip(t, v, want); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d collections and %d runs come back as\n%+v\nnot\n%+v", len(want.Collections), len(want.Runs), got, want)
		}
	}
}

func TestManifestsRoundTripAnyValues(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	rapid.Check(t, func(rt *rapid.T) {
		want := sampleManifest(rapid.IntRange(0, 3).Draw(rt, "collections"), rapid.IntRange(0, 3).Draw(rt, "runs"))
		text := rapid.StringMatching(`[^\x00]{0,30}`)
		want.Server.Version = text.Draw(rt, "version")
		for i := range want.Collections {
			c := &want.Collections[i]
			c.DB, c.Name = text.Draw(rt, "db"), text.Draw(rt, "name")
			c.Content, _ = tidemark.ContentOf(rapid.Int64().Draw(rt, "documents"), rapid.Int64().Draw(rt, "bytes"), c.Content.Hash())
			if rapid.Bool().Draw(rt, "bare") {
				c.Options, c.Indexes = nil, nil
			}
		}
		for i := range want.Runs {
			want.Runs[i].First = rapid.SliceOf(rapid.Byte()).Draw(rt, "first")
			want.Runs[i].Sequence = rapid.Int64().Draw(rt, "sequence")
		}
		if got := roundTrip(t, v, want); !reflect.DeepEqual(got, want) {
			rt.Fatalf("comes back as\n%+v\nnot\n%+v", got, want)
		}
	})
}

func TestManifestsThatCannotBe(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	for what, spoil := range map[string]func(*vault.Manifest){
		"object name": func(m *vault.Manifest) { m.Runs[0].Object = "../x" },
		"options":     func(m *vault.Manifest) { m.Collections[0].Options = bson.Raw("no BSON") },
		"index":       func(m *vault.Manifest) { m.Collections[0].Indexes = []bson.Raw{nil} },
	} {
		m := sampleManifest(1, 1)
		spoil(m)
		_, err := v.WriteManifest(t.Context(), m)
		if tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s: %v", what, err)
		}
	}
	if names := mem.Names(); len(names) != 0 {
		t.Fatalf("refused manifests left %v", names)
	}
}

func TestObjectsThatAreNoManifests(t *testing.T) {
	t.Parallel()
	v, _, _ := memVault(t)
	_, err := v.ReadManifest(t.Context(), seal(t, v, vault.KindRun, []byte("x")))
	wantCode(t, err, tidemark.CodeInvalidData)
	_, err = v.ReadManifest(t.Context(), "objects/none")
	wantCode(t, err, tidemark.CodeObjectMissing)
	newer, err := bson.Marshal(bson.D{{Key: "item", Value: "snapshot"}, {Key: "format", Value: 3}, {Key: "started", Value: "later"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.ReadManifest(t.Context(), seal(t, v, vault.KindManifest, newer))
	wantCode(t, err, tidemark.CodeFormatTooNew)
}

func TestDamagedManifest(t *testing.T) {
	t.Parallel()
	v, mem, _ := memVault(t)
	name, err := v.WriteManifest(t.Context(), sampleManifest(100, 1000))
	if err != nil {
		t.Fatal(err)
	}
	bad := mem.Bytes(name)
	bad[len(bad)/2] ^= 1
	mem.Put(name, bad)
	_, err = v.ReadManifest(t.Context(), name)
	wantCode(t, err, tidemark.CodeObjectDamaged)
}

func TestManifestFailsAtAnyCall(t *testing.T) {
	t.Parallel()
	mem, master := buckettest.NewMem(), newMaster(t)
	want := sampleManifest(10, 2000)
	name, err := vault.Open(mem, master).WriteManifest(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	boom := fmt.Errorf("connection lost: %w", io.EOF) // no end of the object
	for n := 1; ; n++ {
		f := buckettest.NewFaulty(mem)
		f.Fail(buckettest.ReadAt, n, boom)
		got, err := vault.Open(f, master).ReadManifest(t.Context(), name)
		if f.Calls(buckettest.ReadAt) < n {
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("without a failure: %v", err)
			}
			return
		}
		if !errors.Is(err, boom) || tidemark.ErrorCode(err) != tidemark.CodeInternal {
			t.Fatalf("read %d: %q: %v", n, tidemark.ErrorCode(err), err)
		}
	}
}
