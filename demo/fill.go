package demo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/mongo"
)

// batchBytes is about how much goes into one insert.
const batchBytes = 512 << 10

// fill loads the data set into the source, something else into the copy, and
// reads the source back: that is what must be there at the end.
func (s *show) fill(ctx context.Context) (*state, error) {
	s.step("Load a data set into %q", sourceName)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, c := range dataset() {
		g.Go(func() error { return c.load(gctx, s.source) })
	}
	other := collection{db: "shop", name: "leftover", documents: 100, make: setting}
	g.Go(func() error { return other.load(gctx, s.copy) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	before, err := read(ctx, s.source)
	if err != nil {
		return nil, err
	}
	s.say("%d collections in %d databases, %d documents, %.1f MB, %d indexes", len(before.catalogue.Collections),
		len(before.catalogue.Databases()), before.whole.Documents, float64(before.whole.Bytes)/1e6, before.indexes())
	return before, nil
}

// load makes the collection in a deployment.
func (c collection) load(ctx context.Context, d *mongo.Deployment) error {
	options, err := bson.Marshal(append(bson.D{}, c.options...))
	if err != nil {
		return err
	}
	fresh := tidemark.Collection{DB: c.db, Name: c.name, Type: tidemark.TypeCollection, Options: options}
	if err := d.Create(ctx, fresh, c.db, c.name); err != nil {
		return err
	}
	var batch []byte
	count := 0
	flush := func() error {
		if count == 0 {
			return nil
		}
		err := d.Insert(ctx, c.db, c.name, batch, count)
		batch, count = batch[:0], 0
		return err
	}
	for doc := range c.all() {
		raw, err := bson.Marshal(doc)
		if err != nil {
			return err
		}
		batch, count = append(batch, raw...), count+1
		if len(batch) >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	var indexes []bson.Raw
	for _, spec := range c.indexes {
		raw, err := bson.Marshal(spec)
		if err != nil {
			return err
		}
		indexes = append(indexes, raw)
	}
	return d.CreateIndexes(ctx, c.db, c.name, indexes)
}
