package tidemark

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ServerInfo is what a deployment says of itself.
type ServerInfo struct {
	Version          string // buildInfo.version, such as "7.0.42"
	FCV              string // featureCompatibilityVersion; "" where not reported
	ReplicaSet       string // "" for a standalone
	Sharded          bool   // a mongos
	MaxBatchBytes    int    // maxMessageSizeBytes
	MaxBatchCount    int    // maxWriteBatchSize
	MaxDocumentBytes int    // maxBsonObjectSize
	Embedded         bool   // the embedded server, which lacks views, collMod and dbHash
	OplogAvailable   bool   // local.oplog.rs can be read
}

// IndexBuild is what a server tells of indexes that are being built.
type IndexBuild struct {
	DB, Collection string
	Indexes        []string // names; none if it does not say
	Done, Total    int64    // of the present pass, in the server's own measure; Total may be zero
}

// ScanRange is a part of a collection that can be read by itself. The zero
// value is the whole collection in natural order. Its bounds are those of the
// cursor options min and max over the _id index: Min inclusive, Max exclusive,
// a zero RawValue open. They are not bracketed by type.
type ScanRange struct {
	Min, Max bson.RawValue
	// EstimatedDocuments is a guess for progress; -1 where the server gives none.
	EstimatedDocuments int64
}

// Source is a deployment that is read. Errors carry CodeTargetUnreachable
// where trying again may help and CodeTargetRefused where it will not.
type Source interface {
	// Describe asks the server what it is.
	Describe(ctx context.Context) (ServerInfo, error)
	// ClusterTime is the newest operation time that a majority has, or zero
	// where the server has no oplog.
	ClusterTime(ctx context.Context) (Timestamp, error)
	// Catalogue reads all collections, views and indexes but those of the
	// databases admin, config and local.
	Catalogue(ctx context.Context) (*Catalogue, error)
	// Partition cuts a collection into ranges that cover it once, of about
	// targetBytes each. It returns one whole range where the server cannot
	// seek, and always for capped collections.
	Partition(ctx context.Context, c Collection, targetBytes int64) ([]ScanRange, error)
	// Scan calls fn with every document of the range, in no promised order but
	// for capped collections, which come in natural order. doc is valid only
	// during the call. An error of fn ends the scan and is returned as it is.
	Scan(ctx context.Context, c Collection, r ScanRange, fn func(doc bson.Raw) error) error
}

// Target is a deployment that is written. All methods may be called from many
// goroutines.
type Target interface {
	Source
	// Create makes a collection or view with the options of c under db.name;
	// no indexes but that of _id. It is CodeConflict if it exists.
	Create(ctx context.Context, c Collection, db, name string) error
	// Insert writes documents, unordered, into an existing collection. docs is
	// BSON documents back to back, count of them. A document whose _id is
	// there already counts as written: a batch may be sent again. Any other
	// write error is CodeTargetRefused.
	Insert(ctx context.Context, db, name string, docs []byte, count int) error
	// CreateIndexes builds all indexes in one command. Entries are those of
	// listIndexes; that of _id is passed over.
	CreateIndexes(ctx context.Context, db, name string, indexes []bson.Raw) error
	// IndexBuilds tells of the index builds under way, as far as the server
	// does; an error means that it does not tell.
	IndexBuilds(ctx context.Context) ([]IndexBuild, error)
	// Expire lets the server remove documents of a clustered or time-series
	// collection that are older than that.
	Expire(ctx context.Context, db, name string, seconds int64) error
	// AwaitMajority waits until a majority has what was written before into the
	// database. name may be that of a collection that does not exist; it may
	// need the privilege to remove documents of it.
	AwaitMajority(ctx context.Context, db, name string) error
	// Rename moves a collection within a database, over an existing one.
	Rename(ctx context.Context, db, from, to string) error
	// Drop removes a collection or view; one that is not there is no error.
	Drop(ctx context.Context, db, name string) error
	// DropDatabase removes a database with all in it.
	DropDatabase(ctx context.Context, db string) error
	// Close ends the connections.
	Close(ctx context.Context) error
}
