// Package run has sorted runs: immutable files of key -> document from which
// snapshots are made. A restore is a merge of runs.
//
// # Keys
//
// A key is the UUID of a collection followed by an encoding of the document's
// _id (AppendKey) that sorts, as bytes, in MongoDB's order of BSON values, and
// is the same for values that a unique index takes for equal. Numbers of all
// types have one encoding, of their exact decimal value. Documents of capped
// collections have keys of their position (AppendNaturalKey); what happened to
// them later is found by _id (AppendCappedKey).
//
// # Runs
//
// A run is a table of Pebble's sstable package, format v7: blocks of 256 KiB
// compressed with zstd level 3, a CRC-32C for each block, an index, a bloom
// filter over keys. A put is a SET, a deletion a DELETE, a patch a MERGE. One
// property of the table, tidemark.marks, has a key for every 256 KiB of
// documents, for Split.
//
// What a patch says is not known here: a Merger applies patches to documents and
// makes one of several (OpenMerged, OpenEdits, Finder). A reader without one that
// meets a patch says that the run is too new for it.
//
// Writer writes a run to a Sink from start to end, without a temporary file.
// Series writes sorted edits as runs of bounded size.
// Sorter makes runs of documents in any order: it sorts them in a buffer of
// bounded size, and where a buffer continues the run before it, or a document
// comes in order, extends that run instead of starting another. Sorted input
// thus becomes runs of full size that do not overlap, without passing through
// the buffer.
//
// # Merging
//
// RunRef.Sequence orders runs in time. For each key the run of the highest
// Sequence that has it holds; runs of one Sequence must not share a key. Levels
// groups runs so that each level is one sorted whole and earlier levels are
// newer; Open merges the levels with a heap, opening each run when the merge
// reaches it. Split cuts a range into parts for parallel and resumable work.
//
// # Who counts content
//
// A document may be read twice by a scan of a collection that is written to, so
// a key may be in several runs of one sorter (within a run there is one entry
// a key). Sorted.Content counts entries. It is the content of the merge when
// the runs of the collection, those of all its sorters together, are Disjoint:
// then whoever scanned adds the contents up. When they are not, whoever scanned
// must take the content from Count, one pass over the merge.
//
// # Failing
//
// Bytes that are not what was written are CodeObjectDamaged with the run's
// name, as soon as they are read: block checksums, the size, first key, order
// of keys and count of entries that the RunRef promises. Check reads all of a
// run. Errors of sinks, sources and contexts are returned as they are, or with
// CodeInternal where they have no code. Documents that are not BSON are
// CodeInvalidData; their text is in no error.
package run
