// Package capture reads a deployment into the vault.
//
// # Base scan
//
// Take reads the catalogue, cuts every collection into ranges of _id that can
// be read by themselves (tidemark.Source.Partition), and lets Workers
// goroutines scan range after range, of all collections at once, largest
// collections first. Each scan goes through a run.Sorter into sealed runs, so
// the order in which a server hands out documents does not matter, and memory
// is bounded by the sorters' buffers whatever the size of the deployment. The
// manifest lists the runs and, for each collection, the Content of their merge,
// against which restores are verified.
//
// A server that hands out documents in no order of _id, such as one that cannot
// read a range, makes each buffer a run that overlaps all others. Whoever merges
// runs holds some memory for each that overlaps, so before the manifest is
// written such runs are merged, up to 64 at a time, until at most 16 overlap;
// fewer where documents are large. That costs a pass of compression over those
// collections, and one more for each further 64-fold of their size.
//
// The scan is not of one instant: writes that arrive while it runs may be in
// it or not. A document that was moved by the server and read twice is in the
// snapshot once, as it was read last.
//
// # Following the oplog
//
// Tail reads the oplog of a deployment for a while and keeps it in slices: runs
// whose keys are timestamps, each noting the timestamp that it follows. A slice
// counts once it is kept; whatever was read after the last one kept is read
// again. Entries yields a stretch of the log out of slices, and refuses one
// that they do not cover without a hole; it reads a little ahead, on a goroutine
// of its own.
//
// # The next snapshot
//
// Advance folds the oplog since a snapshot (package oplog) into a delta in
// encrypted scratch files, and copies it, a run or more for each collection that
// changed: puts, deletions, and patches. It looks at no document of the base, so
// it costs what the changes cost, and whoever reads the runs merges. Runs of the
// base are shared.
//
// How many documents a collection has is known nevertheless, since a log has
// inserts of what was not there and deletes of what was; their size is about
// right and their sum not known: the Content is an estimate. It is exact where
// documents only came. Where the counts of the log cannot be relied on (in the
// stretch of a torn base, of embedded servers, after applyOps commands), the
// delta is resolved instead: the old document of each key is looked up
// (run.Finder), patches become documents, and the content is kept up to date by
// what goes and what comes.
//
// A collection whose changes outgrow their share is merged into one level, which
// makes its content exact again. Where more than 12 runs would overlap, the
// newest are merged with each other, their patches composed. A capped collection
// that changed is written anew, in its order.
//
// A point in time is the same: a manifest at that instant, for one restore, in
// which nothing is merged.
//
// # Failing
//
// The name of each object is handed to Note before anything of it can be in
// the vault, so that whoever takes the job over from a killed process can
// delete what it left (Discard). When Take itself fails it deletes what it
// wrote, as far as the vault lets it. Errors of the deployment and the vault
// are returned as they are.
package capture
