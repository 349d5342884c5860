package archive_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/archive"
)

// small is an archive of two collections with documents.
func small(t testing.TB) []byte {
	t.Helper()
	entries := []archive.Entry{
		{Collection: collection(t, "d", "a", bson.D{{Key: "capped", Value: true}, {Key: "size", Value: int64(100)}})},
		{Collection: collection(t, "d", "b", bson.D{})},
	}
	var out bytes.Buffer
	write(t, &out, header, entries, map[archive.Namespace][]bson.Raw{
		{DB: "d", Collection: "a"}: {raw(t, bson.D{{Key: "_id", Value: 1}, {Key: "s", Value: "text"}})},
		{DB: "d", Collection: "b"}: {raw(t, bson.D{{Key: "_id", Value: 2}}), raw(t, bson.D{{Key: "_id", Value: 3}})},
	})
	return out.Bytes()
}

func TestCutAnywhereIsFound(t *testing.T) {
	t.Parallel()
	for _, whole := range [][]byte{small(t), zip(t, small(t), 5, 2), interleaved(t)} {
		for n := range whole {
			if _, err := read(bytes.NewReader(whole[:n])); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
}

// A flipped bit after the prelude is found, or was in a field that means
// nothing there. In the prelude it may make another archive: nothing covers it.
func TestFlippedBitsAreFound(t *testing.T) {
	t.Parallel()
	whole := small(t)
	want := mustRead(t, bytes.NewReader(whole))
	start := bytes.Index(whole, ones)
	for i := start; i < len(whole); i++ {
		for bit := range 8 {
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << bit
			got, err := read(bytes.NewReader(damaged))
			if err == nil {
				sameDocuments(t, got.documents, want.documents)
			} else if tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	compressed := zip(t, whole, 5, 2)
	for i := 10; i < len(compressed)-4; i++ {
		damaged := bytes.Clone(compressed)
		damaged[i] ^= 0x10
		got, err := read(bytes.NewReader(damaged))
		switch tidemark.ErrorCode(err) {
		case "": // a bit that fills up the last byte
			sameDocuments(t, got.documents, want.documents)
		case tidemark.CodeInvalidData, tidemark.CodeFormatTooNew:
		default:
			t.Fatalf("byte %d of %d, compressed: %v", i, len(compressed), err)
		}
	}
}

// prelude is the start of an archive with the given documents.
func prelude(t testing.TB, docs ...bson.D) []byte {
	t.Helper()
	b := []byte{0x6d, 0xe2, 0x99, 0x81}
	for _, doc := range docs {
		b = append(b, raw(t, doc)...)
	}
	return append(b, ones...)
}

func TestHostileArchives(t *testing.T) {
	t.Parallel()
	head := bson.D{{Key: "concurrent_collections", Value: int32(4)}, {Key: "version", Value: "0.1"}, {Key: "server_version", Value: "7.0.1"}, {Key: "tool_version", Value: "x"}}
	entry := func(coll, metadata, kind string) bson.D {
		return bson.D{{Key: "db", Value: "d"}, {Key: "collection", Value: coll}, {Key: "metadata", Value: metadata}, {Key: "size", Value: int32(0)}, {Key: "type", Value: kind}}
	}
	end := block(t, "d", "a", true, 0)
	doc := raw(t, bson.D{{Key: "_id", Value: 1}})
	ok := prelude(t, head, entry("a", "", ""))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, c := range map[string]struct {
		archive []byte
		code    tidemark.Code
	}{
		"whole":                   {join(ok, end), ""},
		"oplog":                   {join(prelude(t, head, bson.D{{Key: "db", Value: ""}, {Key: "collection", Value: "oplog"}}), block(t, "", "oplog", true, 0)), ""},
		"nothing":                 {nil, tidemark.CodeInvalidData},
		"other bytes":             {[]byte("PK\x03\x04 and so on"), tidemark.CodeInvalidData},
		"gzip of nothing":         {zip(t, nil, 1, 1), tidemark.CodeInvalidData},
		"no header":               {prelude(t), tidemark.CodeInvalidData},
		"newer format":            {prelude(t, bson.D{{Key: "version", Value: "0.2"}}), tidemark.CodeFormatTooNew},
		"version is a number":     {prelude(t, bson.D{{Key: "version", Value: 1}}), tidemark.CodeInvalidData},
		"listed twice":            {prelude(t, head, entry("a", "", ""), entry("a", "", "")), tidemark.CodeInvalidData},
		"no name":                 {prelude(t, head, entry("", "", "")), tidemark.CodeInvalidData},
		"zero in a name":          {prelude(t, head, entry("a\x00b", "", "")), tidemark.CodeInvalidData},
		"unknown type":            {prelude(t, head, entry("a", "", "sketch")), tidemark.CodeInvalidData},
		"metadata is no JSON":     {prelude(t, head, entry("a", "{", "")), tidemark.CodeInvalidData},
		"deep metadata":           {prelude(t, head, entry("a", strings.Repeat(`{"options":`, 1<<20), "")), tidemark.CodeInvalidData},
		"indexes are text":        {prelude(t, head, entry("a", `{"indexes":"x"}`, "")), tidemark.CodeInvalidData},
		"short UUID":              {prelude(t, head, entry("a", `{"uuid":"00"}`, "")), tidemark.CodeInvalidData},
		"field twice":             {prelude(t, append(head, head...)), tidemark.CodeInvalidData},
		"document in header":      {prelude(t, append(head, bson.E{Key: "x", Value: bson.D{}})), tidemark.CodeInvalidData},
		"deep header":             {join([]byte{0x6d, 0xe2, 0x99, 0x81}, deepDocument(2_000_000), ones), tidemark.CodeInvalidData},
		"unlisted namespace":      {join(ok, block(t, "d", "z", true, 0)), tidemark.CodeInvalidData},
		"wrong checksum":          {join(ok, block(t, "d", "a", false, 0, doc), block(t, "d", "a", true, 1)), tidemark.CodeInvalidData},
		"ends twice":              {join(ok, end, end), tidemark.CodeInvalidData},
		"goes on after its end":   {join(ok, block(t, "d", "a", true, 0, doc)), tidemark.CodeInvalidData},
		"terminator twice":        {join(ok, end, ones), tidemark.CodeInvalidData},
		"never ends":              {join(ok, block(t, "d", "a", false, 0)), tidemark.CodeInvalidData},
		"length too small":        {join(ok, []byte{4, 0, 0, 0}), tidemark.CodeInvalidData},
		"length too large":        {join(ok, binary.LittleEndian.AppendUint32(nil, archive.MaxDocumentBytes+1)), tidemark.CodeInvalidData},
		"claims more than it has": {join(ok, binary.LittleEndian.AppendUint32(nil, archive.MaxDocumentBytes), []byte{1}), tidemark.CodeInvalidData},
		"document without an end": {join(ok, block(t, "d", "a", false, 0, []byte{5, 0, 0, 0, 1}), end), tidemark.CodeInvalidData},
	} {
		asked := &largestRead{r: bytes.NewReader(c.archive)}
		if _, err := read(asked); tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if asked.n > 128<<10+len(c.archive) {
			t.Errorf("%s: it reserved %d bytes before they came", name, asked.n)
		}
	}
}

// deepDocument is nested so deep that a recursion over it would end the process.
func deepDocument(levels int) []byte {
	const head, tail = 4 + 1 + 1, 1 // a length, a type, an empty name; a zero
	var out []byte
	for i := range levels {
		out = binary.LittleEndian.AppendUint32(out, uint32((levels-i)*(head+tail)+minimum))
		out = append(out, 3, 0)
	}
	out = append(out, minimum, 0, 0, 0, 0)
	return append(out, make([]byte, levels)...)
}

const minimum = 5 // bytes of an empty document

// largestRead notes the size of the largest buffer it was asked to fill.
type largestRead struct {
	r io.Reader
	n int
}

func (l *largestRead) Read(p []byte) (int, error) {
	l.n = max(l.n, len(p))
	return l.r.Read(p)
}

func TestErrorsOfTheSourceComeBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	for _, whole := range [][]byte{small(t), zip(t, small(t), 5, 2)} {
		for _, n := range []int{0, 1, 3, 30, len(whole) - 1, len(whole)} {
			source := io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken))
			if _, err := read(source); !errors.Is(err, broken) {
				t.Errorf("after %d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
}

func TestLargestDocument(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", archive.MaxDocumentBytes-len(raw(t, bson.D{{Key: "s", Value: ""}})))
	doc := raw(t, bson.D{{Key: "s", Value: text}})
	if len(doc) != archive.MaxDocumentBytes {
		t.Fatalf("%d bytes", len(doc))
	}
	documents := map[archive.Namespace][]bson.Raw{{DB: "d", Collection: "c"}: {doc}}
	var out bytes.Buffer
	write(t, &out, header, []archive.Entry{{Collection: collection(t, "d", "c", bson.D{})}}, documents)
	sameDocuments(t, mustRead(t, &out).documents, documents)
}

// FuzzReader holds that a Reader neither panics nor reads what it cannot prove
// whole, and that what it reads can be written and read again.
func FuzzReader(f *testing.F) {
	f.Add(small(f))
	f.Add(interleaved(f))
	f.Add(zip(f, small(f), 5, 1))
	var all bytes.Buffer
	write(f, &all, header, catalogue(f), nil)
	f.Add(all.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := read(bytes.NewReader(b))
		if err != nil {
			if errors.Is(err, io.EOF) {
				t.Fatalf("an early end passes for the end: %v", err)
			}
			return
		}
		if len(got.entries) == 0 && len(got.documents) > 0 {
			t.Fatal("documents of no collection")
		}
		rewrite(t, got)
	})
}

// rewrite makes an archive of what was read, if a Writer takes it, and compares.
func rewrite(t *testing.T, got contents) {
	var out bytes.Buffer
	a, err := archive.NewWriter(&out, got.header, got.entries)
	if err != nil {
		return
	}
	for _, e := range got.entries {
		ns := archive.Namespace{DB: e.DB, Collection: e.Name}
		if !a.Carries(e.Collection) {
			delete(got.documents, ns)
			continue
		}
		if err := a.BeginCollection(e.Collection); err != nil {
			t.Fatal(err)
		}
		for _, doc := range got.documents[ns] {
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
	again := mustRead(t, &out)
	for ns, docs := range again.documents {
		if len(docs) != len(got.documents[ns]) {
			t.Fatalf("%s has %d documents, had %d", ns, len(docs), len(got.documents[ns]))
		}
	}
}
