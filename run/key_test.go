package run_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/run"
)

// sameOrder fails unless the keys of two values compare as the values do, and
// neither is a prefix of the other.
func sameOrder(t interface {
	Helper()
	Fatalf(string, ...any)
}, a, b bson.RawValue) {
	t.Helper()
	ka, errA := run.AppendKey(nil, coll, a)
	kb, errB := run.AppendKey(nil, coll, b)
	if errA != nil || errB != nil {
		t.Fatalf("no key: %v, %v", errA, errB)
	}
	want := compareValues(a, b)
	if got := bytes.Compare(ka, kb); got != want {
		t.Fatalf("%v and %v compare %d, their keys %d\n%x\n%x", a, b, want, got, ka, kb)
	}
	if back := compareValues(b, a); back != -want {
		t.Fatalf("%v and %v compare %d, the other way round %d", a, b, want, back)
	}
	if want != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
		t.Fatalf("the key of one of %v and %v is a prefix of the other", a, b)
	}
}

func allPairs(t *rapid.T, values []bson.RawValue) {
	for i, a := range values {
		for _, b := range values[i:] {
			sameOrder(t, a, b)
		}
	}
}

func TestKeysOrderAsValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		allPairs(t, rapid.SliceOfN(genValue(2), 2, 12).Draw(t, "values"))
	})
}

func TestKeysOfNumbersOrderAsValues(t *testing.T) {
	t.Parallel()
	for _, a := range specials {
		for _, b := range specials {
			sameOrder(t, rawValue(a), rawValue(b))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		allPairs(t, rapid.SliceOfN(rapid.Map(genNumber(), rawValue), 2, 12).Draw(t, "values"))
	})
}

// A value and the next double to it differ however long their digits are.
func TestKeysOfDoublesAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		sameOrder(t, rawValue(f), rawValue(math.Nextafter(f, math.Inf(1))))
		sameOrder(t, rawValue(f), rawValue(-f))
	})
}

func TestEqualNumbersHaveOneKey(t *testing.T) {
	t.Parallel()
	for _, equal := range [][]any{
		{int32(1), int64(1), 1.0, decimal("1"), decimal("1.00"), decimal("0.1E1")},
		{int32(0), int64(0), 0.0, math.Copysign(0, -1), decimal("-0"), decimal("0E5")},
		{int32(-120), int64(-120), -120.0, decimal("-1.2E2")},
		{1e22, decimal("1E22"), decimal("10000000000000000000000")},
		{float64(1 << 63), decimal("9223372036854775808")},
		{0.5, decimal("0.5")},
		{math.NaN(), decimal("NaN"), decimal("-NaN")},
		{math.Inf(1), decimal("Infinity")},
		{math.Inf(-1), decimal("-Infinity")},
	} {
		first, err := run.AppendKey(nil, coll, rawValue(equal[0]))
		check(t, err)
		for _, other := range equal[1:] {
			key, err := run.AppendKey(nil, coll, rawValue(other))
			check(t, err)
			if !bytes.Equal(key, first) {
				t.Errorf("%v (%T) and %v (%T) have two keys", equal[0], equal[0], other, other)
			}
		}
	}
}

func TestNaturalKeysArePositions(t *testing.T) {
	t.Parallel()
	var last []byte
	for _, pos := range []uint64{0, 1, 255, 256, 1 << 40, math.MaxUint64} {
		key := run.AppendNaturalKey(nil, coll, pos)
		if bytes.Compare(key, last) <= 0 {
			t.Errorf("position %d does not sort after the one before", pos)
		}
		last = key
	}
	for _, id := range []any{bson.MinKey{}, bson.Null{}, int64(1)} {
		key, err := run.AppendKey(nil, coll, rawValue(id))
		check(t, err)
		if bytes.Compare(key, last) <= 0 || bytes.HasPrefix(key, last) {
			t.Errorf("the key of %v lies among those of positions", id)
		}
	}
}

func TestKeysStayInTheirCollection(t *testing.T) {
	t.Parallel()
	for _, c := range []tidemark.UUID{{}, coll, {15: 0xff}, tidemark.UUID(bytes.Repeat([]byte{0xff}, 16))} {
		b := run.CollectionBounds(c)
		for _, id := range []any{bson.MinKey{}, bson.MaxKey{}, ""} {
			key, err := run.AppendKey(nil, c, rawValue(id))
			check(t, err)
			if !b.Contains(key) || !b.Contains(run.AppendNaturalKey(nil, c, math.MaxUint64)) {
				t.Errorf("%v of collection %v is out of its bounds", id, c)
			}
			other := c
			other[15]++
			if key, err = run.AppendKey(nil, other, rawValue(id)); err != nil || b.Contains(key) {
				t.Errorf("collection %v is within the bounds of %v", other, c)
			}
		}
	}
}

func TestMalformedIDsHaveNoKey(t *testing.T) {
	t.Parallel()
	deep := rawValue(bson.D{})
	for range 300 {
		deep = rawValue(bson.D{{Key: "a", Value: deep}})
	}
	for name, v := range map[string]bson.RawValue{
		"unknown type":   {Type: 0x20, Value: []byte{1}},
		"no type":        {},
		"short int":      {Type: bson.TypeInt32, Value: []byte{1, 2, 3}},
		"long int":       {Type: bson.TypeInt32, Value: []byte{1, 2, 3, 4, 5}},
		"open string":    {Type: bson.TypeString, Value: []byte{2, 0, 0, 0, 'a', 'b'}},
		"negative":       {Type: bson.TypeString, Value: []byte{0xff, 0xff, 0xff, 0xff, 'a', 0}},
		"long document":  {Type: bson.TypeEmbeddedDocument, Value: []byte{6, 0, 0, 0, 0}},
		"open name":      {Type: bson.TypeEmbeddedDocument, Value: []byte{7, 0, 0, 0, 10, 'a', 0}},
		"short element":  {Type: bson.TypeEmbeddedDocument, Value: []byte{9, 0, 0, 0, 16, 'a', 0, 1, 0}},
		"code past end":  {Type: bson.TypeCodeWithScope, Value: []byte{14, 0, 0, 0, 9, 0, 0, 0, 0, 5, 0, 0, 0, 0}},
		"nested too far": deep,
	} {
		if _, err := run.AppendKey(nil, coll, v); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDIsFoundWhereverItIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := genAny(1).Draw(t, "id")
		before := genDocument(2).Draw(t, "before")
		doc, err := bson.Marshal(slices.Concat(before, bson.D{{Key: "_id", Value: id}}, genDocument(1).Draw(t, "after")))
		if err != nil {
			t.Fatal(err)
		}
		got, err := run.ID(doc)
		if err != nil || !got.Equal(rawValue(id)) {
			t.Fatalf("%v instead of %v: %v", got, id, err)
		}
	})
}

func TestDocumentsWithoutIDAreRefused(t *testing.T) {
	t.Parallel()
	whole, err := bson.Marshal(bson.D{{Key: "a", Value: strings.Repeat("b", 10)}, {Key: "_id", Value: 1}})
	check(t, err)
	for name, doc := range map[string][]byte{
		"nothing": nil, "empty": {5, 0, 0, 0, 0}, "cut": whole[:len(whole)-1], "more": append(slices.Clone(whole), 0),
		"other": {8, 0, 0, 0, 10, 'a', 0, 0},
	} {
		if _, err := run.ID(doc); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzKey takes the _ids of two documents that may be anything at all.
func FuzzKey(f *testing.F) {
	for _, v := range specials {
		doc, err := bson.Marshal(bson.D{{Key: "_id", Value: v}})
		check(f, err)
		f.Add(doc, doc)
	}
	for _, v := range []any{
		bson.D{{Key: "a", Value: bson.A{"x\x00y", bson.Null{}}}}, bson.Regex{Pattern: "a", Options: "i"},
		bson.CodeWithScope{Code: "f()", Scope: bson.D{{Key: "a", Value: 1}}}, bson.DBPointer{DB: "d.c"},
		bson.Binary{Subtype: 2, Data: []byte("old")}, bson.Symbol("s"), bson.Timestamp{T: 1, I: 2}, true,
	} {
		doc, err := bson.Marshal(bson.D{{Key: "_id", Value: v}})
		check(f, err)
		other, err := bson.Marshal(bson.D{{Key: "x", Value: v}, {Key: "_id", Value: bson.A{v, v}}})
		check(f, err)
		f.Add(doc, other)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		ids := make([]bson.RawValue, 0, 2)
		for _, doc := range [][]byte{a, b} {
			id, err := run.ID(doc)
			if err != nil {
				return
			}
			if _, err := run.AppendKey(nil, coll, id); err != nil {
				return
			}
			if !comparable(id, 0) {
				return
			}
			ids = append(ids, id)
		}
		sameOrder(t, ids[0], ids[1])
	})
}

// comparable says whether the driver, which the reference goes by, takes v for
// a valid value.
func comparable(v bson.RawValue, depth int) bool {
	if v.Validate() != nil || depth > 50 {
		return false
	}
	var inner bson.Raw
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		inner = v.Document()
	case bson.TypeArray:
		inner = bson.Raw(v.Array())
	case bson.TypeCodeWithScope:
		_, scope, ok := v.CodeWithScopeOK()
		if !ok {
			return false
		}
		inner = scope
	default:
		return true
	}
	values, err := inner.Values()
	if err != nil {
		return false
	}
	for _, e := range values {
		if !comparable(e, depth+1) {
			return false
		}
	}
	return true
}
