package mongo

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// bucketsPrefix begins the name of the storage of a time-series collection.
const bucketsPrefix = "system.buckets."

// Create passes every option of c to the server but those it makes itself. For
// a time-series collection the front is made, whether c is the front or its
// storage, since a server makes both together; the other of the pair is then
// CodeConflict.
func (d *Deployment) Create(ctx context.Context, c tidemark.Collection, db, name string) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	options, err := createOptions(c)
	if err != nil {
		return err
	}
	cmd := append(bson.D{{Key: "create", Value: strings.TrimPrefix(name, bucketsPrefix)}}, options...)
	err = d.ddl(ctx, info, "create "+db+"."+name, db, cmd, codeNamespaceExists)
	if e, ok := errors.AsType[*tidemark.Error](err); ok && e.Code == tidemark.CodeConflict {
		return e.WithHint("drop or rename %s.%s first", db, name)
	}
	return err
}

// createOptions are the fields of the create command for c.
//
// Left out are: what the server makes of the other options in time-series
// storage (validator, clusteredIndex); autoIndexId, which newer servers
// refuse; temp, with which the server would drop the collection at a restart.
func createOptions(c tidemark.Collection) (bson.D, error) {
	var options bson.D
	elements, err := c.Options.Elements()
	if err != nil && len(c.Options) > 0 {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the options of %s are malformed: %w", c.Namespace(), err)
	}
	for _, e := range elements {
		switch e.Key() {
		case "autoIndexId", "temp", "uuid":
			continue
		case "validator", "clusteredIndex":
			if c.IsBuckets() {
				continue
			}
		}
		options = append(options, bson.E{Key: e.Key(), Value: e.Value()})
	}
	return options, nil
}

// Rename moves a collection over another in one step. The embedded server
// cannot: there the other is dropped first. Time-series collections cannot be
// renamed: CodeUnsupported.
func (d *Deployment) Rename(ctx context.Context, db, from, to string) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	cmd := bson.D{{Key: "renameCollection", Value: db + "." + from}, {Key: "to", Value: db + "." + to}}
	if !info.Embedded {
		cmd = append(cmd, bson.E{Key: "dropTarget", Value: true})
	} else if err := d.makeWay(ctx, db, from, to); err != nil {
		return err
	}
	return d.ddl(ctx, info, "rename "+db+"."+from+" to "+to, "admin", cmd, codeNamespaceNotFound)
}

// makeWay drops the target of a rename, if there is something to rename.
func (d *Deployment) makeWay(ctx context.Context, db, from, to string) error {
	collections, err := d.collections(ctx, db)
	if err != nil {
		return err
	}
	for _, c := range collections {
		if c.Name == from && from != to {
			return d.Drop(ctx, db, to)
		}
	}
	return nil
}

// Drop removes a collection or view.
func (d *Deployment) Drop(ctx context.Context, db, name string) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	err = d.ddl(ctx, info, "drop "+db+"."+name, db, bson.D{{Key: "drop", Value: name}}, codeNamespaceNotFound)
	if isNotFound(err) {
		return nil
	}
	return err
}

// DropDatabase removes a database; one that is not there is no error.
func (d *Deployment) DropDatabase(ctx context.Context, db string) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	return d.ddl(ctx, info, "drop the database "+db, db, bson.D{{Key: "dropDatabase", Value: 1}}, codeNamespaceNotFound)
}

// Expire sets expireAfterSeconds of a clustered or time-series collection.
func (d *Deployment) Expire(ctx context.Context, db, name string, seconds int64) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	cmd := bson.D{{Key: "collMod", Value: strings.TrimPrefix(name, bucketsPrefix)}, {Key: "expireAfterSeconds", Value: seconds}}
	return d.ddl(ctx, info, "let documents of "+db+"."+name+" expire", db, cmd, 0)
}

// AwaitMajority waits until a majority of the replica set has every write that
// the primary had when it was called. It deletes by an _id that no document of
// the namespace has, with write concern majority, and so needs the privilege
// remove there. On other servers it returns at once.
func (d *Deployment) AwaitMajority(ctx context.Context, db, name string) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	if info.ReplicaSet == "" && !info.Sharded || info.Embedded {
		return nil
	}
	nothing := bson.D{{Key: "q", Value: bson.D{{Key: "_id", Value: bson.NewObjectID()}}}, {Key: "limit", Value: 1}}
	return d.ddl(ctx, info, "wait for a majority", db, bson.D{
		{Key: "delete", Value: name},
		{Key: "deletes", Value: bson.A{nothing}},
	}, 0)
}

// ddl runs a command that changes the catalogue, asking a replica set for a
// majority. Where a try is lost on the way its outcome is not known; the answer
// doneCode to a later try then means that it was done.
func (d *Deployment) ddl(ctx context.Context, info tidemark.ServerInfo, what, db string, cmd bson.D, doneCode int32) error {
	lost := false
	return d.retry(ctx, what, func(ctx context.Context) error {
		_, err := d.commandOnce(ctx, db, d.withMajority(info, cmd))
		if err == nil || lost && doneCode != 0 && isServerCode(err, doneCode) {
			return nil
		}
		if _, answered := asServerError(err); !answered {
			lost = true
		}
		return err
	})
}

// withMajority adds the write concern of commands that change the catalogue.
// Only members of a replica set can be waited for.
func (d *Deployment) withMajority(info tidemark.ServerInfo, cmd bson.D) bson.D {
	if info.ReplicaSet == "" && !info.Sharded || info.Embedded {
		return cmd
	}
	return append(cmd[:len(cmd):len(cmd)], bson.E{Key: "writeConcern", Value: bson.D{
		{Key: "w", Value: "majority"},
		{Key: "wtimeout", Value: d.opts.OperationTimeout.Milliseconds()},
	}})
}

// isNotFound says whether a port error tells of a namespace that is not there.
func isNotFound(err error) bool {
	e, ok := errors.AsType[*tidemark.Error](err)
	if !ok {
		return false
	}
	cause, ok := errors.AsType[opaque](e.Err)
	return ok && isServerCode(cause.err, codeNamespaceNotFound)
}
