// Package embedded runs a MongoDB-compatible server with no set-up: FerretDB
// v1.24.2 as a library on SQLite, for demos, tests, development and drills.
//
// The idea: one server an instance, one directory a server, one process a
// server. Start runs a server in this process, for tests. Spawn runs one as a
// child process, and Supervisor keeps many of those: it starts them, starts
// them again when they die, and gives each the port it had before. A child is
// this very binary under the hidden verb Verb, so a main or TestMain that
// spawns calls RunIfChild first thing.
//
// # How it works
//
// A server listens on loopback only, having no authentication, and owns its
// directory by a file lock that dies with it. Before the files are opened,
// repair drops what a kill left half-made. A child writes one line of JSON to
// its standard output, its address or its error, and lives as long as its
// standard input is open: closing it is the order to stop, and the death of the
// parent, kill -9 included, closes it too.
//
// # The oplog
//
// With Config.Oplog a server keeps an oplog that continuous backup can follow:
// local.oplog.rs, with entries in the form of MongoDB's. FerretDB's own was weighed
// and left: it has no commands and no UUIDs, it is written after the data in
// another transaction, so that a kill loses entries and racing writers swap them,
// its timestamps are not in order, its errors are only logged, every query reads
// it whole, it is never trimmed, and it costs more than the one here.
//
// Instead SQLite triggers append an entry within the transaction of the write
// (internal/oplogstore), and a thin layer before FerretDB, which then listens on
// a Unix socket, sees to the triggers before the first write of a collection and
// answers for local.oplog.rs (internal/front). So an entry is there exactly if
// its write is, after a kill or a power cut too; timestamps are unique and
// ascend, over restarts too; a reader sees an entry only when all before it are
// there; and an acknowledged write can be read in the log at once.
//
// Entries are i, u (a replacement: o is the whole document, o2 its _id, no $v),
// d and c (create with options and idIndex, drop, renameCollection,
// createIndexes and dropIndexes for one index each, dropDatabase after a drop
// for each collection), all with the ui that listCollections tells but for
// dropDatabase, with t 1, v 2 and wall in whole seconds. The first entry of a
// log is an n. A collection that a write makes has its create before. Each
// document is an entry of its own; there are no transactions. The databases
// admin, config and local have no entries. A command that was not acknowledged
// may have entries all the same, and then its writes are there.
//
// local.oplog.rs takes find (a filter on ts alone, the order $natural, limit,
// tailable cursors that await data), getMore, killCursors, count and collStats.
// listCollections does not tell it.
//
// The log is bounded by Config.OplogBytes, looked at every ten seconds; a tenth
// goes at a time. Space in the files is used again but not given back. A start
// without Oplog ends the log, as does anything that was written without an
// entry: the next log begins after it, and who followed finds a gap.
//
// # How it fails
//
// FerretDB panics in a finalizer if it loses track of an open iterator, as it
// may after a query that fails, and the panic takes its process with it. Hence
// child processes for all but tests. What was acknowledged survives a kill
// (SQLite's write-ahead log, synchronous=NORMAL); after a power cut the last
// commits may be missing, and the files are whole. A port that is taken between
// the check and the listening ends the process that started the server; not
// with an oplog. Nothing phones home: the library makes no telemetry reporter,
// and the only sockets are the listener's and the one behind the oplog.
//
// # What the server is and lacks
//
// Probed on Go 1.26.8, with modernc.org/sqlite v1.62.0, with and without cgo.
//
// It says of itself: buildInfo.version "7.0.42", featureCompatibilityVersion
// {version: "7.0"}, ferretdbVersion in buildInfo, wire versions 0 to 21,
// maxBsonObjectSize 16777216, maxMessageSizeBytes 48000000, maxWriteBatchSize
// 100000, no setName. A document of 16 MiB and a kilobyte is accepted all the same.
//
// Commands it does not know (code 59): applyOps, dbHash, replSetGetStatus,
// convertToCapped, fsync, top, startSession, endSessions. Not implemented (code
// 238): collMod; create with viewOn, timeseries, validator, collation or
// expireAfterSeconds; the stage $sample; find with noCursorTimeout, collation or
// let; renameCollection with dropTarget or across databases. clusteredIndex,
// changeStreamPreAndPostImages and unknown options of create are dropped in
// silence. A transaction fails (code 9, unknown field). There are no change streams.
//
// Namespaces: databases match ^[a-zA-Z0-9_-]{1,63}$; collections take spaces,
// dots and any letter, not $ nor a first dot, and at most 235 characters. renameCollection works
// within a database, run on any database, keeps the UUID, and is code 48 if the
// target is there: drop the target first.
//
// listCollections has info.uuid and, for capped collections, options capped,
// size and max (longs); idIndex is always there. All answers of a list come in
// the first batch. drop of a collection that is not there and dropDatabase of a
// database that is not there are ok. Databases vanish only by dropDatabase.
//
// Indexes: ascending and descending keys, compound, unique; sparse is accepted
// and forgotten; background is dropped. partialFilterExpression,
// expireAfterSeconds, hidden, collation and wildcardProjection are code 238;
// text, hashed and 2dsphere keys are code 27; the options v and ns are code 2, so
// what listIndexes answered must lose its v before it is created again. One bad
// index fails the whole command and none is built. A key "$**" is accepted and
// then fails every insert and index build of the collection: do not send one.
// A unique index over duplicates is code 1. listIndexes sorts by name.
//
// find ignores hint, min, max and allowDiskUse, so a range is a full scan and
// returns everything. Only an equality on a string or ObjectId _id goes to
// SQLite, and is a scan there too; all else is filtered one document after the
// other here. sort loads all that matched: 4.3 GiB for a million documents of 1 kB.
// An unsorted find streams, in order of insertion. $natural sorts capped
// collections only. readConcern, writeConcern and bypassDocumentValidation are
// accepted and mean nothing; an unknown field of find or insert is code 9.
//
// Capped collections keep natural order, are never trimmed to size or max, and
// take updates and deletes. Tailable cursors work. Without Config.Oplog FerretDB
// writes to local.oplog.rs once that is created capped: i, u as {$v: 1, $set: the
// whole document} and d; no commands, no UUIDs.
//
// insert, unordered, answers {n, writeErrors: [{index, code: 11000, errmsg}], ok: 1}
// with no keyPattern or keyValue. Batches are cut into transactions of 100
// documents. One that violates a unique index is tried again one by one.
// OP_MSG document sequences are understood, before or after the body; the
// checksum flag is not looked at, four bytes too many close the connection.
//
// Values: decimal128, minKey, maxKey, undefined, symbol, javascript, dbPointer
// and NaN close the connection, in a filter too. Infinity, arrays directly in
// arrays, and keys that repeat, begin with $ or contain a dot (DBRef, then) are
// write errors with code 2; a regex or array _id is code 53. -0.0 becomes 0.0, an
// _id anywhere in a nested document moves to its front, and invalid UTF-8
// becomes U+FFFD. All else comes back byte for byte. Identity of _id is that of a
// JSON text: 1, 1.0 and Long(1) are one, as they should be, but so are an
// ObjectId and its hex string, a date and its milliseconds, and binaries that
// differ only in subtype.
//
// collStats and dbStats count exactly, in milliseconds; count reads every
// document; sizes are those of SQLite's pages, not of BSON. collStats of what is
// not there is ok with zeros.
//
// # Figures
//
// On two shared cores, documents of 965 bytes, server and client together: 14,000
// to 27,000 inserts a second over the wire (best with batches of 1,000 and four
// writers) and 8,000 to 12,000 documents a second in a scan, whatever the batch
// size: 60 µs and 110 µs of the server's CPU a document. An index of a million
// documents builds in 4.5 s. A server starts in 1 ms in this process and in 10 to
// 70 ms in a child; it stops in 0.1 s, or 0.5 s with clients connected (3 s in this process).
//
// An oplog costs a server 7 to 12 µs of CPU on the 65 µs of a document inserted in
// batches (FerretDB's own costs 87), and 70 µs on the 235 µs of one inserted
// alone, most of that for the way through the front. It is read at 78,000 entries
// and 80 MB a second (BenchmarkInsert here, BenchmarkReadOplog in package mongo).
//
// A child has 24 MB resident at rest, 45 MB with 150,000 documents, 70 MB at the
// peak of loading and scanning them, and 250 MB with documents of 15 MB. Data is not held
// in memory: with a million documents loaded, client and server together had 150 MB.
package embedded
