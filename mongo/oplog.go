package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"tidemark"
)

const (
	oplogDB         = "local"
	oplogCollection = "oplog.rs"
	hintOplogRole   = "give the user of the connection string the role backup, or read on the database local"
)

var _ tidemark.OplogSource = (*Deployment)(nil)

// OplogWindow asks for both ends of the log in natural order, the last one with
// majority read concern.
func (d *Deployment) OplogWindow(ctx context.Context) (first, last tidemark.Timestamp, err error) {
	info, err := d.oplogInfo(ctx)
	if err != nil {
		return tidemark.Timestamp{}, tidemark.Timestamp{}, err
	}
	err = d.retry(ctx, "read the ends of the oplog", func(ctx context.Context) (err error) {
		if first, err = d.oplogEnd(ctx, info, d.oplogPreference, 1); err != nil {
			return err
		}
		last, err = d.oplogEnd(ctx, info, d.oplogPreference, -1)
		return err
	})
	if err != nil {
		return tidemark.Timestamp{}, tidemark.Timestamp{}, oplogFault(err)
	}
	if first.IsZero() || last.IsZero() {
		return tidemark.Timestamp{}, tidemark.Timestamp{}, noOplog(info)
	}
	return first, last, nil
}

// ReadOplog reads local.oplog.rs with a tailable cursor that begins at the
// entry given. MongoDB says nothing when the log has rolled past that entry, so
// the first one found must be it. A cursor that is lost is opened again where
// the reading stood.
//
// The wait begins when the end of the log is first reached, and is over by
// then, whether entries came meanwhile or not.
func (d *Deployment) ReadOplog(ctx context.Context, after tidemark.Timestamp, wait time.Duration, fn func(entry bson.Raw) error) error {
	info, err := d.oplogInfo(ctx)
	if err != nil {
		return err
	}
	t := &tail{
		deployment: d, info: info, preference: d.oplogPreference, sizer: newOplogSizer(d.opts.BatchBytes),
		position: after, wait: wait, fn: fn,
	}
	return t.run(ctx)
}

// oplogInfo is what the deployment is, or CodeNoOplog if it cannot have a log.
func (d *Deployment) oplogInfo(ctx context.Context) (tidemark.ServerInfo, error) {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return info, err
	}
	if !mayHaveOplog(info) { // it may have become a replica set since
		if info, err = d.Describe(ctx); err != nil {
			return info, err
		}
	}
	if !mayHaveOplog(info) {
		return info, noOplog(info)
	}
	return info, nil
}

func mayHaveOplog(info tidemark.ServerInfo) bool {
	return info.Embedded || info.ReplicaSet != "" && !info.Sharded
}

func noOplog(info tidemark.ServerInfo) error {
	switch {
	case info.Embedded:
		return tidemark.Errorf(tidemark.CodeNoOplog, "the embedded server keeps no oplog").
			WithHint("start it with its oplog turned on")
	case info.Sharded:
		return tidemark.Errorf(tidemark.CodeNoOplog, "a mongos has no oplog").
			WithHint("register each shard's replica set by its own connection string")
	case info.ReplicaSet == "":
		return tidemark.Errorf(tidemark.CodeNoOplog, "the deployment is a standalone server, which has no oplog").
			WithHint("make it a replica set of one member: start it with --replSet and run rs.initiate()")
	}
	return tidemark.Errorf(tidemark.CodeNoOplog, "the oplog of the replica set %s is empty", info.ReplicaSet).
		WithHint("run rs.initiate() if that was not done yet")
}

// oplogFault gives the refusals that mean "this log cannot be read" their code.
func oplogFault(err error) error {
	if e, ok := asServerError(err); ok {
		return oplogRefusal(e, err)
	}
	return err
}

func oplogRefusal(e serverError, err error) error {
	switch e.code {
	case codeUnauthorized:
		return &tidemark.Error{Code: tidemark.CodeNoOplog, Hint: hintOplogRole, Err: opaque{err},
			Message: "the user of the connection string may not read the oplog, " + oplogDB + "." + oplogCollection}
	case codeReadConcernMajority:
		return &tidemark.Error{Code: tidemark.CodeNoOplog, Err: opaque{err},
			Message: "the deployment is set up without majority reads, so its oplog may show entries that are rolled back later",
			Hint:    "remove enableMajorityReadConcern: false from the configuration of its members"}
	}
	return err
}

// oplogEnd is the time of the first (1) or last (-1) entry, zero if there is none.
func (d *Deployment) oplogEnd(ctx context.Context, info tidemark.ServerInfo, pref *readpref.ReadPref, order int) (tidemark.Timestamp, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
	defer cancel()
	opts := options.FindOne().SetSort(bson.D{{Key: "$natural", Value: order}})
	raw, err := d.oplogAt(info, pref).FindOne(ctx, bson.D{}, opts).Raw()
	if err == driver.ErrNoDocuments { //nolint:errorlint // the driver returns it as it is
		return tidemark.Timestamp{}, nil
	}
	if e, answered := asServerError(err); answered {
		if info.Embedded { // it refuses the order of a collection that is not there
			return tidemark.Timestamp{}, nil
		}
		return tidemark.Timestamp{}, oplogRefusal(e, err)
	}
	if err != nil {
		return tidemark.Timestamp{}, err
	}
	return timestampAt(raw, "ts"), nil
}

// oplogAt is the log as a majority has it.
func (d *Deployment) oplogAt(info tidemark.ServerInfo, pref *readpref.ReadPref) *driver.Collection {
	opts := options.Collection().SetReadPreference(pref)
	if !info.Embedded {
		opts.SetReadConcern(readconcern.Majority())
	}
	return d.client.Database(oplogDB).Collection(oplogCollection, opts)
}
