package archive_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/archive"
)

// value draws a BSON value of any type, nested up to depth.
func value(t *rapid.T, depth int) any {
	kinds := 16
	if depth == 0 {
		kinds = 14
	}
	text := rapid.StringN(0, 20, -1)
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.Int32().Draw(t, "int")
	case 1:
		return rapid.Int64().Draw(t, "long")
	case 2:
		return rapid.Float64().Draw(t, "double")
	case 3:
		return rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}).Draw(t, "odd double")
	case 4:
		return text.Draw(t, "string")
	case 5:
		return rapid.Bool().Draw(t, "bool")
	case 6:
		return bson.DateTime(rapid.Int64().Draw(t, "date"))
	case 7:
		return bson.Timestamp{T: rapid.Uint32().Draw(t, "t"), I: rapid.Uint32().Draw(t, "i")}
	case 8:
		return bson.Binary{Subtype: rapid.SampledFrom([]byte{0, 2, 4, 5, 0x80}).Draw(t, "subtype"), Data: rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "data")}
	case 9:
		return bson.ObjectID(rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "oid"))
	case 10:
		return bson.Regex{Pattern: rapid.StringMatching(`[a-z^$./"]{0,5}`).Draw(t, "pattern"), Options: "im"}
	case 11:
		return rapid.SampledFrom([]any{nil, bson.MinKey{}, bson.MaxKey{}, bson.Undefined{}, bson.Symbol("s"), bson.JavaScript("f")}).Draw(t, "odd")
	case 12:
		// Not near the smallest exponents, whose text the driver cannot read back.
		return bson.NewDecimal128(rapid.Uint64Range(0x3000000000000000, 0x303e000000000000).Draw(t, "high"), rapid.Uint64().Draw(t, "low"))
	case 13:
		return bson.CodeWithScope{Code: "f", Scope: bson.D{{Key: "x", Value: int32(1)}}}
	case 14:
		var a bson.A
		for range rapid.IntRange(0, 4).Draw(t, "length") {
			a = append(a, value(t, depth-1))
		}
		return append(bson.A{}, a...)
	}
	return document(t, depth-1)
}

func document(t *rapid.T, depth int) bson.D {
	d := bson.D{}
	for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
		key := rapid.StringMatching(`[a-zü. ]{0,6}`).Draw(t, "key")
		d = append(d, bson.E{Key: fmt.Sprint(key, i), Value: value(t, depth)})
	}
	return d
}

// drawn is a catalogue and documents.
func drawn(t *rapid.T, tb testing.TB) ([]archive.Entry, map[archive.Namespace][]bson.Raw) {
	var entries []archive.Entry
	documents := make(map[archive.Namespace][]bson.Raw)
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}\.[a-zÅ.]{0,8}[a-z]`), 0, 6, rapid.ID[string]).Draw(t, "namespaces")
	for _, name := range names {
		db, coll, _ := bytes.Cut([]byte(name), []byte("."))
		c := collection(tb, string(db), string(coll), document(t, 2))
		c.Type = rapid.SampledFrom([]tidemark.CollectionType{tidemark.TypeCollection, tidemark.TypeCollection, tidemark.TypeView}).Draw(t, "type")
		if c.Type == tidemark.TypeView {
			c.Indexes, c.UUID = nil, tidemark.UUID{}
		} else if rapid.Bool().Draw(t, "indexed") {
			c.Indexes = append(c.Indexes, raw(tb, document(t, 1)))
		}
		e := archive.Entry{Collection: c, Bytes: rapid.Int64Min(0).Draw(t, "bytes")}
		entries = append(entries, e)
		if c.Type == tidemark.TypeView {
			continue
		}
		for range rapid.IntRange(0, 5).Draw(t, "documents") {
			ns := archive.Namespace{DB: c.DB, Collection: c.Name}
			documents[ns] = append(documents[ns], raw(tb, document(t, 3)))
		}
	}
	return entries, documents
}

// Whatever is written is read back: header, entries byte for byte and documents
// in order, plain and compressed.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		entries, documents := drawn(rt, t)
		var plain bytes.Buffer
		write(t, &plain, header, entries, documents)
		first := bytes.Clone(plain.Bytes())
		for _, archived := range [][]byte{first, zip(t, first, 6, 2)} {
			got := mustRead(t, bytes.NewReader(archived))
			want := header
			want.ConcurrentCollections = 1
			if got.header != want {
				t.Fatalf("header %+v, want %+v", got.header, want)
			}
			sameEntries(t, got.entries, entries)
			sameDocuments(t, got.documents, documents)
		}
		var again bytes.Buffer
		write(t, &again, header, entries, documents)
		if !bytes.Equal(again.Bytes(), first) {
			t.Fatal("the same input made another archive")
		}
	})
}

func sameEntries(t testing.TB, got, want []archive.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Namespace() != w.Namespace() || g.Type != w.Type || g.UUID != w.UUID || g.Bytes != w.Bytes {
			t.Fatalf("entry %+v, want %+v", g, w)
		}
		if !bytes.Equal(g.Options, w.Options) {
			t.Fatalf("%s: options %s, want %s", w.Namespace(), g.Options, w.Options)
		}
		if len(g.Indexes) != len(w.Indexes) {
			t.Fatalf("%s: %d indexes, want %d", w.Namespace(), len(g.Indexes), len(w.Indexes))
		}
		for j := range w.Indexes {
			if !bytes.Equal(g.Indexes[j], w.Indexes[j]) {
				t.Fatalf("%s: index %s, want %s", w.Namespace(), g.Indexes[j], w.Indexes[j])
			}
		}
	}
}
