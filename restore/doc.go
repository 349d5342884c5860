// Package restore brings a snapshot back: into a deployment, or as a file to
// download.
//
// # Into a deployment
//
// MakePlan compares the snapshot's manifest with what the target has now and
// says what will be loaded, replaced and dropped, without touching anything.
// Run carries it out:
//
//  1. stage: for each collection of the snapshot make an empty one beside the
//     live one, in the same database, named StagePrefix, job, number.
//  2. load: cut each collection's runs into parts of about PartBytes, and let
//     Writers goroutines take part after part: merge its runs, gather raw
//     documents into batches, insert. Collections go largest first. A capped
//     collection is one part, so that one writer keeps its order.
//  3. index: build all indexes of a collection with one command.
//  4. verify: read every staged collection back and compare its Content with
//     that of the snapshot. What was streamed is compared as well, so damage
//     in the vault is told from damage on the way. Of a collection whose
//     manifest has an estimate, the number of documents that were streamed is
//     compared, and the read-back with what was streamed.
//  5. cut over: drop what the snapshot does not have, rename each staged
//     collection over the live one, make the views.
//  6. mend: a collection whose options or indexes are no longer those that the
//     target told of it while it was staged is loaded again, under its own
//     name, for there are servers that lose them when they rename.
//
// Until step 5 the target's data is untouched. Collections that cannot be
// renamed into place (time-series buckets, system collections) are loaded
// where they belong between steps 4 and 5; the plan warns of it.
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
// # Failing
//
// A damaged or missing run is tidemark.CodeObjectDamaged or CodeObjectMissing;
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
