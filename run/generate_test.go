package run_test

import (
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// decimal parses a decimal128 or panics.
func decimal(s string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(s)
	if err != nil {
		panic(fmt.Sprint(s, err))
	}
	return d
}

// specials are numbers near which encodings go wrong.
var specials = []any{
	int32(0), int64(0), 0.0, math.Copysign(0, -1), decimal("0"), decimal("-0"), decimal("0E+100"), decimal("0E-6176"),
	int32(1), int64(1), 1.0, decimal("1"), decimal("1.00"), decimal("10E-1"),
	int32(-1), int64(-1), -1.0, decimal("-1.0000"),
	0.1, decimal("0.1"), decimal("0.1000000000000000055511151231257827"), 0.5, decimal("0.5"), -0.5, decimal("-0.50"),
	int32(math.MaxInt32), int32(math.MinInt32), int64(math.MaxInt64), int64(math.MinInt64),
	int64(math.MaxInt64 - 1), int64(1<<53 + 1), float64(1 << 53), float64(1 << 63), -float64(1 << 63), float64(1<<63) * 1.5,
	decimal("9223372036854775807"), decimal("9223372036854775808"), decimal("-9223372036854775808"),
	1e22, decimal("1E22"), 1e23, decimal("1E23"), 1e308, decimal("1E308"), math.MaxFloat64, -math.MaxFloat64,
	5e-324, -5e-324, 2.2250738585072014e-308, decimal("5E-324"), decimal("1E-6176"), decimal("-1E-6176"),
	decimal("9.999999999999999999999999999999999E6144"), decimal("-9.999999999999999999999999999999999E6144"),
	decimal("9999999999999999999999999999999999"), decimal("1E33"), decimal("100000000000000000"), decimal("100000000000000001"),
	math.NaN(), -math.NaN(), decimal("NaN"), decimal("-NaN"),
	math.Inf(1), math.Inf(-1), decimal("Infinity"), decimal("-Infinity"),
	int32(10), int32(100), int32(9), int32(99), int32(101), int32(1000), 99.5, 100.25,
}

func genNumber() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.SampledFrom(specials),
		rapid.Map(rapid.Int32(), func(v int32) any { return v }),
		rapid.Map(rapid.Int64(), func(v int64) any { return v }),
		rapid.Map(rapid.Int64(), func(v int64) any { return float64(v) }),
		rapid.Map(rapid.Uint64(), func(v uint64) any { return math.Float64frombits(v) }),
		rapid.Map(rapid.IntRange(-8, 8), func(v int) any { return float64(v) / 4 }),
		rapid.Map(rapid.IntRange(-8, 8), func(v int) any { return decimal(fmt.Sprint(float64(v) / 4)) }),
		rapid.Custom(func(t *rapid.T) any {
			return bson.NewDecimal128(rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo"))
		}),
		rapid.Custom(func(t *rapid.T) any {
			return decimal(fmt.Sprintf("%dE%d", rapid.IntRange(-200, 200).Draw(t, "coefficient"), rapid.IntRange(-4, 4).Draw(t, "exp")))
		}),
	)
}

// genText makes strings that often share a prefix and have NULs in them.
func genText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 0, 1, 0x7f, 0xff}), 0, 4, -1),
		rapid.String(),
	)
}

// genName makes C strings.
func genName() *rapid.Generator[string] { return rapid.StringMatching(`[a-c\x01]{0,2}`) }

func genScalar() *rapid.Generator[any] {
	return rapid.OneOf(
		genNumber(),
		rapid.Map(genText(), func(s string) any { return s }),
		rapid.SampledFrom([]any{bson.MinKey{}, bson.MaxKey{}, bson.Undefined{}, bson.Null{}, true, false}),
		rapid.Custom(func(t *rapid.T) any {
			s := genText().Draw(t, "text")
			n := rapid.Uint8Range(0, 2).Draw(t, "n")
			b := []byte(s)
			switch rapid.IntRange(0, 7).Draw(t, "type") {
			case 0:
				return bson.Symbol(s)
			case 1:
				return bson.Binary{Subtype: n, Data: b}
			case 2:
				return bson.ObjectID{n, n, 11: byte(len(s))}
			case 3:
				return bson.DateTime(rapid.Int64().Draw(t, "date"))
			case 4:
				return bson.Timestamp{T: rapid.Uint32().Draw(t, "t"), I: uint32(n)}
			case 5:
				return bson.Regex{Pattern: genName().Draw(t, "pattern"), Options: genName().Draw(t, "options")}
			case 6:
				return bson.DBPointer{DB: s, Pointer: bson.ObjectID{n}}
			default:
				return bson.JavaScript(s)
			}
		}),
	)
}

func genDocument(depth int) *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		d := bson.D{}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			d = append(d, bson.E{Key: genName().Draw(t, "name"), Value: genAny(depth-1).Draw(t, "value")})
		}
		return d
	})
}

// genAny makes values of all types, nested up to depth.
func genAny(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return genScalar()
	}
	return rapid.OneOf(
		genScalar(),
		rapid.Map(genDocument(depth), func(d bson.D) any { return d }),
		rapid.Map(rapid.SliceOfN(genAny(depth-1), 0, 3), func(a []any) any { return bson.A(a) }),
		rapid.Custom(func(t *rapid.T) any {
			return bson.CodeWithScope{Code: bson.JavaScript(genText().Draw(t, "code")), Scope: genDocument(depth).Draw(t, "scope")}
		}),
	)
}

// genValue makes BSON values.
func genValue(depth int) *rapid.Generator[bson.RawValue] {
	return rapid.Map(genAny(depth), rawValue)
}

func rawValue(v any) bson.RawValue {
	t, b, err := bson.MarshalValue(v)
	if err != nil {
		panic(fmt.Sprintf("%#v: %v", v, err))
	}
	return bson.RawValue{Type: t, Value: b}
}
