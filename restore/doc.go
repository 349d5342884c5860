// Package restore brings a snapshot back: into a deployment, or as a file to
// download.
//
// # Into a deployment
//
// MakePlan compares the snapshot's manifest with what the target has now and
// says what will be loaded, replaced and dropped, without touching anything;
// DryRun does that alone. tidemark.RestoreOptions choose a part, rename it and
// say what may be replaced. What cannot be is refused here: two namespaces of
// one name, names that no server takes, views apart from what they read, a
// target of the wrong version. Views follow what they read to its new name, and
// buckets their time-series collection. Run carries the plan out:
//
//  1. stage: for each collection of the snapshot make an empty one beside the
//     live one, in the same database, named StagePrefix, job, number.
//  2. load: cut each collection's runs into parts of about PartBytes, and let
//     writers take part after part: merge its runs, gather raw documents into
//     batches, insert. Collections go largest first. A capped collection is one
//     part, so that one writer keeps its order. How many writers load at once,
//     and the size of their batches, follow what the target takes best: they
//     grow while that makes loading faster and shrink when the target slows
//     down or fails (pace). The primary alone acknowledges inserts; at the end
//     one wait has a majority acknowledge all.
//  3. index: build all indexes of a collection with one command, but those that
//     expire documents, several collections at once.
//  4. verify: read every staged collection back and compare its Content with
//     that of the snapshot. What was streamed is compared as well, so damage
//     in the vault is told from damage on the way. Of a collection whose
//     manifest has an estimate, the number of documents that were streamed is
//     compared, and the read-back with what was streamed. Then build the TTL
//     indexes: nothing expires while it is loaded or compared.
//  5. cut over: call Request.BeforeCutOver, drop what goes, rename each staged
//     collection over the live one, make the views.
//  6. mend: a collection whose options or indexes are no longer those that the
//     target told of it while it was staged is loaded again, under its own
//     name, for there are servers that lose them when they rename.
//
// Until step 5 the target's data is untouched. Collections that cannot be
// renamed into place (time-series buckets, system collections) are loaded
// where they belong at its beginning; the plan warns of it. Before it the
// cursor is saved that says so (CuttingOver): whoever refuses that in
// Request.Save, as for a cancelled job, has the target as it was.
//
// # Going on
//
// The cursor says which step was reached, which parts are loaded and what was
// streamed in them. It is saved about once a second. An attempt that finds a
// cursor goes on from it: a part that was not finished is loaded again, which
// is safe because an _id that is there already counts as written and nobody
// else writes to a staged collection. A rename that was done but not saved is
// recognised by the missing staged collection.
//
// A target that cannot be reached is waited for within an attempt, for
// Request.RetryFor at each operation.
//
// # Failing
//
// Options that do not fit are CodeInvalidAttribute, with the attribute; a target
// of another version CodeVersionMismatch; a namespace that may not be replaced
// CodeNamespaceExists. A damaged or missing run is tidemark.CodeObjectDamaged or CodeObjectMissing;
// a collection that reads back unequal CodeNotEqual, naming it; a target that
// does not answer CodeTargetUnreachable, worth another attempt; one that
// refuses CodeTargetRefused. Abandon removes what a failed job staged.
//
// # As a file
//
// Archive writes the merge as a mongodump archive, gzipped, while it is read.
// The same snapshot always gives the same bytes, so a broken download goes on
// by asking for the rest.
package restore
