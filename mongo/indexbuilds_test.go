package mongo_test

import (
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo/mongotest"
)

// builds is a reply to an aggregate with $currentOp.
func builds(operations ...any) bson.Raw {
	return mongotest.OK(bson.E{Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: "admin.$cmd.aggregate"}, {Key: "firstBatch", Value: bson.A(operations)},
	}})
}

func TestIndexBuilds(t *testing.T) {
	t.Parallel()
	command := bson.D{{Key: "createIndexes", Value: "c"}, {Key: "$db", Value: "db"}, {Key: "indexes", Value: bson.A{
		bson.D{{Key: "name", Value: "a_1"}}, bson.D{{Key: "name", Value: "b_1"}},
	}}}
	waits := bson.D{{Key: "type", Value: "op"}, {Key: "ns", Value: "db.c"}, {Key: "command", Value: command}}
	works := bson.D{{Key: "type", Value: "op"}, {Key: "ns", Value: "db.c"},
		{Key: "command", Value: bson.D{{Key: "createIndexes", Value: "c"}}},
		{Key: "msg", Value: "Index Build: scanning collection"},
		{Key: "progress", Value: bson.D{{Key: "done", Value: int64(30)}, {Key: "total", Value: int64(120)}}}}
	want := []tidemark.IndexBuild{{DB: "db", Collection: "c", Indexes: []string{"a_1", "b_1"}, Done: 30, Total: 120}}

	s := script(t).On("aggregate", mongotest.CommandError(13, "Unauthorized", "not allowed"), builds(waits, works, bson.D{}))
	got, err := open(t, s.URI(), noRetry).IndexBuilds(t.Context())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for i, all := range []bool{true, false} {
		stage := s.Asked("aggregate")[i].Body.Lookup("pipeline", "0", "$currentOp", "allUsers")
		if stage.Boolean() != all {
			t.Errorf("question %d is for all users: %v", i, !all)
		}
	}
	s.On("aggregate", mongotest.CommandError(59, "CommandNotFound", "none"))
	if _, err := open(t, s.URI(), noRetry).IndexBuilds(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeTargetRefused && tidemark.ErrorCode(err) != tidemark.CodeUnsupported {
		t.Error(err)
	}
}
