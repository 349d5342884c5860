// Package contract checks HTTP exchanges against Atlas's own OpenAPI document,
// for tests.
//
// The document is not copied here: it is read out of the pinned module of
// Atlas's Go SDK, which "go mod download" finds or fetches. It is pruned to
// the operations that are served and mended where it contradicts itself or
// what Atlas really answers; mend.go lists every such place. Objects are
// closed, so that an attribute the document does not know is an error.
//
// Transport is an http.RoundTripper that checks all that passes through it. The
// document keeps which operation was reached in which version with which
// status, for a table at the end of a test run.
package contract
