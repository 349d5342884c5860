package demo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark"
)

// destroy does to the source what one has backups for.
func (s *show) destroy(ctx context.Context) error {
	s.step("Destroy data in %q", sourceName)
	i, err := s.readInstance(ctx)
	if err != nil {
		return err
	}
	c, err := driver.Connect(options.Client().ApplyURI(i.URI))
	if err != nil {
		return err
	}
	defer func() { _ = c.Disconnect(context.WithoutCancel(ctx)) }()
	return s.wreck(ctx, c)
}

func (s *show) wreck(ctx context.Context, c *driver.Client) error {
	shop := c.Database("shop")
	deleted, err := shop.Collection("orders").DeleteMany(ctx, bson.D{{Key: "paid", Value: true}})
	if err != nil {
		return err
	}
	if deleted.DeletedCount == 0 {
		return tidemark.Errorf(tidemark.CodeInternal, "nothing was destroyed, so a restore would prove nothing")
	}
	s.say("deleted %d documents of shop.orders", deleted.DeletedCount)
	updated, err := shop.Collection("customers").UpdateMany(ctx, bson.D{{Key: "address.number", Value: int32(7)}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "points", Value: int64(0)}, {Key: "name", Value: nil}}}})
	if err != nil {
		return err
	}
	s.say("overwrote fields in %d documents of shop.customers", updated.ModifiedCount)
	if err := shop.Collection("products").Drop(ctx); err != nil {
		return err
	}
	if err := c.Database("archive").Drop(ctx); err != nil {
		return err
	}
	s.say("dropped shop.products and the whole database archive")
	if _, err := shop.Collection("rubbish").InsertOne(ctx, bson.D{{Key: "who", Value: "knows"}}); err != nil {
		return err
	}
	s.say("added a collection that should not be there")
	return nil
}
