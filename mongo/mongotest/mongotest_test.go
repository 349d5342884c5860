package mongotest_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark/mongo/mongotest"
)

func TestMain(m *testing.M) {
	mongotest.RunIfNullChild()
	os.Exit(m.Run())
}

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(5 * time.Second).
		SetRetryWrites(false).SetRetryReads(false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

func script(t *testing.T, replicaSet string) *mongotest.Script {
	t.Helper()
	s, err := mongotest.StartScript(replicaSet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func proxy(t *testing.T, uri string, hook mongotest.Hook) *mongotest.FaultProxy {
	t.Helper()
	p, err := mongotest.StartProxy(uri, hook)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

var ping = bson.D{{Key: "ping", Value: 1}}

// Both ways a driver sends documents are counted: a sequence and an array.
func TestNullServerCounts(t *testing.T) {
	t.Parallel()
	s, err := mongotest.StartNull()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	coll := connect(t, s.URI()).Database("db").Collection("c")
	docs := []any{bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "_id", Value: 2}}, bson.D{{Key: "_id", Value: 3}}}
	if _, err := coll.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	var reply struct{ N int }
	err = coll.Database().RunCommand(t.Context(), bson.D{
		{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{docs[0], docs[1]}},
	}).Decode(&reply)
	if err != nil || reply.N != 2 {
		t.Fatalf("n is %d, %v", reply.N, err)
	}
	if s.Documents() != 5 || s.Bytes() != 5*14 {
		t.Errorf("%d documents, %d bytes", s.Documents(), s.Bytes())
	}
	if names, err := coll.Database().ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) != 0 {
		t.Errorf("collections %v, %v", names, err)
	}
}

func TestSpawnedNullServerCounts(t *testing.T) {
	t.Parallel()
	p := mongotest.SpawnNull(t)
	coll := connect(t, p.URI()).Database("db").Collection("c")
	if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	documents, bytes, err := p.Counts(t.Context())
	if err != nil || documents != 1 || bytes != 14 {
		t.Errorf("%d documents, %d bytes, %v", documents, bytes, err)
	}
}

func TestScriptAnswersInOrder(t *testing.T) {
	t.Parallel()
	s := script(t, "rs0")
	s.On("count", mongotest.CommandError(13, "Unauthorized", "no"), mongotest.OK(bson.E{Key: "n", Value: int32(7)}))
	db := connect(t, s.URI()).Database("db")
	count := bson.D{{Key: "count", Value: "c"}}
	if err := db.RunCommand(t.Context(), count).Err(); err == nil {
		t.Error("the first reply is an error")
	}
	for range 2 {
		var reply struct{ N int }
		if err := db.RunCommand(t.Context(), count).Decode(&reply); err != nil || reply.N != 7 {
			t.Errorf("n is %d, %v", reply.N, err)
		}
	}
	if asked := s.Asked("count"); len(asked) != 3 || asked[0].DB != "db" {
		t.Errorf("asked %v", asked)
	}
}

func TestProxyFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action mongotest.Action
		seen   int // by the server
		code   int32
	}{
		"pass":      {mongotest.Pass(), 1, 0},
		"fail":      {mongotest.Fail(189, "PrimarySteppedDown", "gone"), 0, 189},
		"cut":       {mongotest.Cut(), 0, -1},
		"cut after": {mongotest.CutAfter(), 1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, "")
			p := proxy(t, s.URI(), mongotest.Nth(1, test.action))
			db := connect(t, p.URI()).Database("db")
			err := db.RunCommand(t.Context(), ping).Err()
			var answered mongo.CommandError
			switch ok := asCommandError(err, &answered); {
			case test.code == 0 && err != nil:
				t.Errorf("failed: %v", err)
			case test.code > 0 && (!ok || answered.Code != test.code):
				t.Errorf("error %v", err)
			case test.code < 0 && !mongo.IsNetworkError(err):
				t.Errorf("error %v", err)
			}
			if got := len(s.Asked("ping")); got != test.seen {
				t.Errorf("the server saw %d", got)
			}
			if err := db.RunCommand(t.Context(), ping).Err(); err != nil {
				t.Errorf("the second command: %v", err)
			}
			if p.Seen() != 2 {
				t.Errorf("the proxy saw %d", p.Seen())
			}
		})
	}
}

func asCommandError(err error, into *mongo.CommandError) bool {
	e, ok := err.(mongo.CommandError)
	*into = e
	return ok
}

func TestProxyHoldsACommand(t *testing.T) {
	t.Parallel()
	s := script(t, "")
	release, held := make(chan struct{}), make(chan struct{})
	p := proxy(t, s.URI(), func(int, mongotest.Command) mongotest.Action {
		close(held)
		return mongotest.Pass().After(release)
	})
	db := connect(t, p.URI()).Database("db")
	done := make(chan error, 1)
	go func() { done <- db.RunCommand(t.Context(), ping).Err() }()
	<-held
	if len(s.Asked("ping")) != 0 {
		t.Error("the server was asked before the release")
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestProxyDownAndUp(t *testing.T) {
	t.Parallel()
	s := script(t, "")
	p := proxy(t, s.URI(), nil)
	db := connect(t, p.URI()).Database("db")
	if err := db.RunCommand(t.Context(), ping).Err(); err != nil {
		t.Fatal(err)
	}
	p.SetDown(true)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := db.RunCommand(ctx, ping).Err(); err == nil {
		t.Error("a server that is down answered")
	}
	p.SetDown(false)
	for db.RunCommand(t.Context(), ping).Err() != nil && t.Context().Err() == nil {
	}
}
