package restore

import (
	"context"

	"tidemark"
)

// ready is the last moment at which the target is as it was. It is over once the
// cursor that says so is saved.
func (r *restorer) ready(ctx context.Context) error {
	if r.cursor.CuttingOver {
		return nil
	}
	if r.BeforeCutOver != nil && !r.cursor.Ready {
		if err := r.save(ctx); err != nil {
			return err
		}
		if err := r.BeforeCutOver(ctx); err != nil {
			return err
		}
		r.note(func(cur *cursor) { cur.Ready = true })
		if err := r.save(ctx); err != nil {
			return err
		}
	}
	if r.Options.Existing == tidemark.ExistingRefuse { // what was made meanwhile counts, too
		now, err := planFor(ctx, r.Request)
		if err != nil {
			return err
		}
		if err := now.refuseExisting(r.Options); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.note(func(cur *cursor) { cur.CuttingOver = true })
	return r.save(ctx)
}

// cutOver puts the staged collections in place. Every part of it may be done
// twice.
func (r *restorer) cutOver(ctx context.Context) error {
	live, err := r.Target.Catalogue(ctx)
	if err != nil {
		return err
	}
	if err := r.noteForms(ctx, live); err != nil {
		return err
	}
	if err := r.dropOthers(ctx); err != nil {
		return err
	}
	for i := range r.plan.Staged {
		if err := r.rename(ctx, &r.plan.Staged[i], live); err != nil {
			return err
		}
		r.tally.cutOver()
	}
	for _, v := range r.plan.Views {
		if err := r.Target.Drop(ctx, v.DB, v.Name); err != nil {
			return err
		}
		if err := r.Target.Create(ctx, v.Collection, v.DB, v.Name); err != nil {
			return err
		}
	}
	return nil
}

// dropOthers drops what the snapshot does not have.
func (r *restorer) dropOthers(ctx context.Context) error {
	for _, c := range r.plan.Drops {
		if err := r.Target.Drop(ctx, c.DB, c.Name); err != nil {
			return err
		}
		r.note(func(cur *cursor) { cur.Dropped = append(cur.Dropped, c.Namespace()) })
	}
	return nil
}

// rename moves a staged collection over the live one. live is the catalogue as
// the cut-over began: a staged collection that it lacks was renamed by an
// earlier attempt.
func (r *restorer) rename(ctx context.Context, c *Collection, live *tidemark.Catalogue) error {
	if _, there := live.Find(c.DB, c.Load); there && c.Load != c.Name {
		old, exists := live.Find(c.DB, c.Name)
		if exists && old.Type != tidemark.TypeCollection {
			if err := r.Target.Drop(ctx, c.DB, c.Name); err != nil {
				return err
			}
		}
		if err := r.Target.Rename(ctx, c.DB, c.Load, c.Name); err != nil {
			return err
		}
	} else if _, done := live.Find(c.DB, c.Name); !done {
		return tidemark.Errorf(tidemark.CodeNotEqual, "neither %s nor what was staged for it is on the target any more", c.Namespace()).
			WithHint("Something else removed it. Start the restore again.").WithParams(c.Namespace())
	}
	r.note(func(cur *cursor) { cur.of(c.Namespace()).InPlace = true })
	r.tally.now(c, phaseDone)
	return nil
}
