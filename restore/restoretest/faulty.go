package restoretest

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Faulty is a deployment that asks Before ahead of each call. An error of
// Before is the result of the call, which is then not made.
type Faulty struct {
	tidemark.Target
	// Before is given the name of the method and the number of the call, from
	// one. Calls of it do not overlap. It must not be changed while in use.
	Before func(method string, call int) error
	// Change, if not nil, may change a batch before it is inserted.
	Change func(docs []byte)

	mu    sync.Mutex
	calls int
}

// Calls is how many calls were made so far.
func (f *Faulty) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *Faulty) before(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.Before == nil {
		return nil
	}
	return f.Before(method, f.calls)
}

// Describe implements tidemark.Target, as the methods below do.
func (f *Faulty) Describe(ctx context.Context) (tidemark.ServerInfo, error) {
	if err := f.before("Describe"); err != nil {
		return tidemark.ServerInfo{}, err
	}
	return f.Target.Describe(ctx)
}

func (f *Faulty) Catalogue(ctx context.Context) (*tidemark.Catalogue, error) {
	if err := f.before("Catalogue"); err != nil {
		return nil, err
	}
	return f.Target.Catalogue(ctx)
}

func (f *Faulty) Partition(ctx context.Context, c tidemark.Collection, targetBytes int64) ([]tidemark.ScanRange, error) {
	if err := f.before("Partition"); err != nil {
		return nil, err
	}
	return f.Target.Partition(ctx, c, targetBytes)
}

func (f *Faulty) Scan(ctx context.Context, c tidemark.Collection, r tidemark.ScanRange, fn func(doc bson.Raw) error) error {
	if err := f.before("Scan"); err != nil {
		return err
	}
	return f.Target.Scan(ctx, c, r, fn)
}

func (f *Faulty) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	if err := f.before("Create"); err != nil {
		return err
	}
	return f.Target.Create(ctx, c, db, name)
}

func (f *Faulty) Insert(ctx context.Context, db, name string, docs []byte, count int) error {
	if err := f.before("Insert"); err != nil {
		return err
	}
	if f.Change != nil {
		f.Change(docs)
	}
	return f.Target.Insert(ctx, db, name, docs, count)
}

func (f *Faulty) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	if err := f.before("CreateIndexes"); err != nil {
		return err
	}
	return f.Target.CreateIndexes(ctx, db, name, indexes)
}

func (f *Faulty) Expire(ctx context.Context, db, name string, seconds int64) error {
	if err := f.before("Expire"); err != nil {
		return err
	}
	return f.Target.Expire(ctx, db, name, seconds)
}

func (f *Faulty) AwaitMajority(ctx context.Context, db, name string) error {
	if err := f.before("AwaitMajority"); err != nil {
		return err
	}
	return f.Target.AwaitMajority(ctx, db, name)
}

func (f *Faulty) Rename(ctx context.Context, db, from, to string) error {
	if err := f.before("Rename"); err != nil {
		return err
	}
	return f.Target.Rename(ctx, db, from, to)
}

func (f *Faulty) Drop(ctx context.Context, db, name string) error {
	if err := f.before("Drop"); err != nil {
		return err
	}
	return f.Target.Drop(ctx, db, name)
}
