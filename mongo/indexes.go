package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"tidemark"
)

// CreateIndexes sends one createIndexes command and waits for it however long
// it takes. Indexes that are there already, with the same options, are no
// error, so it may be called again. On a replica set the command waits for the
// server's own commit quorum and for a majority.
func (d *Deployment) CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	if info.Embedded {
		if indexes, err = d.embeddedIndexes(ctx, db, name, indexes); err != nil {
			return err
		}
	}
	specs := bson.A{}
	for _, index := range indexes {
		if isIDIndex(index) {
			continue
		}
		spec, err := cleanIndex(index, info.Embedded)
		if err != nil {
			return tidemark.Errorf(tidemark.CodeInvalidData, "an index of %s.%s is malformed: %w", db, name, err)
		}
		specs = append(specs, spec)
	}
	if len(specs) == 0 {
		return nil
	}
	cmd := d.withMajority(info, bson.D{{Key: "createIndexes", Value: name}, {Key: "indexes", Value: specs}})
	what := fmt.Sprintf("build %d indexes of %s.%s", len(specs), db, name)
	return d.retry(ctx, what, func(ctx context.Context) error {
		opts := options.RunCmd().SetReadPreference(readpref.Primary())
		reply, err := d.client.Database(db).RunCommand(ctx, cmd, opts).Raw()
		if err == nil {
			d.times.observe(reply)
		}
		return err
	})
}

// isIDIndex says whether a listIndexes entry is that of _id, which a server
// makes by itself. A hashed index on _id is not.
func isIDIndex(index bson.Raw) bool {
	key, err := index.LookupErr("key")
	if err != nil {
		return false
	}
	doc, _ := key.DocumentOK()
	elements, err := doc.Elements()
	if err != nil || len(elements) != 1 || elements[0].Key() != "_id" {
		return false
	}
	direction, ok := elements[0].Value().AsInt64OK()
	return ok && direction == 1
}

// cleanIndex turns a listIndexes entry into what createIndexes takes. All
// fields go through as they are, but for those that some servers list and
// others refuse:
//
//   - ns, the namespace, listed until MongoDB 4.2 and refused since 4.4;
//   - background, dropDups and safe, which mean nothing since MongoDB 4.2;
//   - originalSpec, by which servers keep the front's spec beside that of
//     time-series storage;
//   - v, the version of the index, if 0 or 2: nobody can build 0 any more, 2 is
//     what everybody builds unasked, and the embedded server knows no v at all.
//
// A text index is listed with the key {_fts: "text", _ftsx: 1} and weights,
// which createIndexes takes.
func cleanIndex(index bson.Raw, embedded bool) (bson.D, error) {
	elements, err := index.Elements()
	if err != nil {
		return nil, err
	}
	var spec bson.D
	for _, e := range elements {
		switch e.Key() {
		case "ns", "background", "dropDups", "safe", "originalSpec":
			continue
		case "v":
			if version, ok := e.Value().AsInt64OK(); embedded || !ok || version != 1 {
				continue
			}
		}
		spec = append(spec, bson.E{Key: e.Key(), Value: e.Value()})
	}
	return spec, nil
}
