package restore

import "context"

// index builds the indexes of the collections, several collections at once.
func (r *restorer) index(ctx context.Context, collections []Collection) error {
	return r.each(ctx, collections, func(ctx context.Context, c *Collection) error {
		if saved := r.saved(c); !saved.Indexed && !saved.InPlace {
			name, of := c.indexes()
			if err := r.Target.CreateIndexes(ctx, c.DB, name, of.Indexes); err != nil {
				return err
			}
			r.note(func(cur *cursor) { cur.of(c.Namespace()).Indexed = true })
		}
		r.tally.indexed()
		return nil
	})
}
