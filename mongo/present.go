package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// idsPerCount bounds the size of one question for the presence of documents.
const idsPerCount = 1000

// checkPresent decides duplicates of an index that the server does not name:
// the embedded server never does, others leave messages out when there are many.
// Where _id is the only unique index it is that one. Else those whose _id is in
// the collection count as written, and another is refused.
func (in inserter) checkPresent(ctx context.Context, b batch, places []int) error {
	if len(places) == 0 {
		return nil
	}
	c := tidemark.Collection{DB: in.db, Name: in.name, Type: tidemark.TypeCollection}
	if _, err := in.deployment.loadIndexes(ctx, &c); err != nil {
		return err
	}
	other := func(index bson.Raw) bool { return !isIDIndex(index) && boolAt(index, "unique") }
	if !slices.ContainsFunc(c.Indexes, other) {
		return nil
	}
	ids, err := idsAt(b, places)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, idsPerCount) {
		reply, err := in.deployment.command(ctx, "look for documents in "+in.db+"."+in.name, in.db, bson.D{
			{Key: "count", Value: in.name},
			{Key: "query", Value: bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}}},
		})
		if err != nil {
			return err
		}
		if n, _ := intAt(reply, "n"); n != int64(len(some)) {
			return in.refusal(writeError{code: codeDuplicateKey})
		}
	}
	return nil
}

// idsAt are the values of _id at these places of a batch, each once.
func idsAt(b batch, places []int) ([]bson.RawValue, error) {
	slices.Sort(places)
	seen := make(map[string]bool, len(places))
	var ids []bson.RawValue
	docs, at := b.docs, 0
	for _, place := range places {
		for ; at < place; at++ {
			size, err := documentSize(docs)
			if err != nil {
				return nil, err
			}
			docs = docs[size:]
		}
		size, err := documentSize(docs)
		if err != nil {
			return nil, err
		}
		id, err := bson.Raw(docs[:size]).LookupErr("_id")
		if err != nil {
			return nil, tidemark.Errorf(tidemark.CodeInvalidData, "a document to insert has no _id")
		}
		if key := string(rune(id.Type)) + string(id.Value); !seen[key] {
			seen[key] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}
