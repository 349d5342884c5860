package mongo_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/embedded/embeddedtest"
	"tidemark/mongo/mongotest"
)

func TestDescribeARealServer(t *testing.T) {
	t.Parallel()
	d := open(t, replicaSet(t).URI(), noRetry)
	info, err := d.Describe(t.Context())
	must(t, err)
	want := tidemark.ServerInfo{Version: "5.0.0-rc4", FCV: "5.0", ReplicaSet: "rs0", MaxBatchBytes: 48000000,
		MaxBatchCount: 100000, MaxDocumentBytes: 16777216, OplogAvailable: true}
	if info != want {
		t.Errorf("%+v", info)
	}
	ts, err := d.ClusterTime(t.Context())
	if want := (tidemark.Timestamp{T: 1795447855, I: 30}); err != nil || ts != want {
		t.Errorf("cluster time %v, %v", ts, err)
	}
}

func TestDescribeTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	d := open(t, embeddedtest.Start(t), noRetry)
	info, err := d.Describe(t.Context())
	must(t, err)
	want := tidemark.ServerInfo{Version: "7.0.42", FCV: "7.0", MaxBatchBytes: 48000000,
		MaxBatchCount: 100000, MaxDocumentBytes: 16777216, Embedded: true}
	if info != want {
		t.Errorf("%+v", info)
	}
	if ts, err := d.ClusterTime(t.Context()); err != nil || !ts.IsZero() {
		t.Errorf("cluster time %v, %v", ts, err)
	}
}

// A user who may ask nothing but hello and buildInfo still gets an answer.
func TestDescribeWithoutPrivileges(t *testing.T) {
	t.Parallel()
	denied := mongotest.CommandError(13, "Unauthorized", "not authorized")
	s := replicaSet(t).On("getParameter", denied).On("find", denied)
	info, err := open(t, s.URI(), noRetry).Describe(t.Context())
	must(t, err)
	if info.FCV != "" || info.OplogAvailable || info.ReplicaSet != "rs0" {
		t.Errorf("%+v", info)
	}
}

func TestClusterTimeOfAStandaloneIsZero(t *testing.T) {
	t.Parallel()
	ts, err := open(t, script(t).URI(), noRetry).ClusterTime(t.Context())
	if err != nil || !ts.IsZero() {
		t.Errorf("%v, %v", ts, err)
	}
}

func TestDescribeLimitsOfTheServer(t *testing.T) {
	t.Parallel()
	s := script(t).On("hello", mongotest.OK(
		bson.E{Key: "isWritablePrimary", Value: true},
		bson.E{Key: "maxWireVersion", Value: int32(21)},
		bson.E{Key: "maxWriteBatchSize", Value: int32(7)},
		bson.E{Key: "msg", Value: "isdbgrid"}))
	info, err := open(t, s.URI(), noRetry).Describe(t.Context())
	must(t, err)
	if info.MaxBatchCount != 7 || info.MaxBatchBytes != 48000000 || !info.Sharded {
		t.Errorf("%+v", info)
	}
}
