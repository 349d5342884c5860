package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Limits of a server that reports none: those of MongoDB since 3.6.
const (
	defaultMessageBytes  = 48_000_000
	defaultBatchCount    = 100_000
	defaultDocumentBytes = 16 << 20
)

// Describe asks hello, buildInfo, the feature compatibility version and whether
// the oplog can be read. What a user may not ask, or a server does not know, is
// left empty; only hello and buildInfo must be answered.
func (d *Deployment) Describe(ctx context.Context) (tidemark.ServerInfo, error) {
	hello, err := d.hello(ctx)
	if err != nil {
		return tidemark.ServerInfo{}, err
	}
	build, err := d.command(ctx, "ask the server for its version", "admin", bson.D{{Key: "buildInfo", Value: 1}})
	if err != nil {
		return tidemark.ServerInfo{}, err
	}
	info := tidemark.ServerInfo{
		Version:          stringAt(build, "version"),
		ReplicaSet:       stringAt(hello, "setName"),
		Sharded:          stringAt(hello, "msg") == "isdbgrid",
		MaxBatchBytes:    limitAt(hello, "maxMessageSizeBytes", defaultMessageBytes),
		MaxBatchCount:    limitAt(hello, "maxWriteBatchSize", defaultBatchCount),
		MaxDocumentBytes: limitAt(hello, "maxBsonObjectSize", defaultDocumentBytes),
		Embedded:         stringAt(build, "ferretdbVersion") != "",
	}
	if info.FCV, err = d.featureVersion(ctx); err != nil {
		return tidemark.ServerInfo{}, err
	}
	if info.OplogAvailable, err = d.oplogReadable(ctx, info); err != nil {
		return tidemark.ServerInfo{}, err
	}
	d.mu.Lock()
	d.info = &info
	d.mu.Unlock()
	return info, nil
}

func (d *Deployment) hello(ctx context.Context) (bson.Raw, error) {
	return d.command(ctx, "greet the server", "admin", bson.D{{Key: "hello", Value: 1}})
}

func limitAt(hello bson.Raw, field string, fallback int) int {
	n, ok := intAt(hello, field)
	if !ok || n <= 0 {
		return fallback
	}
	return int(n)
}

func (d *Deployment) featureVersion(ctx context.Context) (string, error) {
	reply, err := d.commandOnce(ctx, "admin", bson.D{
		{Key: "getParameter", Value: 1},
		{Key: "featureCompatibilityVersion", Value: 1},
	})
	if err != nil {
		return "", d.tolerate(ctx, err)
	}
	return stringAt(reply, "featureCompatibilityVersion", "version"), nil
}

// oplogReadable says whether local.oplog.rs has an entry that this user may see.
// The embedded server may have one without being a replica set.
func (d *Deployment) oplogReadable(ctx context.Context, info tidemark.ServerInfo) (bool, error) {
	if info.Sharded {
		return false, nil
	}
	reply, err := d.commandOnce(ctx, "local", bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "limit", Value: 1}})
	if err != nil {
		return false, d.tolerate(ctx, err)
	}
	return !timestampAt(reply, "cursor", "firstBatch", "0", "ts").IsZero(), nil
}

// tolerate swallows the server's own refusals, but neither a server that is
// gone nor a cancelled context.
func (d *Deployment) tolerate(ctx context.Context, err error) error {
	if _, answered := asServerError(err); answered && ctx.Err() == nil {
		return nil
	}
	return d.fault(ctx, "describe the server", err)
}

// ClusterTime is hello's lastWrite.majorityOpTime, else the operationTime of
// its reply, else, on the embedded server, the newest entry of its oplog; zero
// for a server that has none of them.
func (d *Deployment) ClusterTime(ctx context.Context) (tidemark.Timestamp, error) {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return tidemark.Timestamp{}, err
	}
	if info.Embedded {
		return d.newestEntry(ctx)
	}
	hello, err := d.hello(ctx)
	if err != nil {
		return tidemark.Timestamp{}, err
	}
	if ts := timestampAt(hello, "lastWrite", "majorityOpTime", "ts"); !ts.IsZero() {
		return ts, nil
	}
	return timestampAt(hello, "operationTime"), nil
}

// newestEntry is the time of the last entry of the oplog, zero without one: the
// embedded server refuses the order of a capped collection that is not there.
func (d *Deployment) newestEntry(ctx context.Context) (tidemark.Timestamp, error) {
	reply, err := d.commandOnce(ctx, "local", bson.D{
		{Key: "find", Value: "oplog.rs"},
		{Key: "sort", Value: bson.D{{Key: "$natural", Value: -1}}},
		{Key: "limit", Value: 1},
	})
	if err != nil {
		return tidemark.Timestamp{}, d.tolerate(ctx, err)
	}
	return timestampAt(reply, "cursor", "firstBatch", "0", "ts"), nil
}
