package embedded_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestCappedOrderSurvivesKills: what a server numbers after a kill comes after
// what it had numbered before, however soon it is back.
func TestCappedOrderSurvivesKills(t *testing.T) {
	t.Parallel()
	const batch = 50
	dir := t.TempDir()
	for life := range 4 {
		p := spawn(t, dir, "")
		withClient(t, p.URI(), func(ctx context.Context, c *mongo.Client) {
			db := c.Database("test")
			if life == 0 {
				if err := db.CreateCollection(ctx, "journal", options.CreateCollection().SetCapped(true).SetSizeInBytes(1<<20)); err != nil {
					t.Fatal(err)
				}
			}
			var docs []any
			for i := range batch {
				docs = append(docs, bson.D{{Key: "_id", Value: int32(-life*batch - i)}})
			}
			if _, err := db.Collection("journal").InsertMany(ctx, docs); err != nil {
				t.Fatalf("life %d: %v", life, err)
			}
			inOrder(ctx, t, db.Collection("journal"), (life+1)*batch)
		})
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
	}
}

// inOrder fails the test unless the natural order is 0, -1, -2 and so on.
func inOrder(ctx context.Context, t *testing.T, c *mongo.Collection, n int) {
	t.Helper()
	cursor, err := c.Find(ctx, bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var docs []struct {
		ID int32 `bson:"_id"`
	}
	if err := cursor.All(ctx, &docs); err != nil {
		t.Fatal(err)
	}
	if len(docs) != n {
		t.Fatalf("%d documents, not %d", len(docs), n)
	}
	for i, d := range docs {
		if d.ID != int32(-i) {
			t.Fatalf("document %d is in the place of %d", d.ID, -i)
		}
	}
}
