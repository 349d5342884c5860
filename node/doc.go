// Package node puts a service together and runs it: the store, the vault, the
// jobs, the embedded servers and the HTTP listener of one data directory.
//
// A data directory has
//
//	credentials.json  where the service listens and its first keys, mode 0600
//	master.key        the key that seals everything else, mode 0600
//	tidemark.db       the metadata and the queue of jobs (SQLite)
//	vault/            runs, slices of oplogs and manifests, sealed
//	servers/ID/       the data of each embedded server
//
// Start opens them in that order: the store's lock makes this process the only
// one on the directory, and only then are leftovers of a dead one cleared and
// its jobs taken up. Stop goes the other way: no more requests, then no more
// jobs (a job under way notes where it is and is put back), then the embedded
// servers.
//
// An embedded server of an instance with continuous backup keeps an oplog. One
// that runs when continuous backup is turned on is started again for that; one
// whose oplog is not wanted any more keeps it until it is started again.
//
// If Start fails, whatever it had opened is closed again.
package node
