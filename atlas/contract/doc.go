// Package contract checks HTTP exchanges against Atlas's own OpenAPI document,
// for tests.
//
// The document is not copied here: it is read out of the pinned module of
// Atlas's Go SDK, which "go mod download" finds or fetches. It is pruned to
// the operations that package atlas serves and mended where it contradicts
// itself or what Atlas really answers; mend.go lists every such place. Objects
// are closed, so that an attribute the document does not know is an error.
//
// Transport is an http.RoundTripper that checks all that passes through it. The
// document keeps which operation succeeded in which version, and which statuses
// it was answered with, for the table in docs/atlas-coverage.md.
//
// # How an operation gets its contract tests
//
// Put a row into a table of endpoints in package atlas, with every version that
// the document has of it, and register a scenario for it in a test file of that
// package:
//
//	func init() {
//		register(map[string]scenario{
//			"getFlexBackup": {
//				call:  call{method: get, path: groupRoot + "/flexClusters/f/backup/snapshots/{s}"},
//				given: withFlexSnapshot, // makes them, returns {"{s}", id}
//				refusals: []refusal{
//					{path: groupRoot + "/flexClusters/f/backup/snapshots/{x}", status: notThere, code: "SNAPSHOT_NOT_FOUND"},
//				},
//			},
//		})
//	}
//
// TestScenarios then runs it at each version of the document (bodies has those
// of versions with another schema), and each refusal; every exchange is checked
// against the schema of its version. TestEveryOperationRefuses asks it wrongly in
// all ways that operations share: credentials, access lists, versions, query, body,
// project, organization, and a service that fails. A whole run of the package fails if an
// operation has not succeeded at one of its versions, or if the page
// docs/atlas-coverage.md is not what was reached: go test ./atlas -update writes it.
//
// Then let the SDK drive it in package atlas/sdktest, by both kinds of
// authentication: a whole run of that package fails if an operation has not been
// driven, or if of a family (a tag of the document) no error has been decoded.
//
// Where Atlas is known to answer with another status than the document's, add it
// to realStatus; where a schema cannot be met, mend it with its reason.
package contract
