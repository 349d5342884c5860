package compare

import (
	"context"
	"fmt"

	"tidemark"
)

// only is a deployment of which nothing is seen but Database.
type only struct{ tidemark.Target }

// Catalogue lists what is in Database.
func (o only) Catalogue(ctx context.Context) (*tidemark.Catalogue, error) {
	all, err := o.Target.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	out := &tidemark.Catalogue{}
	for _, c := range all.Collections {
		if c.DB == Database {
			out.Collections = append(out.Collections, c)
		}
	}
	return out, nil
}

// Drop refuses all but Database: a fault here must not cost anybody data.
func (o only) Drop(ctx context.Context, db, name string) error {
	if db != Database {
		return foreign(db)
	}
	return o.Target.Drop(ctx, db, name)
}

// DropDatabase refuses all but Database.
func (o only) DropDatabase(ctx context.Context, db string) error {
	if db != Database {
		return foreign(db)
	}
	return o.Target.DropDatabase(ctx, db)
}

func foreign(db string) error {
	return tidemark.Errorf(tidemark.CodeInternal, "%s", fmt.Sprintf("a comparison touches no database but %s, not %s", Database, db))
}
