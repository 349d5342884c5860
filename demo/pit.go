package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/client"
)

// RunPointInTime shows time: writers run against an instance with continuous
// backup, someone drops a collection among them, the captured oplog tells what
// happened and when, and a restore to the entry before brings everything back.
// It returns an error if any collection is not what it was at that entry.
func RunPointInTime(ctx context.Context, o Options) error {
	return present(ctx, o, (*show).playPointInTime)
}

func (s *show) playPointInTime(ctx context.Context) error {
	if err := s.startContinuous(ctx); err != nil {
		return err
	}
	before, err := s.accident(ctx)
	if err != nil {
		return err
	}
	last, err := s.findDrop(ctx)
	if err != nil {
		return err
	}
	if err := s.restoreTo(ctx, last); err != nil {
		return err
	}
	if err := s.prove(ctx, before, sourceName, s.source); err != nil {
		return err
	}
	s.say("Everything is back as it was right before the drop, proven equal, in %.0f seconds.", time.Since(s.started).Seconds())
	return nil
}

// startContinuous runs a service with one instance whose oplog is captured,
// fills it a little and takes the first snapshot.
func (s *show) startContinuous(ctx context.Context) (err error) {
	if err := s.startService(ctx); err != nil {
		return err
	}
	if s.source, err = s.instance(ctx, sourceName, true); err != nil {
		return err
	}
	s.step("Load documents into %q and take its first snapshot", sourceName)
	for _, c := range pointInTimeData() {
		if _, err := c.load(ctx, s.source); err != nil {
			return err
		}
	}
	_, err = s.snapshot(ctx)
	return err
}

// pointInTimeData is smaller than that of the other demo: what matters here is
// what happens to it.
func pointInTimeData() []collection {
	return []collection{
		{db: "shop", name: "orders", documents: 3_000, make: order, indexes: []bson.D{
			index("number_1", bson.D{{Key: "number", Value: 1}}, bson.E{Key: "unique", Value: true}),
		}},
		{db: "shop", name: "customers", documents: 1_000, make: customer},
		{db: "telemetry", name: "readings", documents: 1_000, make: reading},
	}
}

// accident lets writers run, and drops a collection among their writes. It
// returns what was there right before.
func (s *show) accident(ctx context.Context) (*state, error) {
	s.step("Writers run, and someone drops shop.orders among them")
	i, err := s.readInstance(ctx)
	if err != nil {
		return nil, err
	}
	c, err := driver.Connect(options.Client().ApplyURI(i.URI))
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Disconnect(context.WithoutCancel(ctx)) }()

	w := &writers{client: c}
	running, stop := context.WithCancel(ctx)
	defer stop()
	g, gctx := errgroup.WithContext(running)
	for n := range 3 {
		g.Go(func() error { return w.run(gctx, n) })
	}
	if err := sleep(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	before, err := w.whileNobodyWrites(func() (*state, error) {
		before, err := read(ctx, s.source)
		if err != nil {
			return nil, err
		}
		return before, c.Database("shop").Collection("orders").Drop(ctx)
	})
	if err != nil {
		return nil, err
	}
	s.say("dropped shop.orders with %d documents; the writers go on", before.contents["shop.orders"].content.Documents)
	if err := sleep(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	stop()
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	s.say("%d writes before and after", w.count())
	return before, nil
}

// writers write to all collections until their context ends.
type writers struct {
	client *driver.Client
	mu     sync.RWMutex // held for reading by each write
	counts sync.Mutex
	writes int
}

func (w *writers) count() int {
	w.counts.Lock()
	defer w.counts.Unlock()
	return w.writes
}

// whileNobodyWrites does something between writes.
func (w *writers) whileNobodyWrites(do func() (*state, error)) (*state, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return do()
}

func (w *writers) run(ctx context.Context, n int) error {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	for i := 0; ctx.Err() == nil; i++ {
		if err := w.write(ctx, r, fmt.Sprintf("writer-%d-%d", n, i)); err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was told to end
			}
			return err
		}
	}
	return nil
}

// write makes one write of some kind.
func (w *writers) write(ctx context.Context, r *rand.Rand, id string) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	shop := w.client.Database("shop")
	var err error
	switch r.IntN(4) {
	case 0:
		_, err = shop.Collection("carts").InsertOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "note", Value: sentence(r, 5)}})
	case 1:
		_, err = shop.Collection("orders").UpdateOne(ctx, bson.D{{Key: "_id", Value: int32(r.IntN(3_000))}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "note", Value: sentence(r, 6)}}}})
	case 2:
		_, err = shop.Collection("customers").UpdateOne(ctx, bson.D{{Key: "email", Value: fmt.Sprintf("user%05d@example.net", r.IntN(1_000))}},
			bson.D{{Key: "$inc", Value: bson.D{{Key: "points", Value: int64(1)}}}})
	default:
		_, err = w.client.Database("telemetry").Collection("readings").DeleteOne(ctx, bson.D{{Key: "_id.n", Value: int64(r.IntN(1_000))}})
	}
	w.counts.Lock()
	w.writes++
	w.counts.Unlock()
	return err
}

// sleep waits, but not longer than the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// findDrop asks the captured oplog for the drop, until it is captured, and
// returns the entry before it.
func (s *show) findDrop(ctx context.Context) (string, error) {
	s.step("Ask what happened: tidemark history %s", sourceName)
	query := url.Values{"kind": {"drop"}, "ns": {"shop.*"}}
	for {
		answer, err := s.client.History(ctx, s.project, sourceName, query)
		if err != nil {
			return "", err
		}
		found, err := client.Results[client.HistoryEntry](answer)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			e := found[len(found)-1]
			s.say("%s  %s  %s of %s", e.At, e.Wall.UTC().Format(time.RFC3339), e.Kind, e.Namespace)
			s.say("the entry before it is %s", e.Before)
			return e.Before, nil
		}
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// restoreTo restores the source onto itself as it was after an entry.
func (s *show) restoreTo(ctx context.Context, entry string) error {
	var ts, inc int64
	if _, err := fmt.Sscanf(entry, "%d:%d", &ts, &inc); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidData, "%q is not an oplog entry's time", entry)
	}
	return s.restoreJob(ctx, sourceName, client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverPointInTime), OplogTs: ts, OplogInc: inc,
		TargetClusterName: sourceName, TargetGroupID: s.project,
	})
}

// readInstance reads the source from the API.
func (s *show) readInstance(ctx context.Context) (client.Instance, error) {
	answer, err := s.client.GetInstance(ctx, s.project, sourceName)
	if err != nil {
		return client.Instance{}, err
	}
	return client.Decode[client.Instance](answer)
}
