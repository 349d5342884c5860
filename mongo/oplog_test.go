package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

// at is the i-th time of these tests.
func at(i int) tidemark.Timestamp { return tidemark.Timestamp{T: 1_800_000_000, I: uint32(i)} }

func entry(i int) bson.D {
	return bson.D{{Key: "op", Value: "n"}, {Key: "ns", Value: ""}, {Key: "ts", Value: at(i).BSON()}}
}

// logReply is a reply with entries of a cursor.
func logReply(batch string, id int64, entries ...int) bson.Raw {
	docs := bson.A{}
	for _, i := range entries {
		docs = append(docs, entry(i))
	}
	return mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: id}, {Key: "ns", Value: "local.oplog.rs"}, {Key: batch, Value: docs}}})
}

// replicaSetLog is a replica set, described already, that answers finds as told.
func replicaSetLog(t testing.TB, opts mongo.Options, finds ...bson.Raw) (*mongotest.Script, *mongo.Deployment) {
	t.Helper()
	s := replicaSet(t).On("killCursors", mongotest.OK()).On("getMore", logReply("nextBatch", 77))
	d := open(t, s.URI(), opts)
	_, err := d.Describe(t.Context())
	must(t, err)
	s.On("find", finds...)
	return s, d
}

// read collects the ordinals of the entries that ReadOplog gives.
func read(ctx context.Context, d *mongo.Deployment, after tidemark.Timestamp, wait time.Duration) (got []int, err error) {
	err = d.ReadOplog(ctx, after, wait, func(e bson.Raw) error {
		_, i := e.Lookup("ts").Timestamp()
		got = append(got, int(i))
		return nil
	})
	return got, err
}

func wantEntries(t *testing.T, got []int, err error, want ...int) {
	t.Helper()
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v: %v", got, want, err)
	}
}

func TestOplogWindow(t *testing.T) {
	t.Parallel()
	s, d := replicaSetLog(t, noRetry, recorded(t, "oplog-first"), recorded(t, "oplog-last"))
	first, last, err := d.OplogWindow(t.Context())
	must(t, err)
	if first != (tidemark.Timestamp{T: 1795447463, I: 53288}) || last != (tidemark.Timestamp{T: 1795447855, I: 30}) {
		t.Errorf("%s to %s", first, last)
	}
	for _, cmd := range s.Asked("find")[1:] {
		if cmd.DB != "local" || cmd.Body.Lookup("readConcern", "level").StringValue() != "majority" {
			t.Errorf("%s", cmd.Body)
		}
	}
}

func TestReadOplogCommand(t *testing.T) {
	t.Parallel()
	s, d := replicaSetLog(t, noRetry, logReply("firstBatch", 77, 5, 6, 7))
	s.On("getMore", logReply("nextBatch", 77, 8), logReply("nextBatch", 77))
	got, err := read(t.Context(), d, at(5), 50*time.Millisecond)
	wantEntries(t, got, err, 6, 7, 8)
	find := s.Asked("find")[1].Body
	sec, inc := find.Lookup("filter", "ts", "$gte").Timestamp()
	if (tidemark.Timestamp{T: sec, I: inc}) != at(5) || !find.Lookup("tailable").Boolean() || !find.Lookup("awaitData").Boolean() ||
		find.Lookup("readConcern", "level").StringValue() != "majority" {
		t.Errorf("%s", find)
	}
	if _, err := find.LookupErr("oplogReplay"); err == nil {
		t.Errorf("a 5.0 is asked for what is obsolete: %s", find)
	}
	for _, cmd := range s.Asked("getMore") {
		if ms := cmd.Body.Lookup("maxTimeMS").AsInt64(); ms < 1 || ms > 50 {
			t.Errorf("held for %d ms", ms)
		}
	}
	if len(s.Asked("killCursors")) != 1 {
		t.Error("the cursor was left open")
	}
}

func TestReadOplogSeeksOnOldServers(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("killCursors", mongotest.OK()).On("buildInfo", mongotest.OK(bson.E{Key: "version", Value: "4.2.24"}))
	d := open(t, s.URI(), noRetry)
	_, err := d.Describe(t.Context())
	must(t, err)
	s.On("find", logReply("firstBatch", 77, 5))
	got, err := read(t.Context(), d, at(5), 0)
	wantEntries(t, got, err)
	if find := s.Asked("find")[1].Body; !find.Lookup("oplogReplay").Boolean() {
		t.Errorf("%s", find)
	}
}

// A server whose log has rolled on answers with the oldest entry and no error.
func TestReadOplogFindsTheGap(t *testing.T) {
	t.Parallel()
	silent := recorded(t, "oplog-tail-too-old-is-silent")
	s, d := replicaSetLog(t, mongo.Options{}, silent, silent, recorded(t, "oplog-first"))
	got, err := read(t.Context(), d, tidemark.Timestamp{T: 1, I: 1}, time.Minute)
	wantCode(t, err, tidemark.CodeOplogGap)
	e, _ := errors.AsType[*tidemark.Error](err)
	oldest := tidemark.Timestamp{T: 1795447463, I: 53288}
	if len(got) != 0 || len(e.Params) != 2 || e.Params[0] != (tidemark.Timestamp{T: 1, I: 1}) || e.Params[1] != oldest || e.Hint == "" {
		t.Errorf("%v, %+v", got, e)
	}
	asked := s.Asked("find")
	if len(asked) != 4 {
		t.Errorf("%d finds", len(asked))
	}
}

// A member whose log is shorter than the primary's makes no gap.
func TestReadOplogAsksThePrimaryBeforeItSpeaksOfAGap(t *testing.T) {
	t.Parallel()
	_, d := replicaSetLog(t, noRetry, logReply("firstBatch", 77, 9), logReply("firstBatch", 77, 5, 9))
	got, err := read(t.Context(), d, at(5), 0)
	wantEntries(t, got, err, 9)
}

func TestReadOplogThatWasSetBack(t *testing.T) {
	t.Parallel()
	_, d := replicaSetLog(t, noRetry, logReply("firstBatch", 77), logReply("firstBatch", 0, 4))
	_, err := read(t.Context(), d, at(5), 0)
	wantCode(t, err, tidemark.CodeOplogGap)
	if !strings.Contains(err.Error(), at(4).String()) {
		t.Error(err)
	}
}

// A member that is behind has nothing yet, and that is no error.
func TestReadOplogOfAMemberThatIsBehind(t *testing.T) {
	t.Parallel()
	_, d := replicaSetLog(t, noRetry, logReply("firstBatch", 0), logReply("firstBatch", 0), logReply("firstBatch", 77, 5, 6))
	got, err := read(t.Context(), d, at(5), 500*time.Millisecond)
	wantEntries(t, got, err, 6)
	_, d = replicaSetLog(t, noRetry, logReply("firstBatch", 77), logReply("firstBatch", 0, 7))
	got, err = read(t.Context(), d, at(5), 0)
	wantEntries(t, got, err)
}

// Whatever ends a cursor, reading goes on with the next entry.
func TestReadOplogResumes(t *testing.T) {
	t.Parallel()
	for _, failure := range []bson.Raw{
		mongotest.CommandError(43, "CursorNotFound", "gone"),
		mongotest.CommandError(136, "CappedPositionLost", "gone"),
		mongotest.CommandError(237, "CursorKilled", "killed"),
		mongotest.CommandError(11602, "InterruptedDueToReplStateChange", "stepped down"),
		mongotest.CommandError(13436, "NotPrimaryOrSecondary", "rolling back"),
	} {
		t.Run(failure.Lookup("codeName").StringValue(), func(t *testing.T) {
			t.Parallel()
			s, d := replicaSetLog(t, mongo.Options{}, logReply("firstBatch", 77, 5, 6), logReply("firstBatch", 78, 7, 8))
			s.On("getMore", logReply("nextBatch", 77, 7), failure, logReply("nextBatch", 78))
			got, err := read(t.Context(), d, at(5), 500*time.Millisecond)
			wantEntries(t, got, err, 6, 7, 8)
			finds := s.Asked("find")
			_, inc := finds[len(finds)-1].Body.Lookup("filter", "ts", "$gte").Timestamp()
			if inc != 7 {
				t.Errorf("it goes on at %d", inc)
			}
		})
	}
}

// A log that rolled past the reader while it read is a gap, too.
func TestReadOplogThatIsTooSlow(t *testing.T) {
	t.Parallel()
	s, d := replicaSetLog(t, mongo.Options{}, logReply("firstBatch", 77, 5, 6), logReply("firstBatch", 78, 20), logReply("firstBatch", 78, 20))
	s.On("getMore", mongotest.CommandError(136, "CappedPositionLost", "gone"))
	got, err := read(t.Context(), d, at(5), time.Minute)
	wantCode(t, err, tidemark.CodeOplogGap)
	if !slices.Equal(got, []int{6}) {
		t.Error(got)
	}
}

func TestReadOplogGivesTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	s, d := replicaSetLog(t, mongo.Options{}, logReply("firstBatch", 77, 5, 6, 7))
	stop := fmt.Errorf("enough: %w", context.DeadlineExceeded)
	if err := d.ReadOplog(t.Context(), at(5), time.Minute, func(bson.Raw) error { return stop }); err != stop { //nolint:errorlint // the very same
		t.Error(err)
	}
	if len(s.Asked("killCursors")) != 1 {
		t.Error("the cursor was left open")
	}
}

func TestOplogThatCannotBeRead(t *testing.T) {
	t.Parallel()
	mongos := func(s *mongotest.Script) {
		s.On("hello", mongotest.OK(bson.E{Key: "isWritablePrimary", Value: true}, bson.E{Key: "maxWireVersion", Value: int32(21)}, bson.E{Key: "msg", Value: "isdbgrid"}))
	}
	refusing := func(code int32, name string) func(s *mongotest.Script) {
		return func(s *mongotest.Script) {
			s.On("hello", without(t, recorded(t, "hello"), "topologyVersion")).On("find", mongotest.CommandError(code, name, "no"))
		}
	}
	for name, test := range map[string]struct {
		shape     func(s *mongotest.Script)
		say, hint string
	}{
		"standalone":        {func(*mongotest.Script) {}, "standalone", "rs.initiate"},
		"mongos":            {mongos, "mongos", "each shard"},
		"no privilege":      {refusing(13, "Unauthorized"), "may not read the oplog", "role backup"},
		"no majority reads": {refusing(148, "ReadConcernMajorityNotEnabled"), "without majority reads", "enableMajorityReadConcern"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t)
			test.shape(s)
			d := open(t, s.URI(), noRetry)
			_, _, windowErr := d.OplogWindow(t.Context())
			_, readErr := read(t.Context(), d, at(5), 0)
			for _, err := range []error{windowErr, readErr} {
				wantCode(t, err, tidemark.CodeNoOplog)
				if !strings.Contains(err.Error(), test.say) || !strings.Contains(tidemark.ErrorHint(err), test.hint) {
					t.Errorf("%v (%s)", err, tidemark.ErrorHint(err))
				}
			}
		})
	}
}
