package archive_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/archive"
)

// preludeMetadata are the metadata texts of an archive's prelude by namespace.
func preludeMetadata(t *testing.T, b []byte) map[string]string {
	t.Helper()
	found := map[string]string{}
	b = b[4:]
	for first := true; ; first = false {
		size := binary.LittleEndian.Uint32(b)
		if size == 0xffffffff {
			return found
		}
		doc := bson.Raw(b[:size])
		b = b[size:]
		if !first {
			ns := doc.Lookup("db").StringValue() + "." + doc.Lookup("collection").StringValue()
			found[ns] = doc.Lookup("type").StringValue() + " " + doc.Lookup("metadata").StringValue()
		}
	}
}

func TestMetadataHasTheFormOfMongodump(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	write(t, &out, header, catalogue(t), nil)
	got := preludeMetadata(t, out.Bytes())
	id := `{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"}`
	want := map[string]string{
		"shop.plain": `collection {"indexes":[` + id + `],"uuid":"73686f70706c61696e30313233343536","collectionName":"plain","type":"collection"}`,
		"shop.ring": `collection {"options":{"capped":true,"size":{"$numberLong":"4096"},"max":{"$numberInt":"10"}},"indexes":[` + id +
			`],"uuid":"73686f7072696e673031323334353637","collectionName":"ring","type":"collection"}`,
		"shop.strict": `collection {"options":{"validator":{"name":{"$regex":"^a","$options":"i"},"at":{"$gt":{"$date":{"$numberLong":"0"}}}}},"indexes":[` +
			id + `],"uuid":"73686f70737472696374303132333435","collectionName":"strict","type":"collection"}`,
		"shop.ts": `timeseries {"options":{"timeseries":{"timeField":"at","metaField":"m"}},"indexes":[],"collectionName":"ts","type":"timeseries"}`,
		"shop.v":  `view {"options":{"viewOn":"plain","pipeline":[{"$match":{"a":{"$numberDouble":"1.0"}}}]},"indexes":[],"collectionName":"v","type":"view"}`,
	}
	for ns, js := range want {
		if got[ns] != js {
			t.Errorf("%s\n got %s\nwant %s", ns, got[ns], js)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d entries, want %d: %v", len(got), len(want), got)
	}
}

// catalogue has a collection of every kind, as MongoDB 5.0 to 8.2 list them.
func catalogue(t testing.TB) []archive.Entry {
	t.Helper()
	view := tidemark.Collection{DB: "shop", Name: "v", Type: tidemark.TypeView, Options: raw(t, bson.D{
		{Key: "viewOn", Value: "plain"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "a", Value: 1.0}}}}}}})}
	fields := bson.D{{Key: "timeseries", Value: bson.D{{Key: "timeField", Value: "at"}, {Key: "metaField", Value: "m"}}}}
	front := tidemark.Collection{DB: "shop", Name: "ts", Type: tidemark.TypeTimeseries, Options: raw(t, fields)}
	buckets := tidemark.Collection{DB: "shop", Name: "system.buckets.ts", Type: tidemark.TypeCollection, UUID: tidemark.UUID{1}, Options: raw(t, fields)}
	return []archive.Entry{
		{Collection: collection(t, "shop", "plain", bson.D{}), Bytes: 1 << 40},
		{Collection: collection(t, "shop", "ring", bson.D{{Key: "capped", Value: true}, {Key: "size", Value: int64(4096)}, {Key: "max", Value: int32(10)}})},
		{Collection: collection(t, "shop", "strict", bson.D{{Key: "validator", Value: bson.D{
			{Key: "name", Value: bson.D{{Key: "$regex", Value: "^a"}, {Key: "$options", Value: "i"}}},
			{Key: "at", Value: bson.D{{Key: "$gt", Value: bson.DateTime(0)}}}}}})},
		{Collection: buckets, Bytes: 77},
		{Collection: collection(t, "shop", "system.profile", bson.D{})},
		{Collection: collection(t, "shop", "system.views", bson.D{})},
		{Collection: front},
		{Collection: view},
	}
}

func TestTimeSeriesBucketsStandUnderTheirFront(t *testing.T) {
	t.Parallel()
	buckets := archive.Namespace{DB: "shop", Collection: "system.buckets.ts"}
	doc := raw(t, bson.D{{Key: "_id", Value: 1}})
	documents := map[archive.Namespace][]bson.Raw{buckets: {doc}}
	for version, want := range map[string]archive.Namespace{
		"7.0.42":    buckets,
		"8.2.9-rc1": buckets,
		"8.3.0":     {DB: "shop", Collection: "ts"}, // where mongorestore looks for them
	} {
		h := header
		h.ServerVersion = version
		var out bytes.Buffer
		write(t, &out, h, catalogue(t), documents)
		got := mustRead(t, &out)
		sameDocuments(t, got.documents, map[archive.Namespace][]bson.Raw{want: {doc}})
		for _, e := range got.entries {
			if e.Type == tidemark.TypeTimeseries && e.Bytes != 77 {
				t.Errorf("%s has a size of %d, want its buckets'", e.Namespace(), e.Bytes)
			}
			if e.IsBuckets() {
				t.Errorf("%s is listed", e.Namespace())
			}
		}
	}
}

func TestCarries(t *testing.T) {
	t.Parallel()
	a, err := archive.NewWriter(io.Discard, header, catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	var carried []string
	for _, e := range catalogue(t) {
		if a.Carries(e.Collection) {
			carried = append(carried, e.Name)
			continue
		}
		if err := a.BeginCollection(e.Collection); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
	if got := strings.Join(carried, " "); got != "plain ring strict system.buckets.ts" {
		t.Errorf("carries %s", got)
	}
}

func TestRefusesWhatAnArchiveCannotHold(t *testing.T) {
	t.Parallel()
	plain := archive.Entry{Collection: collection(t, "d", "c", bson.D{})}
	change := func(options bson.D) archive.Entry { return archive.Entry{Collection: collection(t, "d", "x", options)} }
	orphan := archive.Entry{Collection: collection(t, "d", "system.buckets.gone", bson.D{})}
	older := header
	older.ServerVersion = "seven"
	for name, c := range map[string]struct {
		header  archive.Header
		entries []archive.Entry
		code    tidemark.Code
	}{
		"no version":          {older, nil, tidemark.CodeInvalidData},
		"listed twice":        {header, []archive.Entry{plain, plain}, tidemark.CodeInvalidData},
		"buckets alone":       {header, []archive.Entry{plain, orphan}, tidemark.CodeUnsupported},
		"text that is none":   {header, []archive.Entry{plain, change(bson.D{{Key: "a", Value: "\xff"}})}, tidemark.CodeUnsupported},
		"looks like a date":   {header, []archive.Entry{plain, change(bson.D{{Key: "a", Value: bson.D{{Key: "$date", Value: "x"}}}})}, tidemark.CodeUnsupported},
		"options of 17 MiB":   {header, []archive.Entry{plain, change(bson.D{{Key: "a", Value: strings.Repeat("x", 17<<20)}})}, tidemark.CodeUnsupported},
		"damaged BSON inside": {header, []archive.Entry{plain, {Collection: tidemark.Collection{DB: "d", Name: "y", Type: tidemark.TypeCollection, Options: []byte{9, 0, 0, 0, 4, 'a', 0, 9, 0}}}}, tidemark.CodeUnsupported},
	} {
		var out bytes.Buffer
		_, err := archive.NewWriter(&out, c.header, c.entries)
		if tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if out.Len() != 0 {
			t.Errorf("%s: %d bytes were written", name, out.Len())
		}
	}
}

func TestWriterGuardsItsOrder(t *testing.T) {
	t.Parallel()
	c := collection(t, "d", "c", bson.D{})
	var out bytes.Buffer
	a, err := archive.NewWriter(&out, header, []archive.Entry{{Collection: c}})
	if err != nil {
		t.Fatal(err)
	}
	doc := raw(t, bson.D{{Key: "_id", Value: 1}})
	large := raw(t, bson.D{{Key: "_id", Value: strings.Repeat("x", archive.MaxDocumentBytes)}})
	steps := []struct {
		what string
		do   func() error
		code tidemark.Code
	}{
		{"document first", func() error { return a.WriteDocument(doc) }, tidemark.CodeInternal},
		{"end first", a.EndCollection, tidemark.CodeInternal},
		{"begin", func() error { return a.BeginCollection(c) }, ""},
		{"begin within", func() error { return a.BeginCollection(c) }, tidemark.CodeInternal},
		{"close within", a.Close, tidemark.CodeInternal},
		{"short document", func() error { return a.WriteDocument(doc[:len(doc)-1]) }, tidemark.CodeInvalidData},
		{"large document", func() error { return a.WriteDocument(large) }, tidemark.CodeUnsupported},
		{"document", func() error { return a.WriteDocument(doc) }, ""},
		{"end", a.EndCollection, ""},
		{"begin again", func() error { return a.BeginCollection(c) }, tidemark.CodeInvalidData},
		{"close", a.Close, ""},
		{"begin after close", func() error { return a.BeginCollection(c) }, tidemark.CodeInternal},
	}
	for _, s := range steps {
		if err := s.do(); tidemark.ErrorCode(err) != s.code {
			t.Errorf("%s: %v, want %q", s.what, err, s.code)
		}
	}
	// What was refused has left no trace.
	got := mustRead(t, &out)
	sameDocuments(t, got.documents, map[archive.Namespace][]bson.Raw{{DB: "d", Collection: "c"}: {doc}})
}

// failing takes so many bytes.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	n := min(f.left, len(p))
	f.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestErrorsOfTheDestinationComeBack(t *testing.T) {
	t.Parallel()
	c := collection(t, "d", "c", bson.D{})
	doc := raw(t, bson.D{{Key: "_id", Value: 1}})
	run := func(w io.Writer) error {
		a, err := archive.NewWriter(w, header, []archive.Entry{{Collection: c}})
		if err != nil {
			return err
		}
		_ = a.BeginCollection(c)
		_ = a.WriteDocument(doc)
		_ = a.EndCollection()
		return a.Close()
	}
	total := archive.CountingWriter{W: io.Discard}
	if err := run(&total); err != nil {
		t.Fatal(err)
	}
	for n := range int(total.N) {
		if err := run(&failing{left: n}); err != errFull {
			t.Fatalf("after %d of %d bytes: %v", n, total.N, err)
		}
	}
}
