package run_test

import (
	"bytes"
	"cmp"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// classOf is the order of MongoDB's classes of types, written down again.
func classOf(t bson.Type) int {
	for i, class := range [][]bson.Type{
		{bson.TypeMinKey}, {bson.TypeUndefined}, {bson.TypeNull},
		{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128},
		{bson.TypeSymbol, bson.TypeString}, {bson.TypeEmbeddedDocument}, {bson.TypeArray},
		{bson.TypeBinary}, {bson.TypeObjectID}, {bson.TypeBoolean}, {bson.TypeDateTime},
		{bson.TypeTimestamp}, {bson.TypeRegex}, {bson.TypeDBPointer}, {bson.TypeJavaScript},
		{bson.TypeCodeWithScope}, {bson.TypeMaxKey},
	} {
		for _, member := range class {
			if member == t {
				return i
			}
		}
	}
	panic("unknown type " + t.String())
}

// compareValues is the reference for the order of keys. It takes valid values.
func compareValues(a, b bson.RawValue) int {
	if c := cmp.Compare(classOf(a.Type), classOf(b.Type)); c != 0 {
		return c
	}
	switch a.Type {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return compareNumbers(a, b)
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return bytes.Compare(a.Value[4:len(a.Value)-1], b.Value[4:len(b.Value)-1])
	case bson.TypeEmbeddedDocument:
		return compareElements(a.Document(), b.Document(), true)
	case bson.TypeArray:
		return compareElements(bson.Raw(a.Array()), bson.Raw(b.Array()), false)
	case bson.TypeBinary, bson.TypeDBPointer:
		return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), bytes.Compare(a.Value[4:], b.Value[4:]))
	case bson.TypeObjectID:
		return bytes.Compare(a.Value, b.Value)
	case bson.TypeBoolean:
		return cmp.Compare(truth(a), truth(b))
	case bson.TypeDateTime:
		return cmp.Compare(a.DateTime(), b.DateTime())
	case bson.TypeTimestamp:
		at, ai := a.Timestamp()
		bt, bi := b.Timestamp()
		return cmp.Or(cmp.Compare(at, bt), cmp.Compare(ai, bi))
	case bson.TypeRegex:
		ap, ao := a.Regex()
		bp, bo := b.Regex()
		return cmp.Or(cmp.Compare(ap, bp), cmp.Compare(ao, bo))
	case bson.TypeCodeWithScope:
		ac, as := a.CodeWithScope()
		bc, bs := b.CodeWithScope()
		return cmp.Or(cmp.Compare(ac, bc), compareElements(as, bs, true))
	default:
		return 0
	}
}

func truth(v bson.RawValue) int {
	if v.Value[0] == 0 {
		return 0
	}
	return 1
}

func compareElements(a, b bson.Raw, names bool) int {
	as, errA := a.Elements()
	bs, errB := b.Elements()
	if errA != nil || errB != nil {
		panic("an invalid document")
	}
	for i := 0; i < len(as) && i < len(bs); i++ {
		av, bv := as[i].Value(), bs[i].Value()
		if c := cmp.Compare(classOf(av.Type), classOf(bv.Type)); c != 0 {
			return c
		}
		if names {
			if c := cmp.Compare(as[i].Key(), bs[i].Key()); c != 0 {
				return c
			}
		}
		if c := compareValues(av, bv); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// compareNumbers compares by rank (NaN, -infinity, finite, infinity) and exact
// value.
func compareNumbers(a, b bson.RawValue) int {
	ra, va := number(a)
	rb, vb := number(b)
	if ra != rb || va == nil {
		return cmp.Compare(ra, rb)
	}
	return va.Cmp(vb)
}

const (
	rankNaN = iota
	rankNegInf
	rankFinite
	rankPosInf
)

func number(v bson.RawValue) (rank int, value *big.Rat) {
	switch v.Type {
	case bson.TypeInt32:
		return rankFinite, new(big.Rat).SetInt64(int64(v.Int32()))
	case bson.TypeInt64:
		return rankFinite, new(big.Rat).SetInt64(v.Int64())
	case bson.TypeDouble:
		f := v.Double()
		switch {
		case math.IsNaN(f):
			return rankNaN, nil
		case math.IsInf(f, -1):
			return rankNegInf, nil
		case math.IsInf(f, 1):
			return rankPosInf, nil
		}
		return rankFinite, new(big.Rat).SetFloat64(f)
	}
	d := v.Decimal128()
	switch {
	case d.IsNaN():
		return rankNaN, nil
	case d.IsInf() < 0:
		return rankNegInf, nil
	case d.IsInf() > 0:
		return rankPosInf, nil
	}
	coefficient, exp, err := d.BigInt()
	if err != nil {
		panic(err)
	}
	ten := big.NewInt(10)
	if new(big.Int).Abs(coefficient).Cmp(new(big.Int).Exp(ten, big.NewInt(34), nil)) >= 0 {
		return rankFinite, new(big.Rat) // not canonical
	}
	r := new(big.Rat).SetInt(coefficient)
	power := new(big.Rat).SetInt(new(big.Int).Exp(ten, big.NewInt(int64(max(exp, -exp))), nil))
	if exp < 0 {
		return rankFinite, r.Quo(r, power)
	}
	return rankFinite, r.Mul(r, power)
}
