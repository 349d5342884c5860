package vault

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

func plainManifest(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	err := encodeManifest(&out, &Manifest{
		SnapshotID: "507f1f77bcf86cd799439011", InstanceID: "507f191e810c19729de860ea", Started: time.Unix(1700000000, 0),
		Collections: []ManifestCollection{
			{Collection: tidemark.Collection{DB: "d", Name: "c", Options: bson.Raw{5, 0, 0, 0, 0}, Indexes: []bson.Raw{{5, 0, 0, 0, 0}}}},
		},
		Runs: []ManifestRun{{Object: "objects/a", First: []byte("a"), Last: []byte("b")}, {Object: "objects/b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func parseManifest(data []byte) (*Manifest, error) {
	r := newManifestReader("m", bytes.NewReader(data))
	if err := r.begin(); err != nil {
		return nil, err
	}
	return r.readAll()
}

// documents cuts a stream of BSON documents.
func documents(t testing.TB, stream []byte) [][]byte {
	t.Helper()
	var docs [][]byte
	for in := bytes.NewReader(stream); in.Len() > 0; {
		doc, err := bson.ReadDocument(in)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

func TestManifestsWithItemsOutOfPlace(t *testing.T) {
	t.Parallel()
	whole := plainManifest(t)
	if _, err := parseManifest(whole); err != nil {
		t.Fatal(err)
	}
	docs := documents(t, whole)
	last := len(docs) - 1
	stranger, err := bson.Marshal(bson.D{{Key: "item", Value: "stranger"}})
	if err != nil {
		t.Fatal(err)
	}
	for what, stream := range map[string][]byte{
		"empty":           nil,
		"no beginning":    bytes.Join(docs[1:], nil),
		"no end":          bytes.Join(docs[:last], nil),
		"two ends":        bytes.Join(append(slices.Clone(docs), docs[last]), nil),
		"bytes after":     append(slices.Clone(whole), 0),
		"a run less":      bytes.Join(slices.Delete(slices.Clone(docs), 2, 3), nil),
		"a run twice":     bytes.Join(slices.Insert(slices.Clone(docs), 2, docs[2]), nil),
		"two beginnings":  bytes.Join(slices.Insert(slices.Clone(docs), 1, docs[0]), nil),
		"a stranger":      bytes.Join(slices.Insert(slices.Clone(docs), 1, stranger), nil),
		"cut":             whole[:len(whole)-1],
		"a huge document": append(bytes.Join(docs[:1], nil), 0x01, 0x00, 0x00, 0x04, 0),
		"not a length":    append(bytes.Join(docs[:1], nil), 4, 0, 0, 0, 0),
		"negative length": append(bytes.Join(docs[:1], nil), 0xff, 0xff, 0xff, 0xff, 0),
	} {
		_, err := parseManifest(stream)
		if tidemark.ErrorCode(err) != tidemark.CodeInvalidData || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		// Not for want of its bytes: it is refused before they are read.
		if what == "a huge document" && !strings.Contains(err.Error(), "impossible length") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestManifestsOfOtherTypes(t *testing.T) {
	t.Parallel()
	docs := documents(t, plainManifest(t))
	for _, change := range []struct {
		doc   int
		field string
		value any
	}{
		{0, "snapshotId", "xyz"}, {0, "format", "one"}, {0, "format", 0}, {0, "started", 1},
		{1, "hash", "zz"}, {1, "uuid", bson.Binary{Data: []byte{1}}}, {1, "options", 1}, {1, "indexes", bson.A{1}},
		{2, "object", "../x"}, {2, "entries", int64(-1)}, {2, "collection", bson.Binary{Subtype: 4}},
	} {
		var d bson.D
		if err := bson.Unmarshal(docs[change.doc], &d); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(d, func(e bson.E) bool { return e.Key == change.field })
		d[i].Value = change.value
		spoiled, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		stream := slices.Clone(docs)
		stream[change.doc] = spoiled
		if _, err := parseManifest(bytes.Join(stream, nil)); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s = %v: %v", change.field, change.value, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	whole := plainManifest(f)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(documents(f, whole)[0])
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			if code := tidemark.ErrorCode(err); code != tidemark.CodeInvalidData && code != tidemark.CodeFormatTooNew && code != tidemark.CodeObjectDamaged {
				t.Fatalf("%q: %v", code, err)
			}
			return
		}
		// What was understood can be written, and then reads the same.
		var out bytes.Buffer
		if err := encodeManifest(&out, m); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if m, err = parseManifest(out.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := encodeManifest(&again, m); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Fatalf("a manifest changes by being read: %v", err)
		}
	})
}
