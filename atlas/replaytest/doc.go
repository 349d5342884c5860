// Package replaytest sends what real clients of Atlas send, and checks what they
// need back: the Atlas CLI, its "atlas api", the Go SDK and the Terraform
// provider. The sequences are what those clients were seen to do; each is sent
// with digest authentication and with a service account, through the digest
// client that all of them use.
//
// The traps of those clients are in the sequences: a body that comes chunked and
// twice, empty strings for the target of a download, the path of flex clusters
// first and that of other clusters after an errorCode that says so, read-only
// attributes at the creation of a project, settings whose absence crashes
// Terraform, bare booleans, links that are fetched without credentials. Every
// connection must stay good for the next request.
//
// It is used by the tests of package atlas, against a service in memory, and by
// those of package node, against the whole service.
package replaytest
