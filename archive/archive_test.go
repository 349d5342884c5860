package archive_test

import (
	"bytes"
	"io"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/archive"
)

var header = archive.Header{ServerVersion: "7.0.42", ToolVersion: "tidemark test"}

// raw is the BSON of v.
func raw(t testing.TB, v any) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// collection is a collection with an _id index.
func collection(t testing.TB, db, name string, options bson.D) tidemark.Collection {
	t.Helper()
	c := tidemark.Collection{DB: db, Name: name, Type: tidemark.TypeCollection, Options: raw(t, options)}
	copy(c.UUID[:], db+name+"0123456789abcdef")
	c.Indexes = []bson.Raw{raw(t, bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "_id", Value: int32(1)}}}, {Key: "name", Value: "_id_"}})}
	return c
}

// write makes an archive of documents, by namespace, of the catalogue's
// collections.
func write(t testing.TB, w io.Writer, h archive.Header, entries []archive.Entry, documents map[archive.Namespace][]bson.Raw) {
	t.Helper()
	a, err := archive.NewWriter(w, h, entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		docs := documents[archive.Namespace{DB: e.DB, Collection: e.Name}]
		if !a.Carries(e.Collection) || docs == nil {
			continue
		}
		if err := a.BeginCollection(e.Collection); err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			if err := a.WriteDocument(doc); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.EndCollection(); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents is all that a Reader finds.
type contents struct {
	header    archive.Header
	entries   []archive.Entry
	documents map[archive.Namespace][]bson.Raw
}

func read(r io.Reader) (contents, error) {
	a, err := archive.NewReader(r)
	if err != nil {
		return contents{}, err
	}
	got := contents{header: a.Header(), entries: a.Entries(), documents: make(map[archive.Namespace][]bson.Raw)}
	for {
		ns, doc, err := a.Next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got.documents[ns] = append(got.documents[ns], bytes.Clone(doc))
	}
}

func mustRead(t testing.TB, r io.Reader) contents {
	t.Helper()
	got, err := read(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sameDocuments compares by namespace, in order.
func sameDocuments(t testing.TB, got, want map[archive.Namespace][]bson.Raw) {
	t.Helper()
	for ns, docs := range want {
		if len(got[ns]) != len(docs) {
			t.Fatalf("%s: %d documents, want %d", ns, len(got[ns]), len(docs))
		}
		for i := range docs {
			if !bytes.Equal(got[ns][i], docs[i]) {
				t.Fatalf("%s: document %d is %s, want %s", ns, i, got[ns][i], docs[i])
			}
		}
	}
	for ns := range got {
		if len(want[ns]) == 0 {
			t.Fatalf("%s should have no documents", ns)
		}
	}
}
