package archive_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"testing"

	"tidemark"
)

// dumped is what mongodump --gzip --archive wrote of a small deployment, as
// testdata/README.md says.
func dumped(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/mongodump.archive.gz")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gunzip(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestReadsAnArchiveOfMongodump(t *testing.T) {
	t.Parallel()
	got := mustRead(t, bytes.NewReader(dumped(t)))
	if got.header.ServerVersion != "7.0.42" || got.header.ConcurrentCollections != 4 {
		t.Errorf("header %+v", got.header)
	}
	counts := map[string]int{}
	for ns, docs := range got.documents {
		counts[ns.String()] = len(docs)
	}
	want := map[string]int{"shop.orders": 20, "shop.ring": 7, "crm.people.private": 3}
	for ns, n := range want {
		if counts[ns] != n {
			t.Errorf("%s has %d documents, want %d", ns, counts[ns], n)
		}
	}
	found := map[string]tidemark.Collection{}
	for _, e := range got.entries {
		found[e.Namespace()] = e.Collection
	}
	if len(found) != 4 || !found["shop.ring"].Capped() || len(found["shop.orders"].Indexes) != 3 {
		t.Errorf("entries %+v", got.entries)
	}
}

// The prelude must come out byte for byte as mongodump wrote it: it has no
// freedom but the order of collections, which is kept here.
func TestWritesThePreludeOfMongodump(t *testing.T) {
	t.Parallel()
	original := gunzip(t, dumped(t))
	got := mustRead(t, bytes.NewReader(original))
	var out bytes.Buffer
	write(t, &out, got.header, got.entries, got.documents)

	end := bytes.Index(original, []byte{0xff, 0xff, 0xff, 0xff})
	if !bytes.HasPrefix(out.Bytes(), original[:end+4]) {
		t.Fatalf("prelude\n%q\nwant\n%q", out.Bytes()[:end+4], original[:end+4])
	}
	// The blocks come in another order, but are the same.
	if out.Len() != len(original) {
		t.Errorf("%d bytes, mongodump wrote %d", out.Len(), len(original))
	}
	again := mustRead(t, &out)
	sameDocuments(t, again.documents, got.documents)
}
