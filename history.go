package tidemark

import (
	"context"
	"encoding/json"
	"time"
)

// Limits of what one request for history gets.
const (
	HistoryLimitDefault = 1000  // entries or versions
	HistoryLimitMax     = 10000 // entries or versions
	HistoryBucketsMax   = 2000  // of a summary
)

// HistoryQuery asks for what happened, as far as the oplog of an instance was
// captured.
type HistoryQuery struct {
	// From and To bound it, both inclusive; zero is open.
	From, To Timestamp
	// Namespace is "db", "db.collection" or a pattern of it in which * stands
	// for any characters; "" is all.
	Namespace string
	// ID is the text of an _id: extended JSON, the digits of an ObjectId, a
	// number, else a string. "" is any.
	ID string
	// Kinds are insert, update, delete, names of commands, and command for any
	// of those; none is all.
	Kinds  []string
	Limit  int    // zero: HistoryLimitDefault
	Cursor string // HistoryPage.Next of the page before
}

// HistoryEntry is one operation on a document or a command. Those of a
// transaction have the time of its commit.
type HistoryEntry struct {
	// At is what a restore takes that shall include the operation, Before what
	// one takes that shall not: the entry before. Zero where that is not known.
	At, Before  Timestamp
	Ordinal     int       // within the entry, from 0
	Wall        time.Time // the clock of the server
	Kind        string
	Namespace   string
	ID          json.RawMessage // the _id, relaxed extended JSON; nil of commands
	Summary     string          // names of changed fields, what a command does; may be ""
	Bytes       int64           // of BSON
	Transaction bool
}

// HistoryGap is a stretch that was not captured: after one entry, up to and
// including another.
type HistoryGap struct{ After, Until Timestamp }

// HistoryPage is a part of what happened, in order.
type HistoryPage struct {
	Entries  []HistoryEntry
	Gaps     []HistoryGap
	Position Timestamp // the last entry that is captured
	Next     string    // the cursor to go on with; "" at the end
}

// HistoryBucket counts the operations of a stretch of time.
type HistoryBucket struct {
	Start      int64            // seconds since the Unix epoch
	Kinds      map[string]int64 // operations by kind
	Namespaces map[string]int64 // and by namespace
}

// HistoryNamespace counts what happened to a namespace.
type HistoryNamespace struct {
	Namespace   string
	Operations  int64
	Bytes       int64 // of BSON
	Kinds       map[string]int64
	First, Last Timestamp
}

// HistoryNotable is what someone who looks for an accident wants to see: a
// command that takes data away, or many deletions in a row.
type HistoryNotable struct {
	HistoryEntry
	Count int64 // operations, the first of which is the entry
	Last  Timestamp
}

// HistorySummary is how much happened, and where.
type HistorySummary struct {
	From, To      Timestamp
	BucketSeconds int
	Buckets       []HistoryBucket    // those that are not empty, in order
	Namespaces    []HistoryNamespace // the most busy first; "" is all others
	Notable       []HistoryNotable
	Gaps          []HistoryGap
	Position      Timestamp
	// Until is where the summary ends because it read enough; zero at the end.
	Until Timestamp
}

// DocumentQuery asks for one document as it was.
type DocumentQuery struct {
	Namespace string // "db.collection"
	ID        string // as in HistoryQuery
	// At is the instant, inclusive. SnapshotID, where it is not "", asks for the
	// document as a snapshot has it.
	At         Timestamp
	SnapshotID ID
}

// DocumentState is a document as it was.
type DocumentState struct {
	Namespace  string
	ID         json.RawMessage // relaxed extended JSON, as Document
	At         Timestamp       // zero where the snapshot is of no known time
	SnapshotID ID              // that it was found with
	Document   json.RawMessage
}

// DocumentVersion is what a document became.
type DocumentVersion struct {
	At       Timestamp
	Wall     time.Time
	Kind     string          // base for the state at the start, else as in HistoryEntry
	Summary  string          //
	Document json.RawMessage // nil where there is none any more
}

// DocumentVersions are the versions of a document, in order.
type DocumentVersions struct {
	Namespace  string
	ID         json.RawMessage
	SnapshotID ID // that the first was found with
	Versions   []DocumentVersion
	Next       Timestamp // From of the query that goes on; zero at the end
}

// HistoryService is a part of Service: what happened in an instance.
type HistoryService interface {
	// History needs any role in the project.
	History(ctx context.Context, c Caller, projectID ID, instance string, q HistoryQuery) (*HistoryPage, error)
	// HistorySummary needs any role in the project. bucket is in seconds; zero
	// makes about 60.
	HistorySummary(ctx context.Context, c Caller, projectID ID, instance string, q HistoryQuery, bucket int) (*HistorySummary, error)
	// Document shows data: GROUP_OWNER or a role for data access.
	// CodeResourceNotFound where there was no such document.
	Document(ctx context.Context, c Caller, projectID ID, instance string, q DocumentQuery) (*DocumentState, error)
	// DocumentVersions needs what Document needs. Of the query it takes From,
	// To, Namespace, which is no pattern, ID and Limit.
	DocumentVersions(ctx context.Context, c Caller, projectID ID, instance string, q HistoryQuery) (*DocumentVersions, error)
}

// Histories reads what was captured of instances. Package history implements it.
type Histories interface {
	Entries(ctx context.Context, instance *Instance, q HistoryQuery) (*HistoryPage, error)
	Summary(ctx context.Context, instance *Instance, q HistoryQuery, bucket int) (*HistorySummary, error)
	Document(ctx context.Context, instance *Instance, q DocumentQuery) (*DocumentState, error)
	Versions(ctx context.Context, instance *Instance, q HistoryQuery) (*DocumentVersions, error)
}
