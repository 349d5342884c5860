package restore

import (
	"context"

	"tidemark"
)

// stage makes the empty collections to load into. One that an earlier attempt
// made without noting it may hold documents of unknown parts, so it goes first.
func (r *restorer) stage(ctx context.Context, collections []Collection) error {
	return r.each(ctx, collections, func(ctx context.Context, c *Collection) error {
		saved := r.saved(c)
		if saved.Staged || saved.InPlace {
			return nil
		}
		fresh, name := c.Collection, c.Load
		if c.Front != nil {
			fresh, name = *c.Front, c.Front.Name
		}
		if err := r.makeEmpty(ctx, fresh, name); err != nil {
			return err
		}
		r.note(func(cur *cursor) { cur.of(c.Namespace()).Staged = true })
		return nil
	})
}

// makeEmpty makes an empty collection from which nothing expires.
func (r *restorer) makeEmpty(ctx context.Context, c tidemark.Collection, name string) error {
	fresh, err := withoutExpiry(c)
	if err != nil {
		return err
	}
	if err := r.Target.Drop(ctx, c.DB, name); err != nil {
		return err
	}
	return r.Target.Create(ctx, fresh, c.DB, name)
}

// Abandon removes what a job staged on a target, when it will not go on.
func Abandon(ctx context.Context, target tidemark.Target, job tidemark.ID) error {
	live, err := target.Catalogue(ctx)
	if err != nil {
		return err
	}
	for _, c := range live.Collections {
		if !stagedBy(job, c.Name) {
			continue
		}
		if err := target.Drop(ctx, c.DB, c.Name); err != nil {
			return err
		}
	}
	return nil
}
