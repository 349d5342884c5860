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

// fill loads the data set into the source, and something else into the copy.
// What it loaded is what must be there at the end.
func (s *show) fill(ctx context.Context) (*state, error) {
	s.step("Load a data set into %q", sourceName)
	collections := dataset()
	loaded := make([]fingerprint, len(collections))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, c := range collections {
		g.Go(func() (err error) {
			loaded[i], err = c.load(gctx, s.source)
			return err
		})
	}
	g.Go(func() error {
		other := collection{db: "shop", name: "leftover", documents: 100, make: setting}
		_, err := other.load(gctx, s.copy)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	catalogue, err := s.source.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	before := &state{catalogue: catalogue, contents: map[string]fingerprint{}}
	for i, c := range collections {
		before.add(c.db+"."+c.name, loaded[i])
	}
	s.say("%d collections in %d databases, %d documents, %.1f MB, %d indexes", len(catalogue.Collections),
		len(catalogue.Databases()), before.whole.Documents, float64(before.whole.Bytes)/1e6, before.indexes())
	return before, nil
}

// load makes the collection in a deployment.
func (c collection) load(ctx context.Context, d *mongo.Deployment) (fingerprint, error) {
	options, err := bson.Marshal(append(bson.D{}, c.options...))
	if err != nil {
		return fingerprint{}, err
	}
	fresh := tidemark.Collection{DB: c.db, Name: c.name, Type: tidemark.TypeCollection, Options: options}
	if err := d.Create(ctx, fresh, c.db, c.name); err != nil {
		return fingerprint{}, err
	}
	loaded, err := c.insert(ctx, d, fresh.Capped())
	if err != nil {
		return loaded, err
	}
	var indexes []bson.Raw
	for _, spec := range c.indexes {
		raw, err := bson.Marshal(spec)
		if err != nil {
			return loaded, err
		}
		indexes = append(indexes, raw)
	}
	return loaded, d.CreateIndexes(ctx, c.db, c.name, indexes)
}

// insert writes the documents.
func (c collection) insert(ctx context.Context, d *mongo.Deployment, ordered bool) (fingerprint, error) {
	var loaded fingerprint
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
			return loaded, err
		}
		loaded.add(raw, ordered)
		batch, count = append(batch, raw...), count+1
		if len(batch) >= batchBytes {
			if err := flush(); err != nil {
				return loaded, err
			}
		}
	}
	return loaded, flush()
}
