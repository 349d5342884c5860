package restore

import (
	"context"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// unreachable says whether trying again may help.
func unreachable(err error) bool {
	return tidemark.ErrorCode(err) == tidemark.CodeTargetUnreachable
}

// again calls try until it succeeds, fails for good, or keeps failing for that
// long. The target has tried for a while by itself before it says that it cannot
// be reached.
func again(ctx context.Context, within time.Duration, try func(context.Context) error) error {
	var end time.Time
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try(ctx)
		if !unreachable(err) || ctx.Err() != nil {
			return err
		}
		if end.IsZero() {
			end = time.Now().Add(within)
		}
		if time.Now().Add(pause).After(end) {
			return err
		}
		if err := sleep(ctx, pause/2+rand.N(pause/2)); err != nil {
			return err
		}
	}
}

// patient is a target that is tried again while it cannot be reached. Insert
// and Scan are left to their callers, who have something to take back.
type patient struct {
	tidemark.Target
	within time.Duration
}

// Describe implements tidemark.Target, as the methods below do.
func (p patient) Describe(ctx context.Context) (info tidemark.ServerInfo, err error) {
	err = again(ctx, p.within, func(ctx context.Context) error {
		info, err = p.Target.Describe(ctx)
		return err
	})
	return info, err
}

func (p patient) Catalogue(ctx context.Context) (c *tidemark.Catalogue, err error) {
	err = again(ctx, p.within, func(ctx context.Context) error {
		c, err = p.Target.Catalogue(ctx)
		return err
	})
	return c, err
}

func (p patient) Partition(ctx context.Context, c tidemark.Collection, bytes int64) (ranges []tidemark.ScanRange, err error) {
	err = again(ctx, p.within, func(ctx context.Context) error {
		ranges, err = p.Target.Partition(ctx, c, bytes)
		return err
	})
	return ranges, err
}

// Create takes a collection for its own that is there after a lost try: callers
// drop before they create.
func (p patient) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	lost := false
	return again(ctx, p.within, func(ctx context.Context) error {
		err := p.Target.Create(ctx, c, db, name)
		if lost && tidemark.ErrorCode(err) == tidemark.CodeConflict {
			return nil
		}
		lost = lost || unreachable(err)
		return err
	})
}

func (p patient) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	return again(ctx, p.within, func(ctx context.Context) error {
		return p.Target.CreateIndexes(ctx, db, name, indexes)
	})
}

func (p patient) Expire(ctx context.Context, db, name string, seconds int64) error {
	return again(ctx, p.within, func(ctx context.Context) error { return p.Target.Expire(ctx, db, name, seconds) })
}

func (p patient) AwaitMajority(ctx context.Context, db, name string) error {
	return again(ctx, p.within, func(ctx context.Context) error { return p.Target.AwaitMajority(ctx, db, name) })
}

func (p patient) Drop(ctx context.Context, db, name string) error {
	return again(ctx, p.within, func(ctx context.Context) error { return p.Target.Drop(ctx, db, name) })
}

// Rename looks, after a lost try, whether that one did it.
func (p patient) Rename(ctx context.Context, db, from, to string) error {
	lost := false
	return again(ctx, p.within, func(ctx context.Context) error {
		if lost {
			live, err := p.Target.Catalogue(ctx)
			if err != nil {
				return err
			}
			_, undone := live.Find(db, from)
			if _, done := live.Find(db, to); done && !undone {
				return nil
			}
		}
		err := p.Target.Rename(ctx, db, from, to)
		lost = lost || unreachable(err)
		return err
	})
}
