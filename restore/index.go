package restore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// index builds the indexes of the collections, but those that expire
// documents: all of a collection in one command, several collections at once.
func (r *restorer) index(ctx context.Context, collections []Collection) error {
	return r.each(ctx, collections, func(ctx context.Context, c *Collection) error {
		if saved := r.saved(c); !saved.Indexed && !saved.InPlace {
			name, of := c.indexes()
			if err := r.Target.CreateIndexes(ctx, c.DB, name, slices.DeleteFunc(slices.Clone(of.Indexes), isTTL)); err != nil {
				return err
			}
			r.note(func(cur *cursor) { cur.of(c.Namespace()).Indexed = true })
		}
		r.tally.indexed()
		return nil
	})
}

// expire builds the indexes that expire documents, and sets the age at which
// those of clustered and time-series collections do. It comes last, for from
// then on a collection may have fewer documents than were loaded.
func (r *restorer) expire(ctx context.Context, collections []Collection) error {
	return r.each(ctx, collections, func(ctx context.Context, c *Collection) error {
		name, of := c.indexes()
		saved := r.saved(c)
		if !expires(of) || saved.Expires || saved.InPlace {
			return nil
		}
		ttl := slices.DeleteFunc(slices.Clone(of.Indexes), func(i bson.Raw) bool { return !isTTL(i) })
		if len(ttl) > 0 {
			if err := r.Target.CreateIndexes(ctx, c.DB, name, ttl); err != nil {
				return err
			}
		}
		if seconds, ok := expiry(of); ok {
			if err := r.Target.Expire(ctx, c.DB, name, seconds); err != nil {
				return err
			}
		}
		r.note(func(cur *cursor) { cur.of(c.Namespace()).Expires = true })
		return nil
	})
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
