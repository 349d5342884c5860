package restore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"tidemark"
)

// form is what a target says of a collection beside its documents: options and
// indexes. Two forms of one collection on one server can be compared.
func form(c tidemark.Collection) (string, error) {
	parts := [][]byte{c.Options}
	for _, index := range c.Indexes {
		elements, err := index.Elements()
		if err != nil {
			return "", tidemark.Errorf(tidemark.CodeInvalidData, "the target lists an index of %s that is no document: %w", c.Namespace(), err)
		}
		var kept []byte
		for _, e := range elements {
			if e.Key() != "ns" { // servers before 4.4 name the collection there
				kept = append(kept, e...)
			}
		}
		parts = append(parts, kept)
	}
	slices.SortFunc(parts[1:], func(a, b []byte) int { return slices.Compare(a, b) })
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// noteForms keeps the forms of the staged collections, before any is renamed.
func (r *restorer) noteForms(ctx context.Context, live *tidemark.Catalogue) error {
	for i := range r.plan.Staged {
		c := &r.plan.Staged[i]
		staged, there := live.Find(c.DB, c.Load)
		if !there || r.saved(c).Form != "" {
			continue
		}
		f, err := form(staged)
		if err != nil {
			return err
		}
		r.note(func(cur *cursor) { cur.of(c.Namespace()).Form = f })
	}
	return r.save(ctx)
}

// mend loads collections again that lost their form when they were renamed into
// place: there are servers that forget the bound of a capped collection, or the
// validator. It loads them where they belong, since they cannot be staged.
func (r *restorer) mend(ctx context.Context) error {
	live, err := r.Target.Catalogue(ctx)
	if err != nil {
		return err
	}
	var lost []Collection
	for _, c := range r.plan.Staged {
		same, err := r.keptForm(&c, live)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		r.note(func(cur *cursor) { cur.of(c.Namespace()).lose() })
		r.inPlace(&c)
		lost = append(lost, c)
	}
	if len(lost) == 0 {
		return nil
	}
	if err := r.save(ctx); err != nil {
		return err
	}
	return r.bring(ctx, lost)
}

// keptForm says whether a collection is as it was when it was staged.
func (r *restorer) keptForm(c *Collection, live *tidemark.Catalogue) (bool, error) {
	saved := r.saved(c)
	now, there := live.Find(c.DB, c.Name)
	if !there || saved.Form == "" || saved.Lost {
		// One that is not there is refused by rename; one that was loaded in
		// place was never renamed.
		return true, nil
	}
	f, err := form(now)
	return f == saved.Form, err
}

// lose forgets what was loaded, but not that it must be loaded in place.
func (c *collectionCursor) lose() { *c = collectionCursor{Form: c.Form, Lost: true} }

// inPlace has a collection loaded under its own name.
func (r *restorer) inPlace(c *Collection) {
	c.Load = c.Name
	r.plan.Warnings = append(r.plan.Warnings, c.Namespace()+" lost its options or indexes when it was renamed into place, so it was loaded again where it belongs")
}

// goOnMending takes up the collections that an earlier attempt began to load again.
func (r *restorer) goOnMending() {
	for i := range r.plan.Staged {
		if c := &r.plan.Staged[i]; r.saved(c).Lost {
			r.inPlace(c)
		}
	}
}
