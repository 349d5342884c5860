package demo

import (
	"fmt"
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// customer has an ObjectId, nested documents and, now and then, nulls.
func customer(r *rand.Rand, i int) bson.D {
	name, surname := pick(r, givenNames), pick(r, surnames)
	var phone any
	if r.IntN(5) > 0 {
		phone = fmt.Sprintf("+%d %07d", 1+r.IntN(98), r.IntN(10_000_000))
	}
	return bson.D{
		{Key: "_id", Value: objectID(r, i)},
		{Key: "name", Value: bson.D{{Key: "given", Value: name}, {Key: "family", Value: surname}}},
		{Key: "email", Value: fmt.Sprintf("user%05d@example.net", i)},
		{Key: "phone", Value: phone},
		{Key: "address", Value: bson.D{{Key: "city", Value: pick(r, cities)}, {Key: "street", Value: sentence(r, 2)}, {Key: "number", Value: int32(1 + r.IntN(200))}}},
		{Key: "joined", Value: before(r, 3000)},
		{Key: "points", Value: int64(r.IntN(1 << 40))},
		{Key: "newsletter", Value: r.IntN(2) == 0},
	}
}

// product has a string as its identifier, a regular expression and arrays.
func product(r *rand.Rand, i int) bson.D {
	tags := bson.A{}
	for range 1 + r.IntN(5) {
		tags = append(tags, pick(r, words))
	}
	return bson.D{
		{Key: "_id", Value: fmt.Sprintf("SKU-%06d", i)},
		{Key: "title", Value: sentence(r, 3)},
		{Key: "description", Value: sentence(r, 20+r.IntN(40))},
		{Key: "price", Value: float64(r.IntN(100_000)) / 100},
		{Key: "stock", Value: int32(r.IntN(1000))},
		{Key: "tags", Value: tags},
		{Key: "matches", Value: bson.Regex{Pattern: "^" + pick(r, words), Options: "i"}},
		{Key: "dimensions", Value: bson.A{r.Float64(), r.Float64(), r.Float64()}},
	}
}

// order has an integer as its identifier and an array of documents.
func order(r *rand.Rand, i int) bson.D {
	lines := bson.A{}
	for range 1 + r.IntN(6) {
		lines = append(lines, bson.D{
			{Key: "product", Value: fmt.Sprintf("SKU-%06d", r.IntN(2_500))},
			{Key: "quantity", Value: int32(1 + r.IntN(9))},
			{Key: "price", Value: float64(r.IntN(100_000)) / 100},
		})
	}
	return bson.D{
		{Key: "_id", Value: int32(i)},
		{Key: "number", Value: fmt.Sprintf("2026-%07d", i)},
		{Key: "customer", Value: int32(r.IntN(9_000))},
		{Key: "placed", Value: before(r, 700)},
		{Key: "lines", Value: lines},
		{Key: "note", Value: sentence(r, 4+r.IntN(12))},
		{Key: "paid", Value: r.IntN(10) > 0},
	}
}

// reading has a document as its identifier.
func reading(r *rand.Rand, i int) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "sensor", Value: int32(i % 40)}, {Key: "n", Value: int64(i)}}},
		{Key: "at", Value: before(r, 30)},
		{Key: "value", Value: r.NormFloat64() * 20},
		{Key: "clock", Value: bson.Timestamp{T: uint32(1_700_000_000 + i), I: uint32(1 + i%7)}},
		{Key: "ok", Value: r.IntN(50) > 0},
	}
}

// journalEntry goes into a capped collection, whose order matters.
func journalEntry(r *rand.Rand, i int) bson.D {
	return bson.D{
		{Key: "_id", Value: objectID(r, i)},
		{Key: "line", Value: int64(i)},
		{Key: "text", Value: sentence(r, 8)},
	}
}

// scan has binary data, of the plain and the UUID subtype.
func scan(r *rand.Rand, i int) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.Binary{Subtype: 4, Data: randomBytes(r, 16)}},
		{Key: "sha", Value: fmt.Sprintf("%064x", randomBytes(r, 32))},
		{Key: "page", Value: int32(i)},
		{Key: "image", Value: bson.Binary{Data: randomBytes(r, 200+r.IntN(1800))}},
	}
}

// setting mixes the types that an identifier may have in one collection.
func setting(r *rand.Rand, i int) bson.D {
	var id any
	switch i % 5 {
	case 0:
		id = int32(i)
	case 1:
		id = float64(i) + 0.5
	case 2:
		id = fmt.Sprintf("setting-%d", i)
	case 3:
		id = before(r, 3000)
	default:
		id = bson.D{{Key: "scope", Value: pick(r, words)}, {Key: "n", Value: int64(i)}}
	}
	return bson.D{
		{Key: "_id", Value: id},
		{Key: "value", Value: bson.A{sentence(r, 2), nil, int64(i), r.Float64(), bson.D{}}},
	}
}
