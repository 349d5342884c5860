// Package oplogstore keeps the oplog of an embedded server.
//
// # The idea
//
// The entry of a write stands in the very SQLite transaction of the write.
// FerretDB keeps a database in a file, a collection in a table and the
// catalogue in a table beside them. Triggers on those tables, made by this
// package, append a row to the table tableName of the same file for every
// document put, replaced or deleted and for every collection or index made,
// renamed or dropped. So there is no entry without its write and no write
// without its entry, whatever is killed and whenever, and a power cut takes
// either both or neither.
//
// # Time
//
// The triggers take the timestamp from the SQL function nextFunction, a clock
// of this process that never gives a timestamp twice nor goes back: its seconds
// are those of the wall clock, or of the last entry where that is ahead. A
// transaction takes its timestamps while it holds the write lock of its file,
// so within a file rows become visible in the order of time. Across files they
// need not. Therefore every command that may write is announced (Begin) and
// done (End), and readers see entries only up to the time before the earliest
// command that is not done. What was done before another began is earlier.
//
// # Order
//
// A table has to have its triggers before its first document. FerretDB makes
// collections on the fly, so whoever passes commands on must make the
// collection first, call Sync, and let no other command in between. Sync also
// finds what was written to without triggers, by a server without an oplog for
// one; the log then begins anew (Reset), and readers see a gap.
//
// # Files
//
// dropDatabase deletes a file, with its entries. They move to FileName before
// that (BeginDrop), with the entries of the drop itself, which count only if
// the file is gone afterwards (EndDrop).
//
// The log is bounded by bytes. Trim raises the floor, below which no entry is
// seen, and then deletes what is below it; the newest entry stays.
package oplogstore
