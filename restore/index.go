package restore

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// watchEvery is the time between two looks at index builds.
const watchEvery = time.Second

// index builds the indexes of the collections, but those that expire
// documents: all of a collection in one command, several collections at once,
// the largest first.
func (r *restorer) index(ctx context.Context, collections []Collection) error {
	return r.building(ctx, collections, func(ctx context.Context, c *Collection) error {
		saved := r.saved(c)
		name, of := c.indexes()
		plain := slices.DeleteFunc(slices.Clone(of.Indexes), isTTL)
		if !saved.Indexed && !saved.InPlace {
			if err := r.build(ctx, c, name, plain); err != nil {
				return err
			}
			r.note(func(cur *cursor) { cur.of(c.Namespace()).Indexed = true })
		}
		r.tally.building(c, indexNames(plain), phaseBuilt, 100)
		r.tally.indexed()
		return nil
	})
}

// expire builds the indexes that expire documents, and sets the age at which
// those of clustered and time-series collections do. It comes last, for from
// then on a collection may have fewer documents than were loaded.
func (r *restorer) expire(ctx context.Context, collections []Collection) error {
	return r.building(ctx, collections, func(ctx context.Context, c *Collection) error {
		name, of := c.indexes()
		if !expires(of) {
			return nil
		}
		saved := r.saved(c)
		ttl := slices.DeleteFunc(slices.Clone(of.Indexes), func(i bson.Raw) bool { return !isTTL(i) })
		if !saved.Expires && !saved.InPlace {
			if err := r.letExpire(ctx, c, name, of, ttl); err != nil {
				return err
			}
			r.note(func(cur *cursor) { cur.of(c.Namespace()).Expires = true })
		}
		r.tally.building(c, indexNames(ttl), phaseBuilt, 100)
		return nil
	})
}

func (r *restorer) letExpire(ctx context.Context, c *Collection, name string, of tidemark.Collection, ttl []bson.Raw) error {
	if len(ttl) > 0 {
		if err := r.build(ctx, c, name, ttl); err != nil {
			return err
		}
	}
	if seconds, ok := expiry(of); ok {
		return r.Target.Expire(ctx, c.DB, name, seconds)
	}
	return nil
}

func (r *restorer) build(ctx context.Context, c *Collection, name string, indexes []bson.Raw) error {
	r.tally.now(c, stepIndex)
	r.tally.building(c, indexNames(indexes), phaseBuilding, 0)
	return r.Target.CreateIndexes(ctx, c.DB, name, indexes)
}

// building is each, with an eye on what the target tells of builds meanwhile.
func (r *restorer) building(ctx context.Context, collections []Collection, do func(context.Context, *Collection) error) error {
	watch, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { r.watchBuilds(watch, collections) })
	defer watcher.Wait()
	defer stop()
	return r.each(ctx, collections, do)
}

// watchBuilds asks how far builds are, until ctx is done or the target does not
// tell: it is for show only.
func (r *restorer) watchBuilds(ctx context.Context, collections []Collection) {
	if r.plan.Target.Embedded {
		return
	}
	byName := map[string]*Collection{}
	for i := range collections {
		c := &collections[i]
		name, _ := c.indexes()
		byName[c.DB+"."+name], byName[c.DB+"."+c.Load] = c, c
	}
	for sleep(ctx, watchEvery) == nil {
		builds, err := r.Target.IndexBuilds(ctx)
		if err != nil {
			return
		}
		for _, b := range builds {
			if c := byName[b.DB+"."+b.Collection]; c != nil && b.Total > 0 {
				// Not all of it: the server goes through several passes.
				r.tally.building(c, b.Indexes, phaseBuilding, min(99, 100*float64(b.Done)/float64(b.Total)))
			}
		}
	}
}

// expires says whether the server removes documents of a collection by age.
func expires(c tidemark.Collection) bool {
	_, ok := expiry(c)
	return ok || slices.ContainsFunc(c.Indexes, isTTL)
}

// expiryOption is an option of clustered and time-series collections, and a
// field of TTL indexes.
const expiryOption = "expireAfterSeconds"

// expiry is the age at which documents of a clustered or time-series collection
// expire.
func expiry(c tidemark.Collection) (seconds int64, ok bool) {
	value, err := c.Options.LookupErr(expiryOption)
	if err != nil {
		return 0, false
	}
	return value.AsInt64OK()
}

// isTTL says whether a listIndexes entry is of an index that expires documents.
func isTTL(index bson.Raw) bool {
	_, err := index.LookupErr(expiryOption)
	return err == nil
}

// withoutExpiry is a collection from which nothing expires.
func withoutExpiry(c tidemark.Collection) (tidemark.Collection, error) {
	if _, ok := expiry(c); !ok {
		return c, nil
	}
	var options bson.D
	if err := bson.Unmarshal(c.Options, &options); err != nil {
		return c, tidemark.Errorf(tidemark.CodeInvalidData, "the options of %s are malformed: %w", c.Namespace(), err)
	}
	raw, err := bson.Marshal(slices.DeleteFunc(options, func(e bson.E) bool { return e.Key == expiryOption }))
	c.Options = raw
	return c, err
}
