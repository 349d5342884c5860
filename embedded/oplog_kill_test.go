package embedded_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark/embedded"
)

// A server that is killed at any moment comes back with a log that makes the
// state it comes back with, and goes on in order.
func TestOplogSurvivesKills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 4 {
		p, err := embedded.Spawn(timed(t), embedded.ProcessConfig{Dir: dir, Oplog: true})
		must(t, err)
		withClient(t, p.URI(), func(ctx context.Context, c *mongo.Client) {
			all := entries(ctx, t, c, bson.D{})
			ascending(t, all)
			folded := state{}
			for _, e := range all {
				folded.fold(t, e)
			}
			folded.compare(t, stateOf(ctx, t, c))
		})
		killWhileWriting(t, p, uint64(round))
	}
}

// killWhileWriting kills a server some moments after four writers have begun.
func killWhileWriting(t *testing.T, p *embedded.Process, seed uint64) {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(p.URI()).SetServerSelectionTimeout(200 * time.Millisecond).SetRetryWrites(false).SetRetryReads(false))
	must(t, err)
	ctx := timed(t)
	ended := make(chan struct{})
	for w := range 4 {
		go func() {
			defer func() { ended <- struct{}{} }()
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for write(ctx, r, c) == nil { //nolint:revive // until the server is gone
			}
		}()
	}
	wait := time.NewTimer(time.Duration(100+rand.N(200)) * time.Millisecond)
	<-wait.C
	must(t, p.Kill())
	for range 4 {
		<-ended
	}
	_ = c.Disconnect(ctx)
}

// Without its oplog a server writes without entries. The next one with an oplog
// begins anew, so that nobody takes the two for one.
func TestOplogEndsWhereItIsNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var before []bson.Raw
	for _, oplog := range []bool{true, false, true} {
		s := start(t, embedded.Config{Dir: dir, Oplog: oplog})
		insert(t, s.URI(), map[bool]int{true: 1, false: 2}[oplog]+10*len(before))
		withClient(t, s.URI(), func(ctx context.Context, c *mongo.Client) {
			all := entries(ctx, t, c, bson.D{})
			if !oplog {
				if len(all) != 0 {
					t.Errorf("%d entries without an oplog", len(all))
				}
				return
			}
			if before == nil {
				before = all
				return
			}
			wantLines(t, brief(all), `n  {"msg": "the oplog begins"}`, brief(all)[1])
			ascending(t, append(before, all...))
		})
		must(t, s.Stop(timed(t)))
	}
}
