package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// IndexBuilds reads $currentOp. A build shows as the createIndexes command that
// waits for it and as an operation of the server's own, either of which may have
// the progress; what is told twice of one collection is told by the one that
// has. Without the privilege inprog only the commands of this user are seen.
// See https://www.mongodb.com/docs/manual/reference/command/currentOp/#active-indexing-operations
func (d *Deployment) IndexBuilds(ctx context.Context) ([]tidemark.IndexBuild, error) {
	reply, err := d.commandOnce(ctx, "admin", currentBuilds(true))
	if err != nil && isServerCode(err, codeUnauthorized) {
		reply, err = d.commandOnce(ctx, "admin", currentBuilds(false))
	}
	if err != nil {
		return nil, d.fault(ctx, "look at the index builds", err)
	}
	list, _ := reply.Lookup("cursor", "firstBatch").ArrayOK()
	operations, err := list.Values()
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the server's list of index builds is malformed: %w", err)
	}
	var out []tidemark.IndexBuild
	at := map[string]int{}
	for _, value := range operations {
		op, _ := value.DocumentOK()
		build, ok := buildOf(op)
		if !ok {
			continue
		}
		ns := build.DB + "." + build.Collection
		i, known := at[ns]
		switch {
		case !known:
			at[ns] = len(out)
			out = append(out, build)
		case out[i].Total == 0:
			out[i].Done, out[i].Total = build.Done, build.Total
		}
	}
	return out, nil
}

func currentBuilds(allUsers bool) bson.D {
	return bson.D{
		{Key: "aggregate", Value: 1},
		{Key: "pipeline", Value: bson.A{
			bson.D{{Key: "$currentOp", Value: bson.D{{Key: "allUsers", Value: allUsers}}}},
			bson.D{{Key: "$match", Value: bson.D{{Key: "command.createIndexes", Value: bson.D{{Key: "$exists", Value: true}}}}}},
			bson.D{{Key: "$limit", Value: 1000}},
		}},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 1000}}},
	}
}

// buildOf reads an operation.
func buildOf(op bson.Raw) (tidemark.IndexBuild, bool) {
	command, _ := op.Lookup("command").DocumentOK()
	b := tidemark.IndexBuild{DB: stringAt(command, "$db"), Collection: stringAt(command, "createIndexes")}
	if b.DB == "" {
		b.DB, _, _ = strings.Cut(stringAt(op, "ns"), ".")
	}
	if b.DB == "" || b.Collection == "" {
		return b, false
	}
	list, _ := command.Lookup("indexes").ArrayOK()
	specs, _ := list.Values()
	for _, value := range specs {
		spec, _ := value.DocumentOK()
		if name := stringAt(spec, "name"); name != "" {
			b.Indexes = append(b.Indexes, name)
		}
	}
	progress, _ := op.Lookup("progress").DocumentOK()
	b.Done, _ = intAt(progress, "done")
	b.Total, _ = intAt(progress, "total")
	return b, true
}
