package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"tidemark"
)

// Scan reads with one cursor. A cursor that is lost midway is
// CodeTargetUnreachable: the documents are in no promised order, so a scan
// cannot be taken up again, only begun again. A collection that does not exist
// has no documents.
func (d *Deployment) Scan(ctx context.Context, c tidemark.Collection, r tidemark.ScanRange, fn func(doc bson.Raw) error) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	bounded := !r.Min.IsZero() || !r.Max.IsZero()
	if bounded && info.Embedded {
		return tidemark.Errorf(tidemark.CodeUnsupported, "the embedded server cannot read a part of %s", c.Namespace()).
			WithHint("scan the whole collection: the zero ScanRange")
	}
	scanCtx, end, err := d.scanContext(ctx, info)
	if err != nil {
		return d.fault(ctx, "read "+c.Namespace(), err)
	}
	defer end()

	sizer := d.newSizer(info)
	var cursor *driver.Cursor
	err = d.retry(scanCtx, "read "+c.Namespace(), func(ctx context.Context) (err error) {
		cursor, err = d.openCursor(ctx, info, c, findOptions(c, r).SetBatchSize(sizer.first))
		return err
	})
	if err != nil {
		return err
	}
	defer d.closeCursor(scanCtx, cursor)
	return d.drain(scanCtx, c, cursor, sizer, fn)
}

// scanContext puts the reads of a scan after all this Deployment knows of.
// Standalone servers have no operation times.
func (d *Deployment) scanContext(ctx context.Context, info tidemark.ServerInfo) (context.Context, func(), error) {
	if info.ReplicaSet == "" && !info.Sharded || info.Embedded {
		return ctx, func() {}, nil
	}
	return d.session(ctx)
}

// findOptions names the index of a range, and natural order for whole
// collections.
func findOptions(c tidemark.Collection, r tidemark.ScanRange) *options.FindOptionsBuilder {
	opts := options.Find()
	if r.Min.IsZero() && r.Max.IsZero() {
		if c.Capped() {
			opts.SetHint(bson.D{{Key: "$natural", Value: 1}})
		}
		return opts
	}
	opts.SetHint(bson.D{{Key: "_id", Value: 1}})
	if !r.Min.IsZero() {
		opts.SetMin(bson.D{{Key: "_id", Value: r.Min}})
	}
	if !r.Max.IsZero() {
		opts.SetMax(bson.D{{Key: "_id", Value: r.Max}})
	}
	return opts
}

// openCursor asks for a cursor that does not time out and for majority reads,
// and does without either where a server refuses it: tiers of Atlas refuse the
// one, replica sets set up without majority reads the other.
func (d *Deployment) openCursor(ctx context.Context, info tidemark.ServerInfo, c tidemark.Collection, opts *options.FindOptionsBuilder) (*driver.Cursor, error) {
	if info.Embedded {
		return d.find(ctx, c, nil, opts)
	}
	var concern *readconcern.ReadConcern
	if info.ReplicaSet != "" || info.Sharded {
		concern = readconcern.Majority()
	}
	cursor, err := d.find(ctx, c, concern, opts.SetNoCursorTimeout(true))
	if isServerCode(err, codeAtlas) {
		cursor, err = d.find(ctx, c, concern, opts.SetNoCursorTimeout(false))
	}
	if concern != nil && isServerCode(err, codeReadConcernMajority) {
		cursor, err = d.find(ctx, c, readconcern.Local(), opts)
	}
	return cursor, err
}

func (d *Deployment) find(ctx context.Context, c tidemark.Collection, concern *readconcern.ReadConcern, opts *options.FindOptionsBuilder) (*driver.Cursor, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
	defer cancel()
	collOpts := options.Collection()
	if concern != nil {
		collOpts.SetReadConcern(concern)
	}
	return d.client.Database(c.DB).Collection(c.Name, collOpts).Find(ctx, bson.D{}, opts)
}

// closeCursor also takes a cursor off the server that was not read to its end.
func (d *Deployment) closeCursor(ctx context.Context, cursor *driver.Cursor) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// The scan's own outcome stands: a cursor that is left over times out.
	_ = cursor.Close(ctx)
}

// drain hands on every document, and after each reply sets how many documents
// the next one should have.
func (d *Deployment) drain(ctx context.Context, c tidemark.Collection, cursor *driver.Cursor, sizer *sizer, fn func(doc bson.Raw) error) error {
	for {
		for cursor.RemainingBatchLength() > 0 && cursor.Next(ctx) {
			sizer.add(len(cursor.Current))
			if err := fn(cursor.Current); err != nil {
				return err
			}
		}
		if err := cursor.Err(); err != nil {
			return d.fault(ctx, "read "+c.Namespace(), err)
		}
		cursor.SetBatchSize(sizer.next())
		more, err := d.fetch(ctx, cursor)
		if isReplyTooLarge(err) {
			d.smallReplies.Store(true)
			return tidemark.Errorf(tidemark.CodeTargetUnreachable, "cannot read on in %s: the server's reply was too large", c.Namespace()).
				WithHint("read it again from the start: it will be asked for less at a time")
		}
		if err != nil {
			return d.fault(ctx, "read on in "+c.Namespace(), err)
		}
		if !more {
			return nil
		}
		sizer.add(len(cursor.Current))
		if err := fn(cursor.Current); err != nil {
			return err
		}
	}
}

// fetch moves to the first document of the next reply.
func (d *Deployment) fetch(ctx context.Context, cursor *driver.Cursor) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
	defer cancel()
	more := cursor.Next(ctx)
	return more, cursor.Err()
}
