//go:build second

package node_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/client"
	"tidemark/mongo"
	"tidemark/restore/restoretest"
)

// secondServer names the variable with the program of the second implementation
// of the wire protocol that these tests run against: SecantusDB's secantusd-py,
// which stores in WiredTiger, answers as a replica set of one and has an oplog.
// .ci/run installs it.
const secondServer = "TIDEMARK_SECOND_SERVER"

// second runs a server of the second implementation until the end of the test.
func second(t *testing.T) (*mongo.Deployment, string) {
	t.Helper()
	program := os.Getenv(secondServer)
	if program == "" {
		t.Fatalf("%s is not set", secondServer)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	must(t, l.Close())
	dir := t.TempDir()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "--port", port, "--storage-path", filepath.Join(dir, "data"), "--noop-heartbeat-seconds", "1")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	})
	uri := "mongodb://127.0.0.1:" + port + "/?directConnection=true"
	d := restoretest.Connect(t, uri)
	until(t, "the second implementation", func() bool {
		_, err := d.Describe(t.Context())
		return err == nil
	})
	return d, uri
}

// TestSecondImplementation restores from and onto another server than the
// embedded one: capped and validated collections, a view, indexes of many kinds,
// and the types that the embedded server lacks.
func TestSecondImplementation(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	source, sourceURI := second(t)
	target, targetURI := second(t)
	fillSecond(t, source)
	want := restoretest.Read(t, source)
	s.create(t, "source", sourceURI)
	s.create(t, "target", targetURI)
	restoretest.Collection(t, target, "shop", "people", 10, nil, func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}} })
	restoretest.Collection(t, target, "other", "gone", 10, nil, func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}} })

	snapshot := s.snapshot(t, "source")
	s.restore(t, "source", snapshot.ID, "target")
	restoretest.Same(t, restoretest.Read(t, target), want)
	s.restore(t, "source", snapshot.ID, "target") // over what the first brought
	restoretest.Same(t, restoretest.Read(t, target), want)
}

// TestSecondImplementationPointInTime follows the oplog of the second
// implementation, and brings an instant of it back onto it and onto the embedded
// server. Its update entries are not those of MongoDB, so there are none; nor
// does it log a collection that an insert makes, so all are made before.
func TestSecondImplementationPointInTime(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	source, sourceURI := second(t)
	target, targetURI := second(t)
	plain := func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}, {Key: "n", Value: int64(i)}} }
	restoretest.Collection(t, source, "shop", "orders", 500, nil, plain, bson.D{{Key: "n", Value: int32(1)}})
	restoretest.Collection(t, source, "shop", "tide", 0, nil, nil)
	_, err := s.CreateInstance(t.Context(), s.project, client.NewInstance{Name: "source", URI: sourceURI, ContinuousBackup: true})
	must(t, err)
	s.create(t, "target", targetURI)
	embedded := s.embedded(t, "embedded")
	until(t, "the first snapshot", func() bool {
		list := s.listSnapshots(t, "source")
		return len(list) > 0 && list[0].Status == string(tidemark.SnapshotCompleted)
	})
	writeTide(t.Context(), t, source, 0, 100)
	restoretest.Collection(t, source, "shop", "later", 50, nil, plain)
	recorded, at := restoretest.Read(t, source), newest(t, source)
	writeTide(t.Context(), t, source, 100, 200)
	must(t, source.Drop(t.Context(), "shop", "orders"))
	s.captured(t, "source", newest(t, source))

	for name, d := range map[string]*mongo.Deployment{"target": target, "embedded": embedded} {
		s.restoreTo(t, "source", name, at)
		restoretest.Same(t, restoretest.Read(t, d), recorded)
	}
	entry := tideEntry(t, source, 150)
	s.restoreTo(t, "source", "target", entry)
	if got := tide(t, target); got != 151 {
		t.Errorf("up to the entry of document 150 there are %d", got)
	}
	s.restoreTo(t, "source", "target", justBefore(entry))
	if got := tide(t, target); got != 150 {
		t.Errorf("up to just before the entry of document 150 there are %d", got)
	}
}

func fillSecond(t *testing.T, d *mongo.Deployment) {
	t.Helper()
	rich := func(i int) bson.D {
		return bson.D{
			{Key: "_id", Value: bson.NewObjectIDFromTimestamp(time.Unix(int64(1_700_000_000+i), 0))},
			{Key: "n", Value: int64(i)}, {Key: "amount", Value: decimal(t, "12.50")},
			{Key: "clock", Value: bson.Timestamp{T: uint32(i), I: 1}}, {Key: "pattern", Value: bson.Regex{Pattern: "^a", Options: "i"}},
			{Key: "low", Value: bson.MinKey{}}, {Key: "high", Value: bson.MaxKey{}}, {Key: "code", Value: bson.JavaScript("1")},
			{Key: "at", Value: bson.NewDateTimeFromTime(time.Unix(int64(i), 0))}, {Key: "nothing", Value: nil},
			{Key: "nested", Value: bson.D{{Key: "list", Value: bson.A{int32(i), "two", bson.D{{Key: "three", Value: 3.5}}}}}},
		}
	}
	restoretest.Collection(t, d, "shop", "orders", 3000, nil, rich, bson.D{{Key: "n", Value: int32(1)}}, bson.D{{Key: "nested.list", Value: int32(-1)}, {Key: "at", Value: int32(1)}})
	restoretest.Collection(t, d, "shop", "people", 1000, nil, func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}, {Key: "name", Value: "n"}} })
	restoretest.Collection(t, d, "shop", "journal", 60, bson.D{{Key: "capped", Value: true}, {Key: "size", Value: int64(1 << 20)}},
		func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(1000 - i)}} })
	restoretest.Collection(t, d, "shop", "checked", 5, bson.D{{Key: "validator", Value: bson.D{{Key: "a", Value: bson.D{{Key: "$exists", Value: true}}}}}},
		func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}, {Key: "a", Value: true}} })
	must(t, d.CreateIndexes(t.Context(), "shop", "orders", []bson.Raw{
		restoretest.Raw(t, bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "at", Value: int32(1)}}}, {Key: "name", Value: "ttl"}, {Key: "expireAfterSeconds", Value: int32(2_000_000_000)}}),
		restoretest.Raw(t, bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "n", Value: int32(-1)}}}, {Key: "name", Value: "part"}, {Key: "partialFilterExpression", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: int64(10)}}}}}}),
		restoretest.Raw(t, bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "n", Value: int32(1)}, {Key: "at", Value: int32(1)}}}, {Key: "name", Value: "sparse"}, {Key: "sparse", Value: true}}),
	}))
	must(t, d.Create(t.Context(), tidemark.Collection{Type: tidemark.TypeView, Options: restoretest.Raw(t, bson.D{
		{Key: "viewOn", Value: "orders"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$lt", Value: int64(5)}}}}}}}},
	})}, "shop", "few"))
}

func decimal(t *testing.T, s string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(s)
	must(t, err)
	return d
}
