// Package mongotest has servers and faults that speak MongoDB's wire protocol,
// for tests and benchmarks of whatever reads or writes a deployment.
//
// NullServer accepts everything, counts documents and throws them away, so that
// a benchmark shows the client's cost alone; SpawnNull runs one in a process of
// its own, so that its CPU time does not count as the client's. Script answers
// commands with replies given in advance, such as recordings of a real server.
// FaultProxy stands before a real server and fails, cuts or holds the commands
// that a test picks. Pipe stands there as a slow or broken network does, which
// knows of bytes only.
//
// All of them listen on loopback only, know OP_MSG with both kinds of section
// and the OP_QUERY of a legacy greeting, and end with Close.
package mongotest
