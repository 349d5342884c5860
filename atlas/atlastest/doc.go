// Package atlastest is a tidemark.Service in memory for tests of what stands
// on that port: the HTTP handler, clients of it, the command line.
//
// It keeps real rules where an HTTP client can tell: roles, duplicate names,
// busy targets, snapshots that are incomplete or gone, termination protection,
// tokens that expire and can be revoked. It runs no jobs: a snapshot completes
// at once unless held, a restore job when the test says so.
package atlastest
