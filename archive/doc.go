// Package archive writes and reads the archive format of mongodump, the one
// that mongorestore --archive (and, within gzip, --gzip --archive) accepts.
//
// An archive is four magic bytes, a prelude and blocks. Each of them is a BSON
// header document, any number of BSON documents and four bytes of ones as
// terminator. The prelude's header says which server and tool made the archive;
// its documents are one entry for each collection or view, with options and
// indexes as canonical Extended JSON. A block's header names the namespace of
// the documents in it. A block without documents whose header has EOF set ends
// a namespace and carries the CRC-64 (ECMA) of all its documents. Blocks of
// different namespaces may take turns. The format is described in
// common/archive/spec.md of github.com/mongodb/mongo-tools.
//
// A Writer writes one namespace after another, without time stamps or anything
// else that differs from run to run, and a GzipWriter compresses in parallel to
// bytes that depend on its input and level only. So a download cut off half-way
// is resumed by making the same archive again and passing on, through a
// RangeWriter, the bytes that are missing.
//
// Views are written with their definition and no documents. A time-series
// collection is one entry, and its buckets are its documents. Collections that
// a server makes by itself (system.views, system.profile) are left out, as
// mongodump leaves them out.
//
// How it fails: what a Writer is given but an archive cannot hold is an error
// of code unsupported or invalid_data before a byte of it is written, and
// errors of the underlying writer come back as they are. A Reader trusts
// nothing: each length has a limit, memory grows only with bytes that arrived,
// checksums are compared, and a stream that ends early is an error of code
// invalid_data.
package archive
