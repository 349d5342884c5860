// Package oplog folds a stretch of oplog into its net effect: an edited
// catalogue, and sorted runs of what became of each document. A restore to an
// instant then merges instead of replaying.
//
// # Folding
//
// Fold takes the catalogue before a stretch and the entries of it, in order,
// up to and including a target. An entry belongs to a collection by its UUID
// ("ui"), so a rename touches the catalogue only; entries of servers without
// UUIDs go by the name that the collection has at that moment. For each
// document the fold keeps one edit:
//
//   - an insert or a replacement puts the document;
//   - a delete deletes it;
//   - an update applied to a put is a put at once. Where the document is not
//     known, it is a patch, to be applied when a merge meets the document
//     (Merger). Patches of one document are composed: a counter bumped 10,000
//     times is one diff.
//
// A transaction takes effect where it commits: one applyOps, a chain of them by
// prevOpTime, or prepare and, perhaps much later, commitTransaction. One that
// commits after the target did not happen; those that are open at the end of a
// stretch are its State, for the fold of the next. Vectored inserts (multiOpType
// 1) are an applyOps that takes effect at once.
//
// Commands edit the catalogue. One whose effect is not known ends the fold with
// CodeUnsupported, its name and its time: nothing is guessed. The databases
// admin, config and local are passed over, and of system.* collections all but
// system.buckets.* and, for the views that they hold, system.views. Entries of
// chunk migrations (fromMigrate) count like any other: they are what became of
// this replica set's documents.
//
// # Updates
//
// Applier makes one document of another in one pass over raw BSON, in the order
// of fields that the server has: $v 2 diffs as document_diff_applier.cpp of
// MongoDB's sources has them, $set and $unset of $v 1 as its update nodes do
// when they apply an oplog. A $v 1 $set with the _id inside is a replacement:
// the embedded server writes those.
//
// # Torn bases
//
// A base that was read while writers ran has documents of different instants.
// Folding from before the read to after it (Options.TornUntil) mends it. Puts
// and deletes do so by themselves. Updates meet documents that have them
// already, and newer ones: then every update of the stretch is applied once
// more, and what comes out is what was there, since each field that an update
// finds otherwise than it should is set by a later one. A document that was gone
// before the scan came by leaves patches without a base, and after them, in the
// same stretch, its deletion. So once the stretch is folded to its end, a patch
// that meets no document is corruption, and Merger says of which. The catalogue
// may be as torn: entries about collections that are not in it are passed over,
// and a collection may be created that is there.
//
// # Counting
//
// Outside a torn stretch Result.Changes says by how many documents each
// collection grew: its inserts less its deletes. A server logs only what had an
// effect, but for an applyOps command, whose operations it logs as they came;
// after one, and where an entry contradicts what is known of its document, the
// number is said to be doubtful.
//
// # Capped collections
//
// Servers keep them in natural order and edit them by _id; the base has them by
// position. The delta has their edits by _id, each put with a position that is
// its entry's time, so that a merge needs neither the base nor a counter, and
// folding twice is folding once. Source.Documents sorts base and edits by _id,
// merges them, and sorts what is left by position. Since 5.0 what falls out of a
// full collection is logged as deletes; for servers before, Source.Documents
// leaves out what exceeds size or count.
//
// # Torn transactions
//
// Who restores a part of the namespaces restores half of the transactions that
// wrote to both sides. CountTorn counts them, and folds nothing.
//
// # Memory
//
// Edits are kept in memory up to Options.BufferBytes and then spilled to sorted
// runs in scratch files; eight spills of a size become one of the next, and at
// the end all are merged into the delta. Open transactions spill too. Scratch
// files are encrypted under keys that are never stored, and have no name.
//
// # Failing
//
// Entries that cannot be read, do not ascend, or do not follow the catalogue
// are CodeInvalidData; updates and commands of versions to come
// CodeUnsupported. Errors name entries by kind, namespace and time and
// documents by _id, and show nothing else of them. Errors of the iterator, of
// sinks, sources and contexts are returned as they are.
package oplog
