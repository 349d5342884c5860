// Package store keeps the metadata of the service in SQLite: organizations,
// projects, instances, snapshots, restore jobs, captures and their slices, keys,
// settings and the audit log. It is the port tidemark.Store.
//
// # Transactions
//
// There are two pools on one file in WAL mode. The writer is a single
// connection whose transactions begin immediate, so writers wait in line in
// database/sql and SQLITE_BUSY never reaches a caller. The readers are a pool
// of connections that cannot write; each of their transactions sees one
// consistent state and waits for nobody. River's client lives on the writer, so
// that what Tx.Enqueue took and the rows it is about commit together. Commits
// are synced (synchronous=FULL): what Update acknowledged survives kill -9 and
// loss of power. A lock file beside the database keeps a second process out.
//
// # Values
//
// The schema keeps to what SQLite and PostgreSQL have in common. A time is a
// BIGINT of milliseconds since the Unix epoch, because both compare, index and
// return that alike, whatever the driver, the session's time zone or the
// precision of a native type; the zero time is NULL, so that the partial
// indexes on due and expiry times hold only rows that have one. Times come back
// in UTC, cut to the millisecond. Values that are only ever read whole (roles,
// tags, progress, contents, reports) are JSON in TEXT. An empty slice comes back
// nil, in lists and inside values. A NUL character, which PostgreSQL's TEXT
// cannot hold, becomes U+FFFD; so do bytes that are not UTF-8.
//
// A cluster time is two columns, its seconds and its ordinal, compared as a row
// value: both are unsigned, and in one BIGINT they would turn negative in 2038.
//
// # Lists
//
// A page comes with the number of all items. Triggers count the snapshots and
// restore jobs of each instance, since there may be very many; the rest is
// counted when it is listed. What stands before a page has to be walked, from
// whichever end is nearer.
//
// # Capture
//
// The position of a capture moves by compare and set, so of two tailers one
// wins, and no slice begins before another ends. Hence one index on the ends of
// slices finds and orders them. Their totals are counted as slices come and go.
//
// # Shared runs
//
// An object in the vault may be deleted once no snapshot refers to it. Noting
// each reference would take ten million rows for 10,000 runs that 1,000
// snapshots share. But a run serves one snapshot after another until it is
// merged, so the snapshots of an instance are numbered as they begin to refer
// (run_holders), and a row says from which number to which an object is referred
// to (run_spans). ReferRuns lengthens the spans that reach the holder before;
// holders that are forgotten leave numbers that mean nothing. ReleaseRuns only
// marks the holder: an object is unreferred if none of its spans has a holder
// that is not released. So a repeated call finds the same, or what others
// released since, until ForgetObjects drops the holder and the spans in which
// it was the last. Until then no snapshot may refer to the object again: someone
// is deleting it. None of this has foreign keys, since snapshots and instances go
// before their objects do.
//
// # Audit log
//
// Events are rows that no statement may change or remove, by triggers besides
// the port: the one place where the schema goes beyond what both databases say
// alike. An event has no foreign keys, since it outlives what it tells of. The
// indexes of its lists hold the columns of the filters, so that counting the
// matches reads no rows.
//
// # Secrets
//
// A stolen file gives no access. Connection strings, private keys of API keys,
// download tokens and settings are sealed by the Sealer, with the table and the
// id of their row as associated data: moved to another row they do not open. A
// service account's secret is kept as its SHA-256 hash, sealed too, so that
// who can write the file cannot plant the hash of a secret of their own. The
// hash needs no salt and no slow function because the secret is 256 random
// bits: there is no dictionary to try. For the same reason the plain SHA-256
// of a download token may stand beside the sealed token, for the look-up.
//
// # Failures
//
// Every error is a *tidemark.Error. Open is CodeConflict while another process
// has the file, CodeInvalidData for one that is damaged or no database,
// CodeFormatTooNew for the schema of a newer program, and CodeWrongMasterKey
// where the Sealer does not open what the file has. A unique name that is taken
// or a parent that is not there is found by constraint, never by looking first,
// so two writers cannot both win. An error of the database is CodeInternal, and
// the transaction is rolled back whole.
package store
