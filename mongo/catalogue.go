package mongo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"golang.org/x/sync/errgroup"

	"tidemark"
)

// catalogueParallel is how many listings are under way at once.
const catalogueParallel = 8

// Catalogue lists databases, then the collections of each, then the indexes of
// each. A collection that is dropped meanwhile is left out. Of system.*
// collections only system.buckets.* are listed: system.views holds what the
// views say themselves, and the others belong to the server.
func (d *Deployment) Catalogue(ctx context.Context) (*tidemark.Catalogue, error) {
	databases, err := d.databases(ctx)
	if err != nil {
		return nil, err
	}
	perDatabase := make([][]tidemark.Collection, len(databases))
	err = parallel(ctx, len(databases), func(ctx context.Context, i int) (err error) {
		perDatabase[i], err = d.collections(ctx, databases[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	collections := slices.Concat(perDatabase...)

	gone := make([]bool, len(collections))
	err = parallel(ctx, len(collections), func(ctx context.Context, i int) (err error) {
		gone[i], err = d.loadIndexes(ctx, &collections[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	kept := make([]tidemark.Collection, 0, len(collections))
	for i, c := range collections {
		if !gone[i] {
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b tidemark.Collection) int {
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name))
	})
	return &tidemark.Catalogue{Collections: kept}, nil
}

func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(catalogueParallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// databases lists the names of the user's databases.
func (d *Deployment) databases(ctx context.Context) ([]string, error) {
	reply, err := d.command(ctx, "list the databases", "admin",
		bson.D{{Key: "listDatabases", Value: 1}, {Key: "nameOnly", Value: true}})
	if err != nil {
		return nil, err
	}
	list, _ := reply.Lookup("databases").ArrayOK()
	entries, err := list.Values()
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the server's list of databases is malformed: %w", err)
	}
	var names []string
	for _, entry := range entries {
		doc, _ := entry.DocumentOK()
		switch name := stringAt(doc, "name"); name {
		case "", "admin", "config", "local":
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

// collections lists what is in a database, without indexes.
func (d *Deployment) collections(ctx context.Context, db string) ([]tidemark.Collection, error) {
	var found []tidemark.Collection
	err := d.retry(ctx, "list the collections of "+db, func(ctx context.Context) error {
		found = nil
		ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
		defer cancel()
		cursor, err := d.client.Database(db).ListCollections(ctx, bson.D{})
		if err != nil {
			return err
		}
		defer cursor.Close(context.WithoutCancel(ctx))
		for cursor.Next(ctx) {
			if c, ok := collectionOf(db, cursor.Current); ok {
				found = append(found, c)
			}
		}
		return cursor.Err()
	})
	return found, err
}

// collectionOf reads a listCollections entry; false for one to leave out.
func collectionOf(db string, entry bson.Raw) (tidemark.Collection, bool) {
	c := tidemark.Collection{DB: db, Name: stringAt(entry, "name"), Type: tidemark.CollectionType(stringAt(entry, "type"))}
	if c.Type == "" {
		c.Type = tidemark.TypeCollection
	}
	if c.Name == "" || (strings.HasPrefix(c.Name, "system.") && !c.IsBuckets()) {
		return c, false
	}
	if value, err := entry.LookupErr("options"); err == nil {
		doc, _ := value.DocumentOK()
		c.Options = slices.Clone(doc)
	}
	if len(c.Options) == 0 {
		c.Options = endDocument(beginDocument(nil), 0)
	}
	if c.HasDocuments() {
		c.UUID = uuidOf(c.Namespace(), entry)
	}
	return c, true
}

// uuidOf is the UUID the server reports, else one derived from the namespace:
// the first 16 bytes of the SHA-256 of "tidemark namespace " and the namespace,
// with the version and variant bits of RFC 9562's version 8.
func uuidOf(namespace string, entry bson.Raw) tidemark.UUID {
	var id tidemark.UUID
	if value, err := entry.LookupErr("info", "uuid"); err == nil {
		if subtype, data, ok := value.BinaryOK(); ok && len(data) == len(id) && (subtype == 3 || subtype == 4) {
			copy(id[:], data)
			return id
		}
	}
	sum := sha256.Sum256([]byte("tidemark namespace " + namespace))
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// loadIndexes fills in c.Indexes; gone says that c is no longer there.
func (d *Deployment) loadIndexes(ctx context.Context, c *tidemark.Collection) (gone bool, err error) {
	if c.Type == tidemark.TypeView {
		return false, nil
	}
	what := "list the indexes of " + c.Namespace()
	err = d.retry(ctx, what, func(ctx context.Context) error {
		c.Indexes = nil
		ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
		defer cancel()
		// The driver's own listing makes no difference between no indexes and
		// no collection.
		cursor, err := d.client.Database(c.DB).RunCommandCursor(ctx,
			bson.D{{Key: "listIndexes", Value: c.Name}, {Key: "cursor", Value: bson.D{}}},
			options.RunCmd().SetReadPreference(readpref.Primary()))
		if err != nil {
			gone = isServerCode(err, codeNamespaceNotFound)
			if gone || (c.Type == tidemark.TypeTimeseries && isServerCode(err, codeNotOnView)) {
				return nil
			}
			return err
		}
		defer cursor.Close(context.WithoutCancel(ctx))
		for cursor.Next(ctx) {
			c.Indexes = append(c.Indexes, slices.Clone(cursor.Current))
		}
		return cursor.Err()
	})
	return gone, err
}
