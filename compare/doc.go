// Package compare measures Tidemark beside mongodump and mongorestore, on the
// same data and the same deployment.
//
// Everything happens in one database of its own (Database), which is made,
// filled, restored over and dropped at the end; the rest of the deployment is
// not looked at. A round runs every contender once, each onto an emptied
// database, so that a slow moment of the machine hits all alike; the ratios are
// those of the medians of all rounds.
//
// The contenders:
//
//   - mongodump --gzip --archive, beside a snapshot into a vault in a directory,
//     sealed, checksummed and synced to disk;
//   - the limit: the same documents out of memory, inserted by as many writers as
//     Tidemark has, and the same index builds: what the deployment itself takes;
//   - mongorestore --gzip --archive as it is by default, and with as many
//     insertion workers and parallel collections as Tidemark has writers;
//   - a restore by Tidemark with and without reading everything back.
//
// The processor time of a tool is that of its process, of Tidemark and the
// limit that of this one. After the last round of each contender the database
// is read back and compared with what was put in: a contender that loses
// anything fails the comparison.
//
// It fails where the deployment cannot be reached or has a database of that name
// already (CodeConflict), and where a tool is not on the PATH (CodeUnsupported).
package compare
