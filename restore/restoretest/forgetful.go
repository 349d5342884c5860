package restoretest

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Forgetful is a deployment whose collections lose their options when they are
// renamed, as those of some servers do.
type Forgetful struct {
	tidemark.Target

	mu   sync.Mutex
	lost map[string]bool
}

func (f *Forgetful) forget(ns string, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost == nil {
		f.lost = map[string]bool{}
	}
	f.lost[ns] = lost
}

// Rename loses the options.
func (f *Forgetful) Rename(ctx context.Context, db, from, to string) error {
	err := f.Target.Rename(ctx, db, from, to)
	if err == nil {
		f.forget(db+"."+to, true)
	}
	return err
}

// Create makes a collection that has them.
func (f *Forgetful) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	err := f.Target.Create(ctx, c, db, name)
	if err == nil {
		f.forget(db+"."+name, false)
	}
	return err
}

// Catalogue shows what is left.
func (f *Forgetful) Catalogue(ctx context.Context) (*tidemark.Catalogue, error) {
	out, err := f.Target.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range out.Collections {
		if c := &out.Collections[i]; f.lost[c.Namespace()] {
			c.Options = bson.Raw{5, 0, 0, 0, 0}
		}
	}
	return out, nil
}
