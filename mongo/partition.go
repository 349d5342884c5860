package mongo

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

const (
	// maxRanges bounds the ranges of one collection.
	maxRanges = 1024
	// samplesPerRange evens the ranges out: of that many sampled keys a range
	// only every last is a boundary.
	samplesPerRange = 16
	// sampleShare: a server reads a whole collection to sample one part in 20
	// of it, and seeks at random below that.
	sampleShare = 20
)

// Partition cuts by a sample of _id. It needs the privileges collStats and
// find on the collection; without the first the collection is one range.
func (d *Deployment) Partition(ctx context.Context, c tidemark.Collection, targetBytes int64) ([]tidemark.ScanRange, error) {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return nil, err
	}
	if !c.HasDocuments() {
		return nil, nil
	}
	whole := []tidemark.ScanRange{{EstimatedDocuments: -1}}
	size, count, err := d.collectionSize(ctx, c)
	if err != nil {
		return whole, d.tolerate(ctx, err)
	}
	whole[0].EstimatedDocuments = count
	if !canSeek(info, c) || targetBytes <= 0 {
		return whole, nil
	}
	ranges := min(size/targetBytes, maxRanges)
	samples := min(ranges*samplesPerRange, count/sampleShare-1)
	if ranges < 2 || samples < 1 {
		return whole, nil
	}
	keys, err := d.sampleKeys(ctx, c, samples)
	if err != nil {
		return whole, d.tolerate(ctx, err)
	}
	return rangesBetween(boundaries(keys, int(ranges)-1), count), nil
}

// canSeek says whether a range of the _id index means the same to the server as
// to us. With a collation the index holds other keys than the documents do, a
// clustered collection has no such index, and a mongos merges many of them.
func canSeek(info tidemark.ServerInfo, c tidemark.Collection) bool {
	if info.Embedded || info.Sharded || c.Capped() || c.IsBuckets() {
		return false
	}
	for _, option := range []string{"clusteredIndex", "collation", "timeseries"} {
		if _, err := c.Options.LookupErr(option); err == nil {
			return false
		}
	}
	for _, index := range c.Indexes {
		if isIDIndex(index) && !boolAt(index, "clustered") {
			_, err := index.LookupErr("collation")
			return err != nil
		}
	}
	return false
}

// collectionSize is the BSON bytes and the count of a collection, as the
// server keeps them; both are near the truth only after an unclean shutdown.
func (d *Deployment) collectionSize(ctx context.Context, c tidemark.Collection) (size, count int64, err error) {
	reply, err := d.commandOnce(ctx, c.DB, bson.D{{Key: "collStats", Value: c.Name}})
	if err != nil {
		return 0, 0, err
	}
	size, _ = intAt(reply, "size")
	count, ok := intAt(reply, "count")
	if !ok {
		count = -1
	}
	return size, count, nil
}

// sampleKeys returns about n values of _id in the order of the index.
func (d *Deployment) sampleKeys(ctx context.Context, c tidemark.Collection, n int64) ([]bson.RawValue, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
	defer cancel()
	cursor, err := d.client.Database(c.DB).Collection(c.Name).Aggregate(ctx, bson.A{
		bson.D{{Key: "$sample", Value: bson.D{{Key: "size", Value: n}}}},
		bson.D{{Key: "$project", Value: bson.D{{Key: "_id", Value: 1}}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
	})
	if err != nil {
		return nil, err
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	var keys []bson.RawValue
	for cursor.Next(ctx) {
		id, err := cursor.Current.LookupErr("_id")
		if err != nil {
			continue
		}
		keys = append(keys, bson.RawValue{Type: id.Type, Value: bytes.Clone(id.Value)})
	}
	return keys, cursor.Err()
}

// boundaries picks at most n keys, evenly spread and no two alike.
func boundaries(keys []bson.RawValue, n int) []bson.RawValue {
	n = min(n, len(keys))
	var picked []bson.RawValue
	for i := range n {
		key := keys[(i+1)*len(keys)/(n+1)]
		if len(picked) == 0 || !key.Equal(picked[len(picked)-1]) {
			picked = append(picked, key)
		}
	}
	return picked
}

// rangesBetween are the ranges below, between and from the boundaries on.
func rangesBetween(bounds []bson.RawValue, count int64) []tidemark.ScanRange {
	ranges := make([]tidemark.ScanRange, len(bounds)+1)
	for i := range ranges {
		ranges[i].EstimatedDocuments = count / int64(len(ranges))
		if i > 0 {
			ranges[i].Min = bounds[i-1]
		}
		if i < len(bounds) {
			ranges[i].Max = bounds[i]
		}
	}
	return ranges
}
