package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

var collT = tidemark.Collection{DB: "cmds", Name: "t", Type: tidemark.TypeCollection}

func discard(bson.Raw) error { return nil }

// partOf is a reply with one batch of a cursor that goes on.
func partOf(batch string, docs ...any) bson.Raw {
	return mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(77)}, {Key: "ns", Value: "cmds.t"}, {Key: batch, Value: append(bson.A{}, docs...)},
	}})
}

// A scan reads a replica set's majority, after all that was learned before.
func TestScanCommandOnAReplicaSet(t *testing.T) {
	t.Parallel()
	s := replicaSet(t)
	d := open(t, s.URI(), noRetry)
	clusterTime, err := d.ClusterTime(t.Context())
	must(t, err)
	must(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, discard))
	asked := s.Asked("find")
	find := asked[len(asked)-1].Body
	if got := find.Lookup("readConcern", "level").StringValue(); got != "majority" {
		t.Errorf("%s", find)
	}
	sec, inc := find.Lookup("readConcern", "afterClusterTime").Timestamp()
	if (tidemark.Timestamp{T: sec, I: inc}) != clusterTime || !find.Lookup("noCursorTimeout").Boolean() {
		t.Errorf("%s", find)
	}
	for _, field := range []string{"hint", "min", "max", "maxTimeMS"} {
		if _, err := find.LookupErr(field); err == nil {
			t.Errorf("%s in %s", field, find)
		}
	}
	if _, err := find.LookupErr("$clusterTime"); err != nil {
		t.Errorf("no cluster time in %s", find)
	}
}

// What was inserted is read back: the reply's operation time is remembered.
func TestScanComesAfterInserts(t *testing.T) {
	t.Parallel()
	later := bson.Timestamp{T: 1795449999, I: 5}
	reply := mongotest.OK(bson.E{Key: "n", Value: int32(1)}, bson.E{Key: "operationTime", Value: later},
		bson.E{Key: "$clusterTime", Value: bson.D{{Key: "clusterTime", Value: later}}})
	s := replicaSet(t).On("insert", reply)
	d := open(t, s.URI(), noRetry)
	docs, n := ids(t, 0, 1)
	must(t, d.Insert(t.Context(), "cmds", "t", docs, n))
	must(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, discard))
	asked := s.Asked("find")
	find := asked[len(asked)-1].Body
	if sec, inc := find.Lookup("readConcern", "afterClusterTime").Timestamp(); sec != later.T || inc != later.I {
		t.Errorf("%s", find)
	}
	if sec, inc := find.Lookup("$clusterTime", "clusterTime").Timestamp(); sec != later.T || inc != later.I {
		t.Errorf("%s", find)
	}
}

func TestScanOfARange(t *testing.T) {
	t.Parallel()
	s := script(t).On("find", cursorOf("cmds.t"))
	key := bson.Raw(pack(t, bson.D{{Key: "k", Value: "m"}})).Lookup("k")
	must(t, open(t, s.URI(), noRetry).Scan(t.Context(), collT, tidemark.ScanRange{Min: key}, discard))
	must(t, open(t, s.URI(), noRetry).Scan(t.Context(), collT, tidemark.ScanRange{Max: key}, discard))
	asked := s.Asked("find")
	asked = slices.DeleteFunc(asked, func(c mongotest.Command) bool { return c.DB != "cmds" })
	for i, bound := range []string{"min", "max"} {
		find := asked[i].Body
		if find.Lookup(bound, "_id").StringValue() != "m" || find.Lookup("hint", "_id").AsInt64() != 1 {
			t.Errorf("%s", find)
		}
		if _, err := find.LookupErr("readConcern"); err == nil {
			t.Errorf("a standalone is asked for a read concern: %s", find)
		}
	}
	if _, err := asked[0].Body.LookupErr("max"); err == nil {
		t.Errorf("%s", asked[0].Body)
	}
}

func TestScanOfACappedCollectionIsInNaturalOrder(t *testing.T) {
	t.Parallel()
	s := script(t).On("find", cursorOf("cmds.t"))
	c := collT
	c.Options = bson.Raw(pack(t, bson.D{{Key: "capped", Value: true}}))
	must(t, open(t, s.URI(), noRetry).Scan(t.Context(), c, tidemark.ScanRange{}, discard))
	asked := s.Asked("find")
	if find := asked[len(asked)-1].Body; find.Lookup("hint", "$natural").AsInt64() != 1 {
		t.Errorf("%s", find)
	}
}

// Servers that refuse what a scan would like are asked again for less.
func TestScanDoesWithout(t *testing.T) {
	t.Parallel()
	s := replicaSet(t)
	d := open(t, s.URI(), noRetry)
	_, err := d.Describe(t.Context())
	must(t, err)
	s.On("find",
		mongotest.CommandError(8000, "AtlasError", "noTimeout cursors are disallowed in this atlas tier"),
		mongotest.CommandError(148, "ReadConcernMajorityNotEnabled", "no majority"),
		cursorOf("cmds.t", bson.D{{Key: "_id", Value: 1}}))
	n := 0
	must(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, func(bson.Raw) error { n++; return nil }))
	asked := s.Asked("find")
	last := asked[len(asked)-1].Body
	if n != 1 || last.Lookup("readConcern", "level").StringValue() != "local" {
		t.Errorf("%d documents, %s", n, last)
	}
	if value, err := last.LookupErr("noCursorTimeout"); err == nil && value.Boolean() {
		t.Errorf("%s", last)
	}
}

// Replies stay near the wanted size whatever the documents' size.
func TestScanAdaptsTheBatch(t *testing.T) {
	t.Parallel()
	big := bson.D{{Key: "_id", Value: strings.Repeat("x", 10_000)}}
	s := script(t).On("find", partOf("firstBatch", big, big)).
		On("getMore", partOf("nextBatch", big), cursorOf("cmds.t")).On("killCursors", mongotest.OK())
	d := open(t, s.URI(), mongo.Options{BatchBytes: 100_000})
	s.On("getMore", partOf("nextBatch", big), mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: "cmds.t"}, {Key: "nextBatch", Value: bson.A{big}}}}))
	n := 0
	must(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, func(bson.Raw) error { n++; return nil }))
	if n != 4 {
		t.Errorf("%d documents", n)
	}
	for _, cmd := range s.Asked("getMore") {
		if got := cmd.Body.Lookup("batchSize").AsInt64(); got != 9 {
			t.Errorf("batch size %d", got)
		}
	}
}

func TestLostCursorIsUnreachable(t *testing.T) {
	t.Parallel()
	s := script(t).On("find", partOf("firstBatch", bson.D{{Key: "_id", Value: 1}})).
		On("getMore", mongotest.CommandError(43, "CursorNotFound", "cursor id 77 not found"))
	n := 0
	err := open(t, s.URI(), mongo.Options{}).Scan(t.Context(), collT, tidemark.ScanRange{}, func(bson.Raw) error { n++; return nil })
	wantCode(t, err, tidemark.CodeTargetUnreachable)
	if n != 1 || len(s.Asked("find")) != 2 { // one of them by Describe
		t.Errorf("%d documents, %d finds", n, len(s.Asked("find")))
	}
}

func TestScanGivesTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	s := script(t).On("find", partOf("firstBatch", bson.D{{Key: "_id", Value: 1}})).On("killCursors", mongotest.OK())
	stop := errors.New("enough")
	if err := open(t, s.URI(), noRetry).Scan(t.Context(), collT, tidemark.ScanRange{}, func(bson.Raw) error { return stop }); err != stop {
		t.Error(err)
	}
	if len(s.Asked("killCursors")) != 1 {
		t.Error("the cursor was left open")
	}
}

func TestScanEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := script(t).On("find", partOf("firstBatch", bson.D{{Key: "_id", Value: 1}})).
		On("getMore", partOf("nextBatch", bson.D{{Key: "_id", Value: 1}})).On("killCursors", mongotest.OK())
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := open(t, s.URI(), noRetry).Scan(ctx, collT, tidemark.ScanRange{}, func(bson.Raw) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if err != context.Canceled {
		t.Error(err)
	}
}

// The embedded server ignores bounds, so a range of it would be everything.
func TestEmbeddedServerRefusesARange(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	key := bson.Raw(pack(t, bson.D{{Key: "k", Value: 1}})).Lookup("k")
	wantCode(t, d.Scan(t.Context(), collT, tidemark.ScanRange{Min: key}, discard), tidemark.CodeUnsupported)
	must(t, d.Create(t.Context(), plain, "cmds", "t"))
	ranges, err := d.Partition(t.Context(), collT, 1)
	if err != nil || len(ranges) != 1 || !ranges[0].Min.IsZero() || !ranges[0].Max.IsZero() {
		t.Errorf("%v, %v", ranges, err)
	}
}

// A reply the driver cannot take fails one scan; the next asks for less.
func TestReplyTooLargeMakesBatchesSmall(t *testing.T) {
	t.Parallel()
	small := bson.D{{Key: "_id", Value: 1}}
	large := bson.D{{Key: "_id", Value: strings.Repeat("x", 16<<20)}}
	s := script(t).On("buildInfo", mongotest.OK(bson.E{Key: "version", Value: "7.0.42"}, bson.E{Key: "ferretdbVersion", Value: "v1.24.2"})).
		On("find", partOf("firstBatch", small)).On("getMore", partOf("nextBatch", large, large, large)).On("killCursors", mongotest.OK())
	d := open(t, s.URI(), noRetry)
	wantCode(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, discard), tidemark.CodeTargetUnreachable)
	s.On("getMore", cursorOf("cmds.t"))
	s.On("find", partOf("firstBatch", small, small))
	s.On("getMore", mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: "cmds.t"}, {Key: "nextBatch", Value: bson.A{}}}}))
	must(t, d.Scan(t.Context(), collT, tidemark.ScanRange{}, discard))
	asked := s.Asked("getMore")
	if got := asked[len(asked)-1].Body.Lookup("batchSize").AsInt64(); got != 2 {
		t.Errorf("batch size %d", got)
	}
}

func TestPartition(t *testing.T) {
	t.Parallel()
	idIndex := bson.Raw(pack(t, bson.D{{Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "name", Value: "_id_"}}))
	collated := bson.Raw(pack(t, bson.D{{Key: "collation", Value: bson.D{{Key: "locale", Value: "en"}}}}))
	clustered := bson.Raw(pack(t, bson.D{{Key: "clusteredIndex", Value: bson.D{}}}))
	capped := bson.Raw(pack(t, bson.D{{Key: "capped", Value: true}}))
	var keys []any
	for i := range 100 {
		keys = append(keys, bson.D{{Key: "_id", Value: i * 10}})
	}
	same := make([]any, 100)
	for i := range same {
		same[i] = bson.D{{Key: "_id", Value: 7}}
	}
	stats := func(size, count int64) bson.Raw {
		return mongotest.OK(bson.E{Key: "size", Value: size}, bson.E{Key: "count", Value: count})
	}
	for name, test := range map[string]struct {
		options bson.Raw
		indexes []bson.Raw
		stats   bson.Raw
		sample  bson.Raw
		ranges  int
	}{
		"four parts":      {nil, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t", keys...), 4},
		"small":           {nil, []bson.Raw{idIndex}, stats(1<<20, 100_000), cursorOf("cmds.t", keys...), 1},
		"few documents":   {nil, []bson.Raw{idIndex}, stats(40<<20, 30), cursorOf("cmds.t", keys...), 1},
		"collation":       {collated, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t", keys...), 1},
		"clustered":       {clustered, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t", keys...), 1},
		"capped":          {capped, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t", keys...), 1},
		"no index":        {nil, nil, stats(4<<20, 100_000), cursorOf("cmds.t", keys...), 1},
		"equal samples":   {nil, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t", same...), 2},
		"no samples":      {nil, []bson.Raw{idIndex}, stats(4<<20, 100_000), cursorOf("cmds.t"), 1},
		"sample refused":  {nil, []bson.Raw{idIndex}, stats(4<<20, 100_000), mongotest.CommandError(13, "Unauthorized", "no"), 1},
		"stats refused":   {nil, []bson.Raw{idIndex}, mongotest.CommandError(13, "Unauthorized", "no"), cursorOf("cmds.t", keys...), 1},
		"very many parts": {nil, []bson.Raw{idIndex}, stats(1<<50, 1<<40), cursorOf("cmds.t", keys...), 101},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t).On("collStats", test.stats).On("aggregate", test.sample)
			c := collT
			c.Options, c.Indexes = test.options, test.indexes
			ranges, err := open(t, s.URI(), noRetry).Partition(t.Context(), c, 1<<20)
			must(t, err)
			if len(ranges) != test.ranges {
				t.Fatalf("%d ranges", len(ranges))
			}
			must(t, checkCover(ranges))
		})
	}
}

// checkCover says whether ranges are open at both ends and meet in between, in
// rising order of their integer bounds.
func checkCover(ranges []tidemark.ScanRange) error {
	if !ranges[0].Min.IsZero() || !ranges[len(ranges)-1].Max.IsZero() {
		return errors.New("the ends are not open")
	}
	for i := 1; i < len(ranges); i++ {
		if !ranges[i].Min.Equal(ranges[i-1].Max) {
			return fmt.Errorf("range %d does not begin where the one before ends", i)
		}
		if !ranges[i].Max.IsZero() && ranges[i].Max.AsInt64() <= ranges[i].Min.AsInt64() {
			return fmt.Errorf("range %d is empty", i)
		}
	}
	return nil
}
