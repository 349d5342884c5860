// Package mongo reads and writes deployments over MongoDB's wire protocol. A
// Deployment is a tidemark.Source, a tidemark.Target and a tidemark.OplogSource.
//
// Connections, authentication, TLS and the watch over the members of a replica
// set are the Go driver's. Commands go through the driver too, except inserts:
// those are framed here as OP_MSG messages whose documents are one kind-1
// section, and the caller's bytes are that section, so a document is neither
// decoded nor copied between the caller's buffer and the socket. The frames
// travel on connections out of the driver's own pool.
//
// # Reading
//
// A scan hands on documents out of the driver's reply buffer. Replies are kept
// near a set number of bytes by adapting the batch size, so memory is bounded
// whatever the documents' size. On a replica set reads ask for majority read
// concern after the newest operation time this Deployment has seen, so a scan
// never misses what an earlier ClusterTime or Insert promised, on whichever
// member it runs. The read preference is that of the connection string, else
// primaryPreferred: reading what was just written is then never a wait.
//
// A collection is cut into ranges of the _id index by boundaries out of a
// random sample. Where that cannot be done for certain (the embedded server, a
// mongos, capped and clustered collections, a collation, no _id index, a
// sample that fails) the collection is one range.
//
// # Following
//
// The oplog is read with a tailable cursor that awaits data, with majority read
// concern, so that nothing is handed on that may be rolled back; servers set up
// without majority reads are refused. The read preference is that of the
// connection string, else secondaryPreferred. The cursor begins at the entry to
// read after, and that entry must come first: a server whose log has rolled past
// it gives the oldest one instead and says nothing. Since members' logs reach
// back unequally far, the primary has the last word on a gap. A member that does
// not have the entry yet is waited for; if the primary's log ends before the
// entry, the deployment was set back, which is a gap too. After a lost cursor or
// connection a new cursor begins at the last entry that was handed on, by the
// same rule. Replies are kept near Options.BatchBytes, like those of a scan.
//
// # Writing
//
// Inserts are unordered and acknowledged by the primary (w:1). All of them may
// be sent again: a duplicate key on _id counts as written. Commands that
// create, build, rename or drop ask a replica set for a majority, and so wait
// for all writes before them; AwaitMajority is that wait alone. IndexBuilds tells
// of builds under way what $currentOp does.
//
// # Failing
//
// Errors that may pass (no primary, a lost connection, an interrupted
// operation) are tried again with growing pauses for Options.RetryFor, and then
// are CodeTargetUnreachable. An answer that will not change is
// CodeTargetRefused or a nearer code; see errors.go for the table. The error
// of a cancelled context is returned as it is. No message holds a password or
// a value out of a document.
package mongo
