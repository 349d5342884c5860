// Package history answers what happened: it reads the captured oplog of an
// instance, and one document as it was at any time, without a restore.
//
// # Reading the log
//
// A walk goes through the slices of a range in order, some hundred of them
// known at a time and one open, so its memory does not depend on the range.
// What was not captured is a gap, which is reported and not an error, but where
// a document's state depends on it.
//
// Transactions are flattened: their operations have the time of the entry that
// commits. A small one is one applyOps; for a chained or prepared one the walk
// goes back from the commit by prevOpTime, in slices before the range too, and
// then reads the chain forward. So no operations wait in memory, and a
// transaction that is still open, or was given up, has no entries. No-ops, and
// entries about the databases admin, config and local, are passed over: no
// restore brings them back.
//
// A request reads at most scanBytes of BSON and then hands a cursor on, however
// little its filter lets through.
//
// # Documents
//
// The state of one document at T is that of the newest snapshot at or before T,
// and what the entries since then made of it. The entries go through oplog.Fold
// with all operations on other documents left out; commands stay, because they
// say which collection has the name at T. Its versions follow from that state
// by applying what comes after, entry by entry.
//
// # Failing
//
// Malformed questions are CodeInvalidQuery with the parameter. A time that the
// snapshots and slices do not reach is CodeOutsideWindow, a gap in what a
// document needs CodeOplogGap, a document that was not there
// CodeResourceNotFound. Damage is reported as oplog, run and vault do. Nothing
// here writes.
package history
