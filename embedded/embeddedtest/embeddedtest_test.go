package embeddedtest_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"tidemark/embedded"
	"tidemark/embedded/embeddedtest"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	goleak.VerifyTestMain(m)
}

func TestServersAnswer(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{embeddedtest.Start(t), embeddedtest.StartLogged(t), embeddedtest.Spawn(t).URI(), embeddedtest.SpawnLogged(t).URI()} {
		c, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Disconnect(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		if err := c.Ping(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
}
